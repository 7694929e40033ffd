"""A client's staging rules applied to one bill: what is demanded, what is forbidden, and why.

Every active rule is asked and what follows is joined: demands add up, "do not stage" stands above
"stage by itself". A condition over something unknown counts as fulfilled for whatever makes it
harder, and as not fulfilled for staging by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rowcol.domain.requirements import Requirements
from rowcol.domain.staging_rules import DEMANDING, Rule, Then
from rowcol.domain.staging_rules_facts import (
    Answer,
    ConditionExplained,
    FactsOfBill,
    asked_of,
    either,
    every,
)


@dataclass(frozen=True, slots=True)
class BlockExplained:
    """All conditions of a block: every one has to hold."""

    answer: Answer
    conditions: tuple[ConditionExplained, ...]


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """Whether a rule matched, what follows from it for this bill, and why."""

    id: str
    name: str
    active: bool
    answer: Answer
    follows: tuple[Then, ...]
    words: str
    blocks: tuple[BlockExplained, ...]


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A rule that says: do not stage."""

    rule_id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What all rules together say of a bill. `auto_stage`: ids of the rules that stage it."""

    requirements: Requirements
    forbidden: tuple[Forbidden, ...]
    auto_stage: tuple[str, ...]
    rules: tuple[RuleExplained, ...]


def evaluated(rules: Iterable[Rule], facts: FactsOfBill) -> Evaluated:
    """All rules applied to what is known of a bill."""
    explained = [(rule, _explained(rule, facts)) for rule in rules]
    follows = {then: _ids(explained, then) for then in Then}
    demanding = [
        rule.id
        for rule, told in explained
        if DEMANDING.intersection(told.follows) - {Then.DO_NOT_STAGE}
    ]
    forbidden = tuple(
        Forbidden(rule.id, rule.name, rule.reason or rule.name)
        for rule, told in explained
        if Then.DO_NOT_STAGE in told.follows
    )
    return Evaluated(
        Requirements(
            second_person=bool(follows[Then.SECOND_PERSON]),
            step_up=bool(follows[Then.STEP_UP]),
            call_back=bool(follows[Then.CALL_BACK]),
            because=tuple(demanding),
        ),
        forbidden,
        () if forbidden else follows[Then.AUTO_STAGE],
        tuple(told for _, told in explained),
    )


def _ids(explained: list[tuple[Rule, RuleExplained]], then: Then) -> tuple[str, ...]:
    return tuple(rule.id for rule, told in explained if then in told.follows)


def _explained(rule: Rule, facts: FactsOfBill) -> RuleExplained:
    blocks = tuple(
        BlockExplained(every(each.answer for each in asked), asked)
        for asked in (
            tuple(asked_of(condition, facts) for condition in block) for block in rule.when
        )
    )
    found = either(block.answer for block in blocks)
    follows = tuple(then for then in Then if then in rule.then and _follows(rule, then, found))
    words = _words(rule, found, blocks)
    return RuleExplained(rule.id, rule.name, rule.active, found, follows, words, blocks)


def _follows(rule: Rule, then: Then, found: Answer) -> bool:
    if not rule.active or found is Answer.NO:
        return False
    return found is Answer.YES or then in DEMANDING


def _words(rule: Rule, found: Answer, blocks: tuple[BlockExplained, ...]) -> str:
    if not rule.active:
        return "switched off"
    if found is Answer.NO:
        return f"does not match: {_against(blocks)}"
    place = next(at for at, block in enumerate(blocks, 1) if block.answer is found)
    block = blocks[place - 1]
    if found is Answer.YES:
        told = "; ".join(f"{each.fact.value}: {each.found}" for each in block.conditions)
        return f"matches by block {place}: {told or 'it asks for nothing'}"
    unknown = ", ".join(
        each.fact.value for each in block.conditions if each.answer is Answer.UNKNOWN
    )
    return f"cannot be told, so what it demands holds: {unknown} unknown in block {place}"


def _against(blocks: tuple[BlockExplained, ...]) -> str:
    """The first condition of each block that does not hold."""
    first = [
        next(each for each in block.conditions if each.answer is Answer.NO) for block in blocks
    ]
    return "; ".join(f"{each.fact.value}: {each.found}, wanted {each.wanted}" for each in first)
