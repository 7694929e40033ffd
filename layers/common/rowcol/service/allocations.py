"""Allocations of payments to bills and invoices: what of a target is open, taking, giving back.

Only posted payments allocate; a draft's allocations are a plan. What is open is the target's
amount less what posted payments have allocated, records and rail payments alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rowcol.domain.allocation import (
    PARTS_MAX,
    Allocated,
    Allocation,
    AllocationTarget,
    OpenAmount,
    allocated_id,
)
from rowcol.domain.bill import Bill
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money, total
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.over_allocated import gave_back

if TYPE_CHECKING:
    from rowcol.service.change import Change

ALLOCATIONS_MAX = 50
_PAYS = {
    PaymentType.VENDOR_PAYMENT: AllocationTarget.BILL,
    PaymentType.CUSTOMER_PAYMENT: AllocationTarget.INVOICE,
}


class OverAllocated(Exception):
    """A record was posted beyond what its targets have open: nobody checked. A defect."""


def allocated_to(change: Change, target: AllocationTarget, target_id: str) -> Allocated:
    """What posted payments have allocated to a target, as this change sees it."""
    name = allocated_id(target, target_id)
    return change.get(Allocated, name) or Allocated(name, 0, target, target_id)


def open_of_bill(change: Change, bill: Bill) -> OpenAmount:
    """What of a bill is open here. A currency other than the bill's is never allocated to it."""
    known = allocated_to(change, AllocationTarget.BILL, bill.id)
    return OpenAmount(bill.amount, known.total(bill.amount.currency))


def load_allocated(change: Change, payments: Iterable[Payment]) -> None:
    """Read at once what checking and posting these payments will ask for one by one."""
    every = (part for payment in payments for part in payment.allocations)
    parts = [part for part in every if valid_id(part.target_id)]
    change.load(Allocated, [allocated_id(part.target, part.target_id) for part in parts])
    of_bills = {part.target_id for part in parts if part.target is AllocationTarget.BILL}
    change.load(Bill, sorted(of_bills))
    change.load(Invoice, sorted({part.target_id for part in parts} - of_bills))


def allocation_problem(change: Change, payment: Payment) -> Refusal | None:
    """Why a record's allocations cannot stand, or None.

    Refused: `too_many_items`, `duplicate_item`, `allocation_invalid` (an unknown, closed or wrong
    kind of target), `currency_mismatch`, `over_allocated` with what is open, allocated and asked.
    """
    parts = payment.allocations
    problem = _shape_problem(payment)
    if problem is not None:
        return problem
    for position, part in enumerate(parts):
        problem = _part_problem(change, payment, part, f"allocations.{position}")
        if problem is not None:
            return problem
    return None


def _shape_problem(payment: Payment) -> Refusal | None:
    parts = payment.allocations
    if len(parts) > ALLOCATIONS_MAX:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            f"a payment has at most {ALLOCATIONS_MAX} allocations",
            {"field": "allocations", "most": ALLOCATIONS_MAX, "found": len(parts)},
        )
    seen: set[tuple[AllocationTarget, str]] = set()
    for position, part in enumerate(parts):
        if (part.target, part.target_id) in seen:
            return Refusal(
                Code.DUPLICATE_ITEM,
                f"{part.target.value} {part.target_id} is allocated to twice",
                {"field": f"allocations.{position}.target_id", "target_id": part.target_id},
            )
        seen.add((part.target, part.target_id))
        if part.amount.currency != payment.amount.currency or part.amount.minor <= 0:
            return Refusal(
                Code.ALLOCATION_INVALID,
                f"an allocation is above zero and in {payment.amount.currency}",
                {"field": f"allocations.{position}.amount", "found": part.amount},
            )
    asked = total((part.amount for part in parts), payment.amount.currency)
    if asked > payment.amount:
        return Refusal(
            Code.OVER_ALLOCATED,
            f"{asked} is allocated of a payment of {payment.amount}",
            {"field": "allocations", "amount": payment.amount, "asked": asked},
        )
    return None


def _part_problem(change: Change, payment: Payment, part: Allocation, field: str) -> Refusal | None:
    if part.target is not _PAYS.get(payment.type):
        pays = _PAYS.get(payment.type)
        rule = f"is allocated to {pays.value}s" if pays else "is not allocated to anything"
        return _invalid(f"a {payment.type.value} {rule}", part, field)
    found = _target(change, payment, part, field)
    if isinstance(found, Refusal):
        return found
    known = allocated_to(change, part.target, part.target_id)
    if found.currency != part.amount.currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"the {part.target.value} is in {found.currency}",
            {"field": field, "found": found.currency, "expected": part.amount.currency},
        )
    room = OpenAmount(found, known.total(found.currency))
    if part.amount > room.open:
        return _over(part, room, field)
    if len(known.parts) >= PARTS_MAX:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            f"at most {PARTS_MAX} payments are allocated to one {part.target.value}",
            {"field": field, "most": PARTS_MAX},
        )
    return None


def _target(change: Change, payment: Payment, part: Allocation, field: str) -> Money | Refusal:
    """What the target asks for, if it can be paid by this payment."""
    known_form = valid_id(part.target_id)
    if part.target is AllocationTarget.BILL:
        bill = change.get(Bill, part.target_id) if known_form else None
        if bill is None:
            remedy = "give the bill's id as GET /clients/{client}/bills shows it"
            return _invalid("no such bill", part, field, remedy)
        if bill.rail.archived:
            return _invalid("the bill is archived in Ramp", part, field)
        return _of_party(payment, bill.rail.vendor_id, "vendor", part, field) or bill.amount
    invoice = change.get(Invoice, part.target_id) if known_form else None
    if invoice is None:
        return _invalid(
            "no such invoice, or QuickBooks has not shown it yet",
            part,
            field,
            "give the id as GET /clients/{client}/invoices shows it; a new invoice appears there"
            " with QuickBooks' notice, at the latest with the next reconciliation",
        )
    if not invoice.is_payable:
        return _invalid("the invoice is void or deleted in QuickBooks", part, field)
    return _of_party(payment, invoice.ledger.customer_id, "customer", part, field) or invoice.amount


def _of_party(
    payment: Payment, owner: str | None, word: str, part: Allocation, field: str
) -> Refusal | None:
    if owner is None or payment.counterparty_id in (None, owner):
        return None
    return _invalid(f"the {part.target.value} is of another {word}", part, field)


def _invalid(words: str, part: Allocation, field: str, remedy: str | None = None) -> Refusal:
    numbers = {"field": field, "target": part.target.value, "target_id": part.target_id[:64]}
    return Refusal(Code.ALLOCATION_INVALID, words, numbers, remedy)


def _over(part: Allocation, room: OpenAmount, field: str) -> Refusal:
    numbers = {
        "field": field,
        "target": part.target.value,
        "target_id": part.target_id,
        "amount": room.amount,
        "allocated": room.allocated,
        "open": room.open,
        "asked": part.amount,
    }
    return Refusal(
        Code.OVER_ALLOCATED,
        f"{part.amount} is more than the {room.open} open of the {part.target.value}:"
        f" {room.allocated} of {room.amount} is allocated",
        numbers,
        remedy="allocate at most what is open; the rest of the payment may stay unallocated",
    )


def allocate(change: Change, payment: Payment) -> Payment:
    """Write the payment's allocations to its targets. A rail payment takes what its bill has open.

    Raises OverAllocated for a record that was not checked.
    """
    parts = payment.allocations
    if payment.commands_rail:
        parts = _to_its_bill(change, payment)
    for part in parts:
        known = allocated_to(change, part.target, part.target_id)
        if not payment.commands_rail:
            _must_fit(change, payment, part, known)
        change.put(known.taking(payment.id, part.amount))
    return replace(payment, allocations=parts)


def _must_fit(change: Change, payment: Payment, part: Allocation, known: Allocated) -> None:
    asked = _target(change, payment, part, "")
    if isinstance(asked, Refusal) or known.total(asked.currency) + part.amount > asked:
        raise OverAllocated(f"{payment.id} to {part.target.value}/{part.target_id}")


def _to_its_bill(change: Change, payment: Payment) -> tuple[Allocation, ...]:
    bill = change.get(Bill, payment.bill_id) if payment.bill_id else None
    if bill is None or bill.amount.currency != payment.amount.currency:
        return ()
    room = open_of_bill(change, bill).open
    part = min(payment.amount, room)
    return (Allocation(AllocationTarget.BILL, bill.id, part),) if part.minor > 0 else ()


def give_back(change: Change, payment: Payment) -> Payment:
    """Undo the payment's allocations. A record keeps them as its plan, a rail payment has none."""
    for part in payment.allocations:
        known = allocated_to(change, part.target, part.target_id)
        after = known.without(payment.id)
        change.put(after)
        gave_back(change, known, after)
    return replace(payment, allocations=()) if payment.commands_rail else payment


def paid_here(change: Change, bill: Bill) -> Refusal | None:
    """Refuse to pay a bill in full of which posted payments have paid a part: `paid_outside`."""
    room = open_of_bill(change, bill)
    if room.allocated.minor <= 0:
        return None
    return Refusal(
        Code.PAID_OUTSIDE,
        f"{room.allocated} of {room.amount} is paid by recorded payments; {room.open} is open",
        {"amount": room.amount, "allocated": room.allocated, "open": room.open},
        remedy="have the bill changed to what is open, or reset the record that paid it",
    )
