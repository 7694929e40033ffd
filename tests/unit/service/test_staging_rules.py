"""Staging under a client's rules: demands kept with the decision, changes by two people."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code
from rowcol.domain.requirements import Requirements
from rowcol.domain.staging_rules import StagingRules
from rowcol.service.blocking_tray import BLOCKING, blocking_items, tray_refusal
from rowcol.service.stage import stage, unstage
from rowcol.service.staging_rules import requirements_at_staging
from rowcol.service.wishes import Outcome
from tests.support.desk import Desk
from tests.support.domain.builders import rail_payment, usd
from tests.support.staging_desk import (
    LARGE,
    UNDATED,
    approve,
    at_desk,
    code_of,
    put,
    staged,
)
from tests.support.staging_rules import asks, doubt, rule, settle, vendor

# ---- at the moment of staging


def test_demands_are_kept_with_the_decision() -> None:
    desk = at_desk(
        rule("large", ("second_person", "step_up"), LARGE), rule("off", "call_back", active=False)
    )
    desk.read(payment=UNDATED)
    assert isinstance(staged(desk), Outcome)
    decision = desk.bill().decision
    assert decision is not None
    wanted = Requirements(second_person=True, step_up=True, because=("large",))
    assert decision.requirements == wanted
    assert desk.bill().open_reserve is not None


def test_what_is_staged_keeps_the_demands_of_its_moment() -> None:
    desk = at_desk(rule("large", "second_person", LARGE))
    desk.read(payment=UNDATED)
    staged(desk)
    put(desk)
    assert isinstance(approve(desk, "ben"), StagingRules)
    decision = desk.bill().decision
    assert decision is not None
    assert decision.requirements.second_person
    desk.act(lambda change: unstage(change, "bill-1"))
    staged(desk)
    decision = desk.bill().decision
    assert decision is not None
    assert decision.requirements == Requirements()


def test_a_forbidden_bill_is_refused_with_its_rules_and_reserves_nothing() -> None:
    desk = at_desk(rule("no-large", "do_not_stage", LARGE, reason="the owner pays these"))
    desk.read(payment=UNDATED)
    refused = staged(desk)
    assert code_of(refused) is Code.STAGING_FORBIDDEN
    assert refused.numbers == {"rules": ["no-large"]}
    assert "the owner pays these" in refused.detail
    assert desk.bill().decision is None
    assert desk.bill().reserve is None


def test_the_vendor_is_asked_about_what_it_knows() -> None:
    young = (asks("account_age_days", below=30),)
    desk = at_desk(rule("new", "call_back", (asks("first_payment", holds=True),), young))
    assert desk.books.save(vendor())
    desk.read(payment=UNDATED)
    staged(desk)
    decision = desk.bill().decision
    assert decision is not None
    assert not decision.requirements.call_back
    stranger = rail_payment(planned_on=None, effective_on=None, vendor_account_id="fresh")
    desk.read(bill_id="bill-2", ledger_bill_id="1185", payment=stranger)
    desk.act(lambda change: stage(desk.environment, change, "bill-2"))
    decision = desk.bill("bill-2").decision
    assert decision is not None
    assert decision.requirements == Requirements(call_back=True, because=("new",))


class Counting:
    """Counts what a change reads."""

    def __init__(self, desk: Desk) -> None:
        self.calls: list[str] = []
        desk.store.on_call = self.calls.append


def test_asking_the_rules_takes_two_reads_at_most() -> None:
    desk = at_desk(rule("large", "step_up", LARGE))
    desk.read(payment=UNDATED)
    found: list[int] = []

    def plan(change: Any) -> bool:
        bill = change.get(Bill, "bill-1")
        counting = Counting(desk)
        assert requirements_at_staging(change, bill) == Requirements(
            step_up=True, because=("large",)
        )
        found.append(len([call for call in counting.calls if "get" in call]))
        return True

    desk.work(plan)
    assert found == [2]


# ---- blocked by the tray


@pytest.mark.parametrize("kind", BLOCKING)
def test_an_open_question_about_a_bill_blocks_it(kind: str) -> None:
    desk = at_desk()
    desk.read(payment=UNDATED)
    doubt(desk, kind)
    refused = staged(desk)
    assert code_of(refused) is Code.BLOCKED_BY_TRAY
    assert refused.numbers["kinds"] == [kind]
    settle(desk, kind)
    assert isinstance(staged(desk), Outcome)


# By checks of data (tests/unit/hygiene) and by matching (tests/unit/edge/test_cash_matches.py).
ASKED_ELSEWHERE = {"duplicate_invoice", "bill_paid_at_bank"}


def test_each_question_that_blocks_is_really_asked() -> None:
    opened: set[str] = set()
    for state, other in (
        (RailState.UNKNOWN, {"payment": UNDATED}),
        (RailState.SCHEDULED, {"amount": Money(125_000, "EUR")}),
    ):
        desk = at_desk()
        desk.read(state, **other)

        def kinds(change: Any) -> set[str]:
            return {item.item for item in blocking_items(change, change.get(Bill, "bill-1"))}

        asked = desk.work(kinds)
        assert isinstance(asked, set)
        opened |= asked
    assert opened == set(BLOCKING) - ASKED_ELSEWHERE


def test_other_questions_do_not_block() -> None:
    desk = at_desk()
    desk.read(payment=UNDATED)
    for kind in ("reserve_uncovered", "rail_date", "clear_refused"):
        doubt(desk, kind)

    def plan(change: Any) -> bool:
        bill = change.get(Bill, "bill-1")
        assert blocking_items(change, bill) == ()
        assert tray_refusal(change, bill) is None
        return True

    assert desk.work(plan) is True


# ---- the head orders a change of rules and a staging


@pytest.mark.parametrize("weaker", [False, True])
def test_a_change_of_rules_while_staging_is_seen(weaker: bool) -> None:
    first = rule("large", "call_back", LARGE)
    desk = at_desk(first)
    desk.read(payment=UNDATED)
    if weaker:
        put(desk)
    between = iter([True])

    def plan(change: Any) -> Any:
        outcome = stage(desk.environment, change, "bill-1")
        if next(between, False):
            if weaker:
                assert isinstance(approve(desk, "ben"), StagingRules)
            else:
                assert isinstance(
                    put(desk, first, rule("all", "second_person"), person="ben"), StagingRules
                )
        return outcome

    assert isinstance(desk.act(plan), Outcome)
    decision = desk.bill().decision
    assert decision is not None
    expected = (False, False) if weaker else (True, True)
    found = (decision.requirements.call_back, decision.requirements.second_person)
    assert found == expected
    assert desk.bill().rail.state is RailState.READY
    assert desk.bill().amount == usd("1250.00")
