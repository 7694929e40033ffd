"""Changes of rights that meet each other: what was looked at still holds when it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.scope import Member, Scope
from rowcol.service.people.granting import is_admin
from tests.support.limits import FIRM
from tests.unit.edge.test_members import ADA, BEA, CLIENT, VERA, Office

LEFT = {"reason": "left"}


class Busy(Office):
    """`meanwhile` runs once, just before the next commit."""

    def __init__(self) -> None:
        super().__init__()
        self.store.on_call = self._called
        self._meanwhile: Callable[[], object] | None = None

    def between(self, run: Callable[[], object]) -> None:
        """Somebody else's request, after this one has read and before it writes."""
        self._meanwhile = run

    def _called(self, name: str) -> None:
        if name == "commit:before" and self._meanwhile is not None:
            run, self._meanwhile = self._meanwhile, None
            run()

    def save(self, kind: type[Any], name: str, **fields: Any) -> None:
        books = self.store.books(Scope(FIRM))
        assert books.save(replace(books.get(kind, name), **fields))

    def manager(self) -> str:
        """Carl manages people by a set of every permission, and is no admin by role."""
        everything = {"name": "All", "permissions": [one.value for one in Permission]}
        made = self.call("POST", "/permission-sets", everything)
        assert self.put("carl", {"sets": {"*": [made.body["id"]]}}).status == 200
        return "carl"


def test_two_admins_who_remove_each_other_are_not_both_gone() -> None:
    office, answers = Busy(), []
    office.between(
        lambda: answers.append(office.call("POST", "/members/anna/deactivate", LEFT, BEA).status)
    )
    mine = office.call("POST", "/members/ben/deactivate", LEFT, ADA)
    assert answers == [200]
    assert (mine.status, mine.code) == (403, "forbidden")
    assert [is_admin(office.member(name)) for name in (ADA, BEA)] == [False, True]


def test_the_other_admin_must_stand_when_one_is_taken_away() -> None:
    office = Busy()
    manager = office.manager()
    office.between(lambda: office.save(Member, BEA, active=False))
    answer = office.call("POST", "/members/anna/deactivate", LEFT, manager)
    assert (answer.status, answer.code) == (409, "last_admin")
    assert is_admin(office.member(ADA))


def test_who_answers_for_a_machine_must_stand_when_it_is_taken_in() -> None:
    office = Busy()
    robot = {"id": "r2", "kind": "machine", "roles": {CLIENT: ["viewer"]}, "sets": {}}
    office.between(lambda: office.save(Member, "carl", active=False))
    answer = office.call("POST", "/members", {**robot, "responsible_id": "carl"})
    assert (answer.status, answer.code) == (422, "responsible_invalid")
    assert office.store.books(Scope(FIRM)).get(Member, "r2") is None


def test_a_set_that_grew_meanwhile_is_not_given_unseen() -> None:
    office = Busy()
    made = office.call("POST", "/permission-sets", {"name": "S", "permissions": ["stage"]})
    name = made.body["id"]
    wider = (Permission.VIEW, Permission.STAGE, Permission.DECIDE)
    office.between(lambda: office.save(PermissionSet, name, permissions=wider))
    answer = office.put(VERA, {"sets": {CLIENT: [name]}}, shown_at=None)
    assert (answer.status, answer.code) == (401, "step_up_required")
    assert office.member(VERA).sets == {}


def test_a_set_that_was_removed_meanwhile_is_not_given() -> None:
    office = Busy()
    made = office.call("POST", "/permission-sets", {"name": "S", "permissions": ["stage"]})
    name = made.body["id"]
    office.between(lambda: office.call("DELETE", f"/permission-sets/{name}", person=BEA, version=1))
    answer = office.put(VERA, {"sets": {CLIENT: [name]}})
    assert (answer.status, answer.code) == (400, "unknown_value")


def test_what_the_giver_lost_meanwhile_is_not_given() -> None:
    office = Busy()
    manager = office.manager()
    [held] = office.member(manager).sets["*"]
    less = tuple(one for one in Permission if one is not Permission.RECORD)
    office.between(lambda: office.save(PermissionSet, held, permissions=less))
    answer = office.put(VERA, {"roles": {CLIENT: ["preparer"]}}, manager)
    assert (answer.status, answer.code) == (403, "forbidden")
    assert office.put(VERA, {"roles": {CLIENT: ["preparer"]}}, manager).code == "forbidden"


def test_two_changes_of_one_member_do_not_undo_each_other() -> None:
    office = Busy()
    office.between(lambda: office.put(VERA, {"roles": {CLIENT: ["preparer"]}}, BEA))
    mine = office.put(VERA, {"roles": {}}, ADA)
    assert (mine.status, mine.code) == (412, "version_mismatch")
    assert [role.value for role in office.member(VERA).roles[CLIENT]] == ["preparer"]
