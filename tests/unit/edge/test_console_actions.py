"""What the console offers can be done: every route is there, the caller may, the body fits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from rowcol.domain.bill import Decision, DecisionState
from rowcol.domain.client import Client
from rowcol.domain.permission import Permission
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.scope import Actor, ActorKind, Role, Scope
from rowcol.edge.operation import NoBody
from rowcol.edge.queue_actions import OFFERED, may_approve
from rowcol.service.decisions.second_person import may_speak_last
from rowcol.service.queue import Work
from rowcol.service.rights import rights_of
from tests.support.domain.builders import NOW
from tests.support.furnished import ADMIN, CLIENT, FIRM, OPERATIONS, SECOND, by_role, firm_wide
from tests.support.open_house import STAGER, OpenHouse

FILLED: dict[str, Any] = {
    "pay_on": "2026-12-08",
    "until": "2026-12-08",
    "reason": "a loan comes tomorrow",
    "evidence.kind": "bank_notice",
    "evidence.reference": "notice 2026-11-20/17",
    "account_id": "vendor-account-1",
    "account_confirmed": True,
    "number_from": "contract",
    "spoken_to": "M. Osei",
    "reference": "call 2026-11-20/3",
}
# What the books may answer to a call that could be made.
REFUSED_BY_BOOKS = {
    "step_up_required",  # no second factor in these tests
    "wrong_state",
    "bill_not_open",
    "bill_withdrawn",
    "outcome_unknown",
    "evidence_required",
    "no_bill",
    "route_invalid",
    "not_staged",
}


@pytest.fixture(scope="module")
def furniture() -> OpenHouse:
    made = OpenHouse()
    made.keep()
    return made


@pytest.fixture
def house(furniture: OpenHouse) -> Iterator[OpenHouse]:
    yield furniture
    furniture.restore()


def test_every_route_that_may_be_offered_is_served() -> None:
    assert set(OPERATIONS) >= OFFERED
    assert {OPERATIONS[route].name for route in OFFERED} == {
        "stageBill", "unstageBill", "decide", "approveDecision", "refuseDecision",
        "withdrawDecision", "askOverride", "approveOverride", "withdrawOverride", "liftPayment",
        "cancelPayment", "reschedulePayment", "rejectPayment", "refreshBalance",
        "callVendorBack",
    }  # fmt: skip


def test_the_house_has_work_of_every_kind(house: OpenHouse) -> None:
    items = house.everything(ADMIN)
    assert {one["kind"] for one in items} == {kind.value for kind in QueueKind}
    assert {one["client"] for one in items} == {CLIENT, SECOND}
    offered = {action["name"] for one in items for action in one["actions"]}
    # Each bill here is covered, so that nobody would ask to override anything but a hold for cash.
    assert offered == {OPERATIONS[route].name for route in OFFERED}


def filled(action: dict[str, Any]) -> Any:
    """The body as a person would send it."""
    body = action["body"]
    if body is None:
        return None
    for field in action["fill"]:
        *inside, last = field.split(".")
        place = body
        for name in inside:
            place = place[name]
        assert place[last] is None, field
        place[last] = FILLED[field]
    return body


def route_of(action: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The operation's path and its parameters, of a path that was offered."""
    told = action["path"].split("/")
    [found] = [
        operation
        for operation in OPERATIONS.values()
        if (operation.name, operation.method) == (action["name"], action["method"])
    ]
    pattern = found.path.split("/")
    assert len(pattern) == len(told)
    named = {
        part[1:-1]: value for part, value in zip(pattern, told, strict=True) if part.startswith("{")
    }
    fixed = [part == value for part, value in zip(pattern, told, strict=True) if part[:1] != "{"]
    assert all(fixed)
    return found.path, named


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("wide", [False, True])
def test_whatever_is_offered_can_be_called(house: OpenHouse, role: Role, wide: bool) -> None:
    person = firm_wide(role) if wide else by_role(role)
    done: dict[str, set[int]] = {}
    for item in house.everything(person):
        for action in item["actions"]:
            route, path = route_of(action)
            assert path["client"] == item["client"]
            answer = house.web.call(
                action["method"],
                route,
                filled(action),
                person=person,
                path=path,
                version=None,
            )
            about = (item["kind"], item["code"], action["name"], answer.body)
            # A payment does not say who staged its bill; the write looks it up.
            refused = REFUSED_BY_BOOKS | ({"same_person"} if item["kind"] == "held" else set())
            assert answer.code is None or answer.code in refused, about
            done.setdefault(action["name"], set()).add(answer.status // 100)
            house.restore()
    # A dead one would never have worked.
    failed = {name for name, classes in done.items() if 2 not in classes}
    assert failed <= {"approveOverride", "askOverride"}, failed


@pytest.mark.parametrize("role", Role)
def test_nothing_is_offered_without_the_right(house: OpenHouse, role: Role) -> None:
    rights = rights_of(house.store, FIRM, by_role(role))
    assert rights is not None
    offered = {
        (action["name"], action["permission"])
        for item in house.everything(by_role(role))
        for action in item["actions"]
    }
    for _, permission in offered:
        assert rights.may(Permission(permission), CLIENT)
    if role is Role.VIEWER:
        assert offered == set()


def test_bodies_fit_the_operations(house: OpenHouse) -> None:
    for item in house.everything(ADMIN):
        for action in item["actions"]:
            route, _ = route_of(action)
            operation = OPERATIONS[action["method"], route]
            assert (action["body"] is None) is (operation.body is NoBody), action["name"]
            assert operation.needs is not None
            assert action["permission"] == operation.needs.value


def test_who_had_a_hand_in_it_is_not_asked_to_be_the_second(house: OpenHouse) -> None:
    def offered(person: str, bill: str) -> set[str]:
        [item] = [one for one in house.everything(person) if one["bill_id"] == bill]
        return {action["name"] for action in item["actions"]}

    for bill, approve in (("second", "approveDecision"), ("override", "approveOverride")):
        assert approve in offered(ADMIN, f"{CLIENT}-{bill}")
        assert approve not in offered(STAGER, f"{CLIENT}-{bill}")
    assert "withdrawDecision" in offered(STAGER, f"{CLIENT}-second")


def test_what_an_account_cannot_be_asked_is_left_to_ramp(house: OpenHouse) -> None:
    books = house.store.books(Scope(FIRM, CLIENT))
    known = books.get(Client, CLIENT)
    assert known is not None
    assert books.save(replace(known, missing_capabilities=("payment_date",)))
    for item in house.everything(ADMIN):
        by_date = item["kind"] in ("to_decide", "second_person") and item["client"] == CLIENT
        if not by_date or item["code"] in ("bill_not_open", "override"):
            assert item["code"] != "capability_missing" or item["kind"] == "held"
            continue
        assert (item["code"], item["waiting_in_ramp"]) == ("capability_missing", True)
        assert item["link"]
        left = {action["name"] for action in item["actions"]}
        assert left <= {"unstageBill", "withdrawDecision", "refuseDecision"}


HANDS = (None, "anna", "boris", "cleo")


@pytest.mark.parametrize("kind", [ActorKind.PERSON, ActorKind.MACHINE])
@pytest.mark.parametrize(("staged", "decided"), [*itertools.product(HANDS, HANDS[1:])])
def test_who_is_offered_to_approve_is_who_may(
    kind: ActorKind, staged: str | None, decided: str
) -> None:
    """By the rule that decides when it is done."""
    decision = Decision(
        "dec_1", DecisionState.AWAITING_SECOND_PERSON, staged or "rowcol", NOW, decided_by=decided
    )
    queued = Queued(
        QueueKind.SECOND_PERSON,
        "awaiting_second_person",
        staged_hands=staged,
        decided_hands=decided,
    )
    work = Work(CLIENT, "bills", "b1", 1, queued, None)
    for person in HANDS[1:]:
        actor = Actor(kind, "robot", NOW, person) if kind is ActorKind.MACHINE else None
        actor = actor or Actor(kind, str(person), NOW)
        caller: Any = SimpleNamespace(actor=actor)
        assert may_approve(work, caller) == may_speak_last(decision, actor)
        blocked = replace(work, queue=replace(queued, code="bill_not_open"))
        assert not may_approve(blocked, caller)


def test_an_offered_decision_says_what_amount_is_shown(house: OpenHouse) -> None:
    offered = [
        (item["amount"], action["body"]["amount"])
        for item in house.everything(ADMIN)
        for action in item["actions"]
        if action["name"] == "decide"
    ]
    assert offered
    assert all(shown == sent for shown, sent in offered)
