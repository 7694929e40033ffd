"""Files as rows of text: what people's programs write is read, what is hostile is refused soon."""

from __future__ import annotations

import struct
import time

import pytest

from rowcol.edge.imports.csv_rows import csv_rows
from rowcol.edge.imports.rows import CELLS_MAX, ROWS_MAX, UnreadableFile
from rowcol.edge.imports.workbook import is_workbook
from rowcol.edge.imports.xlsx_rows import xlsx_rows
from tests.support.workbooks import book, number_cell, packed, sheet, text_cell, texts

# ---- CSV


@pytest.mark.parametrize(
    "content",
    [
        b"Date,Amount\n2026-11-20,1.50\n",
        b"\xef\xbb\xbfDate,Amount\r\n2026-11-20,1.50\r\n",
        b"Date;Amount\n2026-11-20;1.50",
        "Date\tAmount\n\n\n2026-11-20\t1.50\n".encode("utf-16"),
        b'"Date","Amount"\n"2026-11-20","1.50"\n,\n',
    ],
)
def test_csv_is_read_in_the_ways_it_is_written(content: bytes) -> None:
    assert [row.cells for row in csv_rows(content)] == [("Date", "Amount"), ("2026-11-20", "1.50")]


def test_a_line_is_where_the_row_begins() -> None:
    rows = csv_rows(b'a,b\n"two\nlines",x\n\nc,d\n')
    assert [(row.line, row.cells[0]) for row in rows] == [(1, "a"), (2, "two\nlines"), (5, "c")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"Date,Name\n2026-11-20,Caf\xe9\n", "not_utf8"),
        (b"\xff\xfea", "not_utf8"),
        (b"a,b\x00\n", "not_text"),
        (b'a,"b\n', "damaged"),
        (b'a,"b"c\n', "damaged"),
        (b"a,b\n" * (ROWS_MAX + 1), "too_many_rows"),
        (b"a," * (CELLS_MAX + 1), "too_many_columns"),
    ],
)
def test_csv_that_is_none_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        csv_rows(content)
    assert refused.value.problem == problem


def test_a_cell_that_is_too_long_is_its_rows_problem() -> None:
    rows = csv_rows(b"a,b\n" + b"x" * 1001 + b",y\n")
    assert rows[1].problem is not None


# ---- XLSX


def test_a_sheet_is_read_with_row_numbers_and_gaps() -> None:
    cells = text_cell("A3", "x") + number_cell("D3", "5")
    rows = xlsx_rows(book(sheet(texts("Date", "Amount", line=1), "", cells)))
    assert [(row.line, row.cells) for row in rows] == [
        (1, ("Date", "Amount")),
        (3, ("x", "", "", "5")),
    ]


@pytest.mark.parametrize(
    ("number", "style", "is_1904", "shown"),
    [
        ("46346", 1, False, "2026-11-20"),
        ("46346.75", 2, False, "2026-11-20"),
        ("44884", 1, True, "2026-11-20"),
        ("1", 1, False, "1900-01-01"),
        ("59", 1, False, "1900-02-28"),
        ("61", 1, False, "1900-03-01"),
        ("46346", 0, False, "46346"),
        ("0.5", 3, False, "0.5"),
        ("12.5", 4, False, "12.5"),
        ("1E2", 0, False, "1E2"),
    ],
)
def test_a_number_is_a_date_by_its_style(
    number: str, style: int, is_1904: bool, shown: str
) -> None:
    content = book(sheet(number_cell("A1", number, style)), is_1904=is_1904)
    assert xlsx_rows(content)[0].cells == (shown,)


@pytest.mark.parametrize("serial", ["0", "-3", "9999999", "x", "1e99", "2958466"])
def test_a_date_that_does_not_exist_is_its_rows_problem(serial: str) -> None:
    assert xlsx_rows(book(sheet(number_cell("A1", serial, 1))))[0].problem is not None


def test_texts_are_shared_rich_spoken_or_of_formulas() -> None:
    strings = (
        "<si><t>plain</t></si>"
        "<si><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh><t>spoken</t></rPh></si>"
    )
    cells = (
        '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
        '<c r="C1" t="str"><f>A1</f><v>formula</v></c><c r="D1" t="b"><v>1</v></c>'
        '<c r="E1" t="d"><v>2026-11-20T00:00:00</v></c><c r="F1"/>'
    )
    [row] = xlsx_rows(book(sheet(cells), strings=strings))
    assert row.cells == ("plain", "rich text", "formula", "1", "2026-11-20", "")


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ('<c r="B1"><f>A1+1</f></c>', "column B: a formula without its value"),
        ('<c r="A1" t="e"><v>#REF!</v></c>', "column A: the error #REF!"),
        ('<c r="A1" t="s"><v>7</v></c>', "column A: a text that cannot be read"),
        ('<c r="A1" t="s"><v>x</v></c>', "column A: a text that cannot be read"),
        (text_cell("AB1", "x" * 1001), "column AB: more than 1000 characters"),
    ],
)
def test_a_cell_that_cannot_be_read_is_its_rows_problem(cell: str, word: str) -> None:
    assert xlsx_rows(book(sheet(cell)))[0].problem == word


def test_hidden_sheets_are_passed_over_and_prefixes_and_places_vary() -> None:
    hidden, shown = sheet(texts("hidden", line=1)), sheet(texts("shown", line=1))
    assert xlsx_rows(book(hidden, shown, states=("hidden", "visible")))[0].cells == ("shown",)
    prefixed = shown.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    assert xlsx_rows(book(prefixed))[0].cells == ("shown",)
    assert xlsx_rows(book(shown, target="/xl/worksheets/sheet{}.xml"))[0].cells == ("shown",)
    without_places = shown.replace(' r="A1"', "").replace(' r="1"', "")
    assert xlsx_rows(book(without_places))[0].cells == ("shown",)


def lying_zip() -> bytes:
    """A sheet that says it is small and is not."""
    large = sheet(*(texts("x" * 50, line=1) for _ in range(900))).encode()
    content = bytearray(book(sheet(""), members={"xl/worksheets/sheet1.xml": large}))
    small = struct.pack("<I", 100)
    for place in range(len(content) - 4):
        if content[place : place + 4] == struct.pack("<I", len(large)):
            content[place : place + 4] = small
    return bytes(content)


HOSTILE = {
    "a CSV": b"Date,Amount\n",
    "old .xls": b"\xd0\xcf\x11\xe0" + b"\x00" * 500,
    "a cut zip": book(sheet(""))[:-40],
    "a zip of something else": packed({"hello.txt": b"hello"}),
    "no sheet": book(),
    "only a hidden sheet": book(sheet(""), states=("veryHidden",)),
    "a sheet that is not there": book(sheet(""), target="nowhere{}.xml"),
    "a document type": book(
        sheet(""),
        members={
            "xl/worksheets/sheet1.xml": b'<!DOCTYPE a [<!ENTITY b "b">]><worksheet>&b;</worksheet>'
        },
    ),
    "a document type in UTF-16": book(
        sheet(""),
        members={"xl/sharedStrings.xml": '<!DOCTYPE a [<!ENTITY b "b">]><sst/>'.encode("utf-16")},
    ),
    "XML that ends early": book(sheet(""), members={"xl/styles.xml": b"<styleSheet><cellXfs>"}),
    "not XML": book(sheet(""), members={"xl/workbook.xml": b"\x00\x01"}),
    "a zip bomb": book(
        sheet(""), members={"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 7_000_000}
    ),
    "large in sum": book(sheet(""), members={f"xl/media/{n}": b"\0" * 999_999 for n in range(25)}),
    "many members": book(sheet(""), members={f"xl/media/{n}": b"" for n in range(501)}),
    "a size that lies": lying_zip(),
    "rows without end": book(sheet(*[texts("x", line=1)] * (ROWS_MAX + 1))),
    "blank rows without end": book(sheet(*[""] * 20_001)),
    "a wide row": book(sheet(text_cell("ZZZ1", "x"))),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_honest_workbook_is_refused_soon(content: bytes) -> None:
    began = time.process_time()
    with pytest.raises(UnreadableFile) as refused:
        xlsx_rows(content)
    assert refused.value.refusal.numbers == {"problem": refused.value.problem}
    assert time.process_time() - began < 2


def test_a_member_with_a_strange_name_is_never_touched() -> None:
    content = book(sheet(texts("shown", line=1)), members={"../../outside.txt": b"x"})
    assert xlsx_rows(content)[0].cells == ("shown",)


def test_a_workbook_is_known_by_its_first_bytes() -> None:
    assert is_workbook(book(sheet("")))
    assert is_workbook(b"\xd0\xcf\x11\xe0\x00")
    assert not is_workbook(b"PKG,Amount\n")
