"""Rows of the Dashboard's three exports: human headers, newest first (stripe contract, 1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.simulators.messages import Json
from local.simulators.stripe.money import Money

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

_NONE: frozenset[str] = frozenset()


def payments(core: StripeCore, account: str) -> list[Json]:
    """The payments export: failed ones too, a refund is a column of its charge."""
    rows = []
    for row in core.of_account("charges", account):
        charge, currency = row["object"], row["object"]["currency"]
        moved = core.document.get("txns", charge["balance_transaction"] or "")
        failed = charge["status"] == "failed"
        fee = moved["object"]["fee"] if moved else 0
        values: Json = {
            "id": charge["id"],
            "Created date (UTC)": _second(charge["created"]),
            "Amount": Money(charge["amount"], currency),
            "Amount Refunded": Money(charge["amount_refunded"], currency),
            "Currency": currency,
            "Captured": charge["captured"],
            "Decline Reason": charge["failure_code"],
            "Description": charge["description"],
            "Fee": Money(fee, currency),
            "Is Link": False,
            "Mode": "Live" if charge["livemode"] else "Test",
            "PaymentIntent ID": charge["payment_intent"],
            "Payment Source Type": row["method"],
            "Refunded date (UTC)": _second(row["refunded_at"]),
            "Statement Descriptor": charge["calculated_statement_descriptor"],
            "Status": _status(charge),
            "Seller Message": charge["outcome"]["seller_message"],
            "Taxes On Fee": Money(0, currency),
            "Customer ID": charge["customer"],
            "Customer Description": charge["billing_details"]["name"],
            "Customer Email": charge["billing_details"]["email"],
            "Invoice ID": row["invoice"],
            "Transfer": moved["payout"] if moved else None,
        }
        if not failed:
            values["Converted Amount"] = values["Amount"]
            values["Converted Amount Refunded"] = values["Amount Refunded"]
            values["Converted Currency"] = currency
        for key, value in charge["metadata"].items():
            values[f"{key} (metadata)"] = value
        rows.append(_row(charge["created"], currency, values))
    return _newest_first(rows)


def payouts(core: StripeCore, account: str) -> list[Json]:
    """The payouts export: positive amounts."""
    bank = core.account(account)["bank"]
    rows = []
    for row in core.of_account("payouts", account):
        payout = row["object"]
        values: Json = {
            "id": payout["id"],
            "Amount": Money(payout["amount"], payout["currency"]),
            "Created (UTC)": _minute(payout["created"]),
            "Currency": payout["currency"],
            "Livemode": payout["livemode"],
            "Arrival Date (UTC)": _minute(payout["arrival_date"]),
            "Source Type": payout["source_type"],
            "Destination": payout["destination"],
            "Status": payout["status"],
            "Type": payout["type"],
            "Method": payout["method"],
            "Description": payout["description"],
            "Balance Transaction": payout["balance_transaction"],
            "Failure Balance Transaction": payout["failure_balance_transaction"],
            "Failure Message": payout["failure_message"],
            "Failure Code": payout["failure_code"],
            "Statement Descriptor": payout["statement_descriptor"],
            "Trace ID": payout["trace_id"]["value"],
            "Trace ID Status": payout["trace_id"]["status"],
            "Destination Name": bank["name"],
            "Destination Country": bank["country"],
            "Destination Last 4": bank["last4"],
        }
        rows.append(_row(payout["created"], payout["currency"], values))
    return _newest_first(rows)


def balance_history(core: StripeCore, account: str) -> list[Json]:
    """Every movement of the balance, payouts included; times to the minute."""
    rows = []
    for row in core.of_account("txns", account):
        money, currency = row["object"], row["object"]["currency"]
        payout = core.document.get("payouts", row["payout"] or "")
        of_charge = row["charge"] is not None
        values: Json = {
            "id": money["id"],
            "Type": money["type"],
            "Source": money["source"],
            "Amount": Money(money["amount"], currency),
            "Fee": Money(money["fee"], currency),
            "Net": Money(money["net"], currency),
            "Currency": currency,
            "Created (UTC)": _minute(money["created"]),
            "Available On (UTC)": _minute(money["available_on"]),
            "Description": money["description"],
            "Customer Facing Amount": Money(money["amount"], currency) if of_charge else None,
            "Customer Facing Currency": currency if of_charge else None,
            "Transfer": row["payout"],
            "Transfer Date (UTC)": _minute(payout["object"]["arrival_date"]) if payout else None,
        }
        rows.append(_row(money["created"], currency, values))
    return _newest_first(rows)


def _row(at: int, currency: str, values: Json) -> Json:
    return {"at": at, "money": currency, "values": values, "instants": _NONE}


def _newest_first(rows: list[Json]) -> list[Json]:
    return sorted(rows, key=lambda row: row["at"], reverse=True)


def _status(charge: Json) -> str:
    if charge["refunded"]:
        return "Refunded"
    return {"succeeded": "Paid", "failed": "Failed"}.get(charge["status"], "Pending")


def _second(stamp: int | None) -> str | None:
    return _text(stamp, "%Y-%m-%d %H:%M:%S")


def _minute(stamp: int | None) -> str | None:
    return _text(stamp, "%Y-%m-%d %H:%M")


def _text(stamp: int | None, form: str) -> str | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC).strftime(form)
