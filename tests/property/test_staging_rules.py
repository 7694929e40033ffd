"""Rules on random bills: as an independently written oracle says, and never weaker unnoticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.money import Money
from rowcol.domain.scope import Scope
from rowcol.domain.staging_rules import (
    DEMANDING,
    BillFact,
    Condition,
    Rule,
    RulesProposal,
    StagingRules,
    Then,
)
from rowcol.domain.staging_rules_evaluation import Evaluated, evaluated
from rowcol.domain.staging_rules_facts import FactsOfBill
from rowcol.domain.staging_rules_shape import malformed
from rowcol.domain.staging_rules_weakening import weakenings
from rowcol.storage.codec import aggregate_item, aggregate_of
from tests.support.domain.builders import FRIDAY, NOW

# Few values, so that bills and bounds meet.
CENTS = st.sampled_from([1, 99, 100, 101, 500])
DAYS = st.sampled_from([0, 1, 29, 30, 31])
VENDORS = st.sampled_from(["v1", "v2", "v3"])
NETWORKS = st.sampled_from(["ACH", "CHECK", "CARD"])
DOLLARS = CENTS.map(lambda cents: Money(cents, "USD"))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values, values, values)


def bounded(fact: BillFact, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    return st.builds(Condition, st.just(fact), at_least=maybe(values), below=maybe(values)).filter(
        lambda one: malformed((_rule(one),), "USD") is None
    )


def listed(fact: BillFact, values: st.SearchStrategy[str]) -> st.SearchStrategy[Condition]:
    names = st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)
    return st.one_of(
        st.builds(Condition, st.just(fact), any_of=names),
        st.builds(Condition, st.just(fact), none_of=names),
    )


def _rule(condition: Condition) -> Rule:
    return Rule("r", "R", ((condition,),), (Then.STEP_UP,))


YES_NO = (BillFact.FIRST_PAYMENT, BillFact.SAME_DAY, BillFact.RAMP_DATE)
CONDITIONS = st.one_of(
    bounded(BillFact.AMOUNT, DOLLARS),
    bounded(BillFact.ACCOUNT_AGE_DAYS, DAYS),
    bounded(BillFact.DUE_IN_DAYS, DAYS),
    listed(BillFact.VENDOR, VENDORS),
    listed(BillFact.NETWORK, NETWORKS),
    st.builds(Condition, st.sampled_from(YES_NO), holds=st.booleans()),
)
BLOCKS = st.lists(CONDITIONS, max_size=3).map(tuple)
THENS = st.one_of(
    st.just((Then.DO_NOT_STAGE,)),
    st.lists(
        st.sampled_from([each for each in Then if each is not Then.DO_NOT_STAGE]),
        min_size=1,
        unique=True,
    ).map(tuple),
)


@st.composite
def rule_sets(draw: st.DrawFn, most: int = 4) -> tuple[Rule, ...]:
    made = []
    for place in range(draw(st.integers(0, most))):
        then = draw(THENS)
        reason = "because" if Then.DO_NOT_STAGE in then else None
        when = tuple(draw(st.lists(BLOCKS, min_size=1, max_size=3)))
        made.append(Rule(f"r{place}", f"R{place}", when, then, draw(st.booleans()), reason))
    return tuple(made)


BILLS = st.builds(
    FactsOfBill,
    amount=maybe(DOLLARS),
    vendor=maybe(VENDORS),
    first_payment=maybe(st.booleans()),
    account_age_days=maybe(DAYS),
    network=maybe(NETWORKS),
    same_day=maybe(st.booleans()),
    ramp_date=maybe(st.just(FRIDAY)),
    due_in_days=maybe(DAYS),
)


# ---- an oracle: a bill with unknown facts is every bill that it may turn out to be


def oracle_fulfils(condition: Condition, bill: FactsOfBill, *, if_unknown: bool) -> bool:
    """Two-valued: what nobody knows is taken to be as `if_unknown` says."""
    kind = condition.fact.value
    value: Any = getattr(bill, kind)
    if kind == "ramp_date":
        return bool(value) == condition.holds
    if value is None:
        return if_unknown
    if kind in ("first_payment", "same_day"):
        return bool(value == condition.holds)
    if kind in ("vendor", "network"):
        return value in condition.any_of if condition.any_of else value not in condition.none_of
    low: Any = getattr(condition.at_least, "minor", condition.at_least)
    high: Any = getattr(condition.below, "minor", condition.below)
    number = getattr(value, "minor", value)
    return not (low is not None and number < low) and not (high is not None and number >= high)


def oracle(rules: tuple[Rule, ...], bill: FactsOfBill) -> dict[Then, list[str]]:
    """Ids of the rules from which each thing follows, before one stands above another."""
    found: dict[Then, list[str]] = {then: [] for then in Then}
    for rule in rules:
        for then in rule.then:
            demanding = then is not Then.AUTO_STAGE
            for block in rule.when:
                if rule.active and all(
                    oracle_fulfils(each, bill, if_unknown=demanding) for each in block
                ):
                    found[then].append(rule.id)
                    break
    return found


def assert_agrees(found: Evaluated, wanted: dict[Then, list[str]]) -> None:
    demands = found.requirements
    assert demands.second_person == bool(wanted[Then.SECOND_PERSON])
    assert demands.step_up == bool(wanted[Then.STEP_UP])
    assert demands.call_back == bool(wanted[Then.CALL_BACK])
    asked = {*wanted[Then.SECOND_PERSON], *wanted[Then.STEP_UP], *wanted[Then.CALL_BACK]}
    assert set(demands.because) == asked
    assert len(demands.because) == len(asked)
    assert [each.rule_id for each in found.forbidden] == wanted[Then.DO_NOT_STAGE]
    by_itself = [] if wanted[Then.DO_NOT_STAGE] else wanted[Then.AUTO_STAGE]
    assert list(found.auto_stage) == by_itself


@settings(max_examples=300)
@given(rule_sets(), BILLS)
def test_evaluation_is_as_the_oracle_says(rules: tuple[Rule, ...], bill: FactsOfBill) -> None:
    found = evaluated(rules, bill)
    assert_agrees(found, oracle(rules, bill))
    assert [told.id for told in found.rules] == [rule.id for rule in rules]
    assert all(told.words for told in found.rules)


def strength(found: Evaluated) -> tuple[bool, ...]:
    """Of each demand whether it is made, and whether it is not staged by itself: more is harder."""
    demands = found.requirements
    return (
        demands.second_person,
        demands.step_up,
        demands.call_back,
        bool(found.forbidden),
        not found.auto_stage,
    )


def at_least_as_hard(one: Evaluated, other: Evaluated) -> bool:
    return all(a >= b for a, b in zip(strength(one), strength(other), strict=True))


@settings(max_examples=300)
@given(rule_sets(), rule_sets(most=1), BILLS)
def test_one_more_demand_never_weakens(
    rules: tuple[Rule, ...], more: tuple[Rule, ...], bill: FactsOfBill
) -> None:
    added = tuple(
        replace(rule, id="more", then=kept)
        for rule in more
        if (kept := tuple(then for then in rule.then if then in DEMANDING))
    )
    assert at_least_as_hard(evaluated((*rules, *added), bill), evaluated(rules, bill))
    assert weakenings(rules, (*rules, *added)) == ()


@st.composite
def changed(draw: st.DrawFn) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Rules and others made of them: some left out, added, switched, with other blocks."""
    before = draw(rule_sets())
    return before, tuple(draw(_changed(rule)) for rule in before if draw(st.integers(0, 5)))


def _changed(rule: Rule) -> st.SearchStrategy[Rule]:
    blocks = st.lists(BLOCKS, min_size=1, max_size=3).map(tuple)
    wider = replace(rule, when=tuple(block[1:] for block in rule.when))
    same = st.just(rule)
    return st.one_of(
        same,
        same,
        st.just(wider),
        st.just(replace(rule, active=not rule.active)),
        blocks.map(lambda when: replace(rule, when=when)),
        THENS.map(lambda then: replace(rule, then=then)),
    )


@settings(max_examples=300)
@given(st.one_of(changed(), st.tuples(rule_sets(), rule_sets())), st.lists(BILLS, min_size=8))
def test_rules_that_are_weaker_for_any_bill_are_called_weaker(
    change: tuple[tuple[Rule, ...], tuple[Rule, ...]], bills: list[FactsOfBill]
) -> None:
    before, after = change
    if weakenings(before, after):
        return
    for bill in bills:
        assert at_least_as_hard(evaluated(after, bill), evaluated(before, bill)), bill


@settings(max_examples=100)
@given(changed())
def test_what_is_called_weaker_names_its_rule(
    change: tuple[tuple[Rule, ...], tuple[Rule, ...]],
) -> None:
    before, after = change
    names = {rule.id for rule in (*before, *after)}
    for weaker in weakenings(before, after):
        assert weaker.rule_id in names
        assert weaker.words


@given(rule_sets(), rule_sets())
def test_the_same_rules_are_not_weaker_and_survive_storing(
    rules: tuple[Rule, ...], wanted: tuple[Rule, ...]
) -> None:
    assert weakenings(rules, rules) == ()
    weaker = weakenings(rules, wanted)
    proposal = RulesProposal("rul_1", "anna", "anna", NOW, NOW, wanted, weaker)
    known = StagingRules().with_rules(rules, NOW).with_proposal(proposal)
    stored = aggregate_item(Scope("maple", "bluebird"), known, NOW)
    assert aggregate_of(StagingRules, stored) == replace(known, version=1)
