"""Members over HTTP: who is in the firm, giving and taking rights, and what nobody can do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.scope import ActorKind, Member, Role, Scope
from rowcol.edge.people_operations import OPERATIONS
from rowcol.service.onboard import register_member
from tests.support.api import Answer, Web
from tests.support.limits import FIRM, House

ADA, BEA, VERA, ROBOT = "anna", "ben", "vera", "robot"
CLIENT = "bluebird"
ADMIN = {"*": ["firm_admin"]}


class Office(House):
    """The firm with two admins, anna and ben (carl is taken out), vera who may look, a robot."""

    def __init__(self) -> None:
        super().__init__()
        self.web = Web(self.environment, OPERATIONS, FIRM)
        self.keep(Member("carl", 0, {"*": (Role.APPROVER,)}))
        self.keep(Member(VERA, 0, {CLIENT: (Role.VIEWER,)}))
        robot = Member(
            ROBOT, 0, {"*": (Role.APPROVER,)}, actor_kind=ActorKind.MACHINE, responsible_id=BEA
        )
        self.keep(robot)

    def keep(self, member: Member) -> None:
        register_member(self.store, FIRM, member)

    def member(self, name: str) -> Member:
        found = self.store.books(Scope(FIRM)).get(Member, name)
        assert isinstance(found, Member)
        return found

    def call(
        self, method: str, path: str, body: object = None, person: str = ADA, **how: Any
    ) -> Answer:
        """A call with a second factor shown a minute ago, unless said otherwise."""
        how.setdefault("shown_at", self.clock.now() - timedelta(minutes=1))
        route, names = path, {}
        for of, prefix in (("member", "/members/"), ("set", "/permission-sets/")):
            if path.startswith(prefix):
                name, slash, rest = path.removeprefix(prefix).partition("/")
                route, names = f"{prefix}{{{of}}}{slash}{rest}", {of: name}
        return self.web.call(method, route, body, person=person, path=names, **how)

    def put(self, name: str, rights: dict[str, Any], person: str = ADA, **how: Any) -> Answer:
        """Give a member these rights, with the version they have now."""
        body = {"roles": {}, "sets": {}, **rights}
        how.setdefault("version", self.member(name).version)
        return self.call("PUT", f"/members/{name}", body, person, **how)

    def facts(self) -> list[tuple[str, dict[str, object]]]:
        """What the firm's log says of members and sets."""
        entries = self.store.books(Scope(FIRM)).entries(0, 1000)
        return [(entry.type, entry.data) for entry in entries]


@pytest.fixture
def office() -> Office:
    return Office()


def test_everybody_sees_who_they_are(office: Office) -> None:
    answer = office.call("GET", "/me", person=VERA)
    assert answer.body == {
        "firm": FIRM,
        "member": {
            "id": VERA, "name": None, "kind": "person", "responsible_id": None, "active": True,
            "roles": {CLIENT: ["viewer"]}, "sets": {},
        },
        "permissions": {CLIENT: ["view"]},
        "second_factor": {
            "shown_at": answer.body["second_factor"]["shown_at"], "age_seconds": 60
        },
    }  # fmt: skip
    assert office.call("GET", "/me", person=VERA, shown_at=None).body["second_factor"] is None
    # No token of a machine counts as a second factor, whatever it says.
    robot = office.call("GET", "/me", person=ROBOT).body
    assert robot["second_factor"] is None
    assert robot["member"]["responsible_id"] == BEA
    assert robot["permissions"] == {"*": ["view", "stage", "record", "decide", "post"]}


def test_members_are_listed_by_id_and_read_with_what_follows(office: Office) -> None:
    first = office.call("GET", "/members", query={"limit": "3"})
    assert [one["id"] for one in first.body["items"]] == ["anna", "ben", "carl"]
    rest = office.call("GET", "/members", query={"cursor": first.body["next_cursor"]})
    assert [one["id"] for one in rest.body["items"]] == [ROBOT, VERA]
    ben = office.call("GET", "/members/ben")
    assert ben.headers["ETag"] == f'"{office.member(BEA).version}"'
    assert ben.body["answers_for"] == [ROBOT]
    assert "people" in ben.body["permissions"]["*"]
    assert office.call("GET", "/members/nobody").status == 404


def test_a_person_is_taken_in_and_works_at_once(office: Office) -> None:
    roles = {CLIENT: ["preparer", "viewer", "preparer"], "*": []}
    made = office.call("POST", "/members", {"id": "dora", "roles": roles, "sets": {}, "name": "D"})
    assert made.status == 201
    assert made.headers["Location"] == "/members/dora"
    assert made.body["roles"] == {CLIENT: ["viewer", "preparer"]}
    assert office.call("GET", "/me", person="dora").status == 200
    again = office.call("POST", "/members", {"id": "dora", "roles": {}, "sets": {}})
    assert (again.status, again.code) == (409, "already_exists")
    [(kind, data)] = [fact for fact in office.facts() if fact[0].startswith("member.")]
    assert kind == "member.added"
    told: Any = data["member"]
    assert (told["id"], told["roles"]) == ("dora", {CLIENT: ["viewer", "preparer"]})


@pytest.mark.parametrize("name", ["-", "a/b", "", "x" * 65, "rowcol", "ä", "a b"])
def test_an_id_must_be_one_and_nobody_is_called_as_the_system(office: Office, name: str) -> None:
    made = office.call("POST", "/members", {"id": name, "roles": {}, "sets": {}})
    assert (made.status, made.code) == (400, "invalid_input")


def test_a_change_is_in_the_log_with_before_and_after(office: Office) -> None:
    answer = office.put(VERA, {"roles": {CLIENT: ["preparer"]}, "name": "Vera"})
    assert answer.status == 200, answer.body
    assert answer.headers["ETag"] == f'"{office.member(VERA).version}"'
    kind, data = office.facts()[-1]
    before, after = data["member_before"], data["member"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert kind == "member.changed"
    assert (before["roles"], after["roles"]) == ({CLIENT: ["viewer"]}, {CLIENT: ["preparer"]})
    assert (before["name"], after["name"]) == (None, "Vera")


def test_a_change_needs_the_version_seen(office: Office) -> None:
    for version, status, code in ((None, 428, "version_required"), (7, 412, "version_mismatch")):
        answer = office.put(VERA, {}, version=version)
        assert (answer.status, answer.code) == (status, code)


# ---- what nobody can do


@pytest.mark.parametrize("person", [ADA, BEA])
def test_nobody_changes_their_own_rights(office: Office, person: str) -> None:
    body = {"reason": "holiday"}
    for answer in (
        office.put(person, {"roles": ADMIN}, person),
        office.put(person, {"roles": {}}, person),
        office.call("POST", f"/members/{person}/deactivate", body, person),
    ):
        assert (answer.status, answer.code) == (403, "same_person"), answer.body


def test_nobody_changes_a_machine_they_answer_for_or_would(office: Office) -> None:
    mine = {"roles": {"*": ["approver"]}, "responsible_id": BEA}
    for answer in (
        office.put(ROBOT, mine, BEA),
        office.put(ROBOT, {**mine, "responsible_id": ADA}, BEA),  # handing it away
        office.put(ROBOT, {**mine, "responsible_id": ADA}, ADA),  # taking it over
        office.call("POST", f"/members/{ROBOT}/deactivate", {"reason": "mine"}, BEA),
        office.call("POST", "/members", {"id": "r2", "kind": "machine", "sets": {}, **mine}, BEA),
    ):
        assert (answer.status, answer.code) == (403, "same_person"), answer.body
    assert office.put(ROBOT, {**mine, "responsible_id": "carl"}, ADA).status == 200


def test_what_can_let_money_go_is_given_only_with_a_second_factor(office: Office) -> None:
    now = office.clock.now()
    for roles in ({CLIENT: ["approver"]}, {"*": ["firm_admin"]}, {"*": ["releaser"]}):
        for shown_at in (None, now - timedelta(seconds=301)):
            answer = office.put(VERA, {"roles": roles}, shown_at=shown_at)
            assert (answer.status, answer.code) == (401, "step_up_required"), roles
            assert answer.body["max_age"] == 300
        assert office.put(VERA, {"roles": roles}).status == 200
        # Taking rights away needs none, and what is held already is not given again.
        assert office.put(VERA, {"roles": {**roles, "*": roles.get("*", [])}}).status == 200
        assert office.put(VERA, {"roles": {CLIENT: ["viewer"]}}, shown_at=None).status == 200
    assert office.put(VERA, {"roles": {CLIENT: ["preparer"]}}, shown_at=None).status == 200


def test_nobody_gives_what_they_do_not_hold(office: Office) -> None:
    """Who manages people by a set of the firm's own gives no more than they have."""
    made = office.call(
        "POST", "/permission-sets", {"name": "Desk", "permissions": ["people", "stage"]}
    )
    assert made.status == 201, made.body
    assert office.put("carl", {"sets": {"*": [made.body["id"]]}}).status == 200
    refused = office.put(VERA, {"roles": {CLIENT: ["preparer"]}}, "carl")
    assert (refused.status, refused.code) == (403, "forbidden")
    numbers = refused.body["numbers"]
    assert (numbers["client"], numbers["not_held"]) == (CLIENT, ["record"])
    assert office.put(VERA, {"sets": {CLIENT: [made.body["id"]]}}, "carl").status == 200
    wider = office.call(
        "PUT",
        f"/permission-sets/{made.body['id']}",
        {"name": "Desk", "permissions": ["people", "stage", "decide"]},
        "carl",
        version=1,
    )
    assert (wider.status, wider.code) == (403, "same_person")


def test_a_client_that_is_not_there_is_named(office: Office) -> None:
    for client in ("nowhere", "-", "a/b"):
        answer = office.put(VERA, {"roles": {client: ["viewer"]}})
        assert (answer.status, answer.code) == (400, "unknown_value")
        assert answer.body["numbers"]["found"] == [client]
    answer = office.put(VERA, {"sets": {CLIENT: ["pst_nothing"]}})
    assert (answer.status, answer.code) == (400, "unknown_value")
    many = {CLIENT: [f"pst_{number}" for number in range(6)]}
    assert office.put(VERA, {"sets": many}).code == "too_many_items"


@pytest.mark.parametrize("name", ["gone", ":", "-", "a/b", "x" * 64])
def test_a_set_that_is_not_there_is_named(office: Office, name: str) -> None:
    answer = office.put(VERA, {"sets": {CLIENT: [name]}})
    assert (answer.status, answer.code) == (400, "unknown_value")
    assert answer.body["numbers"] == {"field": "sets", "found": [name]}


def test_the_last_admin_stays(office: Office) -> None:
    """A manager of people who is no admin by role cannot take the last one away."""
    made = office.call("POST", "/permission-sets", {"name": "P", "permissions": ["people"]})
    assert office.put("carl", {"sets": {"*": [made.body["id"]]}}).status == 200
    bye = {"reason": "left"}
    assert office.call("POST", "/members/ben/deactivate", bye, "carl").status == 200
    for answer in (
        office.call("POST", "/members/anna/deactivate", bye, "carl"),
        office.put(ADA, {"roles": {CLIENT: ["firm_admin"]}}, "carl"),
        office.put(ADA, {"roles": {}}, "carl"),
    ):
        assert (answer.status, answer.code) == (409, "last_admin"), answer.body
    assert office.member(ADA).active


# ---- active and not


def test_deactivating_twice_or_without_a_reason_is_refused(office: Office) -> None:
    assert office.call("POST", "/members/vera/deactivate", {"reason": " "}).code == "invalid_input"
    assert office.call("POST", "/members/vera/deactivate", {"reason": "left"}).status == 200
    again = office.call("POST", "/members/vera/deactivate", {"reason": "left"})
    assert (again.status, again.code) == (409, "wrong_state")
    assert office.call("POST", "/members/vera/activate", {}).status == 200
    assert office.call("POST", "/members/vera/activate", {}).code == "wrong_state"
    told = [kind for kind, _ in office.facts() if kind.startswith("member.")]
    assert told == ["member.deactivated", "member.activated"]
    assert office.call("POST", "/members/nobody/deactivate", {"reason": "x"}).status == 404
    assert office.call("POST", "/members/nobody/activate", {}).status == 404


def test_activating_gives_anew(office: Office) -> None:
    office.keep(Member("gone", 0, {"*": (Role.RELEASER,)}, active=False))
    asked = office.call("POST", "/members/gone/activate", {}, shown_at=None)
    assert (asked.status, asked.code) == (401, "step_up_required")
    assert office.call("POST", "/members/gone/activate", {}).status == 200


def test_another_firm_is_not_there(office: Office) -> None:
    register_member(office.store, "oak", Member("olga", 0, {"*": (Role.FIRM_ADMIN,)}))
    assert office.call("GET", "/members/olga").status == 404
    assert office.call("GET", "/members", person="olga").status == 403
