"""QuickBooks Online's objects as they come over the wire (qbo contract, sections 3 to 5).

Only what is used.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from rowcol.rails.wire_reading import Wire

# JSON numbers of QBO: whole ones come as int, others as Decimal; never float.
Number = int | Decimal


class Reference(Wire):
    """A reference to another object."""

    value: str
    name: str | None = None


class LinkedTxn(Wire):
    """A link between two transactions."""

    id: str = Field(alias="TxnId")
    kind: str = Field(alias="TxnType")


class MetaData(Wire):
    """When an object was last changed."""

    last_updated: str | None = Field(default=None, alias="LastUpdatedTime")


class Line(Wire):
    """Part of a payment; `linked` says what it settles."""

    amount: Number | None = Field(default=None, alias="Amount")
    linked: list[LinkedTxn] = Field(default_factory=list, alias="LinkedTxn")


class Tombstone(Wire):
    """What every object has; `status` Deleted is a tombstone of the change feed."""

    id: str = Field(alias="Id")
    status: str | None = None
    meta: MetaData | None = Field(default=None, alias="MetaData")


class Bill(Tombstone):
    """A bill. `balance` zero means paid."""

    sync_token: str = Field(alias="SyncToken")
    vendor: Reference = Field(alias="VendorRef")
    doc_number: str | None = Field(default=None, alias="DocNumber")
    total: Number = Field(alias="TotalAmt")
    balance: Number = Field(alias="Balance")
    due_date: str | None = Field(default=None, alias="DueDate")
    currency: Reference | None = Field(default=None, alias="CurrencyRef")
    linked: list[LinkedTxn] = Field(default_factory=list, alias="LinkedTxn")


class CheckPayment(Wire):
    """Paid from a bank account."""

    account: Reference | None = Field(default=None, alias="BankAccountRef")


class CardPayment(Wire):
    """Paid by card."""

    account: Reference | None = Field(default=None, alias="CCAccountRef")


class BillPayment(Tombstone):
    """A record that bills were paid. Making one moves no money."""

    sync_token: str = Field(alias="SyncToken")
    vendor: Reference = Field(alias="VendorRef")
    total: Number = Field(alias="TotalAmt")
    date: str = Field(alias="TxnDate")
    check: CheckPayment | None = Field(default=None, alias="CheckPayment")
    card: CardPayment | None = Field(default=None, alias="CreditCardPayment")
    currency: Reference | None = Field(default=None, alias="CurrencyRef")
    note: str | None = Field(default=None, alias="PrivateNote")
    lines: list[Line] = Field(default_factory=list, alias="Line")


class Invoice(Tombstone):
    """What a customer was asked for. `balance` zero means paid."""

    sync_token: str = Field(alias="SyncToken", pattern=r"^[0-9]{1,18}$")
    customer: Reference | None = Field(default=None, alias="CustomerRef")
    doc_number: str | None = Field(default=None, alias="DocNumber")
    total: Number = Field(alias="TotalAmt")
    balance: Number = Field(alias="Balance")
    date: str | None = Field(default=None, alias="TxnDate")
    due_date: str | None = Field(default=None, alias="DueDate")
    currency: Reference | None = Field(default=None, alias="CurrencyRef")
    note: str | None = Field(default=None, alias="PrivateNote")


class Vendor(Tombstone):
    """A vendor."""

    display_name: str | None = Field(default=None, alias="DisplayName")
    active: bool = Field(default=True, alias="Active")


class VendorCredit(Tombstone):
    """What a vendor owes back. `balance`: what of it is not used; some answers lack it."""

    sync_token: str = Field(alias="SyncToken")
    vendor: Reference = Field(alias="VendorRef")
    doc_number: str | None = Field(default=None, alias="DocNumber")
    total: Number = Field(alias="TotalAmt")
    balance: Number | None = Field(default=None, alias="Balance")
    date: str = Field(alias="TxnDate")
    currency: Reference | None = Field(default=None, alias="CurrencyRef")


class CustomerPayment(Tombstone):
    """What a customer paid. `unapplied`: the part that is set against nothing."""

    sync_token: str = Field(alias="SyncToken")
    customer: Reference | None = Field(default=None, alias="CustomerRef")
    reference: str | None = Field(default=None, alias="PaymentRefNum")
    total: Number = Field(alias="TotalAmt")
    unapplied: Number | None = Field(default=None, alias="UnappliedAmt")
    date: str = Field(alias="TxnDate")
    currency: Reference | None = Field(default=None, alias="CurrencyRef")
    note: str | None = Field(default=None, alias="PrivateNote")
    lines: list[Line] = Field(default_factory=list, alias="Line")


class CustomerCredit(Tombstone):
    """A CreditMemo or a RefundReceipt. The contract has not measured what tells of the part that is
    left: both fields are read, and an answer may lack them.
    """

    sync_token: str = Field(alias="SyncToken")
    customer: Reference | None = Field(default=None, alias="CustomerRef")
    doc_number: str | None = Field(default=None, alias="DocNumber")
    total: Number = Field(alias="TotalAmt")
    remaining: Number | None = Field(default=None, alias="RemainingCredit")
    balance: Number | None = Field(default=None, alias="Balance")
    date: str = Field(alias="TxnDate")
    currency: Reference | None = Field(default=None, alias="CurrencyRef")
    note: str | None = Field(default=None, alias="PrivateNote")


class AccountingPreferences(Wire):
    """Settings of the books. `closed_through`: a day as text."""

    closed_through: str | None = Field(default=None, alias="BookCloseDate")


class Preferences(Wire):
    """The company's settings, as far as they are used."""

    accounting: AccountingPreferences | None = Field(default=None, alias="AccountingInfoPrefs")


class Company(Wire):
    """The company that a token reaches."""

    name: str | None = Field(default=None, alias="CompanyName")


class Attachable(Wire):
    """A note that was attached."""

    id: str = Field(alias="Id")
    note: str | None = Field(default=None, alias="Note")


class Token(Wire):
    """Answer of the token endpoint. The refresh token changes about daily: always store it."""

    access_token: str
    expires_in: int
    refresh_token: str
    x_refresh_token_expires_in: int | None = None
    x_refresh_token_hard_expires_in: int | None = None
