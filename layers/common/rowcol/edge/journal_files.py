"""The journal as files: a row per line of an entry, in the order of the journal.

A cell of a text file can become a formula in a spreadsheet: texts that would are marked as text. A
workbook's cells say what they are, so nothing is marked there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from rowcol.domain.chart import BY_CODE
from rowcol.domain.journal import JournalEntry
from rowcol.domain.money import exponent
from rowcol.edge.cells import plain_cell

Cell = str | date | Decimal | None
COLUMNS = (
    "Date",
    "Entry",
    "Mirrors",
    "Role",
    "Number",
    "Payment",
    "Type",
    "Counterparty",
    "Reference",
    "Account",
    "Account name",
    "Bank account",
    "Debit",
    "Credit",
    "Currency",
)
_WIDTHS = (11, 22, 22, 10, 13, 32, 17, 28, 16, 9, 21, 20, 14, 14, 9)


def rows_of(entries: Iterable[JournalEntry]) -> Iterator[tuple[Cell, ...]]:
    """A row per line. Amounts in major units, exact; the empty side is None."""
    for entry in entries:
        for line in entry.lines:
            account = BY_CODE.get(line.account)
            yield (
                entry.day,
                entry.id,
                entry.mirrors,
                entry.role.value,
                entry.number,
                entry.payment_id,
                entry.payment_type,
                entry.counterparty_name,
                entry.reference,
                line.account,
                account.name if account else "",
                line.bank_account_id,
                _amount(line.debit, entry.currency),
                _amount(line.credit, entry.currency),
                entry.currency,
            )


def csv_of(entries: Iterable[JournalEntry]) -> str:
    """RFC 4180, UTF-8, a heading; dates as 2026-11-20, amounts with a point."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_text(cell) for cell in row] for row in rows_of(entries))
    return text.getvalue()


def xlsx_of(entries: Iterable[JournalEntry]) -> bytes:
    """A workbook with one sheet, written row by row: only the row at hand is kept in memory."""
    # Of all that this function answers only the workbook needs it.
    from xlsxwriter import Workbook  # noqa: PLC0415  # as the comment above says

    content = io.BytesIO()
    with Workbook(content, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True})
        of_date = book.add_format({"num_format": "yyyy-mm-dd"})
        of_amount = book.add_format({"num_format": "#,##0.00#"})
        sheet = book.add_worksheet("Journal")
        sheet.freeze_panes(1, 0)
        for column, (heading, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, bold)
        for place, row in enumerate(rows_of(entries), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(place, column, cell, of_date)
                elif isinstance(cell, Decimal):
                    # A workbook's numbers are doubles: exact up to 15 digits, amounts have 13.
                    sheet.write_number(place, column, float(cell), of_amount)
                elif cell is not None:
                    sheet.write_string(place, column, cell)
    return content.getvalue()


def _amount(minor: int, currency: str) -> Decimal | None:
    return Decimal(minor).scaleb(-exponent(currency)) if minor else None


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return plain_cell(cell)
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if cell is not None else ""
