"""Plaid's objects as they come over the wire (plaid contract, sections 2 to 4).

Only what is used; enums are text.
"""

from __future__ import annotations

from decimal import Decimal

from rowcol.rails.wire_reading import Wire

# JSON numbers of Plaid: whole ones come as int, others as Decimal; never float.
Number = int | Decimal


class Balances(Wire):
    """Major units. Exactly one of the two currency codes is set."""

    available: Number | None = None
    current: Number | None = None
    iso_currency_code: str | None = None
    unofficial_currency_code: str | None = None
    last_updated_datetime: str | None = None


class Account(Wire):
    """One bank account."""

    account_id: str
    balances: Balances
    mask: str | None = None
    name: str
    type: str
    subtype: str | None = None


class Accounts(Wire):
    """Answer of /accounts/get and of /accounts/balance/get: it does not say which."""

    accounts: list[Account]
    request_id: str | None = None


class PaymentMeta(Wire):
    """What the bank says about how it was paid."""

    reference_number: str | None = None
    payee: str | None = None


class Transaction(Wire):
    """One bank line. `amount` positive is money out."""

    transaction_id: str
    account_id: str
    amount: Number
    iso_currency_code: str | None = None
    date: str
    pending: bool
    pending_transaction_id: str | None = None
    name: str | None = None
    merchant_name: str | None = None
    original_description: str | None = None
    check_number: str | None = None
    payment_meta: PaymentMeta | None = None


class Removed(Wire):
    """A line that is gone."""

    transaction_id: str


class SyncPage(Wire):
    """One page of /transactions/sync."""

    added: list[Transaction]
    modified: list[Transaction]
    removed: list[Removed]
    next_cursor: str
    has_more: bool
    transactions_update_status: str | None = None


class Error(Wire):
    """Every refusal, and the `error` of an item. Texts change: only type and code are looked at."""

    error_type: str
    error_code: str
    error_code_reason: str | None = None
    request_id: str | None = None


class UpdateTimes(Wire):
    """When Plaid last saw the bank."""

    last_successful_update: str | None = None
    last_failed_update: str | None = None


class ItemStatus(Wire):
    """State of an item's products."""

    transactions: UpdateTimes | None = None


class Item(Wire):
    """One login at one bank."""

    item_id: str
    institution_id: str | None = None
    webhook: str | None = None
    error: Error | None = None
    consent_expiration_time: str | None = None


class ItemAnswer(Wire):
    """Answer of /item/get."""

    item: Item
    status: ItemStatus | None = None


class LinkToken(Wire):
    """Answer of /link/token/create."""

    link_token: str
    expiration: str


class Exchange(Wire):
    """Answer of /item/public_token/exchange."""

    access_token: str
    item_id: str
