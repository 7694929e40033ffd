"""Statements in tables: CSV in a stream, and the first visible sheet of a workbook.

Twice over the rows: once to learn how dates and amounts are written, once to read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from rowcol.domain.date_order import DateOrder
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.profile import DELIMITERS
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.reading import Problem, ProblemCode, Reading
from rowcol.domain.statements.statement import Statement, StatementFormat
from rowcol.edge.imports.rows import CELLS_MAX, Limits, Row, UnreadableFile
from rowcol.edge.imports.xlsx_rows import first_sheet
from rowcol.edge.statements.asking import date_order, refuse_comma_decimal, refuse_unsigned
from rowcol.edge.statements.common import LINES_MAX, RejectedFile, Told, finish
from rowcol.edge.statements.csv_rows import csv_rows
from rowcol.edge.statements.date_text import OrderEvidence
from rowcol.edge.statements.header import HEADER_WITHIN, Found, ask_columns, find
from rowcol.edge.statements.table import TableReader
from rowcol.edge.statements.text import encoding_of

Rows = Callable[[], Iterator[Row]]

_SHEETS = Limits(
    rows=LINES_MAX, rows_seen=LINES_MAX, texts=LINES_MAX, member_bytes=60_000_000, bytes=80_000_000
)
# What the shared readers of workbooks say, in the words of statements.
_CODES = {
    "encrypted_or_legacy": ProblemCode.ENCRYPTED_OR_LEGACY_EXCEL,
    "too_large_inside": ProblemCode.INFLATED_SIZE_LIMIT,
    "document_type": ProblemCode.XML_DOCTYPE_FORBIDDEN,
    "damaged": ProblemCode.TRUNCATED,
    "too_many_rows": ProblemCode.TOO_MANY_ROWS,
    "too_many_columns": ProblemCode.BAD_ROW,
}


def read_csv(content: bytes, hints: Hints, told: Told) -> Reading:
    """A CSV file. Raises RejectedFile, OpenQuestion."""
    encoding = encoding_of(content, told)
    samples = _samples(content, encoding, hints.profile.delimiter if hints.profile else None)
    best: tuple[Found, str] | None = None
    for delimiter, sample in samples.items():
        found = find(sample, hints)
        if found is not None and (best is None or (best[0].is_generic and not found.is_generic)):
            best = (found, delimiter)
    if best is None:
        delimiter = max(samples, key=lambda each: _fields(samples[each]))
        if not _fields(samples[delimiter]):
            raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "it is no table")
        raise ask_columns(samples[delimiter], delimiter)
    delimiter = best[1]
    return _read(
        StatementFormat.CSV,
        best[0],
        lambda: csv_rows(content, encoding, delimiter, CELLS_MAX),
        hints,
        told,
        delimiter=delimiter,
    )


def _samples(content: bytes, encoding: str, asked: str | None) -> dict[str, list[Row]]:
    """The first rows by delimiter, of those by which they can be read. Raises RejectedFile."""
    samples: dict[str, list[Row]] = {}
    problem: RejectedFile | None = None
    for delimiter in (asked,) if asked else DELIMITERS:
        try:
            samples[delimiter] = list(
                islice(csv_rows(content, encoding, delimiter, CELLS_MAX), HEADER_WITHIN)
            )
        except RejectedFile as refused:
            problem = problem or refused
    if problem is not None and not any(map(_fields, samples.values())):
        raise problem
    return samples


def _fields(rows: list[Row]) -> int:
    """How many delimiters stand between the fields."""
    return sum(len(row.cells) - 1 for row in rows)


def read_xlsx(content: bytes, hints: Hints, told: Told) -> Reading:
    """A workbook. Raises RejectedFile, OpenQuestion."""
    try:
        sheet = first_sheet(content, _SHEETS)
    except UnreadableFile as unreadable:
        code = _CODES.get(unreadable.problem, ProblemCode.NOT_A_STATEMENT)
        raise RejectedFile(code, str(unreadable)) from None
    for name in sheet.strange_names[:20]:
        message = "a part whose name leads out of the file was left alone"
        told.warn(Problem(ProblemCode.ZIP_ENTRY_IGNORED, message, None, name))
    rows = sheet.rows
    if not rows:
        raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "its first sheet is empty")
    found = find(rows[:HEADER_WITHIN], hints)
    if found is None:
        raise ask_columns(rows[:HEADER_WITHIN], None)
    return _read(
        StatementFormat.XLSX, found, lambda: iter(rows), hints, told, is_1904=sheet.is_1904
    )


def _read(  # noqa: PLR0913  # what differs between the two kinds of tables is named by keyword
    kind: StatementFormat,
    found: Found,
    rows: Rows,
    hints: Hints,
    told: Told,
    *,
    delimiter: str | None = None,
    is_1904: bool = False,
) -> Reading:
    def data() -> Iterator[Row]:
        return islice(rows(), found.rows_above, None)

    order = _learn(found, data, hints, told, delimiter)
    if found.is_generic:
        message = "no known bank's export; its columns were taken by their names"
        told.note(ProblemCode.COLUMNS_BY_NAME, message)
    is_workbook = kind is StatementFormat.XLSX
    reader = TableReader(found, order, hints, told, is_workbook, is_1904)
    above = list(islice(rows(), max(0, found.rows_above - 1)))
    statements: list[Statement] = reader.statements(above, data)
    if found.is_generic:
        refuse_unsigned(statements, found)
    return finish(kind, statements, hints, told, found.profile.name)


def _learn(
    found: Found, data: Rows, hints: Hints, told: Told, delimiter: str | None
) -> DateOrder | None:
    """How dates are written, and that amounts have a decimal point when nobody has said so."""
    evidence = OrderEvidence()
    dates = found.places[Role.DATE]
    money = [
        found.places[role]
        for role in (Role.AMOUNT, Role.DEBIT, Role.CREDIT)
        if role in found.places
    ]
    for row in data():
        if dates < len(row.cells) and found.profile.date_order is None:
            evidence.see(row.cells[dates].strip())
        if found.is_generic:
            cells = [row.cells[place] for place in money if place < len(row.cells)]
            refuse_comma_decimal(cells, row, found, evidence, delimiter)
    return date_order(found, evidence, hints, told, delimiter)
