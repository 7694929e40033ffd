"""The firm's own permission sets over HTTP, and that they count as roles do."""

from __future__ import annotations

import pytest

from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import PermissionSet, in_order
from rowcol.domain.scope import Member, Scope
from tests.support.limits import FIRM
from tests.unit.edge.test_members import ADA, BEA, CLIENT, VERA, Office


@pytest.fixture
def office() -> Office:
    return Office()


def made(office: Office, name: str, *permissions: str) -> str:
    answer = office.call(
        "POST", "/permission-sets", {"name": name, "permissions": list(permissions)}
    )
    assert answer.status == 201, answer.body
    assert isinstance(answer.body["id"], str)
    return answer.body["id"]


def may(office: Office, person: str) -> list[str]:
    found = office.call("GET", "/me", person=person).body["permissions"]
    held = found.get(CLIENT, [])
    assert isinstance(held, list)
    return held


def test_a_set_is_made_given_changed_and_removed(office: Office) -> None:
    name = made(office, " Clerks ", "record", "stage", "record")
    read = office.call("GET", f"/permission-sets/{name}")
    assert read.body == {"id": name, "name": "Clerks", "permissions": ["view", "stage", "record"]}
    assert read.headers["ETag"] == '"1"'
    assert office.call("GET", "/permission-sets").body["items"] == [read.body]
    assert office.put(VERA, {"sets": {CLIENT: [name, name]}}).status == 200
    assert may(office, VERA) == ["view", "stage", "record"]

    less = {"name": "Clerks", "permissions": ["stage"]}
    assert office.call("PUT", f"/permission-sets/{name}", less, version=1).status == 200
    assert may(office, VERA) == ["view", "stage"]
    held = office.call("DELETE", f"/permission-sets/{name}", version=2)
    assert (held.status, held.code) == (409, "in_use")
    assert held.body["numbers"] == {"members": [VERA], "count": 1}
    assert office.put(VERA, {"roles": {CLIENT: ["viewer"]}}).status == 200
    assert office.call("DELETE", f"/permission-sets/{name}", version=2).status == 200
    for answer in (
        office.call("GET", f"/permission-sets/{name}"),
        office.call("PUT", f"/permission-sets/{name}", less, version=3),
        office.call("DELETE", f"/permission-sets/{name}", version=3),
    ):
        assert answer.status == 404
    assert office.call("GET", "/permission-sets").body["items"] == []
    told = [kind for kind, _ in office.facts() if kind.startswith("permission_set.")]
    assert told == [f"permission_set.{what}" for what in ("created", "changed", "removed")]


def test_names_are_there_short_and_used_once(office: Office) -> None:
    made(office, "Clerks", "stage")
    for name, status, code in (
        ("clerks ", 409, "already_exists"),
        ("", 400, "invalid_input"),
        ("  ", 400, "invalid_input"),
        ("x" * 81, 400, "invalid_input"),
    ):
        body = {"name": name, "permissions": []}
        answer = office.call("POST", "/permission-sets", body)
        assert (answer.status, answer.code) == (status, code), name
    unknown = office.call("POST", "/permission-sets", {"name": "A", "permissions": ["fly"]})
    assert (unknown.status, unknown.code) == (400, "unknown_value")


def test_what_a_set_gains_is_given_with_a_second_factor(office: Office) -> None:
    name = made(office, "Clerks", "stage")
    wider = {"name": "Clerks", "permissions": ["stage", "decide"]}
    answer = office.call("PUT", f"/permission-sets/{name}", wider, version=1, shown_at=None)
    assert (answer.status, answer.code) == (401, "step_up_required")
    created = {"name": "Deciders", "permissions": ["decide"]}
    answer = office.call("POST", "/permission-sets", created, shown_at=None)
    assert (answer.status, answer.code) == (401, "step_up_required")
    assert office.call("PUT", f"/permission-sets/{name}", wider, version=1).status == 200
    # Less, or another name, needs none.
    less = {"name": "Others", "permissions": []}
    path = f"/permission-sets/{name}"
    assert office.call("PUT", path, less, version=2, shown_at=None).status == 200


def test_who_holds_a_set_does_not_change_it(office: Office) -> None:
    name = made(office, "Clerks", "stage")
    assert office.put(BEA, {"roles": {"*": ["firm_admin"]}, "sets": {"*": [name]}}).status == 200
    body = {"name": "Clerks", "permissions": []}
    mine = office.call("PUT", f"/permission-sets/{name}", body, BEA, version=1)
    assert (mine.status, mine.code) == (403, "same_person")
    assert office.call("PUT", f"/permission-sets/{name}", body, ADA, version=1).status == 200


def test_a_set_for_one_client_is_none_for_another_or_the_firm(office: Office) -> None:
    name = made(office, "Managers", "people")
    assert office.put(VERA, {"sets": {CLIENT: [name]}}).status == 200
    assert may(office, VERA) == ["view", "people"]
    answer = office.call("GET", "/members", person=VERA)
    assert (answer.status, answer.code) == (404, "not_found")


def test_a_refusal_names_the_sets_that_are_held(office: Office) -> None:
    name = made(office, "Clerks", "stage")
    assert office.put(VERA, {"sets": {"*": [name]}}).status == 200
    answer = office.call("GET", "/members", person=VERA)
    assert (answer.status, answer.code) == (403, "forbidden")
    numbers = answer.body["numbers"]
    assert numbers == {"held": [], "sets": [name], "needed": "people", "roles": ["firm_admin"]}


def test_a_set_that_is_gone_permits_nothing(office: Office) -> None:
    """Whatever a membership says: ids are never given again."""
    name = made(office, "Clerks", "stage")
    office.keep(Member(VERA, 0, {}, sets={CLIENT: (name, "pst_never")}))
    assert may(office, VERA) == ["view", "stage"]
    books = office.store.books(Scope(FIRM))
    kept = books.get(PermissionSet, name)
    assert kept is not None
    gone = PermissionSet(name, kept.version, kept.name, kept.permissions, office.clock.now())
    assert books.save(gone)
    assert may(office, VERA) == []


def test_what_permits_anything_permits_to_look() -> None:
    assert in_order([Permission.STAGE]) == (Permission.VIEW, Permission.STAGE)
    assert in_order([]) == (Permission.VIEW,)
    everything = in_order(reversed(list(Permission)))
    assert everything == tuple(Permission)


def test_a_firm_names_so_many_sets_and_no_more(office: Office) -> None:
    books = office.store.books(Scope(FIRM))
    for number in range(50):
        assert books.save(PermissionSet(f"pst_{number:02d}", 0, f"Set {number}", ()))
    answer = office.call("POST", "/permission-sets", {"name": "One more", "permissions": []})
    assert (answer.status, answer.code) == (400, "too_many_items")
