"""What is compared of one payment, and how the comparison is told: facts, findings, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.facts import BankLine, LedgerBill, LedgerPayment, ReadInterval
from rowcol.domain.money import Money


class Outcome(StrEnum):
    """Agreement, patience, or a discrepancy."""

    VERIFIED = "verified"
    WAITING = "waiting"
    MISMATCH = "mismatch"


class Mismatch(StrEnum):
    """Kinds of disagreement (design section 6). A kind is never renamed."""

    MISSING = "missing"
    LATE = "late"
    AMOUNT = "amount"
    DATE = "date"
    CURRENCY = "currency"
    VENDOR = "vendor"
    ACCOUNT = "account"
    DUPLICATE = "duplicate"
    PARTIAL = "partial"
    RETURNED = "reversed_or_returned"
    PAID_OUTSIDE = "paid_outside"
    LEDGER_EDITED = "ledger_edited"
    LEDGER_DELETED = "ledger_deleted_or_voided"
    RAIL_FAILED = "rail_failed"
    UNEXPECTED_RAIL_STATE = "unexpected_rail_state"
    UNKNOWN_RAIL_STATE = "unknown_rail_state"


class Side(StrEnum):
    """Which of the three said it."""

    RAIL = "rail"
    LEDGER = "ledger"
    CASH = "cash"


@dataclass(frozen=True, slots=True)
class LedgerFact:
    """What the ledger shows for the bill at one read: the bill itself and its payments."""

    bill: LedgerBill | None
    payments: tuple[LedgerPayment, ...]
    read: ReadInterval


@dataclass(frozen=True, slots=True)
class ConfirmedCash:
    """A person's word on bank lines: by which match, and what of the lines is this payment's.

    Several payments may share one line, and one payment have several. `amount`: its group's share,
    a fee within the client's tolerance left out; money that came is above zero as well.
    """

    match_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CashFact:
    """Bank lines matched to the payment: debits, returns, and how they were found.

    `payee`, `other_payee`: the payment's vendor, and another one that the line names instead.
    `confirmed`: by a person, who may have put several lines or payments together.
    """

    debits: tuple[BankLine, ...]
    credits: tuple[BankLine, ...]
    method: str
    explanation: str
    seen_at: datetime
    read_through: datetime
    payee: str | None = None
    other_payee: str | None = None
    confirmed: ConfirmedCash | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """One entry of the ledger, as far as an edit of it matters. `amount`: its part of the bill."""

    payment_id: str
    amount: Money
    vendor_id: str
    account_id: str | None

    @property
    def text(self) -> str:
        """In words, for a finding."""
        return f"{self.amount} to vendor {self.vendor_id} from account {self.account_id or '?'}"


@dataclass(frozen=True, slots=True)
class Proved:
    """What the ledger held when all sides last agreed, and when that was."""

    at: datetime
    ledger: tuple[Booked, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: which side, what kind, expected and found, by which source id."""

    side: Side
    kind: Mismatch
    expected: str
    found: str
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement with its evidence: ids of what was compared. `until`: the next deadline."""

    outcome: Outcome
    at: datetime
    findings: tuple[Finding, ...] = ()
    waiting_for: tuple[Side, ...] = ()
    until: datetime | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come true, fixed when the payment was released.

    `vendor_id`, `vendor_account_id`: whom the rail was to pay, and on which account of theirs; None
    is not compared.
    """

    bill_amount: Money
    ledger_vendor_id: str | None
    bank_account_id: str | None
    ledger_account_id: str | None
    released_on: date
    vendor_id: str | None = None
    vendor_account_id: str | None = None
