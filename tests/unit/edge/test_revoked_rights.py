"""Rights that are taken away while something is asked: the write fails, however they were held.

Each change happens between the reading and the write, at the last moment before the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.scope import ActorKind, Member, Role, Scope
from tests.support.alone import BILL, BOT, EVERYTHING, OTHER, SOLO, Alone
from tests.support.api import Answer
from tests.support.desk import SCOPE

FIRM = Scope(SCOPE.firm)
ONE = {"client": SCOPE.client}
STAGE = "/clients/{client}/bills/{bill}/stage"
DECIDE = "/clients/{client}/decisions"
APPROVE = f"{DECIDE}/{{decision}}/approve"
Change = Callable[["Firm"], None]


class Firm(Alone):
    """Solo decides by role, or by a set for this client.

    `meanwhile` runs before the next commit.
    """

    def __init__(self, *, by_set: bool = False) -> None:
        super().__init__(() if by_set else (Role.APPROVER,))
        if by_set:
            self.change(SOLO, roles={}, sets={SCOPE.client: (EVERYTHING,)})
        self.meanwhile: Change | None = None
        self.store.on_call = self._called

    @property
    def came_between(self) -> bool:
        """Whether a commit was tried since `meanwhile` was set."""
        return self.meanwhile is None

    def _called(self, name: str) -> None:
        if name == "commit:before" and self.meanwhile is not None:
            change, self.meanwhile = self.meanwhile, None
            change(self)

    def change(self, member: str, **fields: Any) -> None:
        """Another membership, as if somebody else's request had come in between."""
        books = self.store.books(FIRM)
        known = books.get(Member, member)
        assert known is not None
        assert books.save(replace(known, **fields))

    def change_set(self, *permissions: Permission, removed: bool = False) -> None:
        """Other permissions in the set."""
        books = self.store.books(FIRM)
        known = books.get(PermissionSet, EVERYTHING)
        assert known is not None
        at = self.clock.now() if removed else None
        assert books.save(replace(known, permissions=permissions, removed_at=at))

    def stage(self, who: str) -> Answer:
        return self.call(who, "POST", STAGE, {}, {**ONE, "bill": BILL})

    def decide(self, who: str) -> Answer:
        body = {"bill_id": BILL, **self.wish(pay_now=False)}
        return self.call(who, "POST", DECIDE, body, ONE)

    def approve(self, who: str) -> Answer:
        return self.call(who, "POST", APPROVE, {}, {**ONE, "decision": self.decision})


def viewer(firm: Firm, name: str = SOLO) -> None:
    firm.change(name, roles={"*": (Role.VIEWER,)}, sets={})


OF_A_PERSON: dict[str, Change] = {
    "role_taken": viewer,
    "role_for_another_client": lambda firm: firm.change(SOLO, roles={"cedar": (Role.APPROVER,)}),
    "deactivated": lambda firm: firm.change(SOLO, active=False),
    "same_rights_anew": lambda firm: firm.change(SOLO, name="Solo"),
}
OF_A_SET: dict[str, Change] = {
    "set_taken": lambda firm: firm.change(SOLO, sets={}),
    "set_narrowed": lambda firm: firm.change_set(Permission.VIEW),
    "set_removed": lambda firm: firm.change_set(Permission.VIEW, removed=True),
    "set_widened": lambda firm: firm.change_set(*Permission),
    "deactivated": lambda firm: firm.change(SOLO, active=False),
}
OF_A_MACHINE: dict[str, Change] = {
    "machine_deactivated": lambda firm: firm.change(BOT, active=False),
    "machine_role_taken": lambda firm: firm.change(BOT, roles={"*": (Role.VIEWER,)}),
    "another_answers": lambda firm: firm.change(BOT, responsible_id=OTHER),
    "nobody_answers": lambda firm: firm.change(BOT, responsible_id=None),
    "person_deactivated": lambda firm: firm.change(SOLO, active=False),
    "person_role_taken": viewer,
    "person_became_a_machine": lambda firm: firm.change(SOLO, actor_kind=ActorKind.MACHINE),
}


def refused_and_nothing_done(firm: Firm, ask: Callable[[], Answer], change: Change) -> None:
    """The change comes between plan and write: 403, and not a trace of the command."""
    sequence = firm.books.head("USD").sequence
    before = firm.books.get(type(firm.bill()), BILL)
    firm.meanwhile = change
    answer = ask()
    assert firm.came_between, "the write was tried"
    assert (answer.status, answer.code) == (403, "forbidden"), answer.body
    assert firm.bill() == before
    assert firm.books.head("USD").sequence == sequence
    assert firm.payments == []


@pytest.mark.parametrize("how", OF_A_PERSON)
@pytest.mark.parametrize("command", ["stage", "decide"])
def test_of_a_person(how: str, command: str) -> None:
    firm = Firm()
    if command == "decide":
        assert firm.stage(OTHER).status == 201
    refused_and_nothing_done(firm, lambda: getattr(firm, command)(SOLO), OF_A_PERSON[how])


@pytest.mark.parametrize("how", OF_A_SET)
@pytest.mark.parametrize("command", ["stage", "decide"])
def test_of_somebody_who_holds_a_set(how: str, command: str) -> None:
    firm = Firm(by_set=True)
    if command == "decide":
        assert firm.stage(OTHER).status == 201
    refused_and_nothing_done(firm, lambda: getattr(firm, command)(SOLO), OF_A_SET[how])


@pytest.mark.parametrize("how", OF_A_MACHINE)
@pytest.mark.parametrize("command", ["stage", "decide"])
def test_of_a_machine_or_who_answers_for_it(how: str, command: str) -> None:
    firm = Firm()
    if command == "decide":
        assert firm.stage(OTHER).status == 201
    refused_and_nothing_done(firm, lambda: getattr(firm, command)(BOT), OF_A_MACHINE[how])


@pytest.mark.parametrize("how", ["set_narrowed", "set_removed"])
def test_of_a_machine_whose_person_holds_a_set(how: str) -> None:
    firm = Firm(by_set=True)
    refused_and_nothing_done(firm, lambda: firm.stage(BOT), OF_A_SET[how])


# ---- two people: both must stand when the second says yes

FIRST: dict[str, tuple[str, bool, Change]] = {
    "role": (SOLO, False, viewer),
    "deactivated": (SOLO, False, lambda firm: firm.change(SOLO, active=False)),
    "set": (SOLO, True, lambda firm: firm.change_set(Permission.VIEW)),
    "set_removed": (SOLO, True, lambda firm: firm.change_set(Permission.VIEW, removed=True)),
    "machine": (BOT, False, lambda firm: firm.change(BOT, active=False)),
    "machines_person": (BOT, False, viewer),
    "machines_person_gone": (BOT, False, lambda firm: firm.change(SOLO, active=False)),
    "machine_of_nobody": (BOT, False, lambda firm: firm.change(BOT, responsible_id=None)),
}


def waiting(who: str, *, by_set: bool) -> Firm:
    """Staged and decided by one pair of hands."""
    firm = Firm(by_set=by_set)
    assert firm.stage(who).status == 201
    assert firm.decide(who).status == 202
    assert firm.payments == []
    return firm


@pytest.mark.parametrize("how", FIRST)
@pytest.mark.parametrize("when", ["before", "between"])
def test_who_decided_has_lost_the_right_when_the_second_says_yes(how: str, when: str) -> None:
    who, by_set, change = FIRST[how]
    firm = waiting(who, by_set=by_set)
    if when == "before":
        change(firm)
    else:
        firm.meanwhile = change
    answer = firm.approve(OTHER)
    assert (answer.status, answer.code) == (403, "forbidden"), answer.body
    assert firm.came_between or when == "before"
    assert firm.payments == []
    assert firm.bill().live_payment_id is None


@pytest.mark.parametrize("how", FIRST)
def test_the_second_yes_counts_when_the_first_stands(how: str) -> None:
    who, by_set, _ = FIRST[how]
    firm = waiting(who, by_set=by_set)
    assert firm.approve(OTHER).status == 202
    assert len(firm.payments) == 1


def test_the_second_loses_the_right_while_saying_yes() -> None:
    firm = waiting(SOLO, by_set=False)
    refused_and_nothing_done(firm, lambda: firm.approve(OTHER), lambda firm: viewer(firm, OTHER))


def test_a_machine_that_changed_hands_does_not_make_two_people_of_one() -> None:
    """Whoever answered for it when it acted took part, whoever answers for it now."""
    firm = waiting(BOT, by_set=False)
    firm.change(BOT, responsible_id=OTHER)
    assert firm.approve(SOLO).code == "same_person"
    assert firm.payments == []
    decision = firm.bill().decision
    assert decision is not None
    assert decision.hands == {SOLO}


# ---- through a batch

BATCHED: dict[str, tuple[str, bool, Change]] = {
    "role": (SOLO, False, viewer),
    "set": (SOLO, True, lambda firm: firm.change_set(Permission.VIEW)),
    "machine": (BOT, False, lambda firm: firm.change(BOT, active=False)),
    "machines_person": (BOT, False, viewer),
    "another_answers": (BOT, False, lambda firm: firm.change(BOT, responsible_id=None)),
}


def finalized(firm: Firm, who: str) -> Answer:
    body = {"decisions": [{**ONE, "bill_id": BILL, **firm.wish(pay_now=False)}]}
    return firm.call(who, "POST", "/decisions/finalize", body)


@pytest.mark.parametrize("how", ["role", "set"])
def test_a_batch_of_who_keeps_the_right_is_done(how: str) -> None:
    who, by_set, _ = BATCHED[how]
    firm = Firm(by_set=by_set)
    assert firm.stage(OTHER).status == 201
    assert finalized(firm, who).status in (200, 202)
    assert len(firm.payments) == 1


@pytest.mark.parametrize("how", BATCHED)
def test_a_batch_stops_when_who_asked_loses_the_right(how: str) -> None:
    """Taken away after the batch was written down and before its first part is."""
    who, by_set, change = BATCHED[how]
    firm = Firm(by_set=by_set)
    assert firm.stage(OTHER).status == 201
    calls: list[str] = []

    def second_commit(name: str) -> None:
        if name == "commit:before":
            calls.append(name)
            if len(calls) == 2:
                change(firm)

    firm.store.on_call = second_commit
    answer = finalized(firm, who)
    assert len(calls) >= 2
    firm.store.on_call = lambda _name: None
    firm.clock.pause(timedelta(minutes=5).total_seconds())
    firm.sweep()
    assert answer.status in (200, 202), answer.body
    assert firm.payments == []
    assert firm.bill().live_payment_id is None
