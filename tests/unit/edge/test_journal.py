"""The journal over HTTP: by day, in pages, as files, and only the client's own."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.chart import CHART
from rowcol.domain.journal import EntryRole, JournalEntry, Line
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge import journal
from rowcol.edge.download import ANSWER_BYTES_MAX, CSV, XLSX, Download, too_large
from rowcol.edge.http import serve
from rowcol.edge.query_operations import OPERATIONS
from rowcol.service.onboard import register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.invoice_desk import OTHER, InvoiceDesk

ALL = "/clients/{client}/journal"
FIRST = date(2026, 11, 2)


def entry(number: int, day: date, name: str = "Harbor Dental Supply") -> JournalEntry:
    lines = (Line("2000", 100 + number, 0), Line("1010", 0, 100 + number, "operating-1"))
    return JournalEntry(
        f"jrn_{number:04d}", 0, f"pay_{number}", f"2026-{number:06d}", EntryRole.POSTING, day,
        "USD", lines, "vendor_payment", name, None, datetime(2026, 11, 20, tzinfo=UTC), "anna",
    )  # fmt: skip


class Journal:
    """Three entries a day from FIRST, five days; another client has one of its own."""

    def __init__(self) -> None:
        self.desk = InvoiceDesk()
        for number in range(15):
            self.save(entry(number, FIRST + timedelta(days=number // 3)))
        self.save(entry(99, FIRST, "Somebody else's vendor"), OTHER)
        member = Member("anna", 0, {SCOPE.client: (Role.VIEWER,)})
        register_member(self.desk.store, SCOPE.firm, member)
        self.web = Web(self.desk.environment, OPERATIONS, SCOPE.firm)

    def save(self, saved: JournalEntry, scope: Scope = SCOPE) -> None:
        """Into the books, as a transaction would."""
        assert self.desk.store.books(scope).save(saved)

    def ask(self, path: str = ALL, client: str = SCOPE.client, **query: str) -> Answer:
        """A read by the viewer; `from_` is `from`."""
        asked = {key.rstrip("_"): value for key, value in query.items()}
        return self.web.call("GET", path, person="anna", path={"client": client}, query=asked)

    def file(self, accept: str, **query: str) -> dict[str, Any]:
        """The export as API Gateway is handed it."""
        event = {
            "httpMethod": "GET",
            "resource": f"{ALL}/export",
            "pathParameters": {"client": SCOPE.client},
            "queryStringParameters": {key.rstrip("_"): value for key, value in query.items()},
            "headers": {"Accept": accept},
            "body": None,
            "requestContext": {"authorizer": {"sub": "anna", "firm": SCOPE.firm}},
        }
        return serve(event, OPERATIONS, self.desk.environment)


@pytest.fixture
def books() -> Journal:
    return Journal()


def ids(answer: Answer) -> list[str]:
    return [item["id"] for item in answer.body["items"]]


def test_by_date_and_both_ends_inclusive(books: Journal) -> None:
    whole = ids(books.ask())
    assert whole == [f"jrn_{number:04d}" for number in range(15)]
    assert ids(books.ask(from_="2026-11-03", to="2026-11-04")) == whole[3:9]
    assert ids(books.ask(to="2026-11-02")) == whole[:3]
    assert ids(books.ask(from_="2026-11-06")) == whole[12:]
    assert ids(books.ask(from_="2026-12-01")) == []


@pytest.mark.parametrize("limit", ["1", "2", "3", "4", "14", "15"])
def test_pages_hold_each_entry_once(books: Journal, limit: str) -> None:
    for span in ({}, {"from_": "2026-11-03", "to": "2026-11-05"}):
        found: list[str] = []
        more: dict[str, str] = {}
        for _ in range(20):
            page = books.ask(limit=limit, **span, **more)
            found += ids(page)
            if page.body["next_cursor"] is None:
                break
            more = {"cursor": page.body["next_cursor"]}
        assert found == ids(books.ask(**span))


def test_a_span_that_ends_before_it_begins(books: Journal) -> None:
    for path, more in ((ALL, {}), (f"{ALL}/export", {"format": "csv"})):
        refused = books.ask(path, from_="2026-11-05", to="2026-11-04", **more)
        assert (refused.status, refused.code) == (400, "invalid_input")


def test_another_clients_journal_is_not_shown(books: Journal) -> None:
    assert books.ask(client=OTHER.client).status in (403, 404)
    assert "Somebody else" not in json.dumps(books.ask().body)


def test_the_csv_has_a_row_per_line_of_the_span(books: Journal) -> None:
    answer = books.file("*/*", format="csv", from_="2026-11-03", to="2026-11-03")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="journal-bluebird.csv"' in answer["headers"]["Content-Disposition"]
    assert answer.get("isBase64Encoded") is False
    _, *rows = csv.reader(io.StringIO(answer["body"], newline=""))
    assert [row[1] for row in rows] == [f"jrn_{n:04d}" for n in (3, 3, 4, 4, 5, 5)]


def test_the_workbook_is_handed_over_as_bytes(books: Journal) -> None:
    answer = books.file(f"{XLSX}, */*", format="xlsx")
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert answer["headers"]["Content-Type"] == XLSX
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(answer["body"]))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 31


def test_who_would_get_the_workbook_as_text_is_told(books: Journal) -> None:
    refused = books.file("*/*", format="xlsx")
    assert refused["statusCode"] == 400
    assert XLSX in json.loads(refused["body"])["detail"]


def test_an_unknown_format_is_named(books: Journal) -> None:
    assert books.ask(f"{ALL}/export", format="pdf").code == "unknown_value"


def test_more_than_one_answer_holds(books: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "EXPORTED_MAX", 14)
    refused = books.ask(f"{ALL}/export", format="csv")
    assert (refused.status, refused.code) == (400, "too_many_items")
    assert books.ask(f"{ALL}/export", format="csv", from_="2026-11-03").status == 200


@pytest.mark.parametrize("kind", [CSV, XLSX])
def test_the_size_is_that_of_the_answer(kind: str) -> None:
    """Bytes travel as base64, four characters for three; text as UTF-8."""
    most = ANSWER_BYTES_MAX if kind == CSV else ANSWER_BYTES_MAX // 4 * 3
    content: list[str | bytes] = ["é" * (most // 2), "é" * (most // 2) + "a"]
    if kind == XLSX:
        content = [b"x" * most, b"x" * (most + 1)]
    fits, over = (too_large(Download(one, kind, "journal")) for one in content)
    assert fits is None
    assert over is not None
    assert over.numbers["bytes_max"] == ANSWER_BYTES_MAX


def test_the_chart_is_the_one_in_the_code(books: Journal) -> None:
    answer = books.ask("/clients/{client}/chart-of-accounts")
    assert [item["code"] for item in answer.body["items"]] == [one.code for one in CHART]
