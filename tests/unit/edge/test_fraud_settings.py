"""Fraud settings over HTTP: stricter ones hold at once, weaker ones wait for a second person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.scope import Member, Role
from rowcol.service.due_work import sweep_due
from rowcol.service.onboard import register_member
from tests.support.api import Answer
from tests.support.furnished import ADMIN, CLIENT, CO_ADMIN, FIRM, Furnished

PATH = "/clients/{client}/fraud-settings"
USUAL: dict[str, Any] = {
    "hold_from": {"minor": 500_000, "currency": "USD"},
    "first_amount_from": {"minor": 1_000_000, "currency": "USD"},
}
LESS: list[dict[str, Any]] = [
    {"hold_from": {"minor": 500_001, "currency": "USD"}},
    {"first_amount_from": {"minor": 1_000_001, "currency": "USD"}},
    *({sign: "warn"} for sign in ("new_payee", "account_changed", "amount_outlier", "pace")),
    *({sign: "off"} for sign in ("splitting", "duplicate")),
    {"new_payee_days": 29},
    {"account_days": 29},
    {"outlier_multiple": 6},
    {"pace_multiple": 4},
    {"splitting_count": 3},
    {"duplicate_days": 6},
    {"answer_days": 31},
]
MORE: list[dict[str, Any]] = [
    {},
    {"hold_from": {"minor": 1, "currency": "USD"}},
    {"new_payee_days": 31, "outlier_multiple": 4, "duplicate_days": 8, "answer_days": 1},
]


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished) -> Iterator[Furnished]:
    yield furniture
    furniture.restore()


def ask(house: Furnished, method: str, step: str = "", body: object = None, **how: Any) -> Answer:
    how.setdefault("person", ADMIN)
    how.setdefault("shown_at", house.clock.now())
    return house.web.call(method, f"{PATH}{step}", body, path={"client": CLIENT}, **how)


def put(house: Furnished, wanted: dict[str, Any], **how: Any) -> Answer:
    version = int(ask(house, "GET").headers["ETag"].strip('"'))
    return ask(house, "PUT", body={**USUAL, **wanted}, version=version, **how)


@pytest.mark.parametrize("wanted", LESS, ids=str)
def test_less_waits_for_somebody_else(house: Furnished, wanted: dict[str, Any]) -> None:
    waiting = put(house, wanted)
    assert waiting.status == 200, waiting.body
    assert waiting.body["settings"] == ask(house, "GET").body["settings"]
    assert waiting.body["settings"]["hold_from"] == USUAL["hold_from"]
    pending = waiting.body["pending"]
    assert (pending["by"], pending["weaker"]) == (ADMIN, list(wanted))
    change = {"change_id": pending["id"]}
    assert ask(house, "POST", "/approve", change).code == "same_person"
    assert ask(house, "POST", "/reject", change).code == "same_person"
    alone = ask(house, "POST", "/approve", change, person=CO_ADMIN, shown_at=None)
    assert (alone.status, alone.code) == (401, "step_up_required")
    agreed = ask(house, "POST", "/approve", change, person=CO_ADMIN)
    assert (agreed.status, agreed.body["pending"]) == (200, None)
    assert agreed.body["settings"] == {**pending["settings"]}
    assert agreed.body["changed_by"] == CO_ADMIN
    fact = next(
        one for one in reversed(list(house.books.entries())) if one.type == "fraud_settings.changed"
    )
    assert (fact.data["proposed_by"], fact.data["change_id"]) == (ADMIN, pending["id"])
    assert ask(house, "POST", "/approve", change, person=CO_ADMIN).code == "no_pending_change"


@pytest.mark.parametrize("wanted", MORE, ids=str)
def test_as_much_or_more_holds_at_once(house: Furnished, wanted: dict[str, Any]) -> None:
    changed = put(house, wanted)
    assert (changed.status, changed.body["pending"]) == (200, None)
    assert changed.body["changed_by"] == ADMIN


def test_some_more_and_some_less_is_less(house: Furnished) -> None:
    waiting = put(house, {"account_days": 60, "duplicate": "off"})
    assert waiting.body["pending"]["weaker"] == ["duplicate"]
    assert waiting.body["settings"]["account_days"] == 30


def test_the_second_person_says_no(house: Furnished) -> None:
    name = put(house, {"pace": "off"}).body["pending"]["id"]
    no = ask(house, "POST", "/reject", {"change_id": name}, person=CO_ADMIN)
    assert (no.status, no.body["pending"], no.body["settings"]["pace"]) == (200, None, "hold")
    assert "fraud_settings.rejected" in {entry.type for entry in house.books.entries()}


def test_who_proposed_must_still_have_the_right(house: Furnished) -> None:
    owner = Member("olga", 0, {CLIENT: (Role.CLIENT_OWNER,)})
    register_member(house.store, FIRM, owner)
    name = put(house, {"pace": "off"}, person="olga").body["pending"]["id"]
    gone = Member("olga", 1, {CLIENT: (Role.VIEWER,)})
    register_member(house.store, FIRM, gone)
    refused = ask(house, "POST", "/approve", {"change_id": name}, person=CO_ADMIN)
    assert (refused.status, refused.code) == (403, "forbidden")


def test_nobody_decides_within_a_month(house: Furnished) -> None:
    name = put(house, {"pace": "off"}).body["pending"]["id"]
    house.clock.pause(timedelta(days=31).total_seconds())
    late = ask(house, "POST", "/approve", {"change_id": name}, person=CO_ADMIN)
    assert late.code == "no_pending_change"
    assert ask(house, "GET").body["pending"] is None
    sweep_due(house.environment)
    assert "fraud_settings.expired" in {entry.type for entry in house.books.entries()}
