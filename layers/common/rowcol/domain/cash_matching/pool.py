"""Open items and free lines as they are looked up: by amount, by party, by day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable

from rowcol.domain.cash_matching.exact import NO_ALIASES, Aliases, standing
from rowcol.domain.cash_matching.text import name_words, names, normalised, tokens
from rowcol.domain.cash_matching.tolerance import CashTolerance
from rowcol.domain.cash_matching.wanted import OpenItem
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
    ) -> None:
        self.items = tuple(sorted(items, key=lambda item: item.order))
        self.lines = tuple(standing(lines))
        self.tolerance = tolerance or CashTolerance()
        self.aliases = aliases
        self._amounts = sorted(
            (item.wanted.amount.minor, place) for place, item in enumerate(self.items)
        )
        self._by_party: dict[str, list[OpenItem]] = defaultdict(list)
        self._parties: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._said: dict[str, list[BankLine]] = defaultdict(list)
        self._texts: dict[str, list[BankLine]] = defaultdict(list)
        self._index()

    def _index(self) -> None:
        for item in self.items:
            self._by_party[item.party].append(item)
            for word in name_words(item.wanted.vendor_name):
                self._parties[word[:_PREFIX]].add((item.party, item.wanted.vendor_name))
        for line in self.lines:
            for word in {token[:_PREFIX] for token in tokens(line.text)}:
                self._said[word].append(line)
            self._texts[normalised(line.text)].append(line)

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
        """Parties that a line's text names, or whose text it was before."""
        found = {
            party
            for word in {token[:_PREFIX] for token in tokens(line.text)}
            for party, name in self._parties.get(word, ())
            if names(name, line.text)
        }
        alias = self.aliases.get(normalised(line.text))
        if alias is not None:
            found.add(alias)
        return sorted(found)

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
