"""What is kept of the ledger for the sake of data checks: vendors, bills, credits, preferences.

Copies of the last reading, beside the log, as bank lines are; the tray items that they cause are
in the log. Why: decision 0048.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.facts import CreditKind, LedgerBill, LedgerCredit, LedgerVendor
from rowcol.domain.scope import key_of

OPEN = "open#"
UNREAD = "unread#"
PREFERENCES_ID = "preferences"


class VendorState(StrEnum):
    """What the ledger says of a vendor. UNREAD: a bill names it and nobody has asked yet."""

    UNREAD = "unread"
    ACTIVE = "active"
    INACTIVE = "inactive"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class KeptVendor(NeverDue):
    """A vendor of the ledger, and Ramp's vendors that open bills map to it, by Ramp's ids."""

    id: str
    version: int
    ledger_id: str
    state: VendorState = VendorState.UNREAD
    name: str = ""
    rail_vendor_ids: tuple[str, ...] = ()
    read_at: datetime | None = None

    kind = "ledger_vendor"

    @property
    def list_key(self) -> str | None:
        """Those that are still to be read are listed first."""
        return f"{UNREAD}{self.id}" if self.state is VendorState.UNREAD else f"known#{self.id}"


class OpenListed(NeverDue, ABC):
    """A copy that is listed while something of it is open."""

    __slots__ = ()

    id: str

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether something of it is open."""

    @property
    def list_key(self) -> str | None:
        """Open ones are listed."""
        return f"{OPEN}{self.id}" if self.is_open else None


@dataclass(frozen=True, slots=True)
class KeptBill(OpenListed):
    """A bill of the ledger as last read. `gone`: deleted there, perhaps before it was ever read.

    One that Ramp names is not kept while it stands: its payment's proof reads it.
    """

    id: str
    version: int
    ledger: LedgerBill | None
    first_seen_at: datetime
    gone: bool = False

    kind = "ledger_bill"

    @property
    def is_open(self) -> bool:
        """Whether the ledger waits for it to be paid."""
        return not self.gone and self.ledger is not None and self.ledger.balance.minor > 0


@dataclass(frozen=True, slots=True)
class KeptCredit(OpenListed):
    """A vendor's credit of which something is left, or a customer's document of late."""

    id: str
    version: int
    ledger: LedgerCredit
    first_seen_at: datetime
    gone: bool = False

    kind = "ledger_credit"

    @property
    def is_open(self) -> bool:
        """Whether something of it is left."""
        return not self.gone and self.ledger.open.minor > 0


@dataclass(frozen=True, slots=True)
class KeptPreferences(Unlisted, NeverDue):
    """The company's own settings that bookkeeping depends on."""

    id: str
    version: int
    closed_through: date | None
    read_at: datetime

    kind = "ledger_preferences"


def vendor_key(ledger_id: str) -> str:
    """Our id of the ledger's vendor."""
    return key_of("lvendor", ledger_id)


def bill_key(ledger_id: str) -> str:
    """Our id of the ledger's bill."""
    return key_of("lbill", ledger_id)


def credit_key(kind: CreditKind, ledger_id: str) -> str:
    """Our id of a credit."""
    return key_of(f"l{kind.value.lower()}", ledger_id)


def is_older(token: str, reading: LedgerBill | LedgerCredit) -> bool:
    """Whether a reading tells of the past: QBO counts an object's versions upwards."""
    now = reading.sync_token
    return token.isdigit() and now.isdigit() and int(now) < int(token)


def state_of(reading: LedgerVendor) -> VendorState:
    """What a reading says of a vendor."""
    return VendorState.ACTIVE if reading.active else VendorState.INACTIVE
