"""What the rail says of a payment: paid, to whom, how much, in time (ramp contract, 6 and 9)."""

from __future__ import annotations

from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.evidence import Expectation, Finding, LedgerFact, Mismatch, Proved, Side
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.verdict_side import Judged, amount_findings, named
from rowcol.domain.windows import PAID_MANUALLY, method_of, rail_deadline, rail_last_day

_BAD_STATES = {
    RailState.ERROR: Mismatch.RAIL_FAILED,
    RailState.UNKNOWN: Mismatch.UNKNOWN_RAIL_STATE,
    RailState.ARCHIVED: Mismatch.UNEXPECTED_RAIL_STATE,
    RailState.REJECTED: Mismatch.UNEXPECTED_RAIL_STATE,
}
_UNDER_WAY = frozenset({RailState.PROCESSING, RailState.PAID})


def rail_side(
    expected: Expectation, rail: RailBill | None, ledger: LedgerFact | None, proved: Proved | None
) -> Judged:
    """The rail's side. `proved`: all sides agreed once, so the rail had said paid."""
    deadline, awaited = rail_deadline(expected, rail), "paid on the rail"
    if rail is None:
        return Judged(Side.RAIL, False, deadline, awaited)
    bad = _bad_state(rail, proved)
    findings = [
        *amount_findings(Side.RAIL, expected.bill_amount, rail.amount, rail.bill_id),
        *_payee_findings(expected, rail),
        *bad,
        *_paid_findings(expected, rail),
    ]
    satisfied = rail.state is RailState.PAID or bool(bad)
    overdue = _outside(rail, ledger)
    return Judged(Side.RAIL, satisfied, deadline, awaited, tuple(findings), overdue)


def _bad_state(rail: RailBill, proved: Proved | None) -> list[Finding]:
    bad = _BAD_STATES.get(rail.state)
    if bad is None and proved is not None and rail.state is not RailState.PAID:
        bad = Mismatch.UNEXPECTED_RAIL_STATE  # it was paid, and is open again
    return [Finding(Side.RAIL, bad, "paid", rail.raw_state, rail.bill_id)] if bad else []


def _payee_findings(expected: Expectation, rail: RailBill) -> list[Finding]:
    """Another vendor, or the vendor's money on another account, than when it was released."""
    account = rail.payment.vendor_account_id if rail.payment else None
    wanted = expected.vendor_account_id
    return [
        *named(Side.RAIL, Mismatch.VENDOR, expected.vendor_id, rail.vendor_id, rail.bill_id),
        *named(Side.RAIL, Mismatch.ACCOUNT, wanted, account, rail.bill_id),
    ]


def _paid_findings(expected: Expectation, rail: RailBill) -> list[Finding]:
    """Paid, but not by the rail, or too late."""
    if rail.state is not RailState.PAID:
        return []
    if method_of(rail) == PAID_MANUALLY:
        outside = "marked as paid outside Ramp"
        return [Finding(Side.RAIL, Mismatch.PAID_OUTSIDE, "paid by Ramp", outside, rail.bill_id)]
    last = rail_last_day(expected, rail)
    paid_on = local_date(rail.paid_at, BANK_ZONE) if rail.paid_at else None
    if paid_on is None or paid_on <= last:
        return []
    return [Finding(Side.RAIL, Mismatch.LATE, f"by {last}", str(paid_on), rail.bill_id)]


def _outside(rail: RailBill, ledger: LedgerFact | None) -> Finding | None:
    """The rail has not begun, and the ledger shows the bill paid: somebody paid it elsewhere."""
    if rail.state in _UNDER_WAY or ledger is None:
        return None
    standing = [one for one in ledger.payments if not (one.voided or one.deleted)]
    if not standing:
        return None
    found = f"{rail.raw_state} on the rail, paid in the ledger by {standing[0].payment_id}"
    return Finding(Side.RAIL, Mismatch.PAID_OUTSIDE, "paid by Ramp", found, rail.bill_id)
