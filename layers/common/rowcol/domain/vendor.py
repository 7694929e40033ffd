"""A vendor of a client: what was seen of it, what was agreed with it, and how it was checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from rowcol.domain.money import Money
from rowcol.domain.scope import key_of

AMOUNTS_KEPT = 24


@dataclass(frozen=True, slots=True)
class VendorTerms:
    """What was agreed: told by people, for no rail tells it. Rates in basis points.

    `discount_days`: so many days after the issue date the discount holds. A late fee is flat, and
    per started day after `grace_days`. `critical`: paid first when cash is short.
    """

    critical: bool = False
    discount_basis_points: int = 0
    discount_days: int = 0
    late_fee: Money | None = None
    late_basis_points_per_day: int = 0
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """The bank account that Ramp pays, by Ramp's id of it, and since when it is seen."""

    id: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class CallBack:
    """A person called the vendor on a number known before, and this account was confirmed."""

    id: str
    by: str
    hands: str
    at: datetime
    account_id: str | None
    reference: str
    note: str


@dataclass(frozen=True, slots=True)
class Vendor:
    """The aggregate. `amounts`: minor units of the latest paid bills, oldest first.

    `first_paid_on`: when the first payment of a bill was seen done; None for a new payee.
    """

    id: str
    version: int
    rail_vendor_id: str
    name: str
    first_seen_at: datetime
    first_paid_on: date | None = None
    account: VendorAccount | None = None
    amounts: tuple[int, ...] = ()
    terms: VendorTerms = field(default_factory=VendorTerms)
    call_backs: tuple[CallBack, ...] = ()

    kind = "vendor"

    @property
    def list_key(self) -> str | None:
        """Vendors are listed by id."""
        return self.id

    @property
    def due_at(self) -> datetime | None:
        """Never due."""
        return None


def vendor_id(rail_vendor_id: str) -> str:
    """The id of the vendor that Ramp knows by this one."""
    return key_of("vendor", rail_vendor_id)
