"""What of a charge went back to the customer: refunds, and disputes whose money a bank has taken.

Told by single refunds and disputes, and by the charge itself, which an export shows with what was
refunded of it. Either may be missing, come late, or be taken back with the file that told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.money import Money, total
from rowcol.domain.receivables.objects import Charge


@dataclass(frozen=True, slots=True)
class Back:
    """A refund, or a dispute that holds money. `id`: our id of the object. `failed`: a refund that
    did not reach the customer.
    """

    id: str
    amount: Money
    on: date
    is_dispute: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class GivenBack(Unlisted, NeverDue):
    """The aggregate: refunds and disputes of one charge. `id` as the charge's object."""

    id: str
    version: int
    parts: tuple[Back, ...] = ()

    kind = "given_back"

    def with_part(self, part: Back) -> GivenBack:
        """The same with a refund or dispute as it is now."""
        every = (*self.without(part.id).parts, part)
        return replace(self, parts=tuple(sorted(every, key=lambda one: (one.on, one.id))))

    def without(self, name: str) -> GivenBack:
        """The same without one that nobody tells of any more, or that holds no money."""
        return replace(self, parts=tuple(one for one in self.parts if one.id != name))

    def refunded(self, charge: Charge) -> Money:
        """What was refunded of a charge, never more than it.

        A failed refund stays in what exports and earlier events show as refunded: it is taken off.
        """
        refunds = [one for one in self.parts if not one.is_dispute]
        known = self._sum((one for one in refunds if not one.failed), charge)
        failed = self._sum((one for one in refunds if one.failed), charge)
        return min(max(known, charge.refunded - failed), charge.amount)

    def disputed(self, charge: Charge) -> Money:
        """What disputes hold of a charge beside what was refunded.

        One in another currency, as a report of settled amounts tells it, holds all of it.
        """
        disputes = [one for one in self.parts if one.is_dispute]
        left = charge.amount - self.refunded(charge)
        if any(one.amount.currency != charge.amount.currency for one in disputes):
            return left
        return min(self._sum(disputes, charge), left)

    @property
    def last_on(self) -> date | None:
        """The day of the last that stands."""
        return max((one.on for one in self.parts if not one.failed), default=None)

    def _sum(self, parts: Iterable[Back], charge: Charge) -> Money:
        currency = charge.amount.currency
        return total((one.amount for one in parts if one.amount.currency == currency), currency)
