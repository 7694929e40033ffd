"""Which candidates are as good as certain: rules over everything that is there, never a score.

A matched one is exact to the cent, in its window, told by its text or of an amount that nobody else
has, and without a rival on either side. It still waits for a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rowcol.domain.cash_matching.candidate import MatchCandidate
from rowcol.domain.cash_matching.clues import is_round
from rowcol.domain.cash_matching.ground import Ground, ground_of
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.score import Form
from rowcol.domain.cash_matching.wanted import OpenItem
from rowcol.domain.facts import BankLine

# Some of more items than these add up to nearly any amount by chance.
PARTS_WITHOUT_CHANCE = 10
# So many days a line has to be nearer to its own item than to any other that is alike.
NEARER_DAYS = 7
# What banks take for a wire: whole fives, up to fifty.
FEE_MINOR_STEP, FEE_MINOR_MAX = 500, 5_000
_ROUNDS_MAX = 3


def matched(pool: Pool, every: Mapping[str, MatchCandidate], cut: frozenset[str]) -> frozenset[str]:
    """Ids of matched ones among all candidates of a pool; no two of them share a line or an item.

    `cut`: lines whose search for sums was cut short, of which no sum is certain. In rounds: what is
    found leaves fewer rivals for the rest.
    """
    every_one = (_Judged(name, one, ground_of(pool, one), one.names) for name, one in every.items())
    left = [one for one in every_one if one.ground > Ground.AGAINST]
    found: set[str] = set()
    used: set[str] = set()
    for _ in range(_ROUNDS_MAX):
        judged = _Round(pool, left, cut)
        fresh = [one for one in left if judged.is_matched(one)]
        if not fresh:
            break
        found |= {one.id for one in fresh}
        used |= {name for one in fresh for name in one.names}
        left = [one for one in left if used.isdisjoint(one.names)]
    return frozenset(found)


class _Judged(NamedTuple):
    """A candidate with what is asked of it again and again: its id is a hash."""

    id: str
    of: MatchCandidate
    ground: Ground
    names: tuple[str, ...]


class _Round:
    """All candidates that are left, by what they share."""

    def __init__(
        self,
        pool: Pool,
        left: Iterable[_Judged],
        cut: frozenset[str],
    ) -> None:
        self._pool = pool
        self._cut = cut
        self._sharing: dict[str, list[_Judged]] = defaultdict(list)
        alike: dict[tuple[str, int], list[_Judged]] = defaultdict(list)
        for one in left:
            for name in one.names:
                self._sharing[name].append(one)
            if one.of.form is Form.ONE and one.of.is_exact and one.ground is Ground.NAMED:
                alike[self._row_of(one)].append(one)
        rows = (row for row in alike.values() if len(row) > 1)
        self._in_order = {name for row in rows for name in self._paired(row)}

    def is_matched(self, one: _Judged) -> bool:
        """Whether it is exact and telling, and nothing else is as good for a line or an item."""
        if not (one.of.is_exact or self._is_less_a_fee(one)) or not self._is_telling(one):
            return False
        return not any(
            self._rivals(other, one)
            for name in one.names
            for other in self._sharing[name]
            if other is not one
        )

    def _rivals(self, other: _Judged, one: _Judged) -> bool:
        theirs, own = other.ground, one.ground
        if not other.of.is_exact and one.of.is_exact:
            # A fee or a discount of what the text names is likelier than a stranger's exact sum.
            return theirs is Ground.NAMED and own is not Ground.NAMED
        if one.id in self._in_order and self._are_alike(other, one):
            return False
        return theirs >= own

    def _are_alike(self, other: _Judged, one: _Judged) -> bool:
        named = other.of.form is Form.ONE and other.ground is Ground.NAMED
        return named and self._row_of(other) == self._row_of(one)

    def _row_of(self, one: _Judged) -> tuple[str, int]:
        item = self._item(one)
        return item.party, item.wanted.amount.minor

    def _paired(self, row: Sequence[_Judged]) -> list[str]:
        """Of a party's items of one amount the line's is the one of its place, the oldest first, if
        it is also the nearest one by far.
        """
        lines = {self._line(one).line_id: self._line(one) for one in row}.values()
        in_time = sorted(lines, key=lambda line: (line.posted_on, line.line_id))
        items = {self._item(one).target: self._item(one) for one in row}.values()
        in_order = sorted(items, key=lambda item: item.order)
        if len(in_time) > len(in_order):
            return []  # one of the lines is of something that is not here
        pairs = {
            (line.line_id, item.target)
            for line, item in zip(in_time, in_order, strict=False)
            if _is_nearest(line, item, in_order)
        }
        return [one.id for one in row if (one.of.line_ids[0], one.of.targets[0]) in pairs]

    def _is_less_a_fee(self, one: _Judged) -> bool:
        """Whether a bank kept its fee for a wire of what the text names: in or out, the line says
        so many whole dollars more than the item.
        """
        fee = one.of.difference_minor
        plain = 0 < fee <= FEE_MINOR_MAX and fee % FEE_MINOR_STEP == 0
        return plain and one.of.form is Form.ONE and one.ground is Ground.NAMED

    def _is_telling(self, one: _Judged) -> bool:
        """Whether it can be no chance, each form by its own rule."""
        ground = one.ground
        if one.of.form is Form.ONE:
            plain = is_round(self._item(one).wanted.amount)
            return ground >= (Ground.RAIL if plain else Ground.NOTHING)
        if not self._cut.isdisjoint(one.of.line_ids):
            return False
        if one.of.form is Form.SPLIT:
            return ground is Ground.NAMED
        return ground >= Ground.RAIL and self._possible(one, ground) <= PARTS_WITHOUT_CHANCE

    def _possible(self, one: _Judged, ground: Ground) -> int:
        """Of how many items the sum may have been made: the party's, or Ramp's of that day."""
        line, first = self._line(one), self._item(one)
        if ground is Ground.NAMED:
            mine = self._pool.of_party(first.party)
        else:
            mine = self._pool.of_rail(first.expected_on)
        return sum(_may_be_part(item, line) for item in mine)

    def _item(self, one: _Judged) -> OpenItem:
        return self._pool.item(one.of.targets[0])

    def _line(self, one: _Judged) -> BankLine:
        return self._pool.line(one.of.line_ids[0])


def _is_nearest(line: BankLine, item: OpenItem, alike: Iterable[OpenItem]) -> bool:
    others = [_days(line, other) for other in alike if other.target != item.target]
    return not others or _days(line, item) + NEARER_DAYS <= min(others)


def _days(line: BankLine, item: OpenItem) -> int:
    return abs((line.posted_on - item.expected_on).days)


def _may_be_part(item: OpenItem, line: BankLine) -> bool:
    minor, whole = item.wanted.amount.minor, line.amount.minor
    smaller = (minor > 0) == (whole > 0) and abs(minor) < abs(whole)
    return smaller and item.wanted.first <= line.posted_on <= item.wanted.last
