"""Columns of the six report and export layouts: all there are, and those shown unless chosen.

Source: stripe contract, section 1. The default sets are an open point; these are the samples'.
"""

from __future__ import annotations

from collections.abc import Mapping

_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")


def _address(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{part}" for part in _ADDRESS)


_HEAD = (
    *("balance_transaction_id", "created_utc", "created", "available_on_utc", "available_on"),
    *("currency", "gross", "fee", "net", "reporting_category", "source_id", "description"),
    *("customer_facing_amount", "customer_facing_currency"),
)
_PAYOUT = (
    "automatic_payout_id",
    "automatic_payout_effective_at_utc",
    "automatic_payout_effective_at",
)
_EXTRA = (
    *("regulatory_tag", "customer_id", "customer_email", "customer_name", "customer_description"),
    *_address("customer_address"),
    *_address("customer_shipping_address"),
    *_address("shipping_address"),
    *_address("card_address"),
    *("charge_id", "payment_intent_id", "charge_created", "charge_created_utc", "invoice_id"),
    *("invoice_number", "subscription_id", "payment_method_type", "is_link", "card_brand"),
    *("card_funding", "card_country", "statement_descriptor", "dispute_reason"),
    *("connected_account_id", "connected_account_name", "connected_account_country"),
    *("connected_account_direct_charge_id", "trace_id", "trace_id_status"),
)
METADATA = ("payment_metadata[", "refund_metadata[", "transfer_metadata[")

ALL: Mapping[str, tuple[str, ...]] = {
    "payout_reconciliation.itemized.5": (
        *(*_PAYOUT, *_HEAD, *_EXTRA),
        *("order_id", "destination_payment_id"),
    ),
    "balance_change_from_activity.itemized.3": (*_HEAD, *_PAYOUT, *_EXTRA),
    "payouts.itemized.3": (
        *("payout_id", "effective_at_utc", "effective_at", "currency", "gross", "fee", "net"),
        *("reporting_category", "balance_transaction_id", "description"),
        *("payout_expected_arrival_date", "payout_status", "payout_reversed_at_utc"),
        *("payout_reversed_at", "payout_type", "payout_description", "payout_destination_id"),
        *("trace_id", "trace_id_status", "regulatory_tag"),
    ),
    "balance_history": (
        *("id", "Type", "Source", "Amount", "Fee", "Destination Platform Fee"),
        *("Destination Platform Fee Currency", "Net", "Currency", "Created (UTC)"),
        *("Available On (UTC)", "Description", "Customer Facing Amount"),
        *("Customer Facing Currency", "Transfer", "Transfer Date (UTC)", "Transfer Group"),
    ),
    "payments": (
        *("id", "Created date (UTC)", "Amount", "Amount Refunded", "Currency", "Captured"),
        *("Converted Amount", "Converted Amount Refunded", "Converted Currency"),
        *("Decline Reason", "Description", "Fee", "Is Link", "Link Funding", "Mode"),
        *("PaymentIntent ID", "Payment Source Type", "Refunded date (UTC)"),
        *("Statement Descriptor", "Status", "Seller Message", "Taxes On Fee", "Card ID"),
        *("Customer ID", "Customer Description", "Customer Email", "Invoice ID", "Transfer"),
    ),
    "payouts": (
        *("id", "Amount", "Created (UTC)", "Currency", "Livemode", "Arrival Date (UTC)"),
        *("Source Type", "Destination", "Status", "Type", "Method", "Description"),
        *("Balance Transaction", "Failure Balance Transaction", "Failure Message"),
        *("Failure Code", "Statement Descriptor", "Trace ID", "Trace ID Status"),
        *("Destination Name", "Destination Country", "Destination Last 4"),
    ),
}
REPORT_TYPES = tuple(name for name in ALL if "." in name)

_SHOWN: Mapping[str, tuple[str, ...]] = {
    "payout_reconciliation.itemized.5": (
        *_PAYOUT,
        *_HEAD,
        *("customer_id", "customer_email", "charge_id", "payment_intent_id", "charge_created_utc"),
        *("invoice_id", "invoice_number", "payment_method_type", "card_brand", "card_funding"),
        *("statement_descriptor", "dispute_reason", "trace_id", "trace_id_status"),
    ),
    "balance_change_from_activity.itemized.3": (
        *_HEAD,
        *_PAYOUT,
        *("customer_id", "customer_email", "customer_name", "charge_id", "payment_intent_id"),
        *("invoice_id", "invoice_number", "payment_method_type", "card_brand"),
    ),
    "payouts.itemized.3": ALL["payouts.itemized.3"][:-1],
}


def chosen(layout: str, names: tuple[str, ...] | None) -> tuple[str, ...]:
    """The columns of a file in their order. Raises ValueError for one the layout does not have."""
    if names is None:
        return _SHOWN.get(layout, ALL[layout])
    for name in names:
        metadata = name.startswith(METADATA) and name.endswith("]") and layout in REPORT_TYPES
        theirs = name.endswith(" (metadata)") and layout == "payments"
        if name not in ALL[layout] and not metadata and not theirs:
            raise ValueError(f"{name} is no column of {layout}")
    return names
