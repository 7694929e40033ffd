"""What the ledger says of a payment: booked once, fully, in time (qbo contract, 4; ramp, 9).

An entry that was proved and is another one now is *edited*, whatever differs; before that, each
difference is named by itself.
"""

from __future__ import annotations

from rowcol.domain.evidence import (
    Booked,
    CashFact,
    Expectation,
    Finding,
    LedgerFact,
    Mismatch,
    Proved,
    Side,
)
from rowcol.domain.facts import LedgerPayment, RailBill
from rowcol.domain.money import Money, total
from rowcol.domain.verdict_side import Judged, named
from rowcol.domain.windows import is_booked, ledger_deadline, ledger_window

_OF_THE_ENTRY = frozenset(
    {Mismatch.AMOUNT, Mismatch.PARTIAL, Mismatch.CURRENCY, Mismatch.VENDOR, Mismatch.ACCOUNT}
    | {Mismatch.LATE, Mismatch.DATE}
)


def ledger_side(
    expected: Expectation,
    rail: RailBill | None,
    ledger: LedgerFact | None,
    cash: CashFact | None,
    proved: Proved | None,
) -> Judged:
    """The ledger's side. `proved`: what stood there when all sides last agreed."""
    deadline = ledger_deadline(expected, rail, cash)
    awaited = f"a BillPayment of {expected.bill_amount} for the bill"
    payments = ledger.payments if ledger else ()
    standing = [payment for payment in payments if not (payment.voided or payment.deleted)]
    live = [payment for payment in standing if _allocates(payment, _bill_id(ledger))]
    if ledger is not None and live:
        findings = _findings(expected, ledger, live)
        findings += _dates(expected, rail, cash, live)
        findings = _as_edited(expected, ledger, live, findings, proved)
        return Judged(Side.LEDGER, True, deadline, awaited, tuple(findings))
    if standing:
        finding = Finding(
            Side.LEDGER,
            Mismatch.LEDGER_EDITED,
            awaited,
            "no longer allocated to the bill",
            standing[0].payment_id,
        )
        return Judged(Side.LEDGER, True, deadline, awaited, (finding,))
    if payments:
        gone = payments[0]
        found = "voided" if gone.voided else "deleted"
        finding = Finding(Side.LEDGER, Mismatch.LEDGER_DELETED, awaited, found, gone.payment_id)
        return Judged(Side.LEDGER, True, deadline, awaited, (finding,))
    return Judged(Side.LEDGER, not is_booked(rail), deadline, awaited)


def booked_now(ledger: LedgerFact | None) -> tuple[Booked, ...]:
    """What stands in the ledger for the bill, entry by entry."""
    if ledger is None:
        return ()
    bill_id = _bill_id(ledger)
    return tuple(
        _booked(payment, bill_id)
        for payment in ledger.payments
        if not (payment.voided or payment.deleted) and _allocates(payment, bill_id)
    )


def _bill_id(ledger: LedgerFact | None) -> str | None:
    return ledger.bill.bill_id if ledger and ledger.bill else None


def _allocates(payment: LedgerPayment, bill_id: str | None) -> bool:
    return bill_id is None or any(part.bill_id == bill_id for part in payment.allocations)


def _parts(payment: LedgerPayment, bill_id: str | None) -> list[Money]:
    return [part.amount for part in payment.allocations if bill_id in (None, part.bill_id)]


def _booked(payment: LedgerPayment, bill_id: str | None) -> Booked:
    parts = _parts(payment, bill_id)
    amount = total(parts, parts[0].currency) if len({p.currency for p in parts}) == 1 else None
    return Booked(
        payment.payment_id, amount or payment.amount, payment.vendor_id, payment.account_id
    )


def _findings(
    expected: Expectation, ledger: LedgerFact, live: list[LedgerPayment]
) -> list[Finding]:
    bill_id = _bill_id(ledger)
    allocated = [amount for payment in live for amount in _parts(payment, bill_id)]
    currency, first = expected.bill_amount.currency, live[0].payment_id
    others = {amount.currency for amount in allocated} - {currency}
    if others:
        found = ", ".join(sorted(others))
        return [Finding(Side.LEDGER, Mismatch.CURRENCY, currency, found, first)]
    findings: list[Finding] = []
    booked = total(allocated, currency)
    if booked != expected.bill_amount:
        kind = _amount_kind(expected, ledger, booked, len(live))
        findings.append(Finding(Side.LEDGER, kind, str(expected.bill_amount), str(booked), first))
    for payment in live:
        vendor, account, source_id = payment.vendor_id, payment.account_id, payment.payment_id
        wanted_vendor, wanted_account = expected.ledger_vendor_id, expected.ledger_account_id
        findings += named(Side.LEDGER, Mismatch.VENDOR, wanted_vendor, vendor, source_id)
        findings += named(Side.LEDGER, Mismatch.ACCOUNT, wanted_account, account, source_id)
    return findings


def _amount_kind(
    expected: Expectation, ledger: LedgerFact, booked: Money, live_count: int
) -> Mismatch:
    if live_count > 1 and booked.minor == expected.bill_amount.minor * live_count:
        return Mismatch.DUPLICATE
    left = ledger.bill is not None and ledger.bill.balance.minor > 0
    return Mismatch.PARTIAL if left and booked < expected.bill_amount else Mismatch.AMOUNT


def _dates(
    expected: Expectation, rail: RailBill | None, cash: CashFact | None, live: list[LedgerPayment]
) -> list[Finding]:
    """Entries dated before the payment began, or after the window in which it is booked."""
    first, last = ledger_window(expected, rail, cash)
    findings: list[Finding] = []
    for payment in live:
        day, source_id = payment.paid_on, payment.payment_id
        if day > last:
            late = Finding(Side.LEDGER, Mismatch.LATE, f"by {last}", str(day), source_id)
            findings.append(late)
        elif day < first:
            early = Finding(Side.LEDGER, Mismatch.DATE, f"from {first}", str(day), source_id)
            findings.append(early)
    return findings


def _as_edited(
    expected: Expectation,
    ledger: LedgerFact,
    live: list[LedgerPayment],
    findings: list[Finding],
    proved: Proved | None,
) -> list[Finding]:
    """The findings; those of an entry that was proved before are told as one edit of it."""
    if proved is None:
        return findings
    bill_id = _bill_id(ledger)
    before = {one.payment_id: one for one in proved.ledger}
    known = [_booked(payment, bill_id) for payment in live if payment.payment_id in before]
    moved = [now for now in known if not _same_place(before[now.payment_id], now)]
    wrong = [one for one in findings if one.kind in _OF_THE_ENTRY]
    if not moved and not (known and wrong):
        return findings
    source = moved[0] if moved else known[0]
    was, now = (
        (before[source.payment_id].text, source.text)
        if before[source.payment_id] != source
        else (wrong[0].expected, wrong[0].found)
    )
    edit = Finding(Side.LEDGER, Mismatch.LEDGER_EDITED, was, now, source.payment_id)
    return [edit, *(one for one in findings if one.kind not in _OF_THE_ENTRY)]


def _same_place(before: Booked, now: Booked) -> bool:
    """Whether an entry is still of the same vendor and account; amounts are compared in sum."""
    return (before.vendor_id, before.account_id) == (now.vendor_id, now.account_id)
