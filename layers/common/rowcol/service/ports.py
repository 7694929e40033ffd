"""What the use cases need from outside, as small Protocols. Adapters: rails/ and storage/."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from rowcol.domain.facts import (
    BalanceReading,
    BankChanges,
    LedgerBill,
    LedgerChanges,
    LedgerCredit,
    LedgerInvoice,
    LedgerPayment,
    LedgerPreferences,
    LedgerVendor,
    RailBill,
    RailDraft,
)


class Clock(Protocol):
    """Tells the time: an aware UTC instant."""

    def now(self) -> datetime:
        """Now, in UTC."""
        ...


class Ids(Protocol):
    """Makes ids that sort by time and never repeat."""

    def new(self, prefix: str) -> str:
        """A fresh id such as `pay_01J…`."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that differs between two runs of the same input: time, ids, randomness, pauses.

    `told_at`: when the notice of a rail came that has this work done.
    """

    clock: Clock
    ids: Ids
    random: random.Random
    pause: Callable[[float], None]
    told_at: datetime | None = None


# ---- rails: what went wrong, by what may be done about it


class RailError(Exception):
    """A rail did not give a usable answer. `rail` names it, `detail` is safe to log."""

    def __init__(self, rail: str, detail: str, *, trace_id: str | None = None) -> None:
        super().__init__(f"{rail}: {detail}")
        self.rail = rail
        self.detail = detail
        self.trace_id = trace_id


class RailUnavailable(RailError):
    """Nothing happened or only a read failed: the same call may be repeated later."""


class RailThrottled(RailUnavailable):
    """Over the rail's rate limit. `retry_after_seconds` says when a slot is free."""

    def __init__(self, rail: str, detail: str, retry_after_seconds: float) -> None:
        super().__init__(rail, detail)
        self.retry_after_seconds = retry_after_seconds


class ConnectionBroken(RailError):
    """The client's connection needs a person: revoked, expired, login required. Never retried."""

    def __init__(self, rail: str, detail: str, code: str) -> None:
        super().__init__(rail, detail)
        self.code = code


class RailProtocolError(RailError):
    """An answer that breaks the contract (shape, size, host): to be looked at, never guessed."""


class LedgerWriteUncertain(RailError):
    """A note was sent and nobody knows whether it is there: looked for before it is sent again."""


class LedgerRefused(RailError):
    """The ledger said no to a note.

    `reason`: period_closed, stale, duplicate or invalid.
    """

    def __init__(self, detail: str, reason: str, *, trace_id: str | None = None) -> None:
        super().__init__("qbo", detail, trace_id=trace_id)
        self.reason = reason


# ---- rails: results of a command


@dataclass(frozen=True, slots=True)
class CommandAccepted:
    """The rail took the command; `bill` is its state read back from the same answer."""

    bill: RailBill


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """The rail said no and nothing changed."""

    code: str
    detail: str
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class CapabilityMissing:
    """This account's rail does not know the lever at all (ramp contract, section 5.4)."""

    capability: str
    detail: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """Sent, and no answer: it may or may not have happened. Re-read, never repeat blindly."""

    detail: str


CommandResult = CommandAccepted | CommandRefused | CapabilityMissing | OutcomeUnknown


class ExecutionRail(Protocol):
    """Ramp for one client. Reads raise RailError; commands answer a CommandResult and raise
    RailUnavailable / ConnectionBroken only when certainly nothing was sent or applied."""

    def read_bill(self, bill_id: str) -> RailBill | None:
        """The bill now, or None when the rail does not know it."""
        ...

    def bills_of_payment(self, payment_id: str) -> tuple[RailBill, ...]:
        """All bills of one (batch) payment."""
        ...

    def open_bills(self) -> Iterator[RailBill]:
        """Every bill not yet paid, page by page (100 per page)."""
        ...

    def paid_bills(self, since: datetime) -> Iterator[RailBill]:
        """Bills paid since an instant."""
        ...

    def archived_bills(self, since: datetime) -> Iterator[RailBill]:
        """Archived bills created since an instant."""
        ...

    def drafts(self) -> Iterator[RailDraft]:
        """Every draft: they are in none of the lists of bills."""
        ...

    def set_payment_date(self, bill_id: str, day: date) -> CommandResult:
        """Ask for a payment date; the answer's bill shows the date the rail really took."""
        ...

    def clear_payment_date(self, bill_id: str) -> CommandResult:
        """Take the payment off the rail's schedule."""
        ...

    def set_payment_method(self, bill_id: str, method: str) -> CommandResult:
        """Choose how the bill is paid."""
        ...

    def hold(self, bill_id: str, reason: str | None = None) -> CommandResult:
        """Stop the bill on every payment rail; its date is taken off."""
        ...

    def lift(self, bill_id: str) -> CommandResult:
        """Lift such a hold; it pays nothing."""
        ...

    def archive(self, bill_id: str) -> CommandResult:
        """Take the client's bill away, and stop what has not left yet."""
        ...


class LedgerRail(Protocol):
    """QBO for one client, read-only but for an audit note."""

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        """The ledger's bill, or None when it is deleted or unknown."""
        ...

    def read_payment(self, payment_id: str) -> LedgerPayment | None:
        """The ledger's BillPayment, or None when it is deleted or unknown."""
        ...

    def read_invoice(self, invoice_id: str) -> LedgerInvoice | None:
        """The ledger's invoice, or None when it is deleted or unknown."""
        ...

    def open_invoices(self) -> tuple[LedgerInvoice, ...]:
        """Every invoice that is not paid in full."""
        ...

    def read_vendor(self, vendor_id: str) -> LedgerVendor | None:
        """The ledger's vendor, or None when it is unknown or merged into another."""
        ...

    def active_vendors(self) -> tuple[LedgerVendor, ...]:
        """Every vendor but the inactive ones."""
        ...

    def open_bills(self) -> tuple[LedgerBill, ...]:
        """Every bill that is not paid in full."""
        ...

    def credits_since(self, since: datetime) -> tuple[LedgerCredit, ...]:
        """Documents of every CreditKind changed since an instant, used up or not."""
        ...

    def preferences(self) -> LedgerPreferences:
        """The company's settings."""
        ...

    def changes(self, since: datetime) -> LedgerChanges:
        """What changed since an instant, and what was deleted (CDC)."""
        ...

    def attach_note(self, entity: str, entity_id: str, note: str, request_id: str) -> str:
        """Attach a note (2,000 characters at most), once per `request_id`. Gives its id.

        Sent once. Raises RailUnavailable when it certainly was not, LedgerWriteUncertain when
        nobody knows, LedgerRefused.
        """
        ...

    def find_note(self, text: str, since: datetime) -> str | None:
        """The id of the note made since then whose last line this is; None when there is none."""
        ...


class BankRail(Protocol):
    """Plaid for one client (all its items)."""

    def balances(self, *, live: bool) -> BalanceReading:
        """Balances: cached (free, aged) or live (billed, slow)."""
        ...

    def changes(self, item_id: str, cursor: str | None) -> BankChanges:
        """All bank-line changes after `cursor` of one item, in one complete pass."""
        ...


class Meter(Protocol):
    """Counts calls to rails, for the one who had them made."""

    def spent(self, rail: str, kind: str) -> None:
        """One call is about to be sent."""
        ...


class Rails(Protocol):
    """The rails of one client."""

    def counting(self, meter: Meter) -> Rails:
        """The same rails; every call made through what they give is told to the meter."""
        ...

    def execution(self, firm: str, client: str) -> ExecutionRail:
        """Ramp."""
        ...

    def ledger(self, firm: str, client: str) -> LedgerRail:
        """QuickBooks Online."""
        ...

    def bank(self, firm: str, client: str) -> BankRail:
        """Plaid."""
        ...
