"""What the rails report, in our words. Every fact says when it was read; none is ours to change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.money import Money


@dataclass(frozen=True, slots=True)
class ReadInterval:
    """When a rail was asked and when it had answered (aware UTC instants).

    Ramp's bills carry no version: facts are ordered by these two instants alone.
    """

    began_at: datetime
    ended_at: datetime


class RailState(StrEnum):
    """State of a bill on the execution rail (ramp contract, section 6).

    UNKNOWN is a value that Ramp added since.
    """

    AWAITING_APPROVAL = "awaiting_approval"
    INCOMPLETE = "incomplete"
    READY = "ready"
    SCHEDULED = "scheduled"
    AWAITING_RELEASE = "awaiting_release"
    PROCESSING = "processing"
    PAID = "paid"
    ERROR = "error"
    ON_HOLD = "on_hold"
    HELD_BY_PROVIDER = "held_by_provider"
    BLOCKED = "blocked"
    ARCHIVED = "archived"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RailPayment:
    """The payment part of a Ramp bill.

    `payment_id` may be shared by all bills of one batch, and `amount` then be the batch's total.
    `same_day`: an ACH payment or check that Ramp was asked to hurry.
    """

    payment_id: str
    amount: Money
    method: str
    planned_on: date | None
    effective_on: date | None
    source_account_id: str | None
    vendor_account_id: str | None
    vendor_trace_id: str | None
    debit_trace_id: str | None
    customer_reference: str | None
    same_day: bool = False


@dataclass(frozen=True, slots=True)
class RailBill:
    """One bill as the execution rail shows it.

    `raw_state` keeps Ramp's own text; `paid_at` is the vendor's side.
    """

    bill_id: str
    invoice_number: str | None
    vendor_id: str | None
    vendor_name: str
    vendor_ledger_id: str | None
    amount: Money
    issued_on: date | None
    due_on: date | None
    approved: bool
    state: RailState
    raw_state: str
    paid_at: datetime | None
    archived: bool
    ledger_bill_id: str | None
    ledger_synced: bool
    draft_bill_id: str | None
    payment: RailPayment | None
    read: ReadInterval
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class RailDraft:
    """A draft in Ramp: not submitted for approval yet, so nearly everything may be missing."""

    draft_id: str
    invoice_number: str | None
    vendor_id: str | None
    vendor_name: str
    amount: Money | None
    issued_on: date | None
    due_on: date | None
    read: ReadInterval


@dataclass(frozen=True, slots=True)
class LedgerBill:
    """A Bill in QBO. `balance` zero: the ledger shows it paid, by the linked `payment_ids`."""

    bill_id: str
    vendor_id: str
    doc_number: str | None
    amount: Money
    balance: Money
    due_on: date | None
    payment_ids: tuple[str, ...]
    sync_token: str
    read: ReadInterval


@dataclass(frozen=True, slots=True)
class LedgerAllocation:
    """Part of a ledger payment that settles one bill."""

    bill_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LedgerPayment:
    """A BillPayment in QBO, or its tombstone (`deleted`) or void (`voided`, total zero)."""

    payment_id: str
    vendor_id: str
    amount: Money
    paid_on: date
    account_id: str | None
    allocations: tuple[LedgerAllocation, ...]
    voided: bool
    deleted: bool
    sync_token: str
    read: ReadInterval


@dataclass(frozen=True, slots=True)
class LedgerInvoice:
    """An Invoice in QBO. `balance` zero: the ledger shows it paid. A void has the total zero."""

    invoice_id: str
    customer_id: str | None
    customer_name: str
    doc_number: str | None
    amount: Money
    balance: Money
    issued_on: date | None
    due_on: date | None
    voided: bool
    sync_token: str
    read: ReadInterval


@dataclass(frozen=True, slots=True)
class LedgerVendor:
    """A Vendor in QBO. One that was merged into another is not to be found any more."""

    vendor_id: str
    name: str
    active: bool
    read: ReadInterval


class CreditKind(StrEnum):
    """What of the ledger holds money that may be set against nothing yet, or gave it back.

    CUSTOMER: a customer's payment. MEMO: what a customer was credited. REFUND: what it was paid
    back, of which nothing is ever open.
    """

    VENDOR = "VendorCredit"
    CUSTOMER = "Payment"
    MEMO = "CreditMemo"
    REFUND = "RefundReceipt"


@dataclass(frozen=True, slots=True)
class InvoicePart:
    """What of a customer's payment is set against one invoice, by the ledger's id."""

    invoice_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LedgerCredit:
    """A document of a CreditKind. `open`: what of it is not used. `doc_number`: its own number, of
    a customer's payment the reference. `applied`: of a customer's payment, by invoice.
    """

    credit_id: str
    credit: CreditKind
    party_id: str
    party_name: str
    doc_number: str | None
    amount: Money
    open: Money
    issued_on: date
    voided: bool
    sync_token: str
    read: ReadInterval
    applied: tuple[InvoicePart, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerPreferences:
    """The company's settings. `closed_through`: nothing up to that day can be booked any more."""

    closed_through: date | None
    read: ReadInterval


@dataclass(frozen=True, slots=True)
class LedgerChanges:
    """What changed in the ledger since an instant, and ids of what was deleted there.

    Not `complete`: deletions may be missing, the change feed does not reach back that far.
    `credits`: vendors' credits, customers' payments, credit memos and refunds.
    `payments_changed_at`: when the ledger itself says that a payment was changed or deleted, by id.
    """

    bills: tuple[LedgerBill, ...] = ()
    payments: tuple[LedgerPayment, ...] = ()
    invoices: tuple[LedgerInvoice, ...] = ()
    deleted_payment_ids: tuple[str, ...] = ()
    deleted_invoice_ids: tuple[str, ...] = ()
    complete: bool = True
    deleted_bill_ids: tuple[str, ...] = ()
    vendors: tuple[LedgerVendor, ...] = ()
    credits: tuple[LedgerCredit, ...] = ()
    deleted_credits: tuple[tuple[CreditKind, str], ...] = ()
    payments_changed_at: tuple[tuple[str, datetime], ...] = ()


class BalanceSource(StrEnum):
    """Which call gave the balance: the answer itself does not say (plaid contract, section 2)."""

    CACHED = "cached"
    LIVE = "live"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One bank account. `available` may be unknown; credit accounts never add cash."""

    account_id: str
    mask: str | None
    name: str
    kind: str
    subtype: str | None
    available: Money | None
    current: Money | None

    @property
    def cash(self) -> Money | None:
        """Available when the bank computes it, else current; None when neither is known."""
        return self.available if self.available is not None else self.current


@dataclass(frozen=True, slots=True)
class BalanceReading:
    """Balances of all accounts of a client.

    `observed_at` is when the *bank* was last seen, not when we asked.
    """

    accounts: tuple[AccountBalance, ...]
    source: BalanceSource
    observed_at: datetime | None
    read: ReadInterval
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line at the bank. `amount`: money out is positive, money in negative (plaid, 3)."""

    line_id: str
    account_id: str
    amount: Money
    posted_on: date
    pending: bool
    text: str
    reference: str | None
    check_number: str | None
    replaces_line_id: str | None


@dataclass(frozen=True, slots=True)
class BankChanges:
    """One complete pass of the bank's change feed: rows and `cursor` are kept together or not."""

    added: tuple[BankLine, ...]
    modified: tuple[BankLine, ...]
    removed_line_ids: tuple[str, ...]
    cursor: str | None
    ready: bool
    read: ReadInterval
