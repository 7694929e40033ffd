"""How well lines were told apart: precision of what confirmed itself, recall of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from rowcol.domain.cash_matching.automatic import automatic
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.scored import propose
from tests.support.cash_world.world import World


@dataclass(frozen=True)
class Measured:
    """Counts of one world. Recall is of lines that truly have a counterpart.

    `confirmed` and `wrong`: lines that confirmed themselves, and those of them that were not that
    item's. `proposed`: lines whose proposal is exactly right, `misled` those where it is another.
    """

    seed: int
    lines: int
    items: int
    with_counterpart: int
    alone: int
    confirmed: int
    wrong: int
    proposed: int
    misled: int
    gave_up: int
    single: int
    single_confirmed: int
    kinds: Mapping[str, Counter[str]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def precision(self) -> float:
        """Share of right ones among lines that confirmed themselves."""
        return 1 - self.wrong / self.confirmed if self.confirmed else 1.0

    @property
    def recall(self) -> float:
        """Share of lines with a counterpart that were confirmed or proposed rightly."""
        return (self.confirmed - self.wrong + self.proposed) / self.with_counterpart

    @property
    def recall_alone(self) -> float:
        """Share of lines with a counterpart that were confirmed without a person, rightly."""
        return (self.confirmed - self.wrong) / self.with_counterpart

    @property
    def recall_single(self) -> float:
        """Of lines of one item with its exact amount, the share confirmed without a person."""
        return self.single_confirmed / self.single

    @property
    def text(self) -> str:
        """One line of figures."""
        return (
            f"seed {self.seed}: {self.lines} lines, {self.items} items,"
            f" {self.with_counterpart} lines with a counterpart;"
            f" confirmed by themselves {self.confirmed} ({self.recall_alone:.1%}"
            f" of them all, {self.recall_single:.1%} of the {self.single} exact ones),"
            f" wrong {self.wrong}, precision {self.precision:.2%};"
            f" proposed rightly {self.proposed}, recall {self.recall:.1%};"
            f" proposed wrongly {self.misled}; searches cut short {self.gave_up}"
        )


def measured(seed: int, world: World) -> Measured:
    """Match a world, and compare with its truth."""
    pool = Pool(world.items(), world.lines)
    certain = automatic(pool)
    groups = {item.target: item.group for item in pool.items}
    truth = {name: one for one in world.truths for name in one.lines}
    kinds: dict[str, Counter[str]] = {}
    errors: list[str] = []
    amounts = {item.group: item.wanted.amount for item in pool.items}
    single = {
        line.line_id
        for line in world.lines
        if (one := truth.get(line.line_id)) is not None
        and len(one.lines) == len(one.groups) == 1
        and amounts[next(iter(one.groups))] == line.amount
    }
    texts = {line.line_id: line.text for line in world.lines}

    def count(line: str, how: str) -> None:
        kinds.setdefault(world.kinds[line], Counter())[how] += 1

    wrong = confirmed = single_confirmed = 0
    used: set[str] = set()
    for made in certain:
        for line in made.matched.debits:
            confirmed += 1
            used.add(line.line_id)
            right = truth.get(line.line_id)
            if right is None or right.groups != {made.item.group} or len(right.lines) > 1:
                wrong += 1
                count(line.line_id, "WRONG")
                errors.append(
                    f"{world.kinds[line.line_id]}: {line.text!r} {line.amount} {line.posted_on} as"
                    f" {made.item.wanted.vendor_name} {made.item.expected_on}"
                )
            else:
                count(line.line_id, "confirmed")
                single_confirmed += line.line_id in single
        used |= {line.line_id for line in made.matched.credits}
    taken = {one.item.group for one in certain}
    left = Pool(
        [item for item in pool.items if item.group not in taken],
        [line for line in pool.lines if line.line_id not in used],
        pool.tolerance,
    )
    chosen, cut = propose(left)
    proposed = misled = 0
    for candidate in chosen:
        found = {groups[target] for target in candidate.targets}
        for name in candidate.line_ids:
            right = truth.get(name)
            good = (
                right is not None
                and right.groups == found
                and right.lines == set(candidate.line_ids)
            )
            proposed += good
            misled += not good
            count(name, "proposed" if good else "misled")
            if not good:
                errors.append(f"misled {world.kinds[name]}: {texts[name]!r} {candidate.score}")
    for name in truth:
        if name not in used and not any(name in one.line_ids for one in chosen):
            count(name, "missed")
    alone = len(world.lines) - len(truth)
    return Measured(
        seed, len(world.lines), len(pool.items), len(truth), alone, confirmed, wrong, proposed,
        misled, len(cut), len(single), single_confirmed, kinds, tuple(errors),
    )  # fmt: skip
