"""The journal as CSV and as a workbook: read back it says the same, and no text becomes a formula.

Readers here are not the writers: `csv` for the text, zip and XML for the workbook.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rowcol.domain.chart import CHART
from rowcol.domain.journal import EntryRole, JournalEntry, Line
from rowcol.edge.journal_files import COLUMNS, csv_of, rows_of, xlsx_of

NAME, REFERENCE = COLUMNS.index("Counterparty"), COLUMNS.index("Reference")
DEBIT, CREDIT = COLUMNS.index("Debit"), COLUMNS.index("Credit")
# What Excel, LibreOffice or Google Sheets takes as the start of a formula (OWASP, CSV injection).
STARTS = "=+-@\t\r\n"
_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
HOSTILE = st.builds(str.__add__, st.sampled_from(STARTS), st.text(max_size=10))
NASTY = st.sampled_from(
    ["=1+1", "@SUM(A1)", "+1", "-2", "a,b", 'say "no"', "two\r\nlines", "'quoted", "\t=1", "", " "]
)  # fmt: skip
TEXTS = st.one_of(PRINTED, HOSTILE, NASTY).map(
    lambda text: text.encode(errors="ignore").decode().replace("\x00", "")
)


def entry(
    name: str, reference: str | None, minor: int, currency: str, accounts: tuple[str, str]
) -> JournalEntry:
    lines = (Line(accounts[0], minor, 0, "operating-1"), Line(accounts[1], 0, minor))
    return JournalEntry(
        "jrn_1", 0, "pay_1", "2026-000001", EntryRole.POSTING, date(2026, 11, 20), currency, lines,
        "vendor_payment", name, reference, datetime(2026, 11, 20, tzinfo=UTC), "anna",
    )  # fmt: skip


CODES = st.sampled_from([account.code for account in CHART])
ENTRIES = st.builds(
    entry,
    TEXTS,
    st.one_of(st.none(), TEXTS),
    st.integers(1, 10**13),
    st.sampled_from(["USD", "JPY", "BHD"]),
    st.tuples(CODES, CODES),
)


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def unmarked(cell: str) -> str:
    """Without the apostrophe that keeps a cell a text."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in f"{STARTS}＝＋－＠" else cell  # noqa: RUF001  # full-width signs are formulas too


@given(st.lists(ENTRIES, max_size=4))
@example([entry("=HYPERLINK(1)", "@x", 5, "USD", ("1000", "2000"))])
def test_a_csv_read_back_says_the_same(entries: list[JournalEntry]) -> None:
    heading, *rows = read_csv(csv_of(entries))
    assert tuple(heading) == COLUMNS
    wanted = [["" if cell is None else cell for cell in row] for row in rows_of(entries)]
    assert len(rows) == len(wanted)
    for found, row in zip(rows, wanted, strict=True):
        for place, cell in enumerate(row):
            if isinstance(cell, Decimal):
                assert Decimal(found[place]) == cell
            elif isinstance(cell, date):
                assert found[place] == cell.isoformat()
            else:
                assert unmarked(found[place]) == unmarked(str(cell))


@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_no_cell_of_a_csv_is_a_formula(entries: list[JournalEntry]) -> None:
    for row in read_csv(csv_of(entries)):
        assert not [cell for cell in row if cell.startswith(tuple(STARTS))]


@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_a_csv_is_rfc_4180(entries: list[JournalEntry]) -> None:
    text = csv_of(entries)
    assert text.endswith("\r\n")
    outside = re.sub(r'"(?:[^"]|"")*"', "", text)
    assert "\n" not in outside.replace("\r\n", "")
    assert "\r" not in outside.replace("\r\n", "")


@given(st.lists(ENTRIES, max_size=4))
def test_debits_are_credits_in_the_file(entries: list[JournalEntry]) -> None:
    rows = read_csv(csv_of(entries))[1:]
    for place in (DEBIT, CREDIT):
        assert all(re.fullmatch(r"(\d+(\.\d+)?)?", row[place]) for row in rows)
    assert sum(Decimal(row[DEBIT] or 0) for row in rows) == sum(
        Decimal(row[CREDIT] or 0) for row in rows
    )


def read_xlsx(content: bytes) -> list[dict[str, tuple[str, str]]]:
    """Rows of the first sheet: by column letter the cell's type and its value."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314  # made just now
    assert sheet.find(f".//{_XML}f") is None
    rows = []
    for row in sheet.iter(f"{_XML}row"):
        cells = {}
        for cell in row.iter(f"{_XML}c"):
            kind = cell.get("t", "n")
            texts = cell.findall(f".//{_XML}t") if kind == "inlineStr" else [cell.find(f"{_XML}v")]
            value = "".join(text.text or "" for text in texts if text is not None)
            value = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
            cells[str(cell.get("r")).rstrip("0123456789")] = (kind, value)
        rows.append(cells)
    return rows


@settings(deadline=None, max_examples=40)
@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_a_workbook_read_back_says_the_same_and_holds_no_formula(
    entries: list[JournalEntry],
) -> None:
    heading, *rows = read_xlsx(xlsx_of(entries))
    assert tuple(value for _, value in heading.values()) == COLUMNS
    for found, row in zip(rows, rows_of(entries), strict=True):
        for place, cell in enumerate(row):
            kind, value = found.get(chr(ord("A") + place), ("", ""))
            if isinstance(cell, Decimal):
                assert (kind, round(Decimal(value), 3)) == ("n", cell)
            elif isinstance(cell, str):
                assert kind in ("inlineStr", "")
                assert _plain(value) == _plain(cell)


def _plain(text: str) -> str:
    """XML knows one kind of line end, and the escape is only looked at, not defined, here."""
    return _ESCAPED.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def test_the_heading_stands_alone_when_there_is_nothing() -> None:
    assert csv_of([]) == ",".join(COLUMNS) + "\r\n"
    assert len(read_xlsx(xlsx_of([]))) == 1
