"""Report and export files: six layouts, any columns, time zone and decimal sign (contract, 1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from local.simulators.clock import parse_instant
from local.simulators.messages import ControlError, Json
from local.simulators.stripe.columns import ALL, chosen
from local.simulators.stripe.export_rows import balance_history, payments, payouts
from local.simulators.stripe.money import Money

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

LAYOUTS = tuple(ALL)
_BOM = "\ufeff"
_PAYOUT_MOVES = ("payout", "payout_failure", "payout_cancel")


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is asked for. `start` (in) and `end` (out): instants, None = open."""

    columns: tuple[str, ...] | None = None
    timezone: str = "Etc/UTC"
    decimal_separator: str = "."
    start: datetime | None = None
    end: datetime | None = None
    currency: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """From JSON. Raises ControlError for unknown names, signs and zones."""
        known = ("columns", "timezone", "decimal_separator", "start", "end", "currency")
        if unknown := set(given) - set(known):
            raise ControlError(f"unknown keys {sorted(unknown)}; known: {', '.join(known)}")
        if given.get("decimal_separator", ".") not in (".", ","):
            raise ControlError("decimal_separator is . or ,")
        fields = dict(given)
        for name in ("start", "end"):
            fields[name] = parse_instant(given[name]) if given.get(name) else None
        if fields.get("columns") is not None:
            fields["columns"] = tuple(fields["columns"])
        try:
            ZoneInfo(fields.get("timezone", "Etc/UTC"))
        except (KeyError, ValueError, OSError):
            raise ControlError(f"no time zone {fields['timezone']}") from None
        return cls(**fields)


def write_report(core: StripeCore, account: str, layout: str, options: Options) -> str:
    """The file's text, its byte order mark included. Raises ControlError for unknown columns."""
    try:
        columns = chosen(layout, options.columns)
    except ValueError as problem:
        raise ControlError(str(problem)) from None
    zone = ZoneInfo(options.timezone)
    rows: Iterable[Json]
    if layout in ("payments", "payouts", "balance_history"):
        maker = {"payments": payments, "payouts": payouts, "balance_history": balance_history}
        rows = maker[layout](core, account)
    elif layout == "payouts.itemized.3":
        rows = _payout_rows(core, account)
    else:
        rows = _movements(core, account, layout)
    text = io.StringIO()
    comma = options.decimal_separator == ","
    writer = csv.writer(
        text,
        delimiter=";" if comma else ",",
        quoting=csv.QUOTE_ALL if comma else csv.QUOTE_MINIMAL,
        lineterminator="\n",
    )
    writer.writerow(columns)
    for row in rows:
        if _outside(row, options):
            continue
        writer.writerow([_cell(core, row, name, zone, comma=comma) for name in columns])
    return (_BOM if layout in core.setting("bom_files") else "") + text.getvalue()


def _outside(row: Json, options: Options) -> bool:
    at = datetime.fromtimestamp(row["at"], UTC)
    early = options.start is not None and at < options.start
    late = options.end is not None and at >= options.end
    return early or late or options.currency not in (None, row["money"])


def _cell(core: StripeCore, row: Json, name: str, zone: ZoneInfo, *, comma: bool) -> str:
    value = row["values"].get(name.removesuffix("_utc"))
    if name.removesuffix("_utc") in row["instants"] and isinstance(value, int):
        date_only = name.startswith("automatic_payout") or name == "effective_at"
        same = date_only and core.setting("date_only_columns") == "same"
        shown_in = UTC if name.endswith("_utc") or same else zone
        return datetime.fromtimestamp(value, shown_in).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Money):
        text = value.text()
        return text.replace(".", ",") if comma else text
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


_INSTANTS = frozenset(
    {"created", "available_on", "automatic_payout_effective_at", "charge_created"}
    | {"effective_at", "payout_reversed_at"}
)


def _movements(core: StripeCore, account: str, layout: str) -> list[Json]:
    """Rows of the two reports of movements. Payouts by hand bind none; payouts are no activity."""
    by_payout = layout.startswith("payout_reconciliation")
    rows = []
    for row in core.of_account("txns", account):
        money = row["object"]
        payout = core.document.get("payouts", row["payout"] or "")
        own = row["payout"] is not None and money["source"] == row["payout"]
        if by_payout and (payout is None or own):
            continue
        if not by_payout and money["type"] in _PAYOUT_MOVES:
            continue
        values = _movement(core, row, payout)
        at = values["automatic_payout_effective_at"] if by_payout else money["created"]
        rows.append({"at": at, "money": money["currency"], "values": values})
    for made in rows:
        made["instants"] = _INSTANTS
    if by_payout:
        rows.sort(key=lambda made: made["at"])
    return rows


def _movement(core: StripeCore, row: Json, payout: Json | None) -> Json:
    money, currency = row["object"], row["object"]["currency"]
    fee_only = money["reporting_category"] == "fee"
    values: Json = {
        "automatic_payout_id": payout["object"]["id"] if payout else None,
        "automatic_payout_effective_at": payout["object"]["arrival_date"] if payout else None,
        "balance_transaction_id": money["id"],
        "created": money["created"],
        "available_on": money["available_on"],
        "currency": currency,
        "gross": Money(money["amount"], currency),
        "fee": Money(money["fee"], currency),
        "net": Money(money["net"], currency),
        "reporting_category": money["reporting_category"],
        "source_id": None if fee_only else money["source"],
        "description": money["description"],
        "trace_id": payout["object"]["trace_id"]["value"] if payout else None,
        "trace_id_status": payout["object"]["trace_id"]["status"] if payout else None,
    }
    charge = core.document.get("charges", row["charge"] or "")
    if charge is None:
        return values
    values["customer_facing_amount"] = Money(money["amount"], currency)
    values["customer_facing_currency"] = currency
    return values | _of_charge(core, charge, money)


def _of_charge(core: StripeCore, charge: Json, money: Json) -> Json:
    shown = charge["object"]
    customer = core.document.get("customers", shown["customer"] or "") or {}
    invoice = core.document.get("invoices", charge["invoice"] or "")
    card = shown["payment_method_details"].get("card", {})
    dispute = core.document.get("disputes", money["source"] or "")
    values: Json = {
        "customer_id": shown["customer"],
        "customer_email": customer.get("email"),
        "customer_name": customer.get("name"),
        "charge_id": shown["id"],
        "payment_intent_id": shown["payment_intent"],
        "charge_created": shown["created"],
        "invoice_id": charge["invoice"],
        "invoice_number": invoice["object"]["number"] if invoice else None,
        "payment_method_type": charge["method"],
        "is_link": False,
        "card_brand": card.get("brand"),
        "card_funding": card.get("funding"),
        "card_country": card.get("country"),
        "statement_descriptor": shown["calculated_statement_descriptor"],
        "dispute_reason": dispute["object"]["reason"] if dispute else None,
    }
    for key, value in shown["metadata"].items():
        values[f"payment_metadata[{key}]"] = value
    return values


def _payout_rows(core: StripeCore, account: str) -> list[Json]:
    """Each payout, amounts negative, and once more with the other sign when it came back."""
    rows = []
    for row in core.of_account("payouts", account):
        payout, currency = row["object"], row["object"]["currency"]
        values: Json = {
            "payout_id": payout["id"],
            "effective_at": payout["arrival_date"],
            "currency": currency,
            "gross": Money(-payout["amount"], currency),
            "fee": Money(0, currency),
            "net": Money(-payout["amount"], currency),
            "reporting_category": "payout",
            "balance_transaction_id": payout["balance_transaction"],
            "description": payout["description"],
            "payout_expected_arrival_date": row["arrival"],
            "payout_status": payout["status"],
            "payout_reversed_at": row["failed_at"],
            "payout_type": payout["type"],
            "payout_description": payout["description"],
            "payout_destination_id": payout["destination"],
            "trace_id": payout["trace_id"]["value"],
            "trace_id_status": payout["trace_id"]["status"],
        }
        made = {"money": currency, "instants": _INSTANTS}
        rows.append({**made, "at": payout["arrival_date"], "values": values})
        if row["failed_at"] is not None:
            back: Json = {
                **values,
                "effective_at": row["failed_at"],
                "gross": Money(payout["amount"], currency),
                "net": Money(payout["amount"], currency),
                "reporting_category": "payout_reversal",
                "balance_transaction_id": payout["failure_balance_transaction"],
            }
            rows.append({**made, "at": row["failed_at"], "values": back})
    return rows
