"""The console's answers: whose work is in them, counts, filters, sorts, pages, and cash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.memory_views import MemoryViews
from rowcol.domain.queue import QueueKind
from rowcol.domain.scope import Role, Scope
from rowcol.service.queue import QueueOrder
from tests.support.api import Answer
from tests.support.domain.builders import client
from tests.support.furnished import (
    ADMIN,
    CLIENT,
    FIRM,
    OF_OTHER,
    OF_SECOND,
    OTHER_FIRM,
    SECOND,
    by_role,
    firm_wide,
)
from tests.support.open_house import OpenHouse
from tests.support.queue_world import client_names, member, open_rows

VIEWER, FEW = firm_wide(Role.VIEWER), "fay"
MANY = client_names(7)


@pytest.fixture(scope="module")
def furniture() -> OpenHouse:
    made = OpenHouse()
    for name in MANY:
        assert made.store.books(Scope(FIRM, name)).save(replace(client(id=name), version=0))
    seven = dict.fromkeys(MANY[:6], (Role.VIEWER,))
    member(made.store, FIRM, FEW, {**seven, "no-such-client": (Role.FIRM_ADMIN,)})
    made.environment.views.apply(list(open_rows(FIRM, MANY, 120, seed=3)))
    made.environment.views.apply(list(open_rows(OTHER_FIRM, (CLIENT, SECOND), 20, seed=4)))
    made.keep()
    return made


@pytest.fixture
def house(furniture: OpenHouse) -> Iterator[OpenHouse]:
    yield furniture
    furniture.restore()


def ask(house: OpenHouse, person: str = ADMIN, **query: str) -> Answer:
    return house.web.call("GET", "/console", person=person, query=query)


def of_client(house: OpenHouse, name: str = CLIENT, person: str = ADMIN, **query: str) -> Answer:
    path = {"client": name}
    return house.web.call("GET", "/clients/{client}/console", person=person, query=query, path=path)


def shown(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    return answer.body


# ---- whose work


def test_everybody_sees_the_work_of_their_clients_and_counts_of_it(house: OpenHouse) -> None:
    every = {CLIENT, SECOND, *MANY}
    for person, clients in (
        (ADMIN, every),
        (VIEWER, every),
        (by_role(Role.VIEWER), {CLIENT}),
        (OF_SECOND, {SECOND}),
        (FEW, set(MANY[:6])),
    ):
        body = shown(ask(house, person))
        items = house.everything(person)
        assert {one["client"] for one in body["clients"]} == clients
        assert {one["client"] for one in items} == clients
        assert body["counts"]["total"] == body["matching"] == len(items)
        for kind in QueueKind:
            assert body["counts"][kind.value] == sum(one["kind"] == kind for one in items)
        late, in_ramp = ("overdue_since", "waiting_in_ramp")
        assert body["counts"]["overdue"] == sum(one[late] is not None for one in items)
        assert body["counts"]["waiting_in_ramp"] == sum(one[in_ramp] for one in items)
        for glance in body["clients"]:
            own = [one for one in items if one["client"] == glance["client"]]
            assert glance["counts"]["total"] == len(own)


def test_another_firms_rows_are_never_in_it(house: OpenHouse) -> None:
    views = house.environment.views
    assert isinstance(views, MemoryViews)
    of_others = {row.key for row in views.queue(OTHER_FIRM)}
    assert of_others
    for person in (ADMIN, FEW, by_role(Role.FIRM_ADMIN)):
        for item in house.everything(person):
            named = {item["bill_id"], item["payment_id"], item["tray_id"]}
            assert item["client"] in {CLIENT, SECOND, *MANY}
            assert not of_others & named or item["client"] in MANY
    assert ask(house, OF_OTHER).status == 403  # in this firm nobody


def test_a_client_of_others_is_not_there(house: OpenHouse) -> None:
    for name in ("acorn", "no-such-client", OTHER_FIRM, "a/b", "-", "*"):
        assert ask(house, client=name).status == 404
    assert ask(house, by_role(Role.VIEWER), client=SECOND).status == 404
    assert ask(house, FEW, client="no-such-client").status == 404


def test_one_clients_console_is_its_part_of_the_firms(house: OpenHouse) -> None:
    body = shown(of_client(house, limit="200"))
    whole = shown(ask(house, client=CLIENT, limit="200"))
    assert body["items"] == whole["items"]
    [glance] = [one for one in whole["clients"] if one["client"] == CLIENT]
    assert {name: body[name] for name in glance} == glance
    assert whole["counts"]["total"] > whole["matching"] == body["matching"]
    assert body["as_of"] == whole["as_of"]


# ---- filters


@pytest.mark.parametrize("kind", QueueKind)
def test_each_kind_can_be_asked_for(house: OpenHouse, kind: QueueKind) -> None:
    items = house.everything(ADMIN)
    wanted = [one for one in items if one["kind"] == kind]
    assert wanted
    assert house.everything(ADMIN, kind=kind.value) == wanted
    two = house.everything(ADMIN, kind=f"{kind.value},tray")
    assert two == [one for one in items if one["kind"] in (kind.value, "tray")]


def test_filters_narrow_together(house: OpenHouse) -> None:
    items = house.everything(ADMIN)

    def minor(item: dict[str, Any]) -> int:
        return int(item["amount"]["minor"]) if item["amount"] else -1

    in_ramp = house.everything(ADMIN, waiting_in_ramp="true")
    assert in_ramp == [one for one in items if one["waiting_in_ramp"]]
    assert all(one["link"] for one in in_ramp)
    rest = house.everything(ADMIN, waiting_in_ramp="false")
    assert len(rest) + len(in_ramp) == len(items)
    large = house.everything(ADMIN, amount_from="125000", amount_to="3000000")
    assert large == [one for one in items if 125_000 <= minor(one) <= 3_000_000]
    due = house.everything(ADMIN, due_before="2026-11-20")
    assert due == [one for one in items if one["due_on"] and one["due_on"] < "2026-11-20"]
    both = house.everything(ADMIN, due_before="2026-11-20", kind="held", client=MANY[0])
    assert both == [one for one in due if (one["kind"], one["client"]) == ("held", MANY[0])]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"kind": "gold"}, "unknown_value"),
        ({"kind": ","}, "unknown_value"),
        ({"sort": "beauty"}, "unknown_value"),
        ({"direction": "sideways"}, "unknown_value"),
        ({"amount_from": "2", "amount_to": "1"}, "invalid_input"),
        ({"amount_from": "-1"}, "invalid_input"),
        ({"due_before": "2026-02-30"}, "date_impossible"),
        ({"limit": "0"}, "invalid_input"),
        ({"limit": "201"}, "invalid_input"),
        ({"waiting_in_ramp": "perhaps"}, "invalid_input"),
        ({"cursor": "made-up"}, "invalid_input"),
    ],
)
def test_a_question_that_is_none_is_refused(
    house: OpenHouse, query: dict[str, str], code: str
) -> None:
    for answer in (ask(house, **query), of_client(house, **query)):
        assert (answer.status, answer.code) == (400, code)


# ---- sorts and pages


KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "due": lambda one: one["due_on"] or "9999",
    "amount": lambda one: one["amount"]["minor"] if one["amount"] else -1,
    "client": lambda one: one["client"],
    "age": lambda one: one["since"] or "9999",
    "urgency": lambda one: {"high": 1, "medium": 2, "low": 3}[one["severity"]],
}


@pytest.mark.parametrize("order", QueueOrder)
@pytest.mark.parametrize("direction", ["asc", "desc", None])
@pytest.mark.parametrize("limit", ["7", "200"])
def test_items_come_sorted_and_pages_cover_them_once(
    house: OpenHouse, order: QueueOrder, direction: str | None, limit: str
) -> None:
    told = {"direction": direction} if direction else {}
    items = house.everything(ADMIN, sort=order.value, limit=limit, **told)
    assert len(items) == shown(ask(house))["counts"]["total"]
    places = [(one["client"], one["sequence"], one["title"], one["subject"]) for one in items]
    names = [(one["bill_id"], one["payment_id"], one["tray_id"], *place)
             for one, place in zip(items, places, strict=True)]  # fmt: skip
    assert len(set(names)) == len(items)
    values = [KEYS[order.value](one) for one in items]
    downwards = direction == "desc" or (direction is None and order is QueueOrder.AMOUNT)
    assert values == sorted(values, reverse=downwards)
    assert items == house.everything(ADMIN, sort=order.value, **told)


def test_urgent_work_is_sorted_by_day_within_its_severity(house: OpenHouse) -> None:
    items = [one for one in house.everything(ADMIN) if one["severity"] == "medium"]
    days = [
        min([day for day in (one["due_on"], one["rail_date"]) if day] or [one["since"] or "9999"])
        for one in items
    ]
    assert days == sorted(days)


def test_a_cursor_is_good_for_its_question_only(house: OpenHouse) -> None:
    cursor = shown(ask(house, limit="5"))["next_cursor"]
    assert ask(house, limit="9", cursor=cursor).status == 200
    for query in ({"kind": "tray"}, {"sort": "due"}, {"direction": "desc"}, {"client": CLIENT}):
        assert ask(house, cursor=cursor, **query).code == "invalid_input"


def test_a_page_goes_on_after_its_last_item_is_done(house: OpenHouse) -> None:
    views = house.environment.views
    assert isinstance(views, MemoryViews)
    kept = dict(views.rows)
    items = house.everything(ADMIN, kind="to_stage", client=CLIENT)
    first = shown(ask(house, kind="to_stage", client=CLIENT, limit="2"))
    last = first["items"][-1]
    done = house.web.call(
        "POST",
        "/clients/{client}/bills/{bill}/stage",
        person=ADMIN,
        path={"client": CLIENT, "bill": last["bill_id"]},
    )
    assert done.status == 201, done.body
    house.project()
    query = {"kind": "to_stage", "client": CLIENT, "cursor": first["next_cursor"]}
    rest = shown(ask(house, **query))["items"]
    assert [one["bill_id"] for one in rest] == [one["bill_id"] for one in items[2:]]
    staged = house.everything(ADMIN, kind="to_decide", client=CLIENT)
    assert last["bill_id"] in {one["bill_id"] for one in staged}
    house.restore()
    views.rows = kept
