"""A client's books with owners and staging rules, as tests of use cases need them."""

from __future__ import annotations

from typing import Any

from rowcol.domain.permission import Role
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Member
from rowcol.domain.staging_rules import STAGING_RULES, Rule, StagingRules
from rowcol.service.onboard import register_firm, register_member
from rowcol.service.stage import stage
from rowcol.service.staging_rules_changes import approve_rules, put_rules
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import rail_payment
from tests.support.staging_rules import asks

UNDATED = rail_payment(planned_on=None, effective_on=None)
LARGE = (asks("amount", at_least="1000"),)
OWNERS = ("anna", "ben", "carl")


def at_desk(*rules: Rule) -> Desk:
    """Bluebird with three owners, and rules in force from the first moment."""
    desk = Desk()
    register_firm(desk.store, SCOPE.firm, "Maple Street")
    for person in OWNERS:
        member = Member(person, 0, {SCOPE.client: (Role.CLIENT_OWNER,)})
        register_member(desk.store, SCOPE.firm, member)
    if rules:
        assert desk.books.save(StagingRules().with_rules(rules, desk.clock.now()))
        desk.clock.pause(1)
    return desk


def rules_of(desk: Desk) -> StagingRules:
    """The rules as stored."""
    return desk.books.get(StagingRules, STAGING_RULES) or StagingRules()


def put(desk: Desk, *rules: Rule, person: str = "anna", version: int | None = None) -> Any:
    """A person wants other rules."""
    seen = rules_of(desk).version if version is None else version
    return desk.act(lambda change: put_rules(desk.environment, change, rules, seen), person)


def approve(desk: Desk, person: str, change_id: str | None = None) -> Any:
    """A person says yes to the change that waits."""
    pending = rules_of(desk).pending
    name = change_id or (pending.id if pending else "")
    return desk.act(lambda change: approve_rules(desk.environment, change, name), person)


def staged(desk: Desk, person: str = "anna") -> Any:
    """A person stages the bill."""
    return desk.act(lambda change: stage(desk.environment, change, "bill-1"), person)


def code_of(result: object) -> Code:
    """The code of a refusal."""
    assert isinstance(result, Refusal), result
    return result.code
