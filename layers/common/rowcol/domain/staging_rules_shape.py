"""What well-formed staging rules are: which operands a fact takes, and how many of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rowcol.domain.money import Money
from rowcol.domain.plain import canonical
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.networks import Network
from rowcol.domain.scope import valid_id
from rowcol.domain.staging_rules import BillFact, Condition, Rule, Then

RULES_MAX = 50
BLOCKS_MAX = 10
CONDITIONS_MAX = 10
LIST_MAX = 100
NAME_CHARACTERS_MAX = 80
REASON_CHARACTERS_MAX = 200
VENDOR_CHARACTERS_MAX = 100
# All rules of a client as canonical JSON: an entry of the log holds them twice.
TEXT_CHARACTERS_MAX = 32_000
DAYS_MAX = 3_650

_AMOUNTS = frozenset({BillFact.AMOUNT})
_DAYS = frozenset({BillFact.ACCOUNT_AGE_DAYS, BillFact.DUE_IN_DAYS})
_LISTS = frozenset({BillFact.VENDOR, BillFact.NETWORK})
_NETWORKS = frozenset(network.value for network in Network)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Where, as `rules.0.when.1.2`, and what is wrong there."""

    field: str
    words: str


def malformed(rules: tuple[Rule, ...], currency: str) -> Refusal | None:
    """None when the rules can be kept, else `invalid_input` with the field and what is wrong.

    `currency`: the client's; an amount in another one is `currency_mismatch`.
    """
    for problem in _problems(rules):
        return Refusal(
            Code.INVALID_INPUT, f"{problem.field}: {problem.words}", {"field": problem.field}
        )
    for field, condition in _conditions(rules):
        for bound in (condition.at_least, condition.below):
            if isinstance(bound, Money) and bound.currency != currency:
                return Refusal(
                    Code.CURRENCY_MISMATCH,
                    f"the client's books are in {currency}",
                    {"field": field, "found": bound.currency, "expected": currency},
                )
    return None


def _problems(rules: tuple[Rule, ...]) -> Iterator[_Problem]:
    if len(rules) > RULES_MAX:
        yield _Problem("rules", f"at most {RULES_MAX}")
    if len({rule.id for rule in rules}) < len(rules):
        yield _Problem("rules", "two rules have one id")
    for at, rule in enumerate(rules):
        for words in _wrong_in_rule(rule):
            yield _Problem(f"rules.{at}", words)
    for field, condition in _conditions(rules):
        for words in _wrong_in_condition(condition):
            yield _Problem(field, words)
    if len(canonical(rules)) > TEXT_CHARACTERS_MAX:
        yield _Problem("rules", f"all rules together take at most {TEXT_CHARACTERS_MAX} characters")


def _conditions(rules: tuple[Rule, ...]) -> Iterator[tuple[str, Condition]]:
    for at, rule in enumerate(rules):
        for place, block in enumerate(rule.when):
            for number, condition in enumerate(block):
                yield f"rules.{at}.when.{place}.{number}", condition


def _wrong_in_rule(rule: Rule) -> Iterator[str]:
    if not valid_id(rule.id):
        yield "an id has 1 to 64 letters, digits, '_' and '-'"
    if not rule.name.strip() or len(rule.name) > NAME_CHARACTERS_MAX:
        yield f"a name has 1 to {NAME_CHARACTERS_MAX} characters"
    if not 1 <= len(rule.when) <= BLOCKS_MAX:
        yield f"1 to {BLOCKS_MAX} blocks"
    if any(len(block) > CONDITIONS_MAX for block in rule.when):
        yield f"at most {CONDITIONS_MAX} conditions a block"
    if not rule.then or len(set(rule.then)) < len(rule.then):
        yield "something follows, each thing once"
    if Then.DO_NOT_STAGE in rule.then and len(rule.then) > 1:
        yield "nothing else follows when it may not be staged"
    given = rule.reason is not None and bool(rule.reason.strip())
    if (Then.DO_NOT_STAGE in rule.then) is not given or (rule.reason is not None and not given):
        yield "a reason is given when, and only when, it may not be staged"
    if rule.reason is not None and len(rule.reason) > REASON_CHARACTERS_MAX:
        yield f"a reason has at most {REASON_CHARACTERS_MAX} characters"


def _wrong_in_condition(condition: Condition) -> Iterator[str]:
    bounds = [each for each in (condition.at_least, condition.below) if each is not None]
    lists = bool(condition.any_of) + bool(condition.none_of)
    needed: Callable[[Condition], str | None]
    if condition.fact in _AMOUNTS | _DAYS:
        needed, given = _bounds_problem, bool(bounds)
        strange = lists > 0 or condition.holds is not None
    elif condition.fact in _LISTS:
        needed, given = _list_problem, lists == 1
        strange = bool(bounds) or condition.holds is not None or lists > 1
    else:
        needed, given = _no_problem, condition.holds is not None
        strange = bool(bounds) or lists > 0
    if strange or not given:
        yield f"{condition.fact.value} takes {_TAKES[condition.fact]}"
    elif (words := needed(condition)) is not None:
        yield words


_TAKES = {
    **dict.fromkeys(_AMOUNTS, "at_least and below, one of them or both: amounts"),
    **dict.fromkeys(_DAYS, "at_least and below, one of them or both: days"),
    **dict.fromkeys(_LISTS, "either any_of or none_of"),
    **dict.fromkeys(frozenset(BillFact) - _AMOUNTS - _DAYS - _LISTS, "holds: true or false"),
}


def _bounds_problem(condition: Condition) -> str | None:
    kind = Money if condition.fact in _AMOUNTS else int
    bounds = [each for each in (condition.at_least, condition.below) if each is not None]
    if not all(isinstance(each, kind) for each in bounds):
        return f"{condition.fact.value} is bounded by {'amounts' if kind is Money else 'days'}"
    numbers = [each.minor if isinstance(each, Money) else each for each in bounds]
    if kind is Money and any(number <= 0 for number in numbers):
        return "amounts are above zero"
    if kind is int and any(abs(number) > DAYS_MAX for number in numbers):
        return f"at most {DAYS_MAX} days"
    if condition.fact is BillFact.ACCOUNT_AGE_DAYS and any(number < 0 for number in numbers):
        return "an account is not younger than nothing"
    return "nothing is at least one and below the other" if _empty(numbers) else None


def _empty(numbers: list[int]) -> bool:
    return len(numbers) == 2 and numbers[0] >= numbers[1]


def _list_problem(condition: Condition) -> str | None:
    listed = condition.any_of or condition.none_of
    if len(listed) > LIST_MAX or len(set(listed)) < len(listed):
        return f"at most {LIST_MAX}, each once"
    if condition.fact is BillFact.NETWORK:
        unknown = sorted(set(listed) - _NETWORKS)
        return f"no such network: {unknown[0][:40]}" if unknown else None
    if any(not 1 <= len(each) <= VENDOR_CHARACTERS_MAX for each in listed):
        return f"a vendor's id has 1 to {VENDOR_CHARACTERS_MAX} characters"
    return None


def _no_problem(_condition: Condition) -> str | None:
    return None
