"""Open items and free lines as they are looked up: by amount, by party, by day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property

from rowcol.domain.cash_matching.clues import NO_ALIASES, Aliases, names_rail
from rowcol.domain.cash_matching.exact import standing
from rowcol.domain.cash_matching.habits import Habits
from rowcol.domain.cash_matching.text import (
    RAIL,
    letters_said,
    name_words,
    names,
    normalised,
    says_enough,
    tokens,
)
from rowcol.domain.cash_matching.tolerance import CashTolerance
from rowcol.domain.cash_matching.wanted import CashTarget, OpenItem
from rowcol.domain.facts import BankLine

_PREFIX = 4


class Pool:
    """What may be matched with what. The order in which items and lines are given never matters."""

    def __init__(
        self,
        items: Iterable[OpenItem],
        lines: Iterable[BankLine],
        tolerance: CashTolerance | None = None,
        aliases: Aliases = NO_ALIASES,
        others: Iterable[BankLine] = (),
    ) -> None:
        """`others`: lines that are somebody's already; they only tell how this bank writes."""
        self.items = tuple(sorted(items, key=lambda item: item.order))
        self.lines = tuple(standing(lines))
        self.tolerance = tolerance or CashTolerance()
        self.aliases = aliases
        self.others = tuple(others)
        self._amounts = sorted(
            (item.wanted.amount.minor, place) for place, item in enumerate(self.items)
        )
        self._by_party: dict[str, list[OpenItem]] = defaultdict(list)
        self._parties: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._said: dict[str, list[BankLine]] = defaultdict(list)
        self._texts: dict[str, list[BankLine]] = defaultdict(list)
        self._items = {item.target: item for item in self.items}
        self._lines = {line.line_id: line for line in self.lines}
        self._rail_days: dict[date, list[OpenItem]] = defaultdict(list)
        self._ways: set[tuple[str, bool]] = set()
        self.names_rail = names_rail((*self.lines, *self.others))
        self._index()

    def _index(self) -> None:
        for item in self.items:
            self._by_party[item.party].append(item)
            self._ways.add((item.party, item.wanted.amount.minor > 0))
            if item.wanted.by_rail:
                self._rail_days[item.expected_on].append(item)
            for word in name_words(item.wanted.vendor_name):
                self._parties[word[:_PREFIX]].add((item.party, item.wanted.vendor_name))
        for line in self.lines:
            for word in {token[:_PREFIX] for token in tokens(line.text)}:
                self._said[word].append(line)
            self._texts[normalised(line.text)].append(line)

    def __contains__(self, target: CashTarget) -> bool:
        """Whether an item waits for money."""
        return target in self._items

    def item(self, target: CashTarget) -> OpenItem:
        """One of its items."""
        return self._items[target]

    def line(self, line_id: str) -> BankLine:
        """One of its lines, by the bank's id."""
        return self._lines[line_id]

    def of_rail(self, day: date) -> list[OpenItem]:
        """What Ramp pays with the same day expected."""
        return self._rail_days.get(day, [])

    def near(self, line: BankLine) -> list[OpenItem]:
        """Items whose amount is within the tolerance of a line's."""
        reach = 2 * self.tolerance.allowed(line.amount)
        minor = line.amount.minor
        first = bisect_left(self._amounts, (minor - reach, -1))
        last = bisect_right(self._amounts, (minor + reach, len(self.items)))
        found = [self.items[place] for _, place in self._amounts[first:last]]
        return [
            item
            for item in found
            if item.wanted.amount.currency == line.amount.currency
            and abs(item.wanted.amount.minor - minor) <= self.tolerance.allowed(item.wanted.amount)
            and (item.wanted.amount.minor > 0) == (minor > 0)
        ]

    def parties(self, line: BankLine) -> list[str]:
        """Parties that a line's text names, or whose text it was before, or seems to be."""
        found = self._named(line)
        seeming = self._habits.party(line) if not found else None
        return sorted(found) if seeming is None else [seeming]

    def meant(self, line: BankLine) -> str | None:
        """The one party that a line speaks of; None when none, or when several may be meant."""
        alias = self.aliases.get(normalised(line.text))
        if alias is not None:
            return alias
        if not self._named(line):
            return self._habits.party(line)
        return self._named_best(line)

    def is_printed(self, party: str) -> bool:
        """Whether this bank prints a party's own name: another text is hardly that party's."""
        return party in self._printed

    def _named(self, line: BankLine) -> set[str]:
        found = {party for party, _ in self._names_in(line)}
        alias = self.aliases.get(normalised(line.text))
        return found if alias is None else {*found, alias}

    def _names_in(self, line: BankLine) -> set[tuple[str, str]]:
        return {
            one
            for word in {token[:_PREFIX] for token in tokens(line.text)}
            for one in self._parties.get(word, ())
            if names(one[1], line.text)
        }

    def _named_best(self, line: BankLine) -> str | None:
        """The party of whose name a text says most, of those whose money goes this way."""
        out = line.amount.minor > 0
        found = sorted(
            (-letters_said(name, line.text), party, name)
            for party, name in self._names_in(line)
            if (party, out) in self._ways
        )
        if not found or (len(found) > 1 and found[0][0] == found[1][0]):
            return None
        _, party, name = found[0]
        return party if says_enough(name, line.text) else None

    @cached_property
    def _habits(self) -> Habits:
        return Habits((line for line in self.lines if not self._named(line)), self.near)

    @cached_property
    def _printed(self) -> frozenset[str]:
        """Ramp prints what the books say, whatever a vendor's own bank would."""
        every = (line for line in (*self.lines, *self.others) if RAIL not in tokens(line.text))
        found = (self._named_best(line) for line in every)
        return frozenset(party for party in found if party is not None)

    def of_party(self, party: str) -> list[OpenItem]:
        """Its open items, by the day expected."""
        return self._by_party.get(party, [])

    def like(self, line: BankLine, item: OpenItem) -> list[BankLine]:
        """Other lines that may be parts of the same payment: of its party or with this text."""
        words = {word[:_PREFIX] for word in name_words(item.wanted.vendor_name)}
        said = [other for word in sorted(words) for other in self._said.get(word, ())]
        named = [other for other in said if names(item.wanted.vendor_name, other.text)]
        text = normalised(line.text)
        same = self._texts.get(text, []) if text else []
        found = {other.line_id: other for other in (*named, *same)}
        return [other for name, other in sorted(found.items()) if name != line.line_id]
