"""Which staging rules are well-formed, and where the others are wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.money import Money
from rowcol.domain.refusal import Code
from rowcol.domain.staging_rules import BillFact, Condition, Rule, Then
from rowcol.domain.staging_rules_shape import (
    BLOCKS_MAX,
    CONDITIONS_MAX,
    LIST_MAX,
    RULES_MAX,
    malformed,
)
from tests.support.staging_rules import asks, rule

GOOD = rule("good", ("second_person", "step_up"), (asks("amount", at_least="1"),))


def field_of(*rules: Rule) -> str | None:
    refused = malformed(rules, "USD")
    if refused is None:
        return None
    assert refused.code is Code.INVALID_INPUT
    return str(refused.numbers["field"])


@pytest.mark.parametrize(
    "condition",
    [
        asks("amount", at_least="0.01"),
        asks("amount", at_least="1", below="1.01"),
        asks("account_age_days", at_least=0),
        asks("due_in_days", below=-30),
        asks("due_in_days", at_least=-3, below=3),
        asks("vendor", any_of=("v",)),
        asks("network", none_of=("ACH", "CHECK")),
        asks("first_payment", holds=False),
        asks("same_day", holds=True),
        asks("ramp_date", holds=True),
    ],
)
def test_good_conditions(condition: Condition) -> None:
    assert malformed((rule("r", "step_up", (condition,)),), "USD") is None


@pytest.mark.parametrize(
    "condition",
    [
        asks("amount"),
        asks("amount", at_least=3),
        asks("amount", at_least=Money(0, "USD")),
        asks("amount", at_least="2", below="2"),
        asks("amount", at_least="2", holds=True),
        asks("amount", any_of=("v",)),
        asks("account_age_days", at_least="2"),
        asks("account_age_days", below=-1),
        asks("due_in_days", below=3_651),
        asks("due_in_days", at_least=3, below=3),
        asks("vendor"),
        asks("vendor", any_of=("v",), none_of=("w",)),
        asks("vendor", any_of=("v", "v")),
        asks("vendor", any_of=("",)),
        asks("vendor", any_of=("v" * 101,)),
        asks("vendor", any_of=tuple(f"v{each}" for each in range(LIST_MAX + 1))),
        asks("vendor", any_of=("v",), below=3),
        asks("network", any_of=("PIGEON",)),
        asks("first_payment"),
        asks("first_payment", holds=True, at_least=1),
        asks("ramp_date", holds=True, any_of=("v",)),
    ],
)
def test_a_bad_condition_is_named(condition: Condition) -> None:
    fine = asks("ramp_date", holds=True)
    bad = rule("r", "step_up", (fine,), (fine, condition))
    assert field_of(GOOD, bad) == "rules.1.when.1.1"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "a/b"},
        {"id": "-"},
        {"name": "  "},
        {"name": "x" * 81},
        {"when": ()},
        {"when": ((),) * (BLOCKS_MAX + 1)},
        {"when": ((asks("ramp_date", holds=True),) * (CONDITIONS_MAX + 1),)},
        {"then": ()},
        {"then": (Then.STEP_UP, Then.STEP_UP)},
        {"then": (Then.DO_NOT_STAGE, Then.AUTO_STAGE), "reason": "x"},
        {"then": (Then.DO_NOT_STAGE,)},
        {"then": (Then.DO_NOT_STAGE,), "reason": " "},
        {"then": (Then.DO_NOT_STAGE,), "reason": "x" * 201},
        {"reason": "but it may"},
    ],
)
def test_a_bad_rule_is_named(changes: dict[str, Any]) -> None:
    assert field_of(replace(GOOD, id="other"), replace(GOOD, **changes)) == "rules.1"


def test_two_rules_of_one_id_and_too_many_rules() -> None:
    assert field_of(GOOD, replace(GOOD, name="again")) == "rules"
    many = [replace(GOOD, id=f"r{each}") for each in range(RULES_MAX + 1)]
    assert field_of(*many) == "rules"
    assert field_of(*many[:-1]) is None


def test_all_rules_together_are_bounded() -> None:
    long = Condition(BillFact.VENDOR, any_of=tuple(f"{each:0100d}" for each in range(LIST_MAX)))
    rules = [rule(f"r{each}", "step_up", (long,)) for each in range(4)]
    assert field_of(*rules[:2]) is None
    assert field_of(*rules) == "rules"


def test_amounts_are_the_clients() -> None:
    euros = rule("r", "step_up", (asks("amount", below=Money(5, "EUR")),))
    refused = malformed((GOOD, euros), "USD")
    assert refused is not None
    assert refused.code is Code.CURRENCY_MISMATCH
    assert refused.numbers == {"field": "rules.1.when.0.0", "found": "EUR", "expected": "USD"}
