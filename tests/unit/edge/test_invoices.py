"""Invoices over HTTP: by state and due date, in pages, one by one, and only the client's own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.invoice import invoice_key
from rowcol.domain.scope import Member, Role
from rowcol.edge.query_operations import OPERATIONS
from rowcol.service.invoices import drop_invoices, keep_invoices
from rowcol.service.onboard import register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.invoice_desk import OTHER, InvoiceDesk, shown

ALL = "/clients/{client}/invoices"
ONE = "/clients/{client}/invoices/{invoice}"


@pytest.fixture
def web() -> Web:
    """Two overdue, one due today, one without a due date, one paid, one deleted."""
    desk = InvoiceDesk()
    today = desk.today()
    readings = [
        shown(invoice_id="1", due_on=today - timedelta(days=40)),
        shown(10_000, invoice_id="2", due_on=today - timedelta(days=1)),
        shown(invoice_id="3", due_on=today),
        shown(invoice_id="4", due_on=None),
        shown(0, invoice_id="5", due_on=today - timedelta(days=9)),
        shown(invoice_id="6", due_on=date(2026, 1, 1)),
    ]
    keep_invoices(desk.environment, SCOPE, readings)
    drop_invoices(desk.environment, SCOPE, ["6"])
    keep_invoices(desk.environment, OTHER, [shown(invoice_id="7")])
    register_member(desk.store, SCOPE.firm, Member("anna", 0, {SCOPE.client: (Role.VIEWER,)}))
    return Web(desk.environment, OPERATIONS, SCOPE.firm)


def ask(web: Web, client: str = SCOPE.client, **query: str) -> Answer:
    return web.call("GET", ALL, person="anna", path={"client": client}, query=query)


def listed(answer: Answer) -> list[str]:
    return [item["invoice"]["ledger"]["invoice_id"] for item in answer.body["items"]]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("open", ["1", "2", "3", "4"]),
        ("overdue", ["1", "2"]),
        ("paid", ["5"]),
        ("void", ["6"]),
    ],
)
def test_by_state(web: Web, state: str, found: list[str]) -> None:
    answer = ask(web, state=state)
    assert (answer.status, listed(answer), answer.body["next_cursor"]) == (200, found, None)


def test_all_and_none_of_another_client(web: Web) -> None:
    assert sorted(listed(ask(web))) == ["1", "2", "3", "4", "5", "6"]
    assert ask(web, OTHER.client).status in (403, 404)


@pytest.mark.parametrize("state", ["open", "overdue"])
@pytest.mark.parametrize("limit", ["1", "2", "3"])
def test_pages_hold_each_invoice_once(web: Web, state: str, limit: str) -> None:
    whole = listed(ask(web, state=state))
    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(10):
        page = ask(web, state=state, limit=limit, **cursor)
        found += listed(page)
        if page.body["next_cursor"] is None:
            break
        cursor = {"cursor": page.body["next_cursor"]}
    assert found == whole


def test_one_with_what_is_open_here(web: Web) -> None:
    path = {"client": SCOPE.client, "invoice": invoice_key("2")}
    answer = web.call("GET", ONE, person="anna", path=path)
    assert answer.status == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.body["invoice"]["ledger"]["balance"] == {"minor": 10_000, "currency": "USD"}
    assert answer.body["allocated"] == {"minor": 0, "currency": "USD"}
    assert answer.body["open"] == {"minor": 30_000, "currency": "USD"}


def test_somebody_elses_invoice_is_not_there(web: Web) -> None:
    path = {"client": SCOPE.client, "invoice": invoice_key("7")}
    assert web.call("GET", ONE, person="anna", path=path).code == "not_found"


def test_an_unknown_state_is_named(web: Web) -> None:
    assert ask(web, state="late").code == "unknown_value"
