"""Record a payment that happened off-rail: a draft until somebody confirms it."""

from __future__ import annotations

from rowcol.domain.allocation import AllocationTarget
from rowcol.domain.bill import Bill
from rowcol.domain.invoice import Invoice
from rowcol.domain.lifecycle import Trigger, move
from rowcol.domain.payment import Custody, Origin, Payment, Step
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.verdict import Expectation
from rowcol.service.allocations import allocation_problem
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.recording import NewRecord, record_problem


def create(environment: Environment, change: Change, record: NewRecord) -> Payment | Refusal:
    """A record with status Done and posting draft. It moves no money and counts on no limit.

    Refused: what `record_problem` and `allocation_problem` refuse.
    """
    problem = record_problem(change, record)
    if problem is not None:
        return problem
    payment = as_payment(change, record, environment.surroundings.ids.new("pay"))
    problem = allocation_problem(change, payment)
    if problem is not None:
        return problem
    change.put(payment)
    change.state("payment.recorded", payment=payment)
    return payment


def as_payment(change: Change, record: NewRecord, payment_id: str) -> Payment:
    """The payment that a record describes, as a new one."""
    created = move(None, Trigger.RECORDED)
    assert created is not None  # the table creates it
    account_id = record.account_id or _only(change.client.operating_account_ids)
    return Payment(
        payment_id,
        0,
        None,
        record.counterparty_id,
        record.party_name,
        _document_number(change, record),
        record.amount,
        created.target,
        Custody(Step.DONE, 0),
        Expectation(record.amount, None, account_id, None, record.paid_on),
        change.now,
        change.actor.id,
        None,
        record.paid_on,
        type=record.type,
        origin=Origin.RECORD,
        method=record.method,
        reference=record.reference,
        memo=record.memo,
        to_account_id=record.to_account_id,
        allocations=record.allocations,
    )


def _only(account_ids: tuple[str, ...]) -> str | None:
    """The account, when there is no choice."""
    return account_ids[0] if len(account_ids) == 1 else None


def _document_number(change: Change, record: NewRecord) -> str | None:
    """The number of the one bill or invoice that it pays: bank lines are known by it."""
    if len(record.allocations) != 1 or not valid_id(record.allocations[0].target_id):
        return None
    part = record.allocations[0]
    if part.target is AllocationTarget.BILL:
        bill = change.get(Bill, part.target_id)
        return bill.rail.invoice_number if bill else None
    invoice = change.get(Invoice, part.target_id)
    return invoice.ledger.doc_number if invoice else None
