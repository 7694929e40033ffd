"""A client's tolerance, and what was learned of banks' names for parties."""

from __future__ import annotations

from rowcol.domain.cash_matching.alias import BankAlias
from rowcol.domain.cash_matching.tolerance import TOLERANCE, CashTolerance
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.second_factor import second_factor_refusal


def put_tolerance(
    change: Change, basis_points: int, floor_minor: int, version: int
) -> CashTolerance | Refusal:
    """Another tolerance in place of the version seen. Proposals follow with the next run.

    Refused: `version_mismatch`, `step_up_required`.
    """
    known = change.get(CashTolerance, TOLERANCE) or CashTolerance()
    if known.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the tolerance was changed since you read it",
            {"asked": version, "found": known.version},
        )
    refused = second_factor_refusal(change.actor, change.now, "changing the tolerance")
    if refused is not None:
        return refused
    stored = CashTolerance(
        TOLERANCE, known.version, basis_points, floor_minor, change.actor.id, change.now
    )
    change.put(stored)
    change.state("cash.tolerance_changed", tolerance=stored, tolerance_before=known)
    return stored


def forget_alias(change: Change, alias_id: str) -> BankAlias | Refusal:
    """Forget whose a text was. Matches that taught it stay. Refused: `not_found`."""
    known = change.get(BankAlias, alias_id)
    if known is None or not known.parties:
        return Refusal(Code.NOT_FOUND, "no such alias")
    empty = BankAlias(known.id, known.version, known.text)
    change.put(empty)
    change.state("bank_alias.forgotten", alias=known)
    return empty
