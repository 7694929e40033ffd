"""Every kind of hold as data: who may lift it, what lifting does, what would mend it.

Code, docs and tests read this table. Lifting is never a flip of the status: amount, payee, ledger
and cash are checked again and Ramp is asked for a date anew, or the rail says what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.refusal import Code

STEP_FAILED = "step_failed"
RAIL_HOLD = "rail_hold"
RAIL_FAILED = "rail_failed"
BILL_WITHDRAWN = "bill_withdrawn"
HELD_BY_PROVIDER = "held_by_provider"
ADMIN_HOLD = "admin_hold"
DATE_CLEARING = "date_clearing"


class Lifter(StrEnum):
    """Who may end a hold. A person who may do more may do it as well."""

    SYSTEM = "system"  # RowCol looks again by itself; an approver may have it look now
    FACT = "fact"  # only what it waits for: a bill, a date taken off
    RAIL = "rail"  # only the rail's word
    APPROVER = "approver"
    SECOND_PERSON = "second_person"  # an approver who neither decided nor made the payment
    ADMIN = "admin"
    NOBODY = "nobody"  # it can only be cancelled, or rejected


@dataclass(frozen=True, slots=True)
class HoldRule:
    """What may be done about one kind of hold. `lifting` and `remedy` are for people to read.

    `stops_rail`: a date that Ramp carries is taken off. `new_date_heals`: its reason belongs to the
    day, so that another day ends it. `needs_evidence`: lifting needs a reference to what was shown.
    """

    kind: str
    lifter: Lifter
    lifting: str
    remedy: str
    stops_rail: bool = False
    new_date_heals: bool = False
    needs_evidence: bool = False


_RECHECK = "checked again, then a new date command"
_CASH = "bring cash into the operating accounts, or choose a later date"
_BALANCE = "refresh the balance, or repair the bank's connection"
_LIMIT = "choose another day, or have the limit changed by two people"


def _cash(kind: str, remedy: str = _CASH) -> HoldRule:
    return HoldRule(kind, Lifter.SYSTEM, _RECHECK, remedy, new_date_heals=True)


_RULES: tuple[HoldRule, ...] = (
    _cash(Code.GUARDRAIL_INSUFFICIENT),
    _cash(Code.GUARDRAIL_ACCOUNT),
    _cash(Code.RESERVE_UNCOVERED),
    _cash(Code.BALANCE_UNKNOWN, _BALANCE),
    _cash(Code.BALANCE_STALE, _BALANCE),
    _cash(Code.BUFFER_UNKNOWN, "set a floor, or wait for 30 days of bank history"),
    HoldRule(
        STEP_FAILED,
        Lifter.SYSTEM,
        _RECHECK,
        "repair the connection that failed; RowCol tries again by itself",
        new_date_heals=True,
    ),
    HoldRule(
        Code.MISSED_CUTOFF,
        Lifter.APPROVER,
        "checked again, then a date command for today",
        "lift it to pay today, or choose another date",
        new_date_heals=True,
    ),
    HoldRule(
        Code.LIMIT_TRANSACTION,
        Lifter.APPROVER,
        "limits are looked at again, then a new date command",
        "have the limit changed by two people, then lift it",
    ),
    HoldRule(
        Code.LIMIT_DAILY,
        Lifter.APPROVER,
        "limits are looked at again, then a new date command",
        _LIMIT,
        new_date_heals=True,
    ),
    HoldRule(
        Code.ROUTE_INVALID,
        Lifter.APPROVER,
        "checked again by the way that Ramp shows now, then a new date command",
        "have the decided way set in Ramp again, then lift it; or lift it to pay the other way",
        stops_rail=True,
    ),
    HoldRule(
        Code.CAPABILITY_MISSING,
        Lifter.APPROVER,
        _RECHECK,
        "do it in Ramp; or connect an account that has the lever, then lift it",
    ),
    HoldRule(
        Code.RAIL_REFUSED,
        Lifter.APPROVER,
        _RECHECK,
        "mend in Ramp what it refused, then lift it",
    ),
    HoldRule(RAIL_HOLD, Lifter.APPROVER, _RECHECK, "lift the hold in Ramp, then here"),
    HoldRule(
        Code.PAID_OUTSIDE,
        Lifter.APPROVER,
        _RECHECK,
        "cancel it; or, if rail and ledger show the bill open again, lift it",
    ),
    HoldRule(
        Code.BILL_CHANGED,
        Lifter.APPROVER,
        _RECHECK,
        "cancel it and decide on the new amount; or have the old amount restored, then lift it",
        stops_rail=True,
    ),
    HoldRule(
        Code.BANK_DETAILS_CHANGED,
        Lifter.SECOND_PERSON,
        "the account shown now is taken as approved, then checked again",
        "call the vendor back on a number known before; the call is the evidence",
        stops_rail=True,
        needs_evidence=True,
    ),
    HoldRule(
        Code.CALL_BACK_REQUIRED,
        Lifter.SECOND_PERSON,
        "the call is kept with the vendor, then checked again",
        "call the vendor back on a number known before; the call is the evidence",
        stops_rail=True,
        needs_evidence=True,
    ),
    HoldRule(
        RAIL_FAILED,
        Lifter.ADMIN,
        _RECHECK,
        "find out whether money left; show that none did, then lift it",
        needs_evidence=True,
    ),
    HoldRule(
        BILL_WITHDRAWN,
        Lifter.NOBODY,
        "",
        "cancel it; a bill that is approved again is decided again",
    ),
    HoldRule(
        Code.NO_BILL,
        Lifter.FACT,
        "attached when the vendor's bill comes",
        "approve the vendor's bill in Ramp, or choose a later date",
        new_date_heals=True,
    ),
    HoldRule(
        DATE_CLEARING,
        Lifter.FACT,
        "goes on by its date once Ramp has taken its own date off",
        "nothing: Ramp is being asked; if it refuses, take the date off there",
        stops_rail=True,
    ),
    HoldRule(
        Code.OUTCOME_UNKNOWN,
        Lifter.RAIL,
        "Ramp is read again after 5 minutes, an hour, a day, and says whether it happened",
        "nothing: Ramp is being asked; cancel it if it must not be paid",
    ),
    HoldRule(
        HELD_BY_PROVIDER,
        Lifter.RAIL,
        "the bank allows or refuses it",
        "answer the provider's questions in Ramp",
    ),
    HoldRule(
        ADMIN_HOLD,
        Lifter.ADMIN,
        _RECHECK,
        "an admin lifts it, or refuses it for good",
        stops_rail=True,
    ),
)  # fmt: skip
# What a call-back of the vendor ends.
CALLED_BACK = frozenset({str(Code.BANK_DETAILS_CHANGED), str(Code.CALL_BACK_REQUIRED)})
HOLDS: dict[str, HoldRule] = {str(rule.kind): rule for rule in _RULES}


def rule_of(kind: str) -> HoldRule:
    """The rule of a hold's kind. One of another version of this code may only be cancelled."""
    return HOLDS.get(kind) or HoldRule(
        kind, Lifter.NOBODY, "", "cancel it; this version does not know the kind"
    )
