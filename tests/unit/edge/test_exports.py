"""Every list as a file: which, what its cells hold, whose rights; jobs that die or overlap."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.memory_exports import MemoryExportFiles
from local.openapi import operations
from rowcol.domain.chain_file import end_of, verify_lines
from rowcol.domain.export import ATTEMPTS_MAX, RUN_LASTS, Export, ExportState
from rowcol.domain.permission import Role
from rowcol.domain.scope import FIRM_WIDE, Member, Scope
from rowcol.edge.download import XLSX
from rowcol.edge.exports import routes, write
from rowcol.edge.exports.files import BOM, write_csv, write_xlsx
from rowcol.edge.exports.lists import all_lists, lists_among
from rowcol.edge.exports.worker import run
from rowcol.edge.task import BadTaskInput
from rowcol.service.due_work import sweep_due
from rowcol.service.exports.jobs import carry_out
from rowcol.service.exports.ports import ExportDesk, ExportFilesUnavailable
from tests.support.api import Answer, Web
from tests.support.furnished import (
    ADMIN,
    CLIENT,
    FIRM,
    GONE,
    OF_SECOND,
    RECORD,
    SECOND,
    Furnished,
    by_role,
)
from tests.support.furnished import OPERATIONS as ALL

OF_CLIENT = "/clients/{client}"


class House(Furnished):
    """Furnished, with a place for files. `called`: workers that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.files = MemoryExportFiles()
        self.called: list[tuple[Scope, str]] = []
        desk = ExportDesk(
            lambda scope, name: self.called.append((scope, name)),
            self.files,
            write.writer(self.environment),
        )
        self.environment = replace(self.environment, exports=desk)
        self.web = Web(self.environment, routes.OPERATIONS, FIRM)

    def export(
        self, name: str, person: str = ADMIN, client: str | None = CLIENT, key: str | None = None,
        **fields: Any,
    ) -> Answer:  # fmt: skip
        body = {"list": name, "format": "csv", **fields}
        path, route = ({"client": client}, OF_CLIENT) if client else ({}, "")
        return self.web.call("POST", f"{route}/exports", body, person=person, path=path, key=key)

    def shown(self, name: str, person: str = ADMIN, client: str | None = CLIENT) -> Answer:
        path, route = ({"client": client}, OF_CLIENT) if client else ({}, "")
        path["export"] = name
        return self.web.call("GET", f"{route}/exports/{{export}}", person=person, path=path)

    def now(self, name: str, person: str = ADMIN, client: str = CLIENT, **query: str) -> Answer:
        return self.web.call(
            "GET", f"{OF_CLIENT}/lists/{{list}}", person=person, query={"format": "csv", **query},
            path={"client": client, "list": name}, accept=XLSX,
        )  # fmt: skip

    def do_work(self) -> None:
        """Do what workers were called for."""
        while self.called:
            scope, name = self.called.pop(0)
            run(self.environment, {"firm": scope.firm, "client": scope.client, "export": name})

    def file(self, name: str, scope: Scope | None = None) -> bytes:
        books = self.store.books(scope or Scope(FIRM, CLIENT))
        export = books.get(Export, name)
        assert export is not None
        assert export.file is not None, export
        return self.files.kept[export.file.key]


@pytest.fixture
def house() -> House:
    return House()


def rows(content: bytes | str) -> list[dict[str, str]]:
    text = content.decode() if isinstance(content, bytes) else content
    return list(csv.DictReader(io.StringIO(text)))


# ---- which lists


def test_every_list_that_the_api_has_can_be_exported() -> None:
    """A list is whatever answers with rows; none can be forgotten, for nobody has to name it."""
    assert set(lists_among(operations())) <= set(all_lists())
    paged = {
        one.name
        for one in operations()
        if one.method == "GET"
        and "next_cursor" in getattr(one.answers.get(200), "__annotations__", {})
    }
    # Proof of a log goes on by a cursor too, and is no list.
    assert paged - {"verifyAudit", "verifyFirmAudit"} <= set(all_lists())
    told = {
        *("listBills", "listInvoices", "listPayments", "listBankLines", "listTray", "readBatch"),
        *("listAudit", "listJournal", "listVendors", "listConnections", "listMembers"),
    }
    assert told <= set(all_lists())


@pytest.mark.parametrize("name", sorted(all_lists()))
def test_each_has_columns_of_its_own(name: str) -> None:
    columns = [column.name for column in all_lists()[name].columns]
    assert columns
    assert len(columns) == len(set(columns))


def test_every_list_is_written_with_as_many_rows_as_it_shows(house: House) -> None:
    empty = 0
    for name, found in sorted(all_lists().items()):
        client = CLIENT if found.of_client else None
        names = house.path_of(found.operation)
        parts = {part: names[part] for part in found.parts}
        filter_ = {"year": "2026"} if name.startswith("reviewFraud") else {}
        asked = house.export(name, client=client, path=parts, filter=filter_)
        assert asked.status == 202, (name, asked.body)
        house.do_work()
        shown = house.shown(asked.body["id"], client=client)
        if any(value.startswith("no-") for value in parts.values()):
            assert shown.body["code"] == "not_found"
            continue
        assert shown.body["state"] == "done", (name, shown.body)
        content = rows(house.file(asked.body["id"], Scope(FIRM, client or FIRM_WIDE)))
        assert len(content) == shown.body["rows"]
        empty += not content
    assert empty < len(all_lists()) // 2


# ---- cells


EVIL = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "=cmd|' /C calc'!A0",
    "\uff1dx",
    'a"b',
    "a,b",
    "a\nb",
]


def test_no_text_becomes_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    place = tmp_path / "list.csv"
    table = [[text, Decimal("-1234.50"), -7, True, None] for text in EVIL]
    assert write_csv(place, ["a", "b", "c", "d", "e"], table, with_bom=True) == len(EVIL)
    text = place.read_bytes().decode("utf-8")
    assert text.startswith(BOM)
    assert text.endswith("\r\n")
    read = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))[1:]
    for given, row in zip(EVIL, read, strict=True):
        marked = given if given[0] == "a" else f"'{given}"
        assert row == [marked, "-1234.50", "-7", "true", ""]
    book = tmp_path / "list.xlsx"
    assert write_xlsx(book, ["a", "b", "c", "d", "e"], table) == len(EVIL)
    sheet = zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<v>-1234.5</v>" in sheet


def test_a_number_that_a_workbook_would_round_stays_text(tmp_path: Path) -> None:
    book = tmp_path / "list.xlsx"
    write_xlsx(book, ["a"], [[Decimal("12345678901234.567")], [9_007_199_254_740_993]])
    sheet = zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    assert "<v>" not in sheet.split("</row>", 1)[1]


def test_money_is_decimal_text_with_its_currency(house: House) -> None:
    answer = house.now("listPayments")
    assert answer.status == 200
    first = rows(answer.body)[0]
    amounts = {name for name in first if name.endswith("amount")}
    assert amounts
    for name in amounts:
        assert (first[name] == "") == (first[f"{name}_currency"] == "")


def test_it_says_when_it_was_read(house: House) -> None:
    answer = house.now("listVendors")
    assert answer.headers["RowCol-Read-At"] == house.clock.now().isoformat()
    assert answer.headers["RowCol-Consistent"] == "yes"


def test_a_list_that_changes_while_it_is_read_is_read_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Web(house.environment, ALL, FIRM)
    changes = iter((True, False))
    true_pass = write._pass

    def disturbed(*given: Any) -> int:
        count = true_pass(*given)
        if next(changes, False):
            path = {"client": CLIENT}
            route = f"{OF_CLIENT}/payments"
            assert other.call("POST", route, RECORD, person=ADMIN, path=path).status == 201
        return count

    monkeypatch.setattr(write, "_pass", disturbed)
    assert house.now("listVendors").headers["RowCol-Consistent"] == "yes"
    changes = iter((True,) * 9)
    assert house.now("listVendors").headers["RowCol-Consistent"] == "no"


# ---- the log


def test_the_log_comes_as_lines_that_prove_themselves(house: House) -> None:
    asked = house.export("listAudit", format="jsonl")
    house.do_work()
    lines = house.file(asked.body["id"]).splitlines(keepends=True)
    end = end_of(lines[-1])
    proof = verify_lines(lines[:-1], end)
    assert proof.intact
    assert proof.length == end.head.sequence
    assert house.export("listBills", format="jsonl").body["code"] == "invalid_input"


# ---- rights


def test_a_list_is_exported_by_whoever_may_read_it_and_nobody_else(house: House) -> None:
    assert house.export("listBills", person=by_role(Role.VIEWER)).status == 202
    assert house.export("listBills", person=OF_SECOND).status == 404
    assert house.export("listMembers", person=by_role(Role.VIEWER), client=None).status in (
        403,
        404,
    )
    assert house.export("listMembers").body["code"] == "not_found"  # it is the firm's
    assert house.export("listBills", client=None).body["code"] == "not_found"
    assert house.export("noSuchList").body["code"] == "not_found"
    assert house.now("listBills", person=OF_SECOND).status == 404
    name = house.export("listBills").body["id"]
    house.do_work()
    assert house.shown(name, person=OF_SECOND).status == 404
    assert house.shown(name, client=SECOND).status == 404
    firm = house.export("listMembers", client=None).body["id"]
    house.do_work()
    assert house.shown(firm, person=by_role(Role.VIEWER), client=None).status in (403, 404)
    mine = house.web.call("GET", "/exports", person=by_role(Role.VIEWER))
    assert mine.body["items"] == []


def test_rights_that_were_taken_meanwhile_end_it(house: House) -> None:
    asked = house.export("listBills", person=by_role(Role.VIEWER))
    books = house.store.books(Scope(FIRM))
    member = books.get(Member, by_role(Role.VIEWER))
    assert member is not None
    assert books.save(replace(member, active=False))
    house.do_work()
    shown = house.shown(asked.body["id"])
    assert (shown.body["state"], shown.body["code"]) == ("failed", "forbidden")
    assert house.files.kept == {}
    assert house.export("listBills", person=GONE).status == 403


def test_what_the_list_would_refuse_is_refused_at_once(house: House) -> None:
    for fields in (
        {"filter": {"no_such": "x"}},
        {"filter": {"limit": "5"}},
        {"path": {"batch": "b"}},
        {"format": "pdf"},
    ):
        answer = house.export("listBills", **fields)
        assert answer.status == 400, (fields, answer.body)
    assert house.export("readBatch", path={}).status == 400
    assert house.export("readBatch", path={"batch": "../x"}).status == 400


# ---- jobs


def test_the_answer_leads_to_a_link_for_minutes(house: House) -> None:
    asked = house.export("listBills", key="bills-of-today")
    assert asked.headers["Location"] == f"/clients/{CLIENT}/exports/{asked.body['id']}"
    assert house.shown(asked.body["id"]).body["state"] == "running"
    again = house.export("listBills", key="bills-of-today")
    assert (again.body["id"], again.headers["Idempotency-Replayed"]) == (asked.body["id"], "true")
    house.do_work()
    shown = house.shown(asked.body["id"]).body
    assert (shown["state"], shown["link_seconds"]) == ("done", 300)
    assert shown["link"].startswith("https://files.test/")
    assert len(house.files.kept) == 1  # the second call found it done
    house.clock.pause(8 * 86_400)
    assert house.shown(asked.body["id"]).body["link"] is None
    facts = [one.type for one in house.store.logs[Scope(FIRM, CLIENT)]]
    assert (facts.count("export.asked"), facts.count("export.ended")) == (1, 1)


def test_one_that_died_in_the_middle_is_done_by_the_next_run(house: House) -> None:
    class Broken(MemoryExportFiles):
        def put(self, *given: Any) -> None:
            raise ExportFilesUnavailable("s3: timeout")

    desk = house.environment.exports
    assert desk is not None
    asked = house.export("listBills")
    [(scope, name)] = house.called
    away = replace(house.environment, exports=replace(desk, files=Broken()))
    with pytest.raises(ExportFilesUnavailable):
        carry_out(away, scope, name)
    house.called.clear()
    assert house.shown(asked.body["id"]).body["state"] == "running"
    house.clock.pause(RUN_LASTS.total_seconds() + 1)
    sweep_due(house.environment)
    assert house.called == [(scope, name)]
    house.do_work()
    assert house.shown(asked.body["id"]).body["state"] == "done"


def test_one_that_always_dies_is_given_up_and_says_so(house: House) -> None:
    asked = house.export("listBills")
    for _ in range(ATTEMPTS_MAX + 1):
        for scope, name in house.called:
            books = house.store.books(scope)
            known = books.get(Export, name)
            assert known is not None
            assert books.save(replace(known, attempts=known.attempts + 1))  # begun, and dead
        house.called.clear()
        house.clock.pause(RUN_LASTS.total_seconds() + 1)
        sweep_due(house.environment)
    shown = house.shown(asked.body["id"]).body
    assert (shown["state"], shown["code"]) == ("failed", "gave_up")


def test_two_at_once_make_one_end(house: House) -> None:
    asked = house.export("listBills")
    [(scope, name)] = house.called
    desk = house.environment.exports
    assert desk is not None
    assert desk.write is not None
    inner = desk.write

    def slow(*given: Any) -> Any:
        house.environment = replace(house.environment, exports=desk)
        carry_out(house.environment, scope, name)  # another run from beginning to end
        return inner(*given)

    first = replace(house.environment, exports=replace(desk, write=slow))
    ended = carry_out(first, scope, name)
    assert ended is not None
    assert (ended.state, ended.attempts) == (ExportState.DONE, 2)
    facts = [one.type for one in house.store.logs[scope]]
    assert facts.count("export.ended") == 1
    assert house.shown(asked.body["id"]).body["state"] == "done"


def test_too_many_rows_are_refused_with_what_to_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "INLINE_ROWS_MAX", 3)
    answer = house.now("listBills")
    assert (answer.status, answer.body["code"]) == (400, "too_many_items")
    assert "POST" in answer.body["remedy"]


def test_a_worker_takes_nothing_else(house: House) -> None:
    bad: tuple[dict[str, Any], ...] = (
        {},
        {"firm": FIRM, "export": "../x"},
        {"firm": "a/b", "export": "e"},
    )
    for event in bad:
        with pytest.raises(BadTaskInput):
            run(house.environment, event)
    assert run(house.environment, {"firm": FIRM, "export": "exp_none"})["state"] == "unknown"


def test_another_clients_rows_are_never_in_it(house: House) -> None:
    asked: Callable[..., Answer] = house.export
    name = asked("listPayments", client=SECOND).body["id"]
    house.do_work()
    content = house.file(name, Scope(FIRM, SECOND)).decode()
    assert not [one for one in house.ids[CLIENT]["payment"] if one in content]
    assert json.dumps(content)
