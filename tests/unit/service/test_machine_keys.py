"""Keys of machines: who registers and revokes them; nobody comes by a second pair of hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from rowcol.domain.machine_key import (
    LIFETIME_MAX,
    LIVE_KEYS_MAX,
    KeyAlgorithm,
    KeyWindow,
    MachineKey,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Member, Role, Scope
from rowcol.service.change import Change, transact
from rowcol.service.machine_keys import NewKey, keys_of, register, revoke, use_nonce
from rowcol.service.onboard import register_firm
from tests.support.desk import Desk

R = TypeVar("R")
FIRM, ROBOT = Scope("maple"), "robot"
ADA, BEA = "ada", "bea"


class Office:
    """A firm with two people, and a machine that one of them answers for."""

    def __init__(self) -> None:
        self.desk = Desk()
        register_firm(self.desk.store, FIRM.firm, "Maple Street")
        self.books = self.desk.store.books(FIRM)
        everything: dict[str, tuple[Role, ...]] = {"*": (Role.FIRM_ADMIN,)}
        for name in (ADA, BEA):
            assert self.books.save(Member(name, 0, everything))
        assert self.books.save(Member(ROBOT, 0, everything, True, ActorKind.MACHINE, ADA))

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    def act(
        self,
        plan: Callable[[Change], R | Refusal],
        person: str = ADA,
        kind: ActorKind = ActorKind.PERSON,
        shown: bool = True,
    ) -> Any:
        actor = Actor(kind, person, self.now if shown else None)
        environment = self.desk.environment
        return transact(environment.store, environment.surroundings, FIRM, actor, plan)

    def wanted(self, name: str = "key-one", **window: datetime) -> NewKey:
        known = {"not_before": self.now, "expires_at": self.now + timedelta(days=90), **window}
        return NewKey(name, KeyAlgorithm.ED25519, "PEM", KeyWindow(**known))

    def register(self, wanted: NewKey | None = None, machine: str = ROBOT, **who: Any) -> Any:
        found = wanted or self.wanted()
        return self.act(lambda change: register(change, machine, found), **who)

    def revoke(self, name: str = "key-one", machine: str = ROBOT, **who: Any) -> Any:
        return self.act(lambda change: revoke(change, machine, name), **who)

    def types(self) -> list[str]:
        return [entry.type for entry in self.books.entries()]

    def robot(self) -> Member:
        found = self.books.get(Member, ROBOT)
        assert found is not None
        return found


@pytest.fixture
def office() -> Office:
    return Office()


def test_who_answers_for_it_registers_its_key(office: Office) -> None:
    key = office.register()
    assert isinstance(key, MachineKey)
    stored = office.books.get(MachineKey, "key-one")
    assert stored is not None
    assert (stored.member_id, stored.responsible_id, stored.created_by) == (ROBOT, ADA, ADA)
    assert stored.fault(office.now, ROBOT, ADA) is None
    assert keys_of(office.books, ROBOT) == (stored,)
    [entry] = office.books.entries()
    assert entry.type == "machine.key_registered"
    shown = entry.data["machine_key"]
    assert isinstance(shown, dict)
    assert (shown["id"], shown["public_key"]) == ("key-one", "PEM")


@pytest.mark.parametrize(
    ("person", "kind"),
    [(BEA, ActorKind.PERSON), (ROBOT, ActorKind.MACHINE), (ADA, ActorKind.MACHINE)],
)
def test_nobody_else_does_not_even_an_admin(office: Office, person: str, kind: ActorKind) -> None:
    # The holder of the private key would act with Ada's hands: one person would be two.
    refused = office.register(person=person, kind=kind)
    assert refused.code is Code.FORBIDDEN
    assert office.types() == ["command.denied"]
    assert office.books.get(MachineKey, "key-one") is None


def test_nobody_registers_without_a_second_factor(office: Office) -> None:
    assert office.register(shown=False).code is Code.STEP_UP_REQUIRED
    office.desk.clock.pause(1)
    assert isinstance(office.register(), MachineKey)


@pytest.mark.parametrize("machine", [BEA, "nobody"])
def test_a_person_has_no_keys(office: Office, machine: str) -> None:
    assert office.register(machine=machine).code is Code.NOT_FOUND


def test_a_machine_out_of_use_gets_none(office: Office) -> None:
    assert office.books.save(replace(office.robot(), active=False))
    assert office.register().code is Code.FORBIDDEN


def test_a_key_is_registered_once_for_good(office: Office) -> None:
    assert office.books.save(
        Member("other", 0, {"*": (Role.VIEWER,)}, True, ActorKind.MACHINE, ADA)
    )
    assert isinstance(office.register(), MachineKey)
    assert office.register().code is Code.DUPLICATE_ITEM
    assert office.register(machine="other").code is Code.DUPLICATE_ITEM
    assert isinstance(office.revoke(), MachineKey)
    assert office.register().code is Code.DUPLICATE_ITEM


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("begins", "lasts", "good"),
    [
        (0 * DAY, LIFETIME_MAX, True),
        (0 * DAY, LIFETIME_MAX + DAY, False),
        (0 * DAY, 0 * DAY, False),
        (0 * DAY, -DAY, False),
        (5 * DAY, DAY, True),
        (5 * DAY, -DAY, False),
        (-9 * DAY, 10 * DAY, True),
        (-9 * DAY, LIFETIME_MAX + 8 * DAY, True),  # what is over already does not count
        (-9 * DAY, LIFETIME_MAX + 10 * DAY, False),
        (LIFETIME_MAX + DAY, DAY, False),
    ],
)
def test_a_window_is_bounded(
    office: Office, begins: timedelta, lasts: timedelta, good: bool
) -> None:
    start = office.now + begins
    found = office.register(office.wanted(not_before=start, expires_at=start + lasts))
    assert isinstance(found, MachineKey) == good
    if not good:
        assert found.code is Code.INVALID_INPUT


def test_only_so_many_are_good_at_once(office: Office) -> None:
    for number in range(LIVE_KEYS_MAX):
        assert isinstance(office.register(office.wanted(f"key-{number}")), MachineKey)
    assert office.register().code is Code.TOO_MANY_ITEMS
    assert isinstance(office.revoke("key-0"), MachineKey)
    assert isinstance(office.register(), MachineKey)
    office.desk.pass_days(91)
    assert isinstance(office.register(office.wanted("key-later")), MachineKey)


def test_a_revoked_key_is_never_good_again(office: Office) -> None:
    office.register()
    before = office.robot()
    key = office.revoke(person=BEA, shown=False)
    assert (key.revoked_by, key.fault(office.now, ROBOT, ADA)) == (BEA, "key_revoked")
    # What is under way with it was read with the membership as it was, and fails.
    after = office.robot()
    assert after == replace(before, version=before.version + 1)
    assert office.types() == ["machine.key_registered", "machine.key_revoked"]


def test_a_second_revocation_does_nothing(office: Office) -> None:
    office.register()
    first = office.revoke()
    again = office.revoke(person=BEA)
    assert (again.revoked_at, again.revoked_by) == (first.revoked_at, ADA)
    assert office.types() == ["machine.key_registered", "machine.key_revoked"]


def test_a_key_is_revoked_where_it_belongs(office: Office) -> None:
    office.register()
    assert office.revoke(machine="other").code is Code.NOT_FOUND
    assert office.revoke("key-none").code is Code.NOT_FOUND


def test_somebody_else_becomes_responsible_meanwhile(office: Office) -> None:
    wanted = office.wanted()

    def plan(change: Change) -> MachineKey | Refusal:
        found = register(change, ROBOT, wanted)
        robot = office.robot()
        if robot.responsible_id == ADA:
            assert office.books.save(replace(robot, responsible_id=BEA))
        return found

    refused = office.act(plan)
    assert refused.code is Code.FORBIDDEN
    assert office.books.get(MachineKey, wanted.id) is None


def test_a_nonce_is_used_once_by_each_key(office: Office) -> None:
    until = office.now + timedelta(minutes=6)
    asked = [("key-1", "a"), ("key-1", "a"), ("key-1", "b"), ("key-2", "a"), ("key-2", "a")]
    found = [use_nonce(office.books, key, nonce, until) for key, nonce in asked]
    assert found == [True, False, True, True, False]
