"""A desk with drafts of records, made as a person makes them, and the real verbs."""

from __future__ import annotations

from typing import Any

from rowcol.domain.allocation import Allocated, Allocation, AllocationTarget, allocated_id
from rowcol.domain.batch import Batch, Mode
from rowcol.domain.bill import Bill
from rowcol.domain.journal import JournalEntry
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Role
from rowcol.service.bulk.verbs import VERBS
from rowcol.service.change import Change
from rowcol.service.payment_commands.create import create
from rowcol.service.payment_commands.recording import NewRecord
from tests.support.bulk import BulkDesk
from tests.support.domain.builders import FRIDAY, usd


def new_record(number: int = 1, **changes: Any) -> NewRecord:
    """A check of 10.00 to a vendor."""
    fields: dict[str, Any] = {
        "type": PaymentType.VENDOR_PAYMENT,
        "amount": usd("10.00"),
        "paid_on": FRIDAY,
        "counterparty_name": f"Vendor {number}",
        "method": "CHECK",
        "reference": f"check {number}",
    }
    return NewRecord(**(fields | changes))


class Records(BulkDesk):
    """Anna decides; drafts are made as a person makes them."""

    def __init__(self) -> None:
        super().__init__()
        self.verbs = VERBS
        self.member(Role.APPROVER)

    def drafts(self, count: int, **changes: Any) -> list[str]:
        """Make some; gives their ids."""
        return [self.draft(new_record(number, **changes)) for number in range(count)]

    def draft(self, record: NewRecord) -> str:
        """Make one; gives its id."""

        def plan(change: Change) -> Payment | Refusal:
            return create(self.environment, change, record)

        made = self.act(plan)
        assert isinstance(made, Payment), made
        return made.id

    def do(self, verb: str, items: list[str], mode: Mode = Mode.INDEPENDENT) -> Batch:
        """Ask for a batch and carry it on to its end."""
        key = f"key-{len(self.types()):06d}"
        return self.advance(self.submitted(items, mode, verb=verb, key=key))

    def codes(self, batch: Batch) -> list[Code | None]:
        """The code of each item."""
        return [each.code for each in self.results(batch.id)]

    def numbers(self, names: list[str]) -> list[str | None]:
        """The number of each payment."""
        return [self.payment(name).number for name in names]

    def allocated(self, bill: str) -> Allocated:
        """What is allocated to a bill."""
        found = self.books.get(Allocated, allocated_id(AllocationTarget.BILL, bill))
        assert found is not None
        return found

    def entries(self) -> list[JournalEntry]:
        """The whole journal."""
        return [item for key, item in self.store.items.items() if key[2] == JournalEntry.kind]


def of_bill(bill: Bill, amount: str) -> tuple[Allocation, ...]:
    """One allocation to a bill."""
    return (Allocation(AllocationTarget.BILL, bill.id, usd(amount)),)
