"""What of a bill people agree to pay: how much, whom, on which account."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.facts import RailBill
from rowcol.domain.money import Money


@dataclass(frozen=True, slots=True)
class Payable:
    """A bill as somebody staged or decided it. `account_id`: Ramp's, None where it named none."""

    amount: Money
    vendor_id: str | None
    account_id: str | None

    def differs(self, other: Payable) -> bool:
        """Whether they are two things to agree to. An account that was not named is no other."""
        accounts = {self.account_id, other.account_id} - {None}
        same = (self.amount, self.vendor_id) == (other.amount, other.vendor_id)
        return not same or len(accounts) > 1


def payable_of(reading: RailBill) -> Payable:
    """What a bill asks to be paid by its last reading."""
    paid_to = reading.payment.vendor_account_id if reading.payment else None
    return Payable(reading.amount, reading.vendor_id, paid_to)
