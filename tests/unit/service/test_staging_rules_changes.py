"""Changes of staging rules: a stricter one holds at once, a weaker one needs two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.refusal import Code
from rowcol.domain.scope import Actor, ActorKind, Member, Scope
from rowcol.domain.staging_rules import StagingRules, Then
from rowcol.service.change import transact
from rowcol.service.staging_rules_changes import approve_rules, put_rules, reject_rules
from tests.support.desk import SCOPE
from tests.support.staging_desk import (
    LARGE,
    approve,
    at_desk,
    code_of,
    put,
    rules_of,
)
from tests.support.staging_rules import asks, rule

# ---- changes


def test_stricter_rules_hold_at_once_and_say_so_in_the_log() -> None:
    desk = at_desk()
    assert isinstance(put(desk, rule("large", "second_person", LARGE)), StagingRules)
    known = rules_of(desk)
    assert [each.id for each in known.rules] == ["large"]
    assert known.pending is None
    [entry] = desk.books.entries()
    assert entry.type == "staging_rules.changed"
    assert entry.actor.id == "anna"
    assert entry.data["rules_before"] == []
    assert entry.data["rules"][0]["id"] == "large"  # type: ignore[index]  # a list
    assert (entry.data["proposed_by"], entry.data["change_id"]) == ("anna", None)


def test_weaker_rules_wait_for_another_person() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    wanted = rule("small", "auto_stage", (asks("amount", below="50"),))
    waiting = put(desk, wanted)
    assert isinstance(waiting, StagingRules)
    assert waiting.pending is not None
    assert [(one.rule_id, one.then) for one in waiting.pending.weaker] == [
        ("large", Then.SECOND_PERSON),
        ("small", Then.AUTO_STAGE),
    ]
    assert [each.id for each in rules_of(desk).rules] == ["large"]
    assert code_of(approve(desk, "anna")) is Code.SAME_PERSON
    assert isinstance(approve(desk, "ben"), StagingRules)
    assert [each.id for each in rules_of(desk).rules] == ["small"]
    assert desk.types() == [
        "staging_rules.proposed",
        "command.denied",
        "staging_rules.changed",
    ]
    changed = desk.books.entries()[-1]
    assert changed.actor.id == "ben"
    assert changed.data["proposed_by"] == "anna"
    assert [one["id"] for one in changed.data["rules_before"]] == ["large"]  # type: ignore[attr-defined]


def test_a_machine_and_who_answers_for_it_are_one_person() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    robot = Actor(ActorKind.MACHINE, "robot", desk.clock.now(), responsible_id="ben")
    surroundings = desk.environment.surroundings
    transact(
        desk.store, surroundings, SCOPE, robot,
        lambda change: put_rules(desk.environment, change, (), 1),
    )  # fmt: skip
    assert code_of(approve(desk, "ben")) is Code.SAME_PERSON


def test_who_proposed_must_still_have_the_right() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    put(desk)
    firm = desk.store.books(Scope(SCOPE.firm))
    known = firm.get(Member, "anna")
    assert known is not None
    assert firm.save(replace(known, active=False))
    assert code_of(approve(desk, "ben")) is Code.FORBIDDEN
    assert rules_of(desk).pending is not None


def test_the_second_person_may_say_no() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    put(desk)
    pending = rules_of(desk).pending
    assert pending is not None
    assert code_of(desk.act(lambda change: reject_rules(change, pending.id))) is Code.SAME_PERSON
    assert desk.act(lambda change: reject_rules(change, pending.id), "ben") == replace(
        rules_of(desk), pending=None, version=2
    )
    assert code_of(approve(desk, "ben", pending.id)) is Code.NO_PENDING_CHANGE
    assert [each.id for each in rules_of(desk).rules] == ["large"]


def test_another_change_ends_the_one_that_waits() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    put(desk)
    pending = rules_of(desk).pending
    assert pending is not None
    more = (rule("large", "second_person", LARGE), rule("all", "step_up"))
    put(desk, *more, person="carl")
    assert code_of(approve(desk, "ben", pending.id)) is Code.NO_PENDING_CHANGE
    assert desk.books.entries()[1].data["replaced_change_id"] == pending.id


def test_a_change_that_nobody_decides_on_ends() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    put(desk)
    pending = rules_of(desk).pending
    assert pending is not None
    desk.pass_days(31)
    assert code_of(approve(desk, "ben", pending.id)) is Code.NO_PENDING_CHANGE
    desk.sweep()
    assert rules_of(desk).pending is None
    assert desk.types()[-1] == "staging_rules.expired"
    before = len(desk.types())
    desk.sweep()
    assert len(desk.types()) == before


def test_only_the_version_that_was_seen_is_replaced() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    refused = put(desk, version=0)
    assert code_of(refused) is Code.VERSION_MISMATCH
    assert refused.numbers == {"asked": 0, "found": 1}


@pytest.mark.parametrize("verb", ["put", "approve"])
def test_a_second_factor_is_asked_for(verb: str) -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    put(desk)
    pending = rules_of(desk).pending
    assert pending is not None
    for shown in (None, desk.clock.now() - timedelta(minutes=6)):
        actor = Actor(ActorKind.PERSON, "ben", shown)

        def plan(change: Any) -> Any:
            if verb == "approve":
                return approve_rules(desk.environment, change, pending.id)
            return put_rules(desk.environment, change, (rule("r", "step_up"),), 2)

        refused = transact(desk.store, desk.environment.surroundings, SCOPE, actor, plan)
        assert code_of(refused) is Code.STEP_UP_REQUIRED
        assert refused.numbers["max_age"] == 300  # type: ignore[union-attr]


def test_malformed_rules_are_not_kept() -> None:
    desk = at_desk()
    assert code_of(put(desk, rule("r", "step_up", (asks("amount"),)))) is Code.INVALID_INPUT
    assert rules_of(desk).version == 0
