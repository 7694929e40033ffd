"""Operators' requests about views, as the function gets them; and batches of the stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.view_texts import texts_of, texts_of_the_log
from rowcol.edge import log_events, rebuild
from rowcol.edge.task import BadTaskInput
from rowcol.service import rebuild as steps
from rowcol.service.project import BILLS
from rowcol.storage.entries import entry_of, place_of
from tests.support.desk import SCOPE, Desk
from tests.support.events.logs import UNKNOWN, bill_fact, stream_event, stream_record, write

WHOM = {"firm": SCOPE.firm, "client": SCOPE.client}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(steps, "ENTRIES_PER_READ", 2)
    desk = Desk()
    write(desk, *(bill_fact(f"b{number}") for number in range(11)))
    return desk


def ask(desk: Desk, name: str, **asked: object) -> dict[str, Any]:
    """A request and its answer, both as JSON."""
    event = json.loads(json.dumps({name: {**WHOM, **asked}}))
    answer: dict[str, Any] = json.loads(json.dumps(rebuild.answer(desk.environment, event)))
    return answer


def project(desk: Desk, event: dict[str, Any]) -> list[str]:
    """The positions that are reported as failed."""
    answer = log_events.project_entries(desk.environment, entry_of, place_of, event)
    return [failure["itemIdentifier"].lstrip("0") for failure in answer["batchItemFailures"]]


# ---- requests


def test_it_goes_on_where_it_stopped_until_nothing_is_left(desk: Desk) -> None:
    answer = ask(desk, "rebuild")
    folded = [answer["folded"]]
    while answer["next"] is not None:
        answer = ask(desk, "rebuild", next=answer["next"])
        folded.append(answer["folded"])
    assert folded == [0, 0, 0, 0, 0, 8, 11]  # five views without rows, then the log
    assert answer == {"next": None, "folded": 11, "of": 11, "removed": 0, "unfoldable": []}
    assert texts_of(desk.environment.views, SCOPE) == texts_of_the_log(desk.books)


def test_a_check_names_what_differs(desk: Desk) -> None:
    answer = ask(desk, "check", next={"view": None, "after": ""})
    assert answer["next"] is None
    assert answer["difference"] == {
        "what": "not_folded",
        "position": 1,
        "view": None,
        "key": None,
        "live": None,
        "log": None,
    }


def test_all_clients_are_listed(desk: Desk) -> None:
    firm = {"firm": SCOPE.firm, "client": "-"}
    assert rebuild.answer(desk.environment, {"clients": {}}) == {"clients": [WHOM, firm]}


def test_the_firms_own_log_is_one_too(desk: Desk) -> None:
    whole = {"firm": SCOPE.firm, "client": "-", "next": {"view": None, "after": ""}}
    answer = rebuild.answer(desk.environment, {"rebuild": whole})
    assert (answer["folded"], answer["next"]) == (0, None)


@pytest.mark.parametrize("event", [{"rebuild": {}}, {"check": {}}, {"clients": {}}])
def test_a_request_is_told_apart_from_a_batch(event: dict[str, Any]) -> None:
    assert rebuild.is_asked(event)
    assert not rebuild.is_asked({"Records": []})


@pytest.mark.parametrize("name", ["rebuild", "check"])
@pytest.mark.parametrize(
    "asked",
    [
        "all",
        None,
        {"firm": "maple"},
        {"firm": "maple", "client": "a/b"},
        {**WHOM, "next": "4"},
        {**WHOM, "next": {}},
        {**WHOM, "next": {"view": "secrets", "after": ""}},
        {**WHOM, "next": {"view": "position", "after": ""}},
        {**WHOM, "next": {"view": None, "after": "-1"}},
        {**WHOM, "next": {"view": None, "after": "9" * 13}},
        {**WHOM, "next": {"view": None, "after": 4}},
    ],
)
def test_odd_requests_are_defects(desk: Desk, name: str, asked: object) -> None:
    with pytest.raises(BadTaskInput):
        rebuild.answer(desk.environment, {name: asked})


# ---- batches of the stream


def test_a_batch_is_folded_and_a_repeat_does_no_harm(desk: Desk) -> None:
    event = stream_event(*desk.books.entries())
    assert project(desk, event) == []
    assert project(desk, event) == []
    assert texts_of(desk.environment.views, SCOPE) == texts_of_the_log(desk.books)
    assert project(desk, {"Records": []}) == []


def test_poison_is_reported_and_the_rest_is_folded(desk: Desk) -> None:
    event = stream_event(*write(desk, bill_fact("x1"), bill_fact("x2", UNKNOWN), bill_fact("x3")))
    assert project(desk, event) == ["13"]
    rows = {row.key for row in desk.environment.views.page(SCOPE, BILLS).rows}
    assert {"x1", "x3"} <= rows
    assert "x2" not in rows


@pytest.mark.parametrize("lost", ["type", "data", "version", "at", "actor", "sequence", "firm"])
def test_a_record_that_lost_something_is_known_by_its_keys(desk: Desk, lost: str) -> None:
    event = stream_event(*desk.books.entries(0, 3))
    del event["Records"][1]["dynamodb"]["NewImage"][lost]
    assert project(desk, event) == ["2"]
    assert {row.key for row in desk.environment.views.page(SCOPE, BILLS).rows} == {"b0", "b2"}


def test_a_record_of_nobody_makes_the_batch_come_again_until_it_is_alone(desk: Desk) -> None:
    event = stream_event(*desk.books.entries(0, 2))
    stranger = stream_record({"pk": {"S": "?"}, "sk": {"S": "x"}}, 3)
    event["Records"].append(stranger)
    assert project(desk, event) == ["1"]  # the stream halves it
    assert project(desk, {"Records": event["Records"][:2]}) == []
    assert project(desk, {"Records": [stranger]}) == ["3"]  # and puts this one aside
