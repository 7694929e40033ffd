"""Bills that rules stage by themselves: once, in the reading's write, never against a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.facts import RailState, ReadInterval
from rowcol.domain.scope import SYSTEM
from rowcol.domain.staging_rules import STAGING_RULES, Rule, StagingRules
from rowcol.service.rail_facts import Applied, apply_rail_bill
from rowcol.service.stage import stage, unstage
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import FRIDAY, rail_bill, rail_payment, usd
from tests.support.staging_rules import asks, doubt, rule, settle, vendor

UNDATED = rail_payment(planned_on=None, effective_on=None)
ALL = rule("all", "auto_stage")


def at_desk(*rules: Rule) -> Desk:
    desk = Desk()
    agree(desk, *(rules or (ALL,)))
    return desk


def agree(desk: Desk, *rules: Rule) -> None:
    """Rules as two people would have agreed on them."""
    known = desk.books.get(StagingRules, STAGING_RULES) or StagingRules()
    assert desk.books.save(known.with_rules(rules, desk.clock.now()))


def read(desk: Desk, state: RailState = RailState.READY, **bill: Any) -> Bill:
    """Ramp is read as feeds and notices do, and shows a bill so."""
    apply(desk, state, **bill)
    return desk.bill(bill.get("bill_id", "bill-1"))


def apply(desk: Desk, state: RailState = RailState.READY, **bill: Any) -> Applied:
    began = desk.clock.now()
    desk.clock.pause(1)
    bill.setdefault("payment", UNDATED)
    shown = rail_bill(state, paid_at=None, **bill)
    reading = replace(shown, read=ReadInterval(began, desk.clock.now()))
    return apply_rail_bill(desk.environment, SCOPE, reading)


def test_a_bill_is_staged_in_the_write_that_reads_it() -> None:
    desk = at_desk()
    bill = read(desk)
    assert bill.decision is not None
    assert (bill.decision.state, bill.decision.staged_by) == (DecisionState.STAGED, SYSTEM.id)
    assert bill.decision.hands == frozenset()
    assert bill.open_reserve is not None
    assert bill.open_reserve.observed is False
    entries = desk.books.entries()
    types = [entry.type for entry in entries]
    assert types[-2:] == ["bill.staged", "bill.staged_by_rule"]
    assert entries[-1].data["staging_rules"] == ["all"]
    assert {entry.at for entry in entries} == {entries[0].at}
    assert desk.books.head("USD").uncovered_total + desk.books.head("USD").covered_total == usd(
        "1250"
    )


def test_the_demands_of_other_rules_hold_for_it() -> None:
    desk = at_desk(ALL, rule("large", "second_person", (asks("amount", at_least="1000"),)))
    decision = read(desk).decision
    assert decision is not None
    assert decision.requirements.second_person
    assert decision.requirements.because == ("large",)


def test_readings_may_come_twice_and_late() -> None:
    desk = at_desk()
    first = read(desk)
    assert apply(desk) is Applied.UNCHANGED
    changed = read(desk, amount=usd("1300"))
    assert changed.decision == first.decision
    assert changed.open_reserve is not None
    assert changed.open_reserve.amount == usd("1300")
    late = replace(
        rail_bill(RailState.READY, paid_at=None, payment=UNDATED, amount=usd("7")),
        read=ReadInterval(first.rail.read.began_at - timedelta(hours=1), first.rail.read.ended_at),
    )
    assert apply_rail_bill(desk.environment, SCOPE, late) is Applied.SUPERSEDED
    assert desk.types().count("bill.staged") == 1


def test_what_a_person_took_back_stays_with_people() -> None:
    desk = at_desk()
    read(desk)
    desk.act(lambda change: unstage(change, "bill-1"))
    after = read(desk, amount=usd("1300"))
    assert after.decision is not None
    assert after.decision.state is DecisionState.WITHDRAWN
    assert after.open_reserve is None
    again = read(desk, approved=False, state=RailState.AWAITING_APPROVAL)
    assert again.decision == after.decision
    assert read(desk).open_reserve is None


def test_what_a_person_staged_and_took_back_stays_with_people() -> None:
    desk = Desk()
    read(desk)
    desk.act(lambda change: stage(desk.environment, change, "bill-1"))
    desk.act(lambda change: unstage(change, "bill-1"))
    agree(desk, ALL)
    assert read(desk, amount=usd("9")).open_reserve is None


def test_a_bill_that_ramp_archived_and_took_up_again_is_staged_again() -> None:
    desk = at_desk()
    first = read(desk).decision
    gone = read(desk, RailState.ARCHIVED, archived=True)
    assert gone.open_reserve is None
    read(desk)
    desk.clock.pause(60)  # a step back is believed when it is read twice
    back = read(desk)
    assert back.decision is not None
    assert first is not None
    assert back.decision.state is DecisionState.STAGED
    assert back.decision.id != first.id


# ---- new items only


def test_rules_that_came_later_do_not_take_up_what_was_there() -> None:
    desk = Desk()
    read(desk)
    desk.clock.pause(60)
    agree(desk, ALL)
    assert read(desk, amount=usd("1300")).decision is None
    assert read(desk, bill_id="bill-2", ledger_bill_id="2").decision is not None


def test_a_bill_that_is_approved_after_the_rule_is_new() -> None:
    desk = Desk()
    read(desk, RailState.AWAITING_APPROVAL, approved=False)
    desk.clock.pause(60)
    agree(desk, ALL)
    assert read(desk).decision is not None


def test_a_rule_that_changed_since_is_a_new_one_and_others_stay() -> None:
    small = rule("small", "auto_stage", (asks("amount", below="2000"),))
    checks = rule("checks", "auto_stage", (asks("network", any_of=("CHECK",)),))
    desk = at_desk(small, checks)
    read(desk, due_on=None)
    desk.clock.pause(60)
    agree(desk, replace(small, when=((asks("amount", below="3000"),),)), checks)
    assert read(desk).decision is None
    check = rail_payment(planned_on=None, effective_on=None, method="CHECK")
    assert read(desk, payment=check).decision is not None


def test_a_bill_known_before_this_was_kept_is_nobodys_news() -> None:
    desk = Desk()
    known = read(desk)
    assert desk.books.save(replace(known, approved_seen_at=None))
    agree(desk, ALL)
    assert read(desk, amount=usd("1")).decision is None


# ---- what is left for people


@pytest.mark.parametrize(
    ("state", "bill"),
    [
        (RailState.READY, {"due_on": None}),
        (RailState.READY, {"vendor_id": None}),
        (RailState.READY, {"amount": usd("0")}),
        (RailState.AWAITING_APPROVAL, {"approved": False}),
        (RailState.PROCESSING, {}),
        (RailState.PAID, {}),
        (RailState.UNKNOWN, {}),
        (RailState.ARCHIVED, {"archived": True}),
    ],
)
def test_what_cannot_be_staged_is_left_alone_without_a_word(
    state: RailState, bill: dict[str, Any]
) -> None:
    desk = at_desk()
    assert read(desk, state, **bill).decision is None
    assert "command.denied" not in desk.types()
    assert "bill.staged" not in desk.types()


def test_an_open_question_of_the_tray_stops_it_and_its_end_lets_it_go_on() -> None:
    desk = at_desk()
    doubt(desk, "amount")
    assert read(desk).decision is None
    settle(desk, "amount")
    assert read(desk, invoice_number="INV-8").decision is not None


def test_a_rule_that_forbids_stands_above_it() -> None:
    desk = at_desk(ALL, rule("no", "do_not_stage", (asks("amount", at_least="1000"),)))
    assert read(desk).decision is None
    assert read(desk, bill_id="bill-2", ledger_bill_id="2", amount=usd("9")).decision is not None


def test_the_unknown_is_not_staged_until_it_is_known() -> None:
    desk = at_desk(rule("old", "auto_stage", (asks("account_age_days", at_least=90),)))
    assert desk.books.save(vendor())
    assert read(desk, payment=None).decision is None
    assert read(desk).decision is not None


# ---- dates that Ramp carries


def test_a_bill_with_a_date_is_staged_with_it_and_its_reserve_goes_on() -> None:
    desk = Desk()
    dated = rail_payment(planned_on=FRIDAY + timedelta(days=5))
    agree(desk, rule("dated", "auto_stage", (asks("ramp_date", holds=True),)))
    bill = read(desk, RailState.SCHEDULED, payment=dated)
    assert bill.decision is not None
    assert bill.open_reserve is not None
    assert bill.open_reserve.observed is False
    head = desk.books.head("USD")
    assert head.covered_total + head.uncovered_total == usd("1250")
    desk.act(lambda change: unstage(change, "bill-1"))
    kept = desk.bill().open_reserve
    assert kept is not None
    assert kept.observed is True
