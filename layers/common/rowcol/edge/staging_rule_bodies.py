"""Staging rules as request bodies, and the rules that they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.staging_rules import BillFact, Condition, Rule, Then
from rowcol.domain.staging_rules_shape import (
    BLOCKS_MAX,
    CONDITIONS_MAX,
    DAYS_MAX,
    LIST_MAX,
    NAME_CHARACTERS_MAX,
    REASON_CHARACTERS_MAX,
    RULES_MAX,
    VENDOR_CHARACTERS_MAX,
    malformed,
)
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.operation import Body, Call

_Days = Annotated[int, Field(ge=-DAYS_MAX, le=DAYS_MAX)]
_Text = Annotated[str, Field(min_length=1, max_length=VENDOR_CHARACTERS_MAX)]
_Texts = Annotated[list[_Text], Field(max_length=LIST_MAX)]


class ConditionBody(Body):
    """One question to a bill; which fields a fact takes is told in the answer when it is wrong.

    `amount`: `at_least`, `below`, amounts. `account_age_days`, `due_in_days`: the same, days.
    `vendor`, `network`: `any_of` or `none_of`. `first_payment`, `same_day`, `ramp_date`: `holds`.
    """

    fact: BillFact
    at_least: MoneyBody | _Days | None = None
    below: MoneyBody | _Days | None = None
    any_of: _Texts = Field(default_factory=list)
    none_of: _Texts = Field(default_factory=list)
    holds: bool | None = None


_Block = Annotated[list[ConditionBody], Field(max_length=CONDITIONS_MAX)]


class RuleBody(Body):
    """`when`: blocks, of which one has to hold; in a block every condition. `then`: what follows.

    A block without conditions always holds. `reason` goes with `do_not_stage`, and only with it.
    """

    id: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    when: Annotated[list[_Block], Field(min_length=1, max_length=BLOCKS_MAX)]
    then: Annotated[list[Then], Field(min_length=1, max_length=len(Then))]
    active: bool = True
    reason: Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX)] = None


class RulesBody(Body):
    """All rules as they shall be."""

    rules: Annotated[list[RuleBody], Field(max_length=RULES_MAX)]


def rules_asked(call: Call, bodies: list[RuleBody]) -> tuple[Rule, ...] | Refusal:
    """The rules asked for, well-formed, in the client's currency."""
    owner = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if owner is None:
        return NOT_FOUND
    rules = []
    for at, body in enumerate(bodies):
        rule = _rule(body, owner.currency, f"rules.{at}")
        if isinstance(rule, Refusal):
            return rule
        rules.append(rule)
    return malformed(tuple(rules), owner.currency) or tuple(rules)


def _rule(body: RuleBody, currency: str, field: str) -> Rule | Refusal:
    blocks = []
    for place, conditions in enumerate(body.when):
        block = tuple(_conditions(conditions, currency, f"{field}.when.{place}"))
        refused = next((each for each in block if isinstance(each, Refusal)), None)
        if refused is not None:
            return refused
        blocks.append(tuple(each for each in block if isinstance(each, Condition)))
    then = tuple(body.then)
    return Rule(body.id, body.name, tuple(blocks), then, body.active, body.reason)


def _conditions(
    bodies: list[ConditionBody], currency: str, field: str
) -> Iterator[Condition | Refusal]:
    for number, body in enumerate(bodies):
        low = _bound(body.at_least, currency, f"{field}.{number}.at_least")
        high = _bound(body.below, currency, f"{field}.{number}.below")
        if isinstance(low, Refusal):
            yield low
        elif isinstance(high, Refusal):
            yield high
        else:
            lists = (tuple(body.any_of), tuple(body.none_of))
            yield Condition(body.fact, low, high, *lists, body.holds)


def _bound(body: MoneyBody | int | None, currency: str, field: str) -> Money | int | Refusal | None:
    return money_of(body, currency, field) if isinstance(body, MoneyBody) else body
