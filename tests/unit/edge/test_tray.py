"""The tray over HTTP: whose items are in it, filters, counts, pages, one item, and acts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.scope import Role, Scope
from rowcol.domain.tray import Severity, TrayState
from rowcol.domain.tray_facts import TrayFacts
from rowcol.service.change import Change
from rowcol.service.tray import close_item
from rowcol.service.tray_list import SINGLE_READS_MAX
from rowcol.service.view_ports import ViewRow
from tests.support.api import Answer
from tests.support.furnished import (
    ADMIN,
    CLIENT,
    FIRM,
    OF_OTHER,
    OF_SECOND,
    OTHER,
    OTHER_FIRM,
    SECOND,
    Furnished,
    by_role,
    firm_wide,
)

VIEWER = firm_wide(Role.VIEWER)
ITEM = "/clients/{client}/tray/{item}"
ACT = f"{ITEM}/{{verb}}"


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished) -> Iterator[Furnished]:
    furniture.project()
    yield furniture
    furniture.restore()


def firm(house: Furnished, person: str = ADMIN, **query: str) -> Answer:
    return house.web.call("GET", "/tray", person=person, query=query)


def every(house: Furnished, person: str = ADMIN, **query: str) -> list[dict[str, Any]]:
    """All items, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = firm(house, person, limit="2", **query, **cursor)
        assert answer.status == 200, answer.body
        assert len(answer.body["items"]) <= 2
        found += answer.body["items"]
        assert answer.body["matching"] >= len(answer.body["items"])
        if answer.body["next_cursor"] is None:
            return found
        cursor = {"cursor": answer.body["next_cursor"]}


def act(house: Furnished, verb: str, person: str = ADMIN, item: str = "", **body: Any) -> Answer:
    path = {"client": CLIENT, "item": item or house.ids[CLIENT]["item"][0], "verb": verb}
    answer = house.web.call("POST", ACT, body, person=person, path=path, shown_at=house.clock.now())
    house.project()
    return answer


def test_items_of_all_visible_clients_by_severity_and_age(house: Furnished) -> None:
    items = every(house)
    assert {one["client"] for one in items} == {CLIENT, SECOND}
    ranks = {"high": 1, "medium": 2, "low": 3}
    order = [(ranks[one["item"]["severity"]], one["item"]["opened_at"]) for one in items]
    assert order == sorted(order)
    assert len({(one["client"], one["item"]["id"]) for one in items}) == len(items)
    assert {one["client"] for one in every(house, OF_SECOND)} == {SECOND}


def test_nobody_sees_anothers(house: Furnished) -> None:
    item = house.ids[CLIENT]["item"][0]
    for person, client in (
        (ADMIN, OTHER), (OF_SECOND, CLIENT), (by_role(Role.FIRM_ADMIN), SECOND), (ADMIN, "nobody"),
    ):  # fmt: skip
        assert firm(house, person, client=client).status == 404
        for method, route in (("GET", ITEM), ("POST", ACT)):
            path = {"client": client, "item": item, "verb": "ask"}
            body = {"text": "why?"} if method == "POST" else None
            before = house.written()
            answer = house.web.call(method, route, body, person=person, path=path)
            assert (answer.status, house.written()) == (404, before), (person, client, route)
    theirs = house.web.call("GET", "/tray", person=OF_OTHER)
    assert theirs.status == 403  # no member of this firm
    assert OTHER_FIRM != FIRM


def test_an_item_of_one_client_is_not_found_at_another(house: Furnished) -> None:
    path = {"client": CLIENT, "item": "no-such-item", "verb": "ask"}
    assert house.web.call("GET", ITEM, person=ADMIN, path=path).status == 404
    before = house.written()
    refused = house.web.call("POST", ACT, {"text": "x"}, person=ADMIN, path=path)
    assert (refused.status, house.written()) == (404, before)
    path["verb"], path["item"] = "destroy", house.ids[CLIENT]["item"][0]
    assert house.web.call("POST", ACT, {}, person=ADMIN, path=path).status == 404


def test_filters_narrow_and_counts_do_not(house: Furnished) -> None:
    everything = firm(house, limit="200").body
    counts = everything["counts"]
    assert counts["waiting"] == everything["matching"] == len(everything["items"])
    assert counts["states"]["excluded"] == 2
    assert counts["live"] == sum(counts["states"].values())
    assert sum(counts["kinds"].values()) == sum(counts["owners"].values()) == counts["waiting"]
    for name, field in (("kind", "kinds"), ("severity", "severities"), ("family", "families")):
        for value, many in counts[field].items():
            answer = firm(house, limit="200", **{name: value}).body
            assert (answer["matching"], answer["counts"]) == (many, counts), (name, value)
    kept_out = firm(house, state="excluded").body
    assert {one["item"]["state"] for one in kept_out["items"]} == {"excluded"}
    one_client = firm(house, client=SECOND, limit="200").body
    assert one_client["matching"] == sum(one["client"] == SECOND for one in everything["items"])
    assert one_client["counts"] == counts


def test_owner_due_question_snooze_and_age(house: Furnished) -> None:
    today = house.clock.now().date()
    mine = {"owner": ADMIN, "due_on": (today + timedelta(days=1)).isoformat()}
    assert act(house, "assign", **mine).status == 200
    assert act(house, "ask", text="Is it yours?").status == 200
    name = house.ids[CLIENT]["item"][0]

    def names(**query: str) -> list[str]:
        return [one["item"]["id"] for one in every(house, client=CLIENT, **query)]

    assert names(owner="me") == names(owner=ADMIN) == [name]
    assert every(house, VIEWER, owner="me") == []
    assert name not in names(owner="nobody")
    assert names(due_before=(today + timedelta(days=2)).isoformat()) == [name]
    assert names(due_before=(today + timedelta(days=1)).isoformat()) == []
    assert names(question="asked") == [name]
    assert name not in names(question="none")
    assert firm(house).body["counts"]["questions_asked"] == 1
    assert names(age_days_min="1") == []
    until = (house.clock.now() + timedelta(days=2)).isoformat()
    assert act(house, "snooze", until=until).status == 200
    assert name not in names()
    assert names(snoozed="only") == [name]
    assert name in names(snoozed="shown")
    assert firm(house).body["counts"]["snoozed"] == 1


def test_closed_ones_are_listed_of_one_client(house: Furnished) -> None:
    assert firm(house, state="closed").code == "invalid_input"
    assert firm(house, state="closed,open", client=CLIENT).code == "invalid_input"
    assert firm(house, state="closed", client=CLIENT).body["items"] == []
    house.work(_closes)
    house.project()
    [closed] = firm(house, state="closed", client=CLIENT).body["items"]
    assert closed["item"]["closed_because"] == "the facts agree"
    listed = house.web.call(
        "GET", "/clients/{client}/tray", person=VIEWER, path={"client": CLIENT},
        query={"state": "closed"},
    )  # fmt: skip
    assert [one["item"]["id"] for one in listed.body["items"]] == [closed["item"]["id"]]


def _closes(change: Change) -> bool:
    close_item(change, f"bill-{CLIENT}-odd", "partial", "the facts agree")
    return True


@pytest.mark.parametrize(
    "query",
    [
        {"state": "gone"}, {"kind": "never_heard"}, {"severity": "high,deadly"}, {"question": "?"},
        {"family": ","}, {"cursor": "made-up"}, {"snoozed": "maybe"}, {"limit": "0"},
        {"age_days_min": "-1"}, {"due_before": "soon"}, {"unknown": "1"},
    ],
    ids=str,
)  # fmt: skip
def test_a_question_nobody_understands_is_refused(house: Furnished, query: dict[str, str]) -> None:
    assert firm(house, **query).status == 400


def test_a_cursor_is_of_its_own_question(house: Furnished) -> None:
    cursor = firm(house, limit="1").body["next_cursor"]
    for more in ({"severity": "high"}, {"client": CLIENT}):
        assert firm(house, limit="1", cursor=cursor, **more).code == "invalid_input"


def test_one_item_has_its_history_and_what_undo_would_take_back(house: Furnished) -> None:
    act(house, "assign", owner=ADMIN)
    act(house, "ask", text="Is it yours?")
    path = {"client": CLIENT, "item": house.ids[CLIENT]["item"][0]}
    read = house.web.call("GET", ITEM, person=VIEWER, path=path).body
    assert [step["verb"] for step in read["history"]] == ["assign", "ask"]
    assert (read["undo"], read["shown"]["item"]["question"]["text"]) == ("ask", "Is it yours?")
    assert read["shown"]["verbs"] == []
    mine = house.web.call("GET", ITEM, person=ADMIN, path=path).body["shown"]["verbs"]
    assert {"answer", "withdraw", "accept", "assign", "snooze"} <= set(mine)
    assert "ask" not in mine
    assert act(house, "undo").body["shown"]["item"]["question"] is None


def test_what_is_offered_may_really_be_done(house: Furnished) -> None:
    """Of each verb that is shown the answer is not that it is forbidden or of the wrong state."""
    now = house.clock.now()
    bodies: dict[str, dict[str, Any]] = {
        "assign": {"owner": ADMIN}, "wake": {}, "withdraw": {},
        "snooze": {"until": (now + timedelta(days=1)).isoformat()},
        "exclude": {"text": "why", "rule": {"expires_at": (now + timedelta(days=9)).isoformat()}},
    }  # fmt: skip
    for role in Role:
        person = by_role(role)
        for one in every(house, person):
            for verb in one["verbs"]:
                body = dict(bodies.get(verb, {"text": "why"}))
                if verb == "accept":
                    body["mark"] = one["mark"]
                house.keep()
                answer = act(house, verb, person, one["item"]["id"], **body)
                assert answer.status == 200 or answer.code == "same_person", (verb, answer.body)
                house.restore()


def test_a_verb_takes_its_own_fields_only(house: Furnished) -> None:
    assert act(house, "accept", owner="x", text="y").body["numbers"]["field"] == "owner"
    assert act(house, "assign", owner="nobody-here").code == "invalid_input"
    assert act(house, "snooze", until="2026-12-01T00:00:00").code == "invalid_input"
    assert act(house, "exclude", text="x", rule={"expires_at": "2026-12-01T00:00:00"}).status == 400


def test_the_same_key_does_it_once(house: Furnished) -> None:
    path = {"client": CLIENT, "item": house.ids[CLIENT]["item"][0], "verb": "ask"}
    asked = {"text": "Is it yours?"}
    first, again = (
        house.web.call("POST", ACT, asked, person=ADMIN, path=path, key="the-same-key")
        for _ in range(2)
    )
    assert (first.status, again.status) == (200, 200)
    assert first.body == again.body
    other = house.web.call("POST", ACT, {"text": "?"}, person=ADMIN, path=path, key="the-same-key")
    assert other.code == "idempotency_key_reused"


def test_many_at_once_have_a_result_each(house: Furnished) -> None:
    ids = [one["item"]["id"] for one in every(house, client=CLIENT)]
    body = {"verb": "assign", "items": [{"id": name} for name in [*ids, "nothing"]], "owner": ADMIN}
    route = "/clients/{client}/tray/bulk"
    done = house.web.call("POST", route, body, person=ADMIN, path={"client": CLIENT})
    assert (done.status, done.body["ok"], done.body["failed"]) == (200, len(ids), 1)
    house.project()
    assert [one["item"]["id"] for one in every(house, owner="me")] == ids
    many = {**body, "items": [{"id": f"x{n}"} for n in range(1_001)]}
    assert house.web.call("POST", route, many, person=ADMIN, path={"client": CLIENT}).code == (
        "too_many_items"
    )


def test_the_firms_own_items_are_for_those_of_all_clients(house: Furnished) -> None:
    house.restore()
    own = Scope(FIRM)
    facts = TrayFacts(TrayState.OPEN, Severity.HIGH, "quarantined_event", house.clock.now())
    told: dict[str, object] = {
        "id": "event-1", "subject": "event-1", "item": "quarantined_event", "severity": "high",
        "title": "?", "expected": "", "found": "", "opened_at": house.clock.now().isoformat(),
    }  # fmt: skip
    house.environment.views.apply([ViewRow(own, "tray", "event-1", 1, told, None, None, facts)])
    assert [one["client"] for one in every(house, VIEWER, client="-")] == ["-"]
    assert "-" not in {one["client"] for one in every(house, by_role(Role.FIRM_ADMIN))}
    assert firm(house, by_role(Role.FIRM_ADMIN), client="-").status == 404


def test_calls_do_not_grow_with_clients_or_items(house: Furnished) -> None:
    views = house.environment.views
    calls: list[str] = []
    views.on_call = calls.append  # type: ignore[attr-defined]  # the memory's own
    try:
        for number in range(40):
            name = f"client-{number}"
            row = {"id": "x"}
            facts = TrayFacts(TrayState.OPEN, Severity.LOW, "date", house.clock.now())
            views.apply(
                [ViewRow(Scope(FIRM, name), "tray", f"i{n}", 1, dict(row), None, None, facts)
                 for n in range(20)]
            )  # fmt: skip
        calls.clear()
        assert firm(house, limit="200").status == 200
        assert calls.count("views:rows_of") == 1
        assert calls.count("views:tray") <= SINGLE_READS_MAX
    finally:
        views.on_call = lambda _call: None  # type: ignore[attr-defined]  # as it was
