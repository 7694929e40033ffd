"""How well lines were told apart, at the product's operating point and beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rowcol.domain.cash_matching.automatic import automatic, left_over
from rowcol.domain.cash_matching.candidate import Strength
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.scored import propose
from rowcol.domain.cash_matching.wanted import CashTarget
from tests.support.cash_world.world import Truth, World


@dataclass(frozen=True)
class Tier:
    """Lines of one tier: `right` whose items are exactly theirs, `wrong` of anything else."""

    right: int
    wrong: int

    @property
    def precision(self) -> float:
        """Share of right ones."""
        return self.right / max(1, self.right + self.wrong)

    def __add__(self, other: Tier) -> Tier:
        return Tier(self.right + other.right, self.wrong + other.wrong)

    def __str__(self) -> str:
        return f"{self.right} right, {self.wrong} wrong"


@dataclass(frozen=True)
class Measured:
    """Counts of one world's lines. `with_counterpart`: those that are of an open item at all.

    `confirmed` did so by themselves, `matched` wait for a word, `suggested` are the rest.
    """

    seed: int
    lines: int
    items: int
    with_counterpart: int
    single: int
    single_confirmed: int
    confirmed: Tier
    matched: Tier
    suggested: Tier
    gave_up: int
    kinds: Mapping[str, Counter[str]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def automatic(self) -> Tier:
        """The operating point: what the product puts together, confirmed or matched."""
        return self.confirmed + self.matched

    @property
    def precision(self) -> float:
        """Of the operating point."""
        return self.automatic.precision

    @property
    def recall(self) -> float:
        """Share of all lines with a counterpart that are rightly confirmed or matched."""
        return self.automatic.right / self.with_counterpart

    @property
    def recall_alone(self) -> float:
        """The same of confirmed ones alone."""
        return self.confirmed.right / self.with_counterpart

    @property
    def recall_single(self) -> float:
        """Of lines of one item with its exact amount, the share confirmed without a person."""
        return self.single_confirmed / self.single

    @property
    def recall_suggested(self) -> float:
        """With suggestions, for what they are worth."""
        return (self.automatic.right + self.suggested.right) / self.with_counterpart

    @property
    def text(self) -> str:
        """One line of figures."""
        return (
            f"seed {self.seed}: {self.lines} lines, {self.items} items, {self.with_counterpart}"
            f" lines with a counterpart; confirmed by themselves: {self.confirmed}; matched:"
            f" {self.matched}; together precision {self.precision:.2%}, recall {self.recall:.2%};"
            f" suggested: {self.suggested}; searches cut short {self.gave_up}"
        )


def measured(seed: int, world: World) -> Measured:
    """Match a world as a run does, and compare with its truth."""
    pool = Pool(world.items(), world.lines)
    certain = automatic(pool)
    proposals = propose(left_over(pool, certain))
    marks = _Marks(world, {item.target: item.group for item in pool.items})
    for made in certain:
        names = [line.line_id for line in made.matched.debits]
        marks.mark("confirmed", names, [made.item.target])
    for one in proposals.found:
        tier = "matched" if proposals.strength(one) is Strength.MATCHED else "suggested"
        marks.mark(tier, one.line_ids, one.targets)
    single = _single(world, pool)
    return Measured(
        seed, len(world.lines), len(pool.items), len(marks.truth), len(single),
        len(single & marks.right["confirmed"]),
        marks.tier("confirmed"), marks.tier("matched"), marks.tier("suggested"),
        len(proposals.gave_up), marks.kinds(), tuple(marks.errors),
    )  # fmt: skip


class _Marks:
    """Which lines were told rightly, by tier."""

    def __init__(self, world: World, groups: Mapping[CashTarget, str]) -> None:
        self._world = world
        self._groups = groups
        self._texts = {line.line_id: f"{line.text!r} {line.amount}" for line in world.lines}
        self.truth: dict[str, Truth] = {name: one for one in world.truths for name in one.lines}
        self.right: dict[str, set[str]] = {"confirmed": set(), "matched": set(), "suggested": set()}
        self.wrong: Counter[str] = Counter()
        self.errors: list[str] = []

    def mark(self, tier: str, names: Iterable[str], targets: Iterable[CashTarget]) -> None:
        """One match: right where its lines and items are exactly those of one truth."""
        lines, groups = frozenset(names), {self._groups[target] for target in targets}
        for name in sorted(lines):
            truth = self.truth.get(name)
            if truth is not None and truth.groups == groups and truth.lines == lines:
                self.right[tier].add(name)
                continue
            self.wrong[tier] += 1
            said = f"{tier}, {self._world.kinds[name]}: {self._texts[name]} as {sorted(groups)}"
            self.errors.append(said)

    def tier(self, name: str) -> Tier:
        """How many lines of a tier are right."""
        return Tier(len(self.right[name]), self.wrong[name])

    def kinds(self) -> dict[str, Counter[str]]:
        """By kind of line, how those with a counterpart came out."""
        found: dict[str, Counter[str]] = {}
        for name in self.truth:
            tier = next((tier for tier, names in self.right.items() if name in names), "missed")
            found.setdefault(self._world.kinds[name], Counter())[tier] += 1
        return found


def _single(world: World, pool: Pool) -> set[str]:
    """Lines of one item with its exact amount."""
    amounts = {item.group: item.wanted.amount for item in pool.items}
    own = {line.line_id: line.amount for line in world.lines}
    return {
        name
        for one in world.truths
        if len(one.lines) == len(one.groups) == 1
        for name in one.lines
        if amounts[next(iter(one.groups))] == own[name]
    }
