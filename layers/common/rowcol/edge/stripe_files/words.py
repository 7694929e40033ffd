"""One row of each layout as words on objects. Signs are those of the objects, not of the file.

A report's row is a balance transaction, and says something of what caused it and of its payout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from rowcol.domain.money import Money
from rowcol.domain.plain import instant_text
from rowcol.domain.receivables.amounts import Part, part_of
from rowcol.domain.receivables.file_reading import FileRow, Layout
from rowcol.domain.receivables.ranks import charge_rank, payout_rank, refund_rank
from rowcol.domain.receivables.references import CUSTOMER_KEY, INVOICE_KEY, invoice_in, reference
from rowcol.domain.receivables.told import Field, ObjectKind, Told
from rowcol.domain.statements.reading import ProblemCode
from rowcol.edge.stripe_files import values
from rowcol.edge.stripe_files.columns import Cells
from rowcol.edge.stripe_files.row import Read, told
from rowcol.edge.stripe_files.values import BadCell

_TEXT_MAX = 200
# Of words that are the same in every row of a payout, whenever the row was made: one word.
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_CHARGES, _REFUNDS = ("ch_", "py_"), ("re_", "pyr_")
_GIVEN_BACK = frozenset({"refund", "charge_failure"})
_DISPUTES, _PAYOUTS = ("du_", "dp_"), ("po_",)


def report_row(cells: Cells, decimal: str) -> Read:
    """Payout reconciliation and balance change: one balance transaction."""
    name = values.stripe_id(cells["balance_transaction_id"], "balance_transaction_id")
    at = values.at(cells.first("created_utc", "created"), "created")
    return _entry(cells, decimal, name, at, cells["reporting_category"].lower())


def history_row(cells: Cells, decimal: str) -> Read:
    """The Dashboard's balance history: the same with human headers; `Transfer` is the payout."""
    name = values.stripe_id(cells["id"], "id")
    at = values.at(cells["created (utc)"], "Created (UTC)")
    plain = {
        "gross": cells["amount"],
        "fee": cells["fee"],
        "net": cells["net"],
        "currency": cells["currency"],
        "available_on_utc": cells["available on (utc)"],
        "source_id": cells["source"],
        "description": cells["description"],
        "customer_facing_amount": cells["customer facing amount"],
        "customer_facing_currency": cells["customer facing currency"],
        "automatic_payout_id": cells["transfer"],
        "automatic_payout_effective_at_utc": cells["transfer date (utc)"],
    }
    metadata = {key: text for key, text in cells.values.items() if key.endswith(" (metadata)")}
    category = _category_of_type(cells["type"].lower())
    return _entry(Cells(cells.line, plain | metadata), decimal, name, at, category)


def _category_of_type(kind: str) -> str:
    """Balance history shows the API's `type`; reports show the category (contract section 1)."""
    return _OF_TYPE.get(kind, kind)


_OF_TYPE = {
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "charge_failure",
    "refund_failure": "refund_failure",
    "adjustment": "other_adjustment",
    "stripe_fee": "fee",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
}


def _entry(cells: Cells, decimal: str, name: str, at: datetime, category: str) -> Read:
    code = values.currency(cells["currency"])
    gross = values.money(cells["gross"], code, decimal, "gross")
    fee = values.money(cells["fee"], code, decimal, "fee")
    net = values.money(cells["net"], code, decimal, "net")
    if not category:
        raise BadCell(ProblemCode.BAD_ROW, "it has no reporting category")
    if gross - fee != net:
        found = f"{cells['gross']} - {cells['fee']} is not {cells['net']}"
        raise BadCell(ProblemCode.NET_MISMATCH, "gross less fee is not net", found)
    source = values.maybe_id(cells["source_id"])
    if category == "other_adjustment" and source.startswith(_DISPUTES):
        category = "dispute" if gross.minor < 0 else "dispute_reversal"
    payout = values.maybe_id(cells["automatic_payout_id"], _PAYOUTS)
    charge = values.maybe_id(cells["charge_id"], _CHARGES)
    if not charge and source.startswith(_CHARGES):
        charge = source
    is_billed = not charge and not source
    entry = told(
        ObjectKind.ENTRY,
        name,
        {
            Field.GROSS: str(gross.minor),
            Field.FEE: str(fee.minor),
            Field.CURRENCY: code,
            Field.CATEGORY: category[:64],
            Field.CREATED_AT: instant_text(at),
            Field.AVAILABLE_ON: values.day_text(cells.first("available_on_utc", "available_on")),
            Field.PAYOUT: payout,
            Field.SOURCE: source,
            Field.CHARGE: charge,
            # What Stripe bills has no other name; a customer's own words are not kept.
            Field.DESCRIPTION: cells["description"][:_TEXT_MAX] if is_billed else "",
        },
        at,
        rank=1 if payout else 0,
    )
    words = [entry, *_of_source(cells, decimal, category, source, gross, at)]
    if payout:
        words.append(_payout_of_row(cells, payout, code))
    return Read(FileRow(cells.line, name, tuple(words)), at, category, gross, fee)


def _of_source(
    cells: Cells, decimal: str, category: str, source: str, gross: Money, at: datetime
) -> Iterator[Told]:
    """What the row says of the charge, refund or dispute that caused it."""
    part = part_of(category)
    created = {Field.CREATED_AT: instant_text(at)}
    charge = values.maybe_id(cells["charge_id"], _CHARGES)
    if category == "charge" and source.startswith(_CHARGES):
        amount = _customer_facing(cells, decimal) or gross
        fields = {
            Field.AMOUNT: str(amount.minor),
            Field.CURRENCY: amount.currency,
            Field.STATUS: "succeeded",
            Field.ENTRY: values.maybe_id(cells.first("balance_transaction_id", "id")),
            **_payer(cells),
        }
        # Money that a bank still may refuse stands in reports too: whoever knows better counts.
        yield told(ObjectKind.CHARGE, source, fields | created, at)
    elif category in _GIVEN_BACK and source.startswith(_REFUNDS):
        fields = {**_given_back(cells, decimal, gross), Field.STATUS: "succeeded"}
        fields |= {Field.CHARGE: charge}
        yield told(ObjectKind.REFUND, source, fields | created, at, refund_rank("succeeded"))
    elif category == "refund_failure" and source.startswith(_REFUNDS):
        yield told(ObjectKind.REFUND, source, {Field.STATUS: "failed"}, at, refund_rank("failed"))
    elif part is Part.DISPUTES and gross.minor < 0 and source.startswith(_DISPUTES):
        fields = {**_given_back(cells, decimal, gross), Field.CHARGE: charge}
        fields |= {Field.REASON: cells["dispute_reason"][:64]}
        yield told(ObjectKind.DISPUTE, source, fields | created, at)
    elif category == "dispute_reversal" and source.startswith(_DISPUTES):
        yield told(ObjectKind.DISPUTE, source, {Field.STATUS: "won"}, at)


def _payout_of_row(cells: Cells, payout: str, code: str) -> Told:
    """A row names its payout, but not its amount. One zone's midnight is another's day before."""
    fields = {
        Field.CURRENCY: code,
        Field.ARRIVES_ON: values.day_text(cells["automatic_payout_effective_at_utc"]),
        Field.TRACE_ID: values.maybe_id(cells["trace_id"]),
        Field.AUTOMATIC: "true" if cells["automatic_payout_effective_at_utc"] else "",
    }
    return told(ObjectKind.PAYOUT, payout, fields, _ANY_TIME)


def _customer_facing(cells: Cells, decimal: str) -> Money | None:
    if not cells["customer_facing_amount"] or not cells["customer_facing_currency"]:
        return None
    code = values.currency(cells["customer_facing_currency"])
    return values.money(cells["customer_facing_amount"], code, decimal, "customer_facing_amount")


def _given_back(cells: Cells, decimal: str, gross: Money) -> dict[Field, str]:
    """A refund's or dispute's size, in the customer's currency where the row has it."""
    amount = _customer_facing(cells, decimal) or gross
    return {Field.AMOUNT: str(abs(amount.minor)), Field.CURRENCY: amount.currency}


def _payer(cells: Cells) -> dict[Field, str]:
    """Who paid for what; the description names an invoice where the metadata does not."""
    named = reference(cells.metadata(INVOICE_KEY))
    by_words = "" if named else invoice_in(cells["description"])
    return {
        Field.CUSTOMER: values.maybe_id(cells.first("customer_id", "customer id")),
        Field.CUSTOMER_NAME: cells.first("customer_name", "customer description")[:_TEXT_MAX],
        Field.LEDGER_CUSTOMER: reference(cells.metadata(CUSTOMER_KEY)),
        Field.INVOICE: values.maybe_id(cells.first("invoice_id", "invoice id")),
        Field.REFERENCE: named or by_words,
        Field.REFERENCE_BY: "metadata" if named else "description" if by_words else "",
    }


def payout_row(cells: Cells, decimal: str) -> Read:
    """A payouts report: the payout, negative as it leaves the balance, or its reversal."""
    name = values.stripe_id(cells["payout_id"], "payout_id", _PAYOUTS)
    code = values.currency(cells["currency"])
    gross = values.money(cells["gross"], code, decimal, "gross")
    fee = values.money(cells["fee"], code, decimal, "fee")
    if gross - fee != values.money(cells["net"], code, decimal, "net"):
        raise BadCell(ProblemCode.NET_MISMATCH, "gross less fee is not net", cells["net"])
    at = values.at(cells.first("effective_at_utc", "effective_at"), "effective_at")
    category = cells["reporting_category"].lower()
    is_reversal = category == "payout_reversal" or bool(cells["payout_reversed_at_utc"])
    status = _payout_status(cells["payout_status"], is_reversal)
    arrives = cells.first("payout_expected_arrival_date", "effective_at_utc")
    fields = {Field.CURRENCY: code, Field.STATUS: status}
    if category == "payout":
        fields |= {
            Field.AMOUNT: str(-gross.minor),
            Field.ARRIVES_ON: values.day_text(arrives),
            Field.TRACE_ID: values.maybe_id(cells["trace_id"]),
            Field.ENTRY: values.maybe_id(cells["balance_transaction_id"]),
        }
    word = told(ObjectKind.PAYOUT, name, fields, at, payout_rank(status))
    return Read(FileRow(cells.line, f"{name} {category}", (word,)), at, category, gross, fee)


def _payout_status(text: str, is_reversal: bool) -> str:
    status = text.lower().replace(" ", "_")[:32]
    return "failed" if is_reversal and status != "canceled" else status


def dashboard_payout_row(cells: Cells, decimal: str) -> Read:
    """The Dashboard's payouts: positive amounts, instants to the minute."""
    name = values.stripe_id(cells["id"], "id", _PAYOUTS)
    code = values.currency(cells["currency"])
    amount = values.money(cells["amount"], code, decimal, "Amount")
    arrives = values.at(cells["arrival date (utc)"], "Arrival Date (UTC)")
    at = values.at(cells["created (utc)"], "Created (UTC)") if cells["created (utc)"] else arrives
    status = _payout_status(cells["status"], is_reversal=False)
    fields = {
        Field.CURRENCY: code,
        Field.AMOUNT: str(amount.minor),
        Field.STATUS: status,
        Field.CREATED_AT: instant_text(at),
        Field.ARRIVES_ON: arrives.date().isoformat(),
        Field.TRACE_ID: values.maybe_id(cells["trace id"]),
        Field.ENTRY: values.maybe_id(cells["balance transaction"]),
        Field.FAILURE_CODE: values.maybe_id(cells["failure code"]),
    }
    word = told(ObjectKind.PAYOUT, name, fields, at, payout_rank(status))
    return Read(FileRow(cells.line, name, (word,)), at)


def dashboard_payment_row(cells: Cells, decimal: str) -> Read:
    """The Dashboard's payments: failed ones too, refunds as a column, the payout as `Transfer`."""
    name = values.stripe_id(cells["id"], "id", _CHARGES)
    code = values.currency(cells["currency"])
    amount = values.money(cells["amount"], code, decimal, "Amount")
    refunded = values.money(cells["amount refunded"] or "0", code, decimal, "Amount Refunded")
    at = values.at(cells.first("created date (utc)", "created (utc)"), "Created date (UTC)")
    status = _CHARGE_STATUS.get(cells["status"].lower(), cells["status"].lower()[:32])
    fields = {
        Field.AMOUNT: str(amount.minor),
        Field.CURRENCY: code,
        Field.REFUNDED: str(refunded.minor),
        Field.STATUS: status,
        Field.CREATED_AT: instant_text(at),
        Field.PAYOUT: values.maybe_id(cells["transfer"], _PAYOUTS),
        **_payer(cells),
    }
    if status == "succeeded" and cells["fee"]:
        settled_code = values.currency(cells.first("converted currency", "currency"))
        settled = cells.first("converted amount", "amount")
        fields |= {
            Field.SETTLED: str(values.money(settled, settled_code, decimal, "Amount").minor),
            Field.FEE: str(values.money(cells["fee"], settled_code, decimal, "Fee").minor),
            Field.SETTLED_CURRENCY: settled_code,
        }
    word = told(ObjectKind.CHARGE, name, fields, at, charge_rank(status, refunded.minor))
    return Read(FileRow(cells.line, name, (word,)), at)


_CHARGE_STATUS = {
    "paid": "succeeded",
    "refunded": "succeeded",
    "partial refund": "succeeded",
    "disputed": "succeeded",
    "succeeded": "succeeded",
    "failed": "failed",
    "pending": "pending",
}
ROWS: Mapping[Layout, Callable[[Cells, str], Read]] = {
    Layout.PAYOUT_RECONCILIATION: report_row,
    Layout.BALANCE_CHANGE: report_row,
    Layout.PAYOUTS: payout_row,
    Layout.BALANCE_HISTORY: history_row,
    Layout.DASHBOARD_PAYOUTS: dashboard_payout_row,
    Layout.DASHBOARD_PAYMENTS: dashboard_payment_row,
}
