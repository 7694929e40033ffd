"""What a payment pays: parts of it allocated to bills and invoices, and what of those is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.money import Money, total
from rowcol.domain.scope import key_of

PARTS_MAX = 1000


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


@dataclass(frozen=True, slots=True)
class AllocatedPart:
    """What one posted payment has allocated to the target."""

    payment_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocated(Unlisted, NeverDue):
    """All that posted payments have allocated to one bill or invoice."""

    id: str
    version: int
    target: AllocationTarget
    target_id: str
    parts: tuple[AllocatedPart, ...] = ()

    kind = "allocated"

    def total(self, currency: str) -> Money:
        """The sum of its parts."""
        return total((part.amount for part in self.parts), currency)

    def taking(self, payment_id: str, amount: Money) -> Allocated:
        """With one more part."""
        return replace(self, parts=(*self.parts, AllocatedPart(payment_id, amount)))

    def without(self, payment_id: str) -> Allocated:
        """Without the parts of a payment."""
        kept = tuple(part for part in self.parts if part.payment_id != payment_id)
        return replace(self, parts=kept)


def allocated_id(target: AllocationTarget, target_id: str) -> str:
    """Under which id the allocations of a target are kept."""
    return key_of(target.value, target_id)


@dataclass(frozen=True, slots=True)
class OpenAmount:
    """What a target asks for and what posted payments have allocated to it."""

    amount: Money
    allocated: Money

    @property
    def open(self) -> Money:
        """What is left; zero when more is allocated than it asks for by now."""
        left = self.amount - self.allocated
        return left if left.minor > 0 else Money.zero(left.currency)
