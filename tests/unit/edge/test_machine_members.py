"""Machines as members: who answers for them, what they never do; and the firm's log of rights."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Member, Role, Scope
from rowcol.service.change import Change, transact
from rowcol.service.commit_rules import room
from rowcol.service.people import members, sets
from rowcol.service.rights import rights_of
from tests.support.limits import FIRM
from tests.unit.edge.test_members import ADA, ADMIN, BEA, CLIENT, ROBOT, VERA, Office


@pytest.fixture
def office() -> Office:
    return Office()


# ---- machines


@pytest.mark.parametrize("responsible", [None, "nobody", ROBOT, "inactive", ":", "-"])
def test_an_active_person_answers_for_a_machine(office: Office, responsible: str | None) -> None:
    office.keep(Member("inactive", 0, {"*": (Role.APPROVER,)}, active=False))
    body = {"roles": {CLIENT: ["preparer"]}, "sets": {}, "responsible_id": responsible}
    made = office.call("POST", "/members", {"id": "r2", "kind": "machine", **body})
    assert (made.status, made.code) == (422, "responsible_invalid")
    body["responsible_id"] = "carl"
    assert office.call("POST", "/members", {"id": "r2", "kind": "machine", **body}).status == 201
    person = office.call("POST", "/members", {"id": "p2", "kind": "person", **body})
    assert (person.status, person.code) == (400, "invalid_input")


def test_a_machine_falls_and_rises_with_who_answers_for_it(office: Office) -> None:
    assert office.call("GET", "/me", person=ROBOT).status == 200
    assert office.call("POST", "/members/ben/deactivate", {"reason": "left"}).status == 200
    fenced = office.call("GET", "/me", person=ROBOT)
    assert (fenced.status, fenced.code) == (403, "forbidden")
    assert office.call("GET", "/me", person=BEA).status == 403
    assert office.member(ROBOT).active
    assert office.call("POST", "/members/ben/activate", {}).status == 200
    assert office.call("GET", "/me", person=ROBOT).status == 200
    # What the person may not do, the machine may not either.
    assert office.put(BEA, {"roles": {CLIENT: ["preparer"]}}).status == 200
    held = office.call("GET", "/me", person=ROBOT).body["permissions"]
    assert held == {"*": []}


def test_a_machine_manages_nobody(office: Office) -> None:
    made = {"roles": ADMIN, "responsible_id": "carl"}
    assert office.put(ROBOT, {**made, "responsible_id": BEA}, ADA).status == 200
    mine = office.call("GET", "/me", person=ROBOT).body["permissions"]["*"]
    assert not {"people", "override", "govern", "configure"} & set(mine)
    listed = office.call("GET", "/members", person=ROBOT)
    assert (listed.status, listed.code) == (403, "forbidden")
    environment, version = office.environment, office.member(VERA).version
    giver = rights_of(office.store, FIRM, ROBOT)
    assert giver is not None
    actor = Actor(ActorKind.MACHINE, ROBOT, office.clock.now(), BEA)
    wanted = members.Wanted({CLIENT: (Role.VIEWER,)}, {})
    plans: tuple[Callable[[Change], Member | PermissionSet | Refusal], ...] = (
        lambda change: members.add(environment, change, giver, "x", ActorKind.PERSON, wanted),
        lambda change: members.change_rights(environment, change, giver, VERA, version, wanted),
        lambda change: members.deactivate(environment, change, VERA, "why not"),
        lambda change: sets.create(environment, change, giver, sets.Named("all", ())),
    )
    for plan in plans:
        refused = transact(office.store, environment.surroundings, Scope(FIRM), actor, plan)
        assert isinstance(refused, Refusal)
        assert refused.code is Code.FORBIDDEN


# ---- the firm's log


def test_the_firms_log_tells_how_fresh_the_second_factor_was(office: Office) -> None:
    assert office.put(VERA, {"roles": {CLIENT: ["approver"]}}).status == 200
    assert office.put(VERA, {"roles": {CLIENT: ["viewer"]}}, shown_at=None).status == 200
    log = office.call("GET", "/audit").body["items"]
    told = [(one["type"], one["second_factor_age_seconds"]) for one in log]
    assert told == [("member.changed", 60), ("member.changed", None)]
    first = office.call("GET", "/audit", query={"limit": "1"})
    rest = office.call("GET", "/audit", query={"cursor": first.body["next_cursor"]})
    assert [one["sequence"] for one in rest.body["items"]] == [2]
    assert office.call("GET", "/audit", query={"cursor": "x"}).status == 400
    assert office.call("GET", "/audit", person=VERA).status == 404


def test_as_many_sets_as_can_be_held_still_fit_into_one_write(office: Office) -> None:
    """Rights of a machine and of its person, with the most sets of both, are 22 conditions."""
    names = []
    for number in range(20):
        name = f"Set {number}"
        made = office.call("POST", "/permission-sets", {"name": name, "permissions": ["stage"]})
        names.append(made.body["id"])
    sets = {"*": names[:5], CLIENT: names[5:10]}
    robot = {"roles": {}, "sets": sets, "responsible_id": BEA}
    assert office.put(BEA, {"roles": {"*": ["firm_admin"]}, "sets": sets}).status == 200
    assert office.put(ROBOT, robot).status == 200
    found = rights_of(office.store, FIRM, ROBOT)
    assert found is not None
    assert len(set(found.checks(CLIENT))) == 12
    others = {"*": names[10:15], CLIENT: names[15:]}
    assert office.put(BEA, {"roles": {"*": ["firm_admin"]}, "sets": others}).status == 200
    found = rights_of(office.store, FIRM, ROBOT)
    assert found is not None
    assert len(set(found.checks(CLIENT))) == 22
    assert room(checks=22, command=True) > 70
