"""Problems of bills and invoices over HTTP: with each, alone, counted, only the client's own."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.scope import Member, Role
from rowcol.edge.query_operations import OPERATIONS
from rowcol.service.onboard import register_firm, register_member
from rowcol.service.project import rows_of, write_rows
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.hygiene_desk import OTHER, HygieneDesk
from tests.support.invoice_desk import shown

BILLS = "/clients/{client}/bills"
INVOICES = "/clients/{client}/invoices"


def fold(desk: HygieneDesk) -> None:
    """The stream brings the logs to the views."""
    for scope in (SCOPE, OTHER):
        entries = desk.store.books(scope).entries(0, 10_000)
        write_rows(
            desk.environment.views, {place: rows_of(one) for place, one in enumerate(entries)}
        )


@pytest.fixture
def web() -> Web:
    """Five bills, two of which are one twice and one without a due date; three invoices."""
    desk = HygieneDesk()
    desk.show(invoice_number="INV-0042")
    desk.show(bill_id="bill-2", invoice_number="inv 42")
    desk.show(bill_id="bill-3", due_on=None, issued_on=date(2026, 9, 1))
    desk.show(bill_id="bill-4", issued_on=date(2026, 10, 9))
    desk.show(OTHER, bill_id="bill-5", due_on=None)
    desk.invoiced(shown(), shown(invoice_id="8", doc_number="INV-8", due_on=None))
    desk.invoiced(shown(invoice_id="9", doc_number="INV-9", due_on=None), scope=OTHER)
    fold(desk)
    register_firm(desk.store, SCOPE.firm, "Maple Street")
    register_member(desk.store, SCOPE.firm, Member("anna", 0, {SCOPE.client: (Role.VIEWER,)}))
    return Web(desk.environment, OPERATIONS, SCOPE.firm)


def ask(web: Web, path: str, **query: str) -> Answer:
    return web.call("GET", path, person="anna", path={"client": SCOPE.client}, query=query)


def test_each_bill_has_its_problems_with_the_fix(web: Web) -> None:
    answer = ask(web, BILLS)
    found = {item["bill"]["id"]: item["problems"] for item in answer.body["items"]}
    assert {name: [one["kind"] for one in each] for name, each in found.items()} == {
        "bill-1": ["duplicate_invoice"],
        "bill-2": ["duplicate_invoice"],
        "bill-3": ["no_due_date"],
        "bill-4": [],
    }
    [problem] = found["bill-1"]
    assert problem["blocks_staging"] is True
    assert problem["fix"].startswith("archive the one that is too much")
    assert (problem["severity"], problem["state"]) == ("high", "open")
    assert "bill-2" in problem["found"]


def test_only_bills_with_problems_in_pages(web: Web) -> None:
    first = ask(web, BILLS, with_problems="true", limit="2")
    assert [item["bill"]["id"] for item in first.body["items"]] == ["bill-1", "bill-2"]
    rest = ask(web, BILLS, with_problems="true", limit="2", cursor=first.body["next_cursor"])
    assert [item["bill"]["id"] for item in rest.body["items"]] == ["bill-3"]
    assert rest.body["next_cursor"] is None


def test_only_invoices_with_problems(web: Web) -> None:
    answer = ask(web, INVOICES, with_problems="true")
    [item] = answer.body["items"]
    assert item["invoice"]["ledger"]["invoice_id"] == "8"
    assert [one["kind"] for one in item["problems"]] == ["invoice_no_due_date"]
    assert ask(web, INVOICES, with_problems="true", state="paid").body["items"] == []
    every = ask(web, INVOICES).body["items"]
    assert [len(one["problems"]) for one in every] == [0, 1]
    one = web.call(
        "GET",
        "/clients/{client}/invoices/{invoice}",
        person="anna",
        path={"client": SCOPE.client, "invoice": item["invoice"]["id"]},
    )
    assert len(one.body["problems"]) == 1


def test_the_console_counts_them(web: Web) -> None:
    counts = web.call("GET", "/console", person="anna").body["counts"]
    assert (counts["bill_problems"], counts["invoice_problems"]) == (3, 1)


def test_another_clients_problems_are_not_there(web: Web) -> None:
    path = {"client": OTHER.client}
    for where in (BILLS, INVOICES):
        query = {"with_problems": "true"}
        assert web.call("GET", where, person="anna", path=path, query=query).status == 404
