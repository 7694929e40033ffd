"""What a change of staging rules makes weaker: such a change needs a second person.

Told from the rules' texts alone, for every bill there can be. Never too little is found: where it
cannot be seen that the new rules demand as much (a block that was split in two, for example), they
count as weaker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rowcol.domain.money import Money
from rowcol.domain.staging_rules import DEMANDING, Block, Condition, Rule, Then, Weakening


def weakenings(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[Weakening, ...]:
    """What was demanded and no longer is, and what is staged by itself and was not.

    Without any, each bill meets at least the demands it met before, whatever is known of it.
    """
    found: dict[tuple[str, Then], Weakening] = {}
    for then in sorted(DEMANDING):
        for rule, block in _blocks(before, then):
            if not any(_implies(block, other) for _, other in _blocks(after, then)):
                words = f"rule {rule.name!r} demanded {then.value} where no rule does any more"
                found.setdefault((rule.id, then), Weakening(rule.id, then, words))
    staging = Then.AUTO_STAGE
    for rule, block in _blocks(after, staging):
        if not any(_implies(block, other) for _, other in _blocks(before, staging)):
            words = f"rule {rule.name!r} stages bills by itself that no rule did before"
            found.setdefault((rule.id, staging), Weakening(rule.id, staging, words))
    return tuple(found.values())


def _blocks(rules: Iterable[Rule], then: Then) -> Iterator[tuple[Rule, Block]]:
    """The blocks of the rules from which something follows."""
    for rule in rules:
        if rule.active and then in rule.then:
            yield from ((rule, block) for block in rule.when)


def _implies(block: Block, other: Block) -> bool:
    """Whether each bill that fulfils one block fulfils the other, by what its conditions say.

    Each condition follows from one over the same fact, so the same holds where facts are unknown.
    """
    return all(
        any(_condition_implies(given, wanted) for given in block if given.fact is wanted.fact)
        for wanted in other
    )


def _condition_implies(given: Condition, wanted: Condition) -> bool:
    """Of two conditions over one fact."""
    if given.holds is not wanted.holds:
        return False
    above = wanted.at_least is None or _not_below(given.at_least, wanted.at_least)
    under = wanted.below is None or _not_below(wanted.below, given.below)
    return above and under and _lists_imply(given, wanted)


def _not_below(one: Money | int | None, other: Money | int | None) -> bool:
    """Whether a bound is at least another; of different kinds or currencies nobody knows."""
    if isinstance(one, Money) and isinstance(other, Money):
        return one.currency == other.currency and one.minor >= other.minor
    return isinstance(one, int) and isinstance(other, int) and one >= other


def _lists_imply(given: Condition, wanted: Condition) -> bool:
    if wanted.any_of:
        return bool(given.any_of) and set(given.any_of) <= set(wanted.any_of)
    if not wanted.none_of:
        return True
    if given.any_of:
        return set(given.any_of).isdisjoint(wanted.none_of)
    return set(wanted.none_of) <= set(given.none_of)
