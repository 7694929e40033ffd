"""From rows to records: which column is what, and each row's record or why it is none.

Nothing is guessed: headers are known words, dates are ISO unless the caller says otherwise, and an
amount that is not exact is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from rowcol.domain.allocation import Allocation, AllocationTarget
from rowcol.domain.date_order import DateOrder
from rowcol.domain.money import Money, MoneyError, exponent
from rowcol.domain.payment import PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.edge.imports.rows import Row, UnreadableFile
from rowcol.service.payment_commands.recording import NewRecord

# The header is looked for in so many rows: titles may stand above it.
HEADER_WITHIN = 30


# Words are compared in lower case, without what is neither letter nor digit; see docs/api.md.
COLUMNS: dict[str, frozenset[str]] = {
    "type": frozenset({"type", "paymenttype"}),
    "amount": frozenset({"amount", "paymentamount", "amountpaid", "total"}),
    "currency": frozenset({"currency"}),
    "paid_on": frozenset({"paidon", "date", "paymentdate", "paiddate"}),
    "counterparty_name": frozenset(
        {"counterparty", "counterpartyname", "vendor", "vendorname", "customer", "customername"}
        | {"payee", "payer", "name"}
    ),
    "counterparty_id": frozenset({"counterpartyid", "vendorid", "customerid"}),
    "method": frozenset({"method", "paymentmethod"}),
    "reference": frozenset(
        {"reference", "referencenumber", "ref", "check", "checkno", "checknumber"}
    ),
    "memo": frozenset({"memo", "description", "notes", "note"}),
    "account_id": frozenset({"accountid", "bankaccountid"}),
    "to_account_id": frozenset({"toaccountid"}),
    "bill_id": frozenset({"billid"}),
    "invoice_id": frozenset({"invoiceid"}),
}
NEEDED = ("amount", "paid_on")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_WANTED = {
    DateOrder.ISO: "a date as 2026-12-31; or say how dates are written (date_order)",
    DateOrder.MONTH_FIRST: "a date as 12/31/2026 or 2026-12-31",
    DateOrder.DAY_FIRST: "a date as 31/12/2026 or 2026-12-31",
}
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\Z", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,3}(,\d{3})+|\d{1,15})(\.\d+)?\Z", re.ASCII)
# A workbook's amounts are binary floats: 0.30000000000000004 is 0.30.
_FLOAT = re.compile(r"-?\d{1,15}(\.\d+)?([eE][+-]?\d{1,2})?\Z", re.ASCII)
_NOISE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file does not say: the books' currency, how dates are written, whence it came."""

    currency: str
    date_order: DateOrder
    type: PaymentType | None
    is_workbook: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One row: its line, and the record or why there is none."""

    line: int
    record: NewRecord | Refusal


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: its rows, and the columns that nobody reads."""

    rows: tuple[Told, ...]
    ignored_columns: tuple[str, ...]


def table_of(rows: Sequence[Row], settings: Settings) -> Table:
    """Read the rows below the header. Raises UnreadableFile."""
    start, places, ignored = _header(rows, settings)
    told = [Told(row.line, _record(_Cells(row, places), settings)) for row in rows[start + 1 :]]
    if not told:
        raise UnreadableFile("no_rows", "there is no row below the header")
    return Table(tuple(told), ignored)


def _header(rows: Sequence[Row], settings: Settings) -> tuple[int, dict[str, int], tuple[str, ...]]:
    """The first row that names all that is needed."""
    best: tuple[str, ...] = ()
    needed = NEEDED if settings.type is not None else (*NEEDED, "type")
    for start, row in enumerate(rows[:HEADER_WITHIN]):
        places: dict[str, int] = {}
        ignored: list[str] = []
        for place, cell in enumerate(row.cells):
            name = _field(cell)
            if name in places:
                raise UnreadableFile("repeated_column", f"two columns are {name}: {cell[:40]!r}")
            if name is not None:
                places[name] = place
            elif cell.strip():
                ignored.append(cell.strip()[:80])
        if all(name in places for name in needed):
            return start, places, tuple(ignored)
        if len(places) > len(best):
            best = tuple(places)
    missing = [name for name in needed if name not in best]
    hint = "; send type if all rows are of one" if "type" in missing else ""
    raise UnreadableFile("no_header", f"no header names {', '.join(missing)}{hint}")


def _field(header: str) -> str | None:
    word = re.sub(r"[^a-z0-9]", "", re.sub(r"\(.*?\)", "", header).lower())
    return next((name for name, words in COLUMNS.items() if word in words), None)


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row by field; None for an empty cell or a column that is not there."""

    row: Row
    places: dict[str, int]

    def get(self, name: str) -> str | None:
        place = self.places.get(name)
        if place is None or place >= len(self.row.cells):
            return None
        return self.row.cells[place].strip() or None


def _record(cells: _Cells, settings: Settings) -> NewRecord | Refusal:
    """The record of a row, or the first thing that is wrong with it."""
    if cells.row.problem is not None:
        return Refusal(Code.IMPORT_UNREADABLE, cells.row.problem)
    kind = _type(cells, settings)
    if isinstance(kind, Refusal):
        return kind
    amount = _amount(cells, settings)
    if isinstance(amount, Refusal):
        return amount
    paid_on = _date(cells, settings)
    if isinstance(paid_on, Refusal):
        return paid_on
    parts = _allocations(cells, amount)
    if isinstance(parts, Refusal):
        return parts
    return NewRecord(
        kind,
        amount,
        paid_on,
        cells.get("counterparty_id"),
        cells.get("counterparty_name"),
        cells.get("method"),
        cells.get("reference"),
        cells.get("memo"),
        cells.get("account_id"),
        cells.get("to_account_id"),
        parts,
    )


def _type(cells: _Cells, settings: Settings) -> PaymentType | Refusal:
    given = cells.get("type")
    if given is None:
        return settings.type or _missing("type")
    word = re.sub(r"[^a-z]+", "_", given.lower()).strip("_")
    if word in set(PaymentType):
        return PaymentType(word)
    known = ", ".join(kind.value for kind in PaymentType)
    return Refusal(
        Code.UNKNOWN_VALUE, f"type: one of {known}", {"column": "type", "found": given[:40]}
    )


def _amount(cells: _Cells, settings: Settings) -> Money | Refusal:
    """Above zero, in the books' currency, exact to the minor unit."""
    currency = cells.get("currency")
    if currency is not None and currency.upper() != settings.currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"the client's books are in {settings.currency}",
            {"column": "currency", "found": currency[:10], "expected": settings.currency},
        )
    text = cells.get("amount")
    if text is None:
        return _missing("amount")
    sign, digits = _signed(text)
    if settings.is_workbook and _FLOAT.match(digits):
        digits = _without_noise(digits, settings.currency)
    elif not _AMOUNT.match(digits):
        return _bad("amount", text, "a plain number such as 1,234.50")
    try:
        money = Money.parse(digits.replace(",", ""), settings.currency)
    except MoneyError as error:
        large = "out of range" in str(error)
        code = Code.AMOUNT_TOO_LARGE if large else Code.AMOUNT_PRECISION
        return Refusal(code, str(error), {"column": "amount", "found": text[:40]})
    if sign < 0 or money.minor <= 0:
        return Refusal(
            Code.AMOUNT_NOT_POSITIVE,
            "amount is above zero",
            {"column": "amount", "found": text[:40]},
        )
    return money


def _signed(text: str) -> tuple[int, str]:
    """A minus before or behind, or brackets as in books; a dollar sign is only for the eye."""
    negative = text.startswith("(") and text.endswith(")")
    bare = text[1:-1].strip() if negative else text
    if bare.startswith("-") or bare.endswith("-"):
        negative, bare = True, bare.strip("-").strip()
    bare = bare.removeprefix("$").strip()
    if bare.startswith("-"):
        negative, bare = True, bare[1:].strip()
    return (-1 if negative else 1), bare


def _without_noise(digits: str, currency: str) -> str:
    value = Decimal(digits)
    unit = Decimal(1).scaleb(-exponent(currency))
    near = value.quantize(unit, ROUND_HALF_EVEN)
    return str(near if abs(near - value) <= _NOISE else value)


def _date(cells: _Cells, settings: Settings) -> date | Refusal:
    text = cells.get("paid_on")
    if text is None:
        return _missing("paid_on")
    parts = _date_parts(text, settings.date_order)
    if parts is None:
        return _bad("paid_on", text, _WANTED[settings.date_order])
    try:
        return date(*parts)
    except ValueError:
        return Refusal(
            Code.DATE_IMPOSSIBLE, "there is no such day", {"column": "paid_on", "found": text[:40]}
        )


def _date_parts(text: str, order: DateOrder) -> tuple[int, int, int] | None:
    """Year, month and day as they are written; None when it is not written as a date."""
    if _ISO.match(text):
        return int(text[:4]), int(text[5:7]), int(text[8:])
    found = _SLASHED.match(text)
    if found is None or order is DateOrder.ISO:
        return None
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    return (year, first, second) if order is DateOrder.MONTH_FIRST else (year, second, first)


def _allocations(cells: _Cells, amount: Money) -> tuple[Allocation, ...] | Refusal:
    """The whole amount to the bill or the invoice that the row names."""
    bill, invoice = cells.get("bill_id"), cells.get("invoice_id")
    if bill is not None and invoice is not None:
        return Refusal(
            Code.ALLOCATION_INVALID, "a row names a bill or an invoice", {"column": "bill_id"}
        )
    target = AllocationTarget.BILL if bill is not None else AllocationTarget.INVOICE
    name = bill or invoice
    if name is None:
        return ()
    if not valid_id(name):
        return Refusal(
            Code.ALLOCATION_INVALID,
            f"no such {target.value}",
            {"column": f"{target.value}_id", "target_id": name[:64]},
        )
    return (Allocation(target, name, amount),)


def _missing(column: str) -> Refusal:
    return Refusal(Code.INVALID_INPUT, f"{column} is missing", {"column": column})


def _bad(column: str, found: str, wanted: str) -> Refusal:
    return Refusal(
        Code.INVALID_INPUT, f"{column}: {wanted}", {"column": column, "found": found[:40]}
    )
