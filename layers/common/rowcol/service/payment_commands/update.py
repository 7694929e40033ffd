"""Correct a record while it is a draft: all of it is told anew."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.allocations import allocation_problem
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.create import as_payment
from rowcol.service.payment_commands.recording import (
    NewRecord,
    find_record,
    not_draft,
    record_problem,
)


def update(
    environment: Environment, change: Change, payment_id: str, record: NewRecord, version: int
) -> Payment | Refusal:
    """The draft as `record` describes it. Id, number, who made it and when stay.

    Refused: `not_found`, `rail_payment`, `wrong_state`, `version_mismatch`, `not_draft`,
    `already_numbered` (a date of another year than its number), and what `create` refuses.
    """
    payment = find_record(change, payment_id, "changed")
    if isinstance(payment, Refusal):
        return payment
    problem = (
        stale(payment, version)
        or not_draft(payment, "changed")
        or record_problem(change, record)
        or _another_year(payment, record)
    )
    if problem is not None:
        return problem
    told = as_payment(change, record, payment.id)
    changed = replace(
        payment,
        type=told.type,
        amount=told.amount,
        pay_on=told.pay_on,
        counterparty_id=told.counterparty_id,
        counterparty_name=told.counterparty_name,
        invoice_number=told.invoice_number,
        expectation=told.expectation,
        method=told.method,
        reference=told.reference,
        memo=told.memo,
        to_account_id=told.to_account_id,
        allocations=told.allocations,
    )
    problem = allocation_problem(change, changed)
    if problem is not None:
        return problem
    change.put(changed)
    change.state("payment.record_changed", payment=changed)
    return changed


def stale(payment: Payment, version: int) -> Refusal | None:
    """Refuse to change what the caller has not seen."""
    if payment.version == version:
        return None
    return Refusal(
        Code.VERSION_MISMATCH,
        "it was changed since you read it",
        {"asked": version, "found": payment.version},
    )


def _another_year(payment: Payment, record: NewRecord) -> Refusal | None:
    if payment.number is None or payment.number.startswith(f"{record.paid_on.year:04d}-"):
        return None
    return Refusal(
        Code.NUMBERED,
        f"it has the number {payment.number}; a date of another year is another payment",
        {"field": "paid_on", "number": payment.number, "date": record.paid_on},
        remedy="keep it as a draft and record another payment",
    )
