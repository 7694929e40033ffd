"""Whose a text seems to be that names nobody known: it came twice with sums of one party alone.

A guess of one look at a client's lines, for proposals; only what people confirm is learned
(alias.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from rowcol.domain.cash_matching.clues import is_round
from rowcol.domain.cash_matching.text import own_words
from rowcol.domain.cash_matching.wanted import OpenItem
from rowcol.domain.facts import BankLine

SEEN_MIN = 2
# A text of very many lines meets anybody's sum now and then.
LINES_PER_SUM = 4
# Banks cut names off: so many letters are compared.
_LETTERS = 6


class Habits:
    """Parties by the rarest word of a text."""

    def __init__(
        self,
        lines: Iterable[BankLine],
        near: Callable[[BankLine], Iterable[OpenItem]],
    ) -> None:
        """`lines`: those whose text names nobody known. `near`: items of about a line's amount."""
        every = tuple(lines)
        self._common = Counter(word for line in every for word in set(_words(line)))
        seen: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for line in every:
            word = self._rarest(line)
            if word is None or is_round(line.amount):
                continue
            for item in near(line):
                wanted = item.wanted
                timely = wanted.first <= line.posted_on <= wanted.last
                if timely and wanted.amount == line.amount and not wanted.by_rail:
                    seen[word][item.party].add(line.amount.minor)
        self._parties = _clear(seen, self._common)

    def party(self, line: BankLine) -> str | None:
        """Whose a line seems to be."""
        word = self._rarest(line)
        return self._parties.get(word) if word is not None else None

    def _rarest(self, line: BankLine) -> str | None:
        words = _words(line)
        return min(words, key=lambda word: (self._common[word], words.index(word)), default=None)


def _words(line: BankLine) -> list[str]:
    return [word[:_LETTERS] for word in own_words(line.text)]


def _clear(seen: Mapping[str, Mapping[str, set[int]]], common: Mapping[str, int]) -> dict[str, str]:
    """Words that came with several different sums of one party, and with fewer of any other."""
    found: dict[str, str] = {}
    for word, parties in seen.items():
        (party, amounts), *others = sorted(parties.items(), key=lambda one: (-len(one[1]), one[0]))
        often = max(SEEN_MIN, common[word] // LINES_PER_SUM)
        if len(amounts) >= often and all(len(one) < len(amounts) for _, one in others):
            found[word] = party
    return found
