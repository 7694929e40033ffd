"""Every list as a file: which, what its cells hold, whose rights."""

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

from local.openapi import operations
from rowcol.domain.chain_file import end_of, verify_lines
from rowcol.domain.permission import Role
from rowcol.domain.scope import FIRM_WIDE, Member, Scope
from rowcol.edge.exports import write
from rowcol.edge.exports.files import BOM, write_csv, write_xlsx
from rowcol.edge.exports.lists import all_lists, lists_among
from tests.support.api import Answer, Web
from tests.support.exporting import OF_CLIENT, House, rows
from tests.support.furnished import (
    ADMIN,
    CLIENT,
    FIRM,
    GONE,
    OF_SECOND,
    RECORD,
    SECOND,
    by_role,
)
from tests.support.furnished import OPERATIONS as ALL


@pytest.fixture
def house() -> House:
    return House()


# ---- which lists


# What holds rows and is no list, and why.
NO_LIST = {
    **dict.fromkeys(("readFigures", "readClientFigures"), "two sets of figures, not one list"),
    "paymentStatistics": "five sums of the list of payments",
    "readCustody": "one payment: its journal and its facts have lists of their own",
    **dict.fromkeys(
        (
            *("readBankLine", "readInvoice", "readMatch", "readPayment"),
            *("readItem", "readFirmItem", "readVendor"),
        ),
        "one thing with what belongs to it",
    ),
}


def _resolved(schema: dict[str, Any], every: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = every[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def test_whatever_the_api_answers_with_rows_can_be_exported_or_has_its_reason() -> None:
    """By the description of the API alone, which tells nothing of exports."""
    told = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text())
    schemas = told["components"]["schemas"]
    holding: set[str] = set()
    for methods in told["paths"].values():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        answer = _resolved(content.get("application/json", {}).get("schema", {}), schemas)
        for field in answer.get("properties", {}).values():
            items = _resolved(field, schemas).get("items")
            if items and _resolved(items, schemas).get("type") == "object":
                holding.add(methods["get"]["operationId"])
    assert len(holding) > 40
    assert holding - set(all_lists()) == set(NO_LIST)


def test_every_list_that_the_code_has_is_served() -> None:
    assert set(lists_among(operations())) == set(all_lists())


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


def test_another_clients_rows_are_never_in_it(house: House) -> None:
    asked: Callable[..., Answer] = house.export
    name = asked("listPayments", client=SECOND).body["id"]
    house.do_work()
    content = house.file(name, Scope(FIRM, SECOND)).decode()
    assert not [one for one in house.ids[CLIENT]["payment"] if one in content]
    assert json.dumps(content)
