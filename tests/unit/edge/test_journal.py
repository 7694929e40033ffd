"""The journal over HTTP: pages, spans, files that open in a spreadsheet, and its chart."""

from __future__ import annotations

import base64
import csv
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from rowcol.domain.chart import CHART
from rowcol.domain.journal import JournalEntry
from rowcol.domain.payment import PaymentType
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Member, Role
from rowcol.edge.download import ANSWER_BYTES_MAX, XLSX, Download, too_large
from rowcol.edge.exports import routes
from rowcol.edge.exports.lists import all_lists
from rowcol.edge.query_operations import OPERATIONS
from rowcol.service.onboard import register_firm, register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.records import RecordDesk, to_bill, to_invoice

JOURNAL = "/clients/{client}/journal"
FILE = "/clients/{client}/lists/{list}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class JournalWeb(RecordDesk):
    """Bluebird's journal, which vic may read."""

    def __init__(self) -> None:
        super().__init__()
        register_firm(self.store, SCOPE.firm, "Maple Street")
        register_member(self.store, SCOPE.firm, Member("vic", 0, {SCOPE.client: (Role.VIEWER,)}))
        self.web = Web(self.environment, {**OPERATIONS, **routes.OPERATIONS}, SCOPE.firm)

    def ask(self, route: str, accept: str | None = None, **asked: str) -> Answer:
        """A read with query parameters."""
        path = {"client": asked.pop("client", SCOPE.client)}
        if route == FILE:
            path["list"] = "listJournal"
        for name in ("invoice", "bill"):
            if name in asked:
                path[name] = asked.pop(name)
        query = {name.rstrip("_"): text for name, text in asked.items()}
        return self.web.call("GET", route, person="vic", path=path, query=query, accept=accept)


@pytest.fixture
def desk() -> JournalWeb:
    """Five records posted on five days, and one of them reset."""
    made = JournalWeb()
    for day in range(1, 6):
        made.posted(paid_on=date(2026, 11, day), counterparty_name=f"Vendor {day}")
    made.reset("pay_000003")
    return made


def test_pages_follow_each_other_by_date(desk: JournalWeb) -> None:
    first = desk.ask(JOURNAL, limit="4")
    second = desk.ask(JOURNAL, limit="4", cursor=first.body["next_cursor"])
    days = [item["day"] for item in (*first.body["items"], *second.body["items"])]
    assert days == [f"2026-11-0{day}" for day in (1, 2, 3, 3, 4, 5)]
    assert second.body["next_cursor"] is None


def test_a_span_is_inclusive(desk: JournalWeb) -> None:
    asked = desk.ask(JOURNAL, from_="2026-11-02", to="2026-11-03")
    assert [item["number"] for item in asked.body["items"]] == [
        "2026-000002",
        "2026-000003",
        "2026-000003",
    ]
    assert asked.body["items"][2]["mirrors"] == asked.body["items"][1]["id"]
    part = desk.ask(JOURNAL, from_="2026-11-02", to="2026-11-03", limit="2")
    rest = desk.ask(
        JOURNAL, from_="2026-11-02", to="2026-11-03", limit="2", cursor=part.body["next_cursor"]
    )
    assert len(part.body["items"]) + len(rest.body["items"]) == 3
    assert desk.ask(JOURNAL, from_="2026-11-06").body["items"] == []


def test_a_cursor_of_an_earlier_day_does_not_widen_the_span(desk: JournalWeb) -> None:
    asked = desk.ask(JOURNAL, from_="2026-11-04", cursor="2026-11-01")
    assert [item["day"] for item in asked.body["items"]] == ["2026-11-04", "2026-11-05"]


def test_bad_spans_are_refused(desk: JournalWeb) -> None:
    for route in (JOURNAL, FILE):
        more = {"format": "csv"} if route != JOURNAL else {}
        turned = desk.ask(route, from_="2026-11-03", to="2026-11-02", **more)
        assert (turned.status, turned.code) == (400, "invalid_input")
        none = desk.ask(route, from_="2026-11-31", **more)
        assert (none.status, none.code) == (400, "date_impossible")


def columns() -> list[str]:
    """The headings of the journal's file."""
    return [column.name for column in all_lists()["listJournal"].columns]


def test_csv_has_a_row_per_line_and_balances(desk: JournalWeb) -> None:
    answer = desk.ask(FILE, format="csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith('filename="listJournal.csv"')
    heading, *rows = csv.reader(io.StringIO(answer.body))
    assert heading == columns()
    assert len(rows) == 12
    debit, credit = heading.index("lines.debit"), heading.index("lines.credit")
    assert {(row[debit], row[credit]) for row in rows} == {("100.00", ""), ("", "100.00")}
    assert {row[heading.index("currency")] for row in rows} == {"USD"}
    spanned = desk.ask(FILE, format="csv", from_="2026-11-05")
    assert spanned.body.count("\r\n") == 3


@pytest.mark.parametrize(
    "name",
    ["=HYPERLINK(A1)", "+1", "-2+3", "@SUM(A1)", "\uff1d1+1", '=1",2', "\u00dc & <Co>", "'quoted"],
)
def test_no_name_becomes_a_formula(desk: JournalWeb, name: str) -> None:
    made = desk.posted(counterparty_name=name)
    [entry] = [one for one in desk.journal() if one.payment_id == made.id]
    column = columns().index("counterparty_name")
    rows = list(csv.reader(io.StringIO(desk.ask(FILE, format="csv").body)))
    [told] = {row[column] for row in rows if row[0] == entry.id}
    assert told == (f"'{name}" if name[0] in "=+-@\uff1d" else name)
    book = base64.b64decode(desk.ask(FILE, accept=XLSX, format="xlsx").body)
    assert ("inlineStr", name) in {row[column] for row in cells_of(book)}
    assert not any("<f>" in text for text in parts_of(book).values())


def test_odd_names_do_not_break_the_workbook(desk: JournalWeb) -> None:
    entry = replace(desk.journal()[0], counterparty_name="A\x01\x0b\ufffe <b>", reference="]]>")
    assert desk.books.save(entry)
    cells = cells_of(base64.b64decode(desk.ask(FILE, accept=XLSX, format="xlsx").body))
    assert ("inlineStr", "]]>") in {row[columns().index("reference")] for row in cells}


def parts_of(book: bytes) -> dict[str, str]:
    """A workbook's files."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert parts.testzip() is None
        return {name: parts.read(name).decode() for name in parts.namelist()}


def cells_of(book: bytes) -> list[list[tuple[str | None, str]]]:
    """Kind and text of each cell of the first sheet; a missing one is an empty text."""
    sheet = parts_of(book)["xl/worksheets/sheet1.xml"]
    root = ET.fromstring(sheet)  # noqa: S314  # made a line ago
    rows = []
    for row in root.iter(f"{SHEET}row"):
        cells: list[tuple[str | None, str]] = [(None, "")] * len(columns())
        for cell in row.iter(f"{SHEET}c"):
            place = ord(cell.attrib["r"][0]) - ord("A")
            cells[place] = (cell.attrib.get("t"), "".join(cell.itertext()))
        rows.append(cells)
    return rows


def test_a_workbook_reaches_those_who_accept_it(desk: JournalWeb) -> None:
    route = FILE
    answer = desk.ask(route, accept=XLSX, format="xlsx")
    assert answer.headers["Content-Type"] == XLSX
    cells = cells_of(base64.b64decode(answer.body))
    assert [text for _, text in cells[0]] == columns()
    assert len(cells) == 13
    assert cells[1][columns().index("lines.debit")] == (None, "100")
    for accept in (None, "*/*", "application/json", f"text/csv, {XLSX}"):
        refusal = desk.ask(route, accept=accept, format="xlsx")
        assert (refusal.status, refusal.code) == (400, "invalid_input")
        assert refusal.body["numbers"]["field"] == "Accept"


def test_a_format_that_is_none(desk: JournalWeb) -> None:
    assert desk.ask(FILE, format="pdf").code == "unknown_value"
    assert desk.ask(FILE).code == "invalid_input"


@pytest.mark.parametrize(
    "content", ["x" * (ANSWER_BYTES_MAX + 1), b"x" * 3_000_001, "\u00fc" * 2_000_001]
)
def test_a_file_that_does_not_fit_is_refused_with_its_size(content: str | bytes) -> None:
    refusal = too_large(Download(content, "text/csv", "a.csv"))
    assert refusal is not None
    assert refusal.code is Code.TOO_MANY_ITEMS
    assert too_large(Download(content[:100], "text/csv", "a.csv")) is None


def test_an_export_reads_every_page_of_the_journal(desk: JournalWeb) -> None:
    [known] = [entry for entry in desk.journal() if entry.number == "2026-000001"]
    for place in range(450):
        day = known.day + timedelta(days=place % 20)
        copy = JournalEntry(
            f"jrn_x{place:04d}", 0, known.payment_id, known.number, known.role, day, "USD",
            known.lines, "vendor_payment", "Vendor", None, known.written_at, "anna",
        )  # fmt: skip
        assert desk.books.save(copy)
    answer = desk.ask(FILE, format="csv")
    assert answer.body.count("\r\n") == 1 + 2 * 456


def test_the_chart_is_sorted_by_code(desk: JournalWeb) -> None:
    items = desk.ask("/clients/{client}/chart-of-accounts").body["items"]
    codes = [item["code"] for item in items]
    assert codes == sorted(codes)
    assert len(set(codes)) == len(CHART)
    assert desk.ask("/clients/{client}/chart-of-accounts", client="cedar").status == 404


def test_invoices_show_what_is_open(desk: JournalWeb) -> None:
    desk.invoice()
    desk.invoice("78", "20.00", balance=usd("0"))
    desk.posted(
        type=PaymentType.CUSTOMER_PAYMENT,
        counterparty_name="Blue Heron",
        allocations=(to_invoice("60"),),
    )
    every = desk.ask("/clients/{client}/invoices").body["items"]
    assert [(item["invoice"]["id"], item["open"]["minor"]) for item in every] == [
        ("inv-77", 44_000),
        ("inv-78", 2_000),
    ]
    paid = desk.ask("/clients/{client}/invoices", state="paid").body["items"]
    assert [item["invoice"]["id"] for item in paid] == ["inv-78"]
    one = desk.ask("/clients/{client}/invoices/{invoice}", invoice="inv-77")
    assert (one.body["allocated"]["minor"], one.headers["ETag"]) == (6_000, '"1"')
    told = desk.ask("/clients/{client}/invoices/{invoice}/allocations", invoice="inv-77")
    assert [part["amount"]["minor"] for part in told.body["parts"]] == [6_000]
    assert desk.ask("/clients/{client}/invoices/{invoice}", invoice="inv-79").status == 404


def test_a_bills_payments_are_shown(desk: JournalWeb) -> None:
    desk.read()
    made: Any = desk.posted(allocations=(to_bill("75"),))
    route = "/clients/{client}/bills/{bill}/allocations"
    told = desk.ask(route, bill="bill-1")
    assert told.body["parts"] == [
        {"payment_id": made.id, "amount": {"minor": 7_500, "currency": "USD"}}
    ]
    assert told.body["open"]["minor"] == 117_500
    assert desk.ask(route, bill="bill-9").status == 404


def test_nothing_else_pays_for_the_workbooks_library() -> None:
    served = "rowcol.edge.query_operations, rowcol.edge.payment_operations"
    asked = f"import sys, {served}; sys.exit('xlsxwriter' in sys.modules)"
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", asked], env=path, check=False).returncode == 0
