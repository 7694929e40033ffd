"""Keep how customers pay, in the write that applies what the ledger shows of their invoices."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.invoice import Invoice
from rowcol.domain.receipts import (
    EVERYBODY,
    PAID_KEPT,
    PAID_KEPT_EVERYBODY,
    PayingHabit,
    habit_id,
    paid_invoice,
)
from rowcol.service.change import Change


def follow_habits(change: Change, before: Invoice | None, after: Invoice) -> None:
    """Count an invoice that was paid; count it no more when it is open again or gone.

    Three reads and three items at the most, and none unless its being paid has changed.
    """
    told_before = paid_invoice(before) if before is not None else None
    told = paid_invoice(after)
    same_payer = before is not None and habit_id(before) == habit_id(after)
    if told == told_before and same_payer:
        return
    if before is not None and told_before is not None and (told is None or not same_payer):
        _forget(change, habit_id(before), after.id)
    if told is None:
        if told_before is not None:
            _forget(change, EVERYBODY, after.id)
        return
    for name, kept, whose in (
        (habit_id(after), PAID_KEPT, after.ledger.customer_name),
        (EVERYBODY, PAID_KEPT_EVERYBODY, ""),
    ):
        known = change.get(PayingHabit, name) or PayingHabit(name, 0, whose)
        change.put(replace(known, name=whose).taking(told, kept))


def _forget(change: Change, name: str, invoice_id: str) -> None:
    known = change.get(PayingHabit, name)
    if known is not None:
        change.put(known.without(invoice_id))
