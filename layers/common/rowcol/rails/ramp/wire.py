"""Ramp's objects as they come over the wire (ramp contract, section 5.2).

Only what is used; enums are text.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from rowcol.rails.wire_reading import Wire


class Amount(Wire):
    """Whole minor units; `minor_unit_conversion_rate` is how many make one major unit."""

    amount: int
    currency_code: str
    minor_unit_conversion_rate: int


class Trace(Wire):
    """A network's reference, such as an ACH trace number."""

    trace_id: str | None = None


class Details(Wire):
    """Payment details of any kind; only those of a bank payment have these fields."""

    source_bank_account_id: str | None = None
    vendor_account_id: str | None = None
    is_same_day: bool | None = None


class Payment(Wire):
    """The payment of a bill. `id` and `amount` may be those of a whole batch."""

    id: str | None = None
    amount: Amount
    customer_friendly_payment_id: str | None = None
    details: Details | None = None
    effective_date: str | None = None
    payment_date: str | None = None
    payment_method: str | None = None
    trace_id: Trace | None = None
    bank_debit_trace_id: Trace | None = None


class Vendor(Wire):
    """The vendor inside a bill."""

    id: str | None = None
    name: str | None = None
    remote_id: str | None = None


class Bill(Wire):
    """A bill. `status_summary` is the real state; `remote_id` its id in the ledger."""

    id: str
    status: str
    status_summary: str
    approval_status: str | None = None
    sync_status: str | None = None
    amount: Amount
    issued_at: str | None = None
    due_at: str | None = None
    paid_at: str | None = None
    archived_at: str | None = None
    draft_bill_id: str | None = None
    vendor: Vendor | None = None
    invoice_number: str | None = None
    remote_id: str | None = None
    payment: Payment | None = None


class PageLink(Wire):
    """`next` is a complete URL, or null at the end."""

    next: str | None = None


class Draft(Wire):
    """A bill that nobody has submitted: almost every field may be missing (contract 5.5)."""

    id: str
    amount: Amount | None = None
    issued_at: str | None = None
    due_at: str | None = None
    vendor: Vendor | None = None
    invoice_number: str | None = None


Row = TypeVar("Row", bound=Wire)


class PageOf(Wire, Generic[Row]):
    """One page of a list."""

    data: list[Row]
    page: PageLink


BillPage = PageOf[Bill]
DraftPage = PageOf[Draft]


class ErrorV2(Wire):
    """The newer error object. `additional_info` maps a field to its texts."""

    error_code: str | None = None
    message: str | None = None
    additional_info: dict[str, object] | None = None


class ErrorBody(Wire):
    """Every refusal; the older `error` copy is not used."""

    error_v2: ErrorV2 | None = None


class Token(Wire):
    """Answer of the token endpoint."""

    access_token: str
    expires_in: int
    scope: str | None = None
    refresh_token: str | None = None
    refresh_token_expires_in: int | None = None


class Business(Wire):
    """The business that a token reaches; `id` is the `business_id` of webhooks."""

    id: str
    business_name_legal: str | None = None
    business_name_on_card: str | None = None


class Subscription(Wire):
    """A webhook subscription; `secret` is shown only by the call that makes it."""

    id: str
    status: str
    business_id: str | None = None
    endpoint_url: str | None = None
    secret: str | None = None
