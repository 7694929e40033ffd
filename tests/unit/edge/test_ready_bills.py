"""GET …/bills/ready: what can be staged or decided now, by vendor, as of the last sync."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.view_texts import rebuilt
from rowcol.domain.facts import RailState
from rowcol.domain.link import Feed
from rowcol.domain.money import Money
from rowcol.edge import bill_queries
from rowcol.service.stage import stage
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import FRIDAY, rail_payment, usd
from tests.support.staging_desk import OWNERS, UNDATED, at_desk

ROUTE = "/clients/{client}/bills/ready"


def ask(desk: Desk, route: str = ROUTE, **query: str) -> Answer:
    rebuilt(desk.books, desk.environment.views)
    web = Web(desk.environment, bill_queries.READS, SCOPE.firm)
    return web.call("GET", route, person=OWNERS[0], path={"client": SCOPE.client}, query=query)


def with_bills() -> Desk:
    """Seven bills, of which three can be staged and one be decided."""
    desk = at_desk()
    for name, state, changes in (
        ("late", RailState.READY, {"due_on": FRIDAY}),
        ("soon", RailState.READY, {"due_on": FRIDAY + timedelta(days=3), "vendor_id": "vendor-2"}),
        ("dated", RailState.SCHEDULED, {"payment": rail_payment(planned_on=FRIDAY + timedelta(1))}),
        ("staged", RailState.READY, {"amount": usd("10")}),
        ("draft", RailState.AWAITING_APPROVAL, {"approved": False}),
        ("odd", RailState.READY, {"due_on": None}),
        ("paid", RailState.PAID, {}),
    ):
        fields: dict[str, Any] = {"payment": UNDATED, "ledger_bill_id": name, **changes}
        desk.read(state, bill_id=name, **fields)
    desk.act(lambda change: stage(desk.environment, change, "staged"))
    return desk


def names(answer: Answer) -> list[tuple[str, str]]:
    assert answer.status == 200, answer.body
    return [(one["bill"]["id"], one["ready_for"]) for one in answer.body["items"]]


def test_what_is_ready_comes_most_urgent_first() -> None:
    desk = with_bills()
    found = ask(desk)
    assert names(found) == [
        ("late", "staging"),
        ("dated", "staging"),
        ("soon", "staging"),
        ("staged", "decision"),
    ]
    assert found.body["matching"] == 4
    [dated] = [one for one in found.body["items"] if one["bill"]["id"] == "dated"]
    assert dated["rail_date"] == "2026-11-21"
    assert dated["bill"] == desk_row(desk, "dated")


def desk_row(desk: Desk, name: str) -> Any:
    found = desk.environment.views.get(SCOPE, "bills", name)
    assert found is not None
    return found.row


def test_it_is_narrowed_and_summed_up_by_vendor() -> None:
    desk = with_bills()
    assert names(ask(desk, ready_for="decision")) == [("staged", "decision")]
    assert names(ask(desk, vendor_id="vendor-2")) == [("soon", "staging")]
    assert names(ask(desk, vendor_id="vendor-2", ready_for="decision")) == []
    first, second = ask(desk).body["vendors"]
    assert (first["vendor_id"], first["count"]) == ("vendor-1", 3)
    assert first["amounts"] == [{"minor": 251_000, "currency": "USD"}]
    assert (first["due_on"], first["rail_date"]) == ("2026-11-20", "2026-11-21")
    assert (second["vendor_id"], second["count"], second["rail_date"]) == ("vendor-2", 1, None)


def test_amounts_of_two_currencies_are_told_apart() -> None:
    desk = with_bills()
    euros = Money(500, "EUR")
    desk.read(bill_id="euros", ledger_bill_id="euros", payment=UNDATED, amount=euros)
    vendor = ask(desk).body["vendors"][0]
    assert vendor["amounts"] == [
        {"minor": 500, "currency": "EUR"},
        {"minor": 251_000, "currency": "USD"},
    ]


def test_pages_follow_each_other_and_belong_to_their_question() -> None:
    desk = with_bills()
    whole, cursor, pages = names(ask(desk)), None, []
    for _ in range(4):
        page = ask(desk, limit="1", **({"cursor": cursor} if cursor else {}))
        pages += names(page)
        cursor = page.body["next_cursor"]
    assert (pages, cursor) == (whole, None)
    cursor = ask(desk, limit="1").body["next_cursor"]
    assert ask(desk, cursor=cursor, ready_for="staging").code == "invalid_input"


def test_every_list_tells_when_ramp_was_last_read() -> None:
    desk = with_bills()
    routes = (ROUTE, "/clients/{client}/bills")
    assert [ask(desk, route).body["synced_at"] for route in routes] == [None, None]
    assert desk.books.save(Feed("rail", 0, read_through=desk.clock.now()))
    shown = [ask(desk, route).body["synced_at"] for route in routes]
    assert shown == [desk.clock.now().isoformat(timespec="microseconds").replace("+00:00", "Z")] * 2


def test_reads_grow_with_what_is_ready_and_not_with_history() -> None:
    desk = with_bills()
    for number in range(150):
        name = f"old-{number}"
        desk.read(RailState.PAID, bill_id=name, ledger_bill_id=name, payment=UNDATED)
    rebuilt(desk.books, desk.environment.views)
    calls: list[str] = []
    desk.environment.views.on_call = calls.append  # type: ignore[attr-defined]  # the one in memory
    desk.store.on_call = calls.append
    web = Web(desk.environment, bill_queries.READS, SCOPE.firm)
    found = web.call("GET", ROUTE, person=OWNERS[0], path={"client": SCOPE.client})
    assert len(names(found)) == 4
    assert len(calls) <= 8, calls
