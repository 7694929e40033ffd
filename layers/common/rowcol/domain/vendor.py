"""A vendor of a client: what was seen of it, what was agreed with it, and how it was checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.money import Money
from rowcol.domain.scope import key_of

# What is kept, the latest of each: a vendor stays an item of a few kilobytes.
PAYMENTS_KEPT = 24
ACCOUNTS_KEPT = 6
CALL_BACKS_KEPT = 12
WAITING_KEPT = 50


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
    """A bank account that Ramp pays, by Ramp's id of it, and since when it is seen."""

    id: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class VendorPayment:
    """Money to the vendor for one bill: seen paid by Ramp, or only let go by us so far.

    `on`: the day it was paid, or released. `number`: of the invoice.
    """

    bill_id: str
    on: date
    amount: Money
    number: str | None = None
    paid: bool = True


class NumberSource(StrEnum):
    """Where the number came from that was called: never from what is to be checked."""

    CONTRACT = "contract"
    EARLIER_RECORD = "earlier_record"
    PUBLIC_DIRECTORY = "public_directory"
    KNOWN_CONTACT = "known_contact"


@dataclass(frozen=True, slots=True)
class CallBack:
    """A person called the vendor on a number known before, and asked for this account.

    `account_id`: None for a vendor that is paid without one. `confirmed`: False when the vendor
    does not know the account. `payment_ids`: what waited for the call.
    """

    id: str
    by: str
    hands: str
    at: datetime
    account_id: str | None
    reference: str
    note: str = ""
    number_from: NumberSource | None = None
    spoken_to: str = ""
    confirmed: bool = True
    payment_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VendorNamed:
    """Which vendor a fact is about: our id, Ramp's, and its name."""

    id: str
    rail_vendor_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Vendor(NeverDue):
    """The aggregate. `account`: the one that was last seen for the first time.

    `first_paid_on`: when the first payment of a bill was seen done; None for a new payee.
    `payments`: the latest, by day. `waiting_ids`: payments that are held until it is called.
    """

    id: str
    version: int
    rail_vendor_id: str
    name: str
    first_seen_at: datetime
    first_paid_on: date | None = None
    account: VendorAccount | None = None
    earlier_accounts: tuple[VendorAccount, ...] = ()
    payments: tuple[VendorPayment, ...] = ()
    terms: VendorTerms = field(default_factory=VendorTerms)
    call_backs: tuple[CallBack, ...] = ()
    waiting_ids: tuple[str, ...] = ()

    kind = "vendor"

    @property
    def list_key(self) -> str | None:
        """Vendors are listed by id."""
        return self.id

    @property
    def named(self) -> VendorNamed:
        """What facts say of it."""
        return VendorNamed(self.id, self.rail_vendor_id, self.name)

    @property
    def accounts(self) -> tuple[VendorAccount, ...]:
        """All that are known, in the order in which they were first seen."""
        return (*self.earlier_accounts, *((self.account,) if self.account else ()))

    def account_of(self, account_id: str | None) -> VendorAccount | None:
        """An account by Ramp's id, when it was seen before."""
        return next((known for known in self.accounts if known.id == account_id), None)

    @property
    def amounts(self) -> tuple[int, ...]:
        """Minor units of the latest paid bills, oldest first."""
        return tuple(one.amount.minor for one in self.payments if one.paid)


def vendor_id(rail_vendor_id: str) -> str:
    """The id of the vendor that Ramp knows by this one."""
    return key_of("vendor", rail_vendor_id)
