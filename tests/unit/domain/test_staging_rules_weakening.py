"""What a change of staging rules makes weaker: exact for single conditions, never too little."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.money import Money
from rowcol.domain.staging_rules import BillFact, Condition, Rule, Then
from rowcol.domain.staging_rules_evaluation import evaluated
from rowcol.domain.staging_rules_shape import malformed
from rowcol.domain.staging_rules_weakening import weakenings
from tests.support.staging_rules import asks, known_facts, rule

NAMES = ("a", "b", "c", "d")


def cents(number: int) -> Money:
    return Money(number, "USD")


def bounds(fact: BillFact) -> Iterator[Condition]:
    made = cents if fact is BillFact.AMOUNT else int
    for low, high in itertools.product((None, 1, 2, 3), repeat=2):
        yield Condition(
            fact,
            made(low) if low is not None else None,
            made(high) if high is not None else None,
        )


def lists() -> Iterator[Condition]:
    for size in (1, 2):
        for names in itertools.combinations(NAMES[:3], size):
            yield Condition(BillFact.VENDOR, any_of=names)
            yield Condition(BillFact.VENDOR, none_of=names)


CONDITIONS = {
    "amount": list(bounds(BillFact.AMOUNT)),
    "account_age_days": list(bounds(BillFact.ACCOUNT_AGE_DAYS)),
    "vendor": list(lists()),
    "first_payment": [asks("first_payment", holds=each) for each in (True, False)],
    "ramp_date": [asks("ramp_date", holds=each) for each in (True, False)],
}
VALUES: dict[str, tuple[Any, ...]] = {
    "amount": (None, *(cents(number) for number in range(6))),
    "account_age_days": (None, *range(6)),
    "vendor": (None, *NAMES),
    "first_payment": (None, True, False),
    "ramp_date": (None, "a day"),
}


@pytest.mark.parametrize("then", [Then.STEP_UP, Then.AUTO_STAGE, Then.DO_NOT_STAGE])
@pytest.mark.parametrize("fact", list(CONDITIONS))
def test_single_conditions_are_compared_exactly(fact: str, then: Then) -> None:
    fine = [
        one for one in CONDITIONS[fact] if malformed((rule("r", "step_up", (one,)),), "USD") is None
    ]
    assert len(fine) >= 2
    bills = [known_facts(**{fact: value}) for value in VALUES[fact]]
    for one, other in itertools.product(fine, repeat=2):
        before, after = rule("r", then.value, (one,)), rule("r", then.value, (other,))
        found = weakenings([before], [after])
        weaker = any(is_weaker(before, after, bill, then) for bill in bills)
        assert bool(found) is weaker, (one, other)


def is_weaker(before: Rule, after: Rule, bill: Any, then: Then) -> bool:
    followed, follows = (
        then in evaluated([each], bill).rules[0].follows for each in (before, after)
    )
    return followed < follows if then is Then.AUTO_STAGE else follows < followed


LARGE = rule("large", "second_person", (asks("amount", at_least="1000"),))
SMALL = rule("small", "auto_stage", (asks("amount", below="50"),))


@pytest.mark.parametrize(
    ("before", "after", "weaker"),
    [
        ([], [LARGE], []),
        ([LARGE], [], [("large", "second_person")]),
        ([LARGE], [replace(LARGE, name="Other words")], []),
        ([LARGE], [replace(LARGE, id="renamed")], []),
        ([LARGE], [replace(LARGE, active=False)], [("large", "second_person")]),
        ([replace(LARGE, active=False)], [], []),
        ([LARGE], [rule("large", ("second_person", "step_up"), *LARGE.when)], []),
        ([LARGE], [rule("large", "step_up", *LARGE.when)], [("large", "second_person")]),
        ([LARGE], [rule("every", "second_person")], []),
        ([rule("every", "second_person")], [LARGE], [("every", "second_person")]),
        ([], [SMALL], [("small", "auto_stage")]),
        ([SMALL], [], []),
        ([SMALL], [rule("tiny", "auto_stage", (asks("amount", below="5"),))], []),
        (
            [SMALL],
            [rule("small", "auto_stage", (asks("amount", below="51"),))],
            [("small", "auto_stage")],
        ),
        # A demand may be taken over by another rule, also by one that asks less.
        (
            [rule("r", "call_back", (asks("amount", at_least="9"), asks("ramp_date", holds=True)))],
            [rule("s", "call_back", (asks("amount", at_least="8"),))],
            [],
        ),
        # One block more never demands less, one block fewer does.
        (
            [rule("r", "call_back", *LARGE.when)],
            [rule("r", "call_back", *LARGE.when, (asks("ramp_date", holds=True),))],
            [],
        ),
        (
            [rule("r", "call_back", *LARGE.when, (asks("ramp_date", holds=True),))],
            [rule("r", "call_back", *LARGE.when)],
            [("r", "call_back")],
        ),
        # Where it cannot be seen from the texts, it counts as weaker.
        (
            [rule("r", "call_back")],
            [
                rule("r", "call_back", (asks("amount", below="5"),)),
                rule("s", "call_back", (asks("amount", at_least="5"),)),
            ],
            [("r", "call_back")],
        ),
        ([rule("no", "do_not_stage")], [], [("no", "do_not_stage")]),
        (
            [rule("no", "do_not_stage")],
            [rule("no", "do_not_stage", reason="other words")],
            [],
        ),
    ],
)
def test_what_becomes_weaker(
    before: list[Rule], after: list[Rule], weaker: list[tuple[str, str]]
) -> None:
    found = weakenings(before, after)
    assert [(each.rule_id, each.then.value) for each in found] == weaker
    assert all(each.words for each in found)
