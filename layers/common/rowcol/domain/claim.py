"""What a batch holds of a bill from its preparation until the batch decides the bill or lets go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.limits import CountedDays
from rowcol.domain.money import Money
from rowcol.domain.payable import Payable
from rowcol.domain.reserve import Reserve


@dataclass(frozen=True, slots=True)
class ClaimedUsage:
    """What of limits is held for the payment to be made: whose, how much, of which days."""

    by: str
    amount: Money
    pay_on: date
    counted: CountedDays | None = None
    hands: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch's claim on a bill: until it ends, nobody else commands the bill.

    `usage`: of limits; None where no payment will be made at once. `had`: the bill's reserve before
    the claim took one, to be as it was when the batch lets go. `about`: the bill as it was then;
    another is not decided by this batch. None in claims older than it is.
    """

    batch_id: str
    usage: ClaimedUsage | None = None
    had: Reserve | None = None
    about: Payable | None = None
