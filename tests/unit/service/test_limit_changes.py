"""Changes of limits: two people, a log of each step, rights that end in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.limits import Limits, LimitSet
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Member, Role, Scope
from rowcol.service.audit import verify_log
from rowcol.service.change import Change
from rowcol.service.due_work import sweep_due
from rowcol.service.limit_changes import Target, approve, propose, reject
from rowcol.service.limits import within_limits
from rowcol.service.onboard import register_member
from tests.support.domain.builders import FRIDAY, payment, usd
from tests.support.limits import (
    ANNA,
    BEN,
    CARL,
    FIRM,
    THE_FIRM,
    House,
    asked,
    limit_set,
    of_client,
    of_user,
    put,
    refused,
)

BLUEBIRD = of_client("bluebird")
WANTED = limit_set("100", "200", "50")
TARGETS = pytest.mark.parametrize(
    "target", [THE_FIRM, BLUEBIRD, of_user(CARL)], ids=lambda target: str(target.level)
)


class Desk(House):
    """Where limits are proposed and decided on."""

    def propose(
        self, target: Target, person: str, wanted: LimitSet = WANTED, version: int | None = None
    ) -> Limits | Refusal:
        asked_version = self.stored(target).version if version is None else version
        return self.step(
            target,
            person,
            lambda change: propose(self.environment, change, target, wanted, asked_version),
        )

    def approve(self, target: Target, person: str, change_id: str) -> Limits | Refusal:
        return self.step(
            target, person, lambda change: approve(self.environment, change, target, change_id)
        )

    def reject(self, target: Target, person: str, change_id: str) -> Limits | Refusal:
        return self.step(target, person, lambda change: reject(change, target, change_id))

    def step(self, target: Target, person: str, plan: Any) -> Limits | Refusal:
        found: Limits | Refusal = self.act(plan, target.scope(FIRM).client, person)
        return found

    def stored(self, target: Target) -> Limits:
        return target.found(self.books_of(target).get(Limits, target.id))

    def books_of(self, target: Target) -> Any:
        return self.store.books(target.scope(FIRM))

    def types(self, target: Target) -> list[str]:
        return [entry.type for entry in self.books_of(target).entries()]


def waiting(result: Limits | Refusal) -> str:
    """The id of the change that waits."""
    assert isinstance(result, Limits), result
    assert result.pending is not None
    return result.pending.id


@TARGETS
def test_one_proposes_another_approves_and_the_log_tells_both(target: Target) -> None:
    desk = Desk()
    change_id = waiting(desk.propose(target, ANNA))
    assert desk.stored(target).limits == LimitSet()
    desk.approve(target, BEN, change_id)
    assert (desk.stored(target).limits, desk.stored(target).pending) == (WANTED, None)
    entries = desk.books_of(target).entries()
    assert [entry.type for entry in entries] == ["limits.proposed", "limits.approved"]
    assert [entry.actor.id for entry in entries] == [ANNA, BEN]
    told = entries[1].data
    assert (told["level"], told["subject"]) == (target.level.value, target.subject)
    assert told["limits"]["per_day"] == {"minor": 20_000, "currency": "USD"}
    assert told["before"]["per_day"] is None
    assert told["proposal"]["by"] == ANNA
    assert verify_log(desk.books_of(target), "USD").intact


@TARGETS
def test_a_rejected_change_changes_nothing(target: Target) -> None:
    desk = Desk()
    desk.reject(target, BEN, waiting(desk.propose(target, ANNA)))
    assert desk.stored(target).limits == LimitSet()
    assert desk.types(target) == ["limits.proposed", "limits.rejected"]


@TARGETS
def test_one_person_counts_once_whatever_they_do(target: Target) -> None:
    desk = Desk()
    change_id = waiting(desk.propose(target, ANNA))
    assert refused(desk.approve(target, ANNA, change_id)).code is Code.SAME_PERSON
    assert refused(desk.reject(target, ANNA, change_id)).code is Code.SAME_PERSON
    assert desk.stored(target).limits == LimitSet()
    assert desk.types(target) == ["limits.proposed", "command.denied", "command.denied"]


def test_nobody_approves_their_own_limits_whoever_proposed_them() -> None:
    desk = Desk()
    change_id = waiting(desk.propose(of_user(CARL), ANNA))
    assert refused(desk.approve(of_user(CARL), CARL, change_id)).code is Code.SAME_PERSON


def test_limits_of_the_firm_and_its_people_are_in_the_firms_log() -> None:
    desk = Desk()
    desk.approve(THE_FIRM, BEN, waiting(desk.propose(THE_FIRM, ANNA)))
    desk.approve(of_user(CARL), BEN, waiting(desk.propose(of_user(CARL), ANNA)))
    firm = desk.store.books(Scope(FIRM, FIRM_WIDE))
    assert [entry.sequence for entry in firm.entries()] == [1, 2, 3, 4]
    assert firm.head("USD").sequence == 4
    assert verify_log(firm, "USD").length == 4
    assert desk.books().entries() == ()


def test_a_newer_proposal_replaces_the_older_and_says_so() -> None:
    desk = Desk()
    older = waiting(desk.propose(BLUEBIRD, ANNA))
    newer = waiting(desk.propose(BLUEBIRD, BEN, limit_set(per_day="1")))
    found = refused(desk.approve(BLUEBIRD, CARL, older))
    assert (found.code, found.numbers["pending"]) == (Code.NO_PENDING_CHANGE, newer)
    told: Any = desk.books().entries()[1].data
    assert told["replaced"]["id"] == older
    desk.approve(BLUEBIRD, ANNA, newer)
    assert desk.stored(BLUEBIRD).limits == limit_set(per_day="1")


def test_a_decided_change_cannot_be_decided_again() -> None:
    desk = Desk()
    change_id = waiting(desk.propose(BLUEBIRD, ANNA))
    desk.approve(BLUEBIRD, BEN, change_id)
    for again in (desk.approve(BLUEBIRD, CARL, change_id), desk.reject(BLUEBIRD, CARL, change_id)):
        assert refused(again).code is Code.NO_PENDING_CHANGE


def test_who_has_not_seen_the_latest_limits_proposes_nothing() -> None:
    desk = Desk()
    desk.approve(BLUEBIRD, BEN, waiting(desk.propose(BLUEBIRD, ANNA, version=0)))
    found = refused(desk.propose(BLUEBIRD, ANNA, version=1))
    assert (found.code, found.numbers) == (Code.VERSION_MISMATCH, {"asked": 1, "found": 2})


def test_after_thirty_days_the_sweep_ends_it() -> None:
    desk = Desk()
    change_id = waiting(desk.propose(THE_FIRM, ANNA))
    desk.clock.at += timedelta(days=30) - timedelta(seconds=1)
    assert sweep_due(desk.environment).done == 0
    desk.clock.at += timedelta(seconds=1)
    # Nobody may approve it any more, also before the sweep has come.
    assert refused(desk.approve(THE_FIRM, BEN, change_id)).code is Code.NO_PENDING_CHANGE
    assert sweep_due(desk.environment).done == 1
    assert desk.stored(THE_FIRM).pending is None
    assert desk.types(THE_FIRM) == ["limits.proposed", "command.denied", "limits.expired"]
    assert sweep_due(desk.environment).done == 0


def test_a_stranger_has_no_limits() -> None:
    desk = Desk()
    found = refused(desk.propose(of_user("stranger"), ANNA, version=0))
    assert found.code is Code.NOT_FOUND
    assert desk.types(of_user("stranger")) == []


# ---- rights


@pytest.mark.parametrize(
    "left", [Member(ANNA, 0, {}, active=False), Member(ANNA, 0, {"*": (Role.APPROVER,)})]
)
@TARGETS
def test_a_proposal_of_somebody_who_lost_the_right_is_one_persons_word(
    target: Target, left: Member
) -> None:
    desk = Desk()
    change_id = waiting(desk.propose(target, ANNA))
    register_member(desk.store, FIRM, left)
    found = refused(desk.approve(target, BEN, change_id))
    assert (found.code, found.numbers) == (Code.FORBIDDEN, {"proposed_by": ANNA})
    assert desk.stored(target).limits == LimitSet()
    # It can still be taken away.
    assert isinstance(desk.reject(target, BEN, change_id), Limits)


def test_a_client_owner_proposes_for_their_client_and_a_firm_admin_approves() -> None:
    desk = Desk()
    olive = Member("olive", 0, {"bluebird": (Role.CLIENT_OWNER,)})
    register_member(desk.store, FIRM, olive)
    desk.approve(BLUEBIRD, ANNA, waiting(desk.propose(BLUEBIRD, "olive")))
    assert desk.stored(BLUEBIRD).limits == WANTED


def test_the_right_is_lost_while_the_second_person_approves() -> None:
    desk = Desk()
    change_id = waiting(desk.propose(BLUEBIRD, ANNA))
    planned: list[Change] = []

    def plan(change: Change) -> Limits | Refusal:
        result = approve(desk.environment, change, BLUEBIRD, change_id)
        planned.append(change)
        if len(planned) == 1:  # between reading the proposer's rights and writing
            register_member(desk.store, FIRM, Member(ANNA, 0, {}, active=False))
        return result

    assert refused(desk.step(BLUEBIRD, BEN, plan)).code is Code.FORBIDDEN
    assert len(planned) == 2
    assert desk.stored(BLUEBIRD).limits == LimitSet()


# ---- what holds, holds at once


def test_approved_limits_hold_for_the_next_payment() -> None:
    desk = Desk()
    asked(desk.ask("150", FRIDAY))
    change_id = waiting(desk.propose(BLUEBIRD, ANNA, limit_set(per_day="200")))
    asked(desk.ask("10", FRIDAY))
    desk.approve(BLUEBIRD, BEN, change_id)
    found = refused(desk.ask("50", FRIDAY))
    assert (found.code, found.numbers["left"]) == (Code.LIMIT_DAILY, usd("40"))


def test_a_change_of_a_clients_limits_is_in_order_with_its_payments() -> None:
    desk = Desk()
    change_id = waiting(desk.propose(BLUEBIRD, ANNA, limit_set(per_transaction="1")))
    planned: list[Change] = []

    def plan(change: Change) -> object:
        each = payment(version=0, amount=usd("5"), created_by=ANNA)
        result = within_limits(desk.environment, change, each) or put(change, each)
        planned.append(change)
        if len(planned) == 1:
            desk.approve(BLUEBIRD, BEN, change_id)
        return result

    assert refused(desk.act(plan)).code is Code.LIMIT_TRANSACTION
    assert len(planned) == 2
    assert desk.payments() == []
