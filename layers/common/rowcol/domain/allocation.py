"""What a payment pays: parts of it allocated to bills and invoices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.money import Money


class AllocationTarget(StrEnum):
    """What can be paid by a payment."""

    BILL = "bill"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Allocation:
    """`amount` of a payment set against one bill or invoice, by its id."""

    target: AllocationTarget
    target_id: str
    amount: Money
