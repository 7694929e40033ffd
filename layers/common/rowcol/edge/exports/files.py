"""Rows as files, written one by one: only the row at hand is kept in memory.

A cell of a text file can become a formula in a spreadsheet: texts that would are marked as text;
numbers stay numbers. A workbook's cells say what they are, so nothing is marked there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from rowcol.edge.cells import plain_cell
from rowcol.edge.exports.columns import Cell

BOM = "\ufeff"
# What a worksheet holds, its heading included, and one of its cells.
SHEET_ROWS_MAX = 1_048_576
CELL_CHARACTERS_MAX = 32_767
# A workbook's numbers are doubles: beyond that many digits they are not exact, and stay text.
EXACT_DIGITS_MAX = 15
_WIDTH = 18


class SheetFull(Exception):
    """More rows than a worksheet holds."""


def write_csv(
    place: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]], *, with_bom: bool
) -> int:
    """RFC 4180 in UTF-8 with a heading; gives the number of rows."""
    count = 0
    with place.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM if with_bom else "")
        writer = csv.writer(file)
        writer.writerow([plain_cell(name) for name in names])
        for count, row in enumerate(rows, 1):  # noqa: B007  # the last one is the answer
            writer.writerow([_text(cell) for cell in row])
    return count


def write_xlsx(place: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """A workbook with one sheet; gives the number of rows. Raises SheetFull."""
    # Of all that these functions answer only workbooks need it.
    from xlsxwriter import Workbook  # noqa: PLC0415  # as the comment above says

    count = 0
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(place.parent),
    }
    with Workbook(str(place), options) as book:
        bold = book.add_format({"bold": True})
        of_amount = book.add_format({"num_format": "0.00#"})
        sheet = book.add_worksheet("List")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(names) - 1, 0), _WIDTH)
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        for count, row in enumerate(rows, 1):
            if count >= SHEET_ROWS_MAX:
                raise SheetFull(str(count))
            for column, cell in enumerate(row):
                if isinstance(cell, bool):
                    sheet.write_boolean(count, column, cell)
                elif isinstance(cell, int | Decimal) and _is_exact(cell):
                    form = of_amount if isinstance(cell, Decimal) else None
                    sheet.write_number(count, column, float(cell), form)
                elif cell is not None:
                    sheet.write_string(count, column, _plain(cell)[:CELL_CHARACTERS_MAX])
    return count


def _is_exact(number: Decimal | int) -> bool:
    return len(Decimal(number).as_tuple().digits) <= EXACT_DIGITS_MAX


def _plain(cell: str | Decimal | int) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return plain_cell(cell) if isinstance(cell, str) else _plain(cell)
