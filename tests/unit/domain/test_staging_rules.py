"""Staging rules: each condition and its borders, how rules are joined, and the words for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.money import Money
from rowcol.domain.requirements import Requirements
from rowcol.domain.staging_rules import Condition, RulesProposal, StagingRules, Then
from rowcol.domain.staging_rules_evaluation import evaluated
from rowcol.domain.staging_rules_facts import Answer, answer, asked_of, facts_of, wanted
from rowcol.domain.vendor import VendorAccount
from tests.support.domain.builders import NOW, rail_bill, rail_payment, usd
from tests.support.staging_rules import asks, due_in, known_facts, rule, vendor

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
EUROS = Money(125_000, "EUR")


@pytest.mark.parametrize(
    ("condition", "known", "expected"),
    [
        # amount: at least is inclusive, below is not
        (asks("amount", at_least="1250.00"), {}, YES),
        (asks("amount", at_least="1250.01"), {}, NO),
        (asks("amount", below="1250.00"), {}, NO),
        (asks("amount", below="1250.01"), {}, YES),
        (asks("amount", at_least="1000", below="2000"), {}, YES),
        (asks("amount", at_least="1000", below="1250"), {}, NO),
        (asks("amount", at_least="1"), {"amount": None}, UNKNOWN),
        (asks("amount", at_least=EUROS), {}, UNKNOWN),
        # vendor
        (asks("vendor", any_of=("vendor-1", "vendor-2")), {}, YES),
        (asks("vendor", any_of=("vendor-2",)), {}, NO),
        (asks("vendor", none_of=("vendor-2",)), {}, YES),
        (asks("vendor", none_of=("vendor-1",)), {}, NO),
        (asks("vendor", any_of=("vendor-1",)), {"vendor": None}, UNKNOWN),
        (asks("vendor", none_of=("vendor-1",)), {"vendor": None}, UNKNOWN),
        # first payment
        (asks("first_payment", holds=True), {}, NO),
        (asks("first_payment", holds=True), {"first_payment": True}, YES),
        (asks("first_payment", holds=False), {"first_payment": True}, NO),
        (asks("first_payment", holds=False), {}, YES),
        (asks("first_payment", holds=True), {"first_payment": None}, UNKNOWN),
        (asks("first_payment", holds=False), {"first_payment": None}, UNKNOWN),
        # age of bank details
        (asks("account_age_days", below=30), {"account_age_days": 29}, YES),
        (asks("account_age_days", below=30), {"account_age_days": 30}, NO),
        (asks("account_age_days", at_least=30), {"account_age_days": 30}, YES),
        (asks("account_age_days", at_least=30), {"account_age_days": 29}, NO),
        (asks("account_age_days", below=30), {"account_age_days": 0}, YES),
        (asks("account_age_days", below=30), {"account_age_days": None}, UNKNOWN),
        # network
        (asks("network", any_of=("ACH",)), {}, YES),
        (asks("network", any_of=("CHECK", "DOMESTIC_WIRE")), {}, NO),
        (asks("network", none_of=("CARD",)), {}, YES),
        (asks("network", none_of=("ACH",)), {}, NO),
        (asks("network", any_of=("ACH",)), {"network": None}, UNKNOWN),
        (asks("same_day", holds=True), {"same_day": True}, YES),
        (asks("same_day", holds=True), {}, NO),
        (asks("same_day", holds=False), {}, YES),
        (asks("same_day", holds=False), {"same_day": None}, UNKNOWN),
        # a date at Ramp: that there is none is known as well
        (asks("ramp_date", holds=True), {}, NO),
        (asks("ramp_date", holds=False), {}, YES),
        (asks("ramp_date", holds=True), {"ramp_date": due_in(3)}, YES),
        (asks("ramp_date", holds=False), {"ramp_date": due_in(3)}, NO),
        # due
        (asks("due_in_days", below=10), {}, NO),
        (asks("due_in_days", below=11), {}, YES),
        (asks("due_in_days", at_least=10), {}, YES),
        (asks("due_in_days", at_least=11), {}, NO),
        (asks("due_in_days", below=0), {"due_in_days": -1}, YES),
        (asks("due_in_days", below=0), {"due_in_days": 0}, NO),
        (asks("due_in_days", below=5), {"due_in_days": None}, UNKNOWN),
    ],
)  # fmt: skip
def test_a_condition(condition: Condition, known: dict[str, Any], expected: Answer) -> None:
    assert answer(condition, known_facts(**known)) is expected


# ---- what is known of a bill


def test_what_a_bill_and_its_vendor_tell() -> None:
    rail = rail_bill(due_on=due_in(11))
    found = facts_of(rail, vendor(), "USD", "America/New_York", NOW)
    assert found.amount == usd("1250.00")
    assert (found.vendor, found.first_payment, found.account_age_days) == (
        "vendor-1",
        False,
        400,
    )
    assert (found.network, found.same_day, found.due_in_days) == ("ACH", False, 11)
    assert found.ramp_date == rail_payment().planned_on


@pytest.mark.parametrize(
    ("seen", "days"),
    [
        (timedelta(days=30), 30),
        (timedelta(days=30, seconds=-1), 29),
        (timedelta(0), 0),
        (timedelta(seconds=-30), 0),  # another process's clock is ahead
    ],
)
def test_an_account_is_as_old_as_whole_days(seen: timedelta, days: int) -> None:
    known = vendor(account=VendorAccount("vendor-account-1", NOW - seen))
    found = facts_of(rail_bill(), known, "USD", "America/New_York", NOW)
    assert found.account_age_days == days


def test_the_age_is_that_of_the_account_that_the_bill_names() -> None:
    earlier = VendorAccount("vendor-account-1", NOW - timedelta(days=100))
    latest = VendorAccount("vendor-account-2", NOW - timedelta(days=2))
    known = vendor(account=latest, earlier_accounts=(earlier,))
    for name, days in (("vendor-account-1", 100), ("vendor-account-2", 2), ("strange", None)):
        rail = rail_bill(payment=rail_payment(vendor_account_id=name))
        assert facts_of(rail, known, "USD", "UTC", NOW).account_age_days == days


def test_what_nobody_knows_is_unknown() -> None:
    rail = rail_bill(vendor_id=None, payment=None, due_on=None)
    found = facts_of(rail, None, "EUR", "UTC", NOW)
    assert found.ramp_date is None
    others = (
        *(found.amount, found.vendor, found.first_payment, found.account_age_days),
        *(found.network, found.same_day, found.due_in_days),
    )
    assert others == (None,) * 7


def test_a_vendor_that_was_never_paid_is_paid_for_the_first_time() -> None:
    known = vendor(first_paid_on=None)
    assert facts_of(rail_bill(), known, "USD", "UTC", NOW).first_payment is True


def test_due_days_are_the_clients_own() -> None:
    rail = rail_bill(due_on=due_in(0))
    # Saturday in Auckland, Friday in Honolulu.
    assert facts_of(rail, None, "USD", "Pacific/Auckland", NOW).due_in_days == -1
    assert facts_of(rail, None, "USD", "Pacific/Honolulu", NOW).due_in_days == 0


# ---- rules together

LARGE = (asks("amount", at_least="1000"),)
SMALL = (asks("amount", below="1000"),)
NEW = (asks("first_payment", holds=True),)
OLD = (asks("first_payment", holds=False),)


def test_no_rules_demand_nothing() -> None:
    found = evaluated((), known_facts())
    assert found.requirements == Requirements()
    assert (found.forbidden, found.auto_stage, found.rules) == ((), (), ())


def test_all_conditions_of_a_block_and_any_block() -> None:
    assert evaluated([rule("r", "step_up", LARGE + OLD)], known_facts()).requirements.step_up
    assert not evaluated([rule("r", "step_up", LARGE + NEW)], known_facts()).requirements.step_up
    assert evaluated([rule("r", "step_up", SMALL, LARGE)], known_facts()).requirements.step_up
    assert not evaluated([rule("r", "step_up", SMALL, NEW)], known_facts()).requirements.step_up


def test_a_block_without_conditions_always_holds() -> None:
    assert evaluated([rule("r", "call_back")], known_facts()).requirements.call_back


def test_demands_of_several_rules_add_up() -> None:
    rules = [
        rule("a", "second_person", LARGE),
        rule("b", ("step_up", "auto_stage"), OLD),
        rule("c", "call_back", NEW),
    ]
    found = evaluated(rules, known_facts())
    assert found.requirements == Requirements(
        second_person=True, step_up=True, call_back=False, because=("a", "b")
    )
    assert found.auto_stage == ("b",)


def test_do_not_stage_stands_above_staging_by_itself() -> None:
    rules = [rule("a", "auto_stage"), rule("b", "do_not_stage", LARGE)]
    found = evaluated(rules, known_facts())
    assert found.auto_stage == ()
    assert [(each.rule_id, each.reason) for each in found.forbidden] == [("b", "because of b")]
    assert evaluated(rules, known_facts(amount=usd("1"))).auto_stage == ("a",)


def test_a_rule_that_is_switched_off_does_nothing() -> None:
    found = evaluated([rule("a", "do_not_stage", active=False)], known_facts())
    assert found.forbidden == ()
    assert found.rules[0].words == "switched off"


@pytest.mark.parametrize("then", sorted(Then))
def test_the_unknown_makes_it_harder_and_never_easier(then: Then) -> None:
    block = (asks("account_age_days", at_least=90), *LARGE)
    found = evaluated([rule("r", then.value, block)], known_facts(account_age_days=None))
    assert found.rules[0].answer is UNKNOWN
    assert bool(found.rules[0].follows) is (then is not Then.AUTO_STAGE)
    assert found.auto_stage == ()


def test_what_is_certain_stands_above_what_is_unknown() -> None:
    unknown = known_facts(account_age_days=None)
    young = (asks("account_age_days", below=30),)
    assert evaluated([rule("r", "step_up", young + NEW)], unknown).rules[0].answer is NO
    assert evaluated([rule("r", "auto_stage", young, OLD)], unknown).auto_stage == ("r",)


# ---- words


def test_every_condition_is_explained() -> None:
    told = asked_of(asks("amount", at_least="500", below="1000"), known_facts())
    assert (told.wanted, told.found) == (
        "at least 500.00 USD and below 1,000.00 USD",
        "1,250.00 USD",
    )
    assert wanted(asks("account_age_days", below=30)) == "below 30 days"
    assert wanted(asks("network", any_of=("ACH", "CHECK"))) == "one of ACH, CHECK"
    assert wanted(asks("vendor", none_of=("v",))) == "none of v"
    assert wanted(asks("first_payment", holds=True)) == "the vendor was never paid"
    told = asked_of(asks("first_payment", holds=True), known_facts())
    assert told.found == "the vendor was paid before"
    told = asked_of(asks("ramp_date", holds=False), known_facts(ramp_date=due_in(1)))
    assert (told.wanted, told.found) == ("Ramp carries no date", "Ramp pays it on 2026-11-21")
    assert asked_of(asks("due_in_days", below=1), known_facts(due_in_days=None)).found == "unknown"


AGAINST = (
    "does not match: amount: 1,250.00 USD, wanted below 1,000.00 USD; "
    "first_payment: the vendor was paid before, wanted the vendor was never paid"
)


@pytest.mark.parametrize(
    ("blocks", "known", "words"),
    [
        ((SMALL, LARGE), {}, "matches by block 2: amount: 1,250.00 USD"),
        (((),), {}, "matches by block 1: it asks for nothing"),
        (
            (SMALL, NEW),
            {},
            AGAINST,
        ),
        (
            (NEW + LARGE,),
            {"first_payment": None},
            "cannot be told, so what it demands holds: first_payment unknown in block 1",
        ),
    ],
)
def test_why_a_rule_matched_or_not(blocks: Any, known: dict[str, Any], words: str) -> None:
    [told] = evaluated([rule("r", "step_up", *blocks)], known_facts(**known)).rules
    assert told.words == words


# ---- since when


def test_a_rule_that_does_what_it_did_keeps_its_instant() -> None:
    later = NOW + timedelta(days=1)
    first = rule("a", "auto_stage", SMALL)
    rules = StagingRules().with_rules((first, rule("b", "step_up")), NOW)
    assert rules.since == {"a": NOW, "b": NOW}
    renamed = replace(first, name="Another name")
    after = rules.with_rules((renamed, rule("b", "call_back"), rule("c", "step_up")), later)
    assert after.since == {"a": NOW, "b": later, "c": later}
    assert after.in_force_at(NOW) == {"a"}
    off = after.with_rules((replace(renamed, active=False),), later)
    assert off.since == {"a": later}


def test_other_rules_end_what_waits() -> None:
    proposal = RulesProposal("rul_1", "anna", "anna", NOW, NOW + timedelta(days=30), (), ())
    rules = StagingRules().with_proposal(proposal)
    assert rules.due_at == NOW + timedelta(days=30)
    assert rules.waiting(NOW) == proposal
    assert rules.waiting(NOW + timedelta(days=30)) is None
    assert rules.with_rules((), NOW).pending is None
    assert rules.without_proposal().due_at is None
