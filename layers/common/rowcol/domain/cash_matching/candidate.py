"""A proposal of which items one line, or several, are the money of; explained, never more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.cash_matching.score import Feature, Form
from rowcol.domain.cash_matching.wanted import CashTarget

# A weaker candidate is not worth looking at; only a better one is put before people unasked.
SHOWN_FROM = 400
PROPOSED_FROM = 640
# Two candidates whose scores are nearer than this cannot be told apart by them.
TIE_WITHIN = 15
_PREFIX = "mat_"


class Strength(StrEnum):
    """MATCHED: exact and without a rival by rules. SUGGESTED: the best that a score could find."""

    MATCHED = "matched"
    SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """Lines and items of one movement of money. `difference_minor`: lines less items.

    `tie`: another candidate fits as well, so that a person has to look at both.
    """

    line_ids: tuple[str, ...]
    targets: tuple[CashTarget, ...]
    form: Form
    difference_minor: int
    score: int
    features: tuple[Feature, ...]
    tie: bool = False

    @property
    def id(self) -> str:
        """Of this combination, whoever finds it and however often."""
        return match_id(self.line_ids, self.targets)

    @property
    def is_exact(self) -> bool:
        """Whether not a cent is left over."""
        return self.difference_minor == 0

    @property
    def names(self) -> tuple[str, ...]:
        """Its lines and its items: what no other match may have as well."""
        return (*self.line_ids, *(str(target) for target in self.targets))

    @property
    def order(self) -> tuple[int, int, tuple[str, ...], tuple[str, ...]]:
        """The best first; equal ones by what they are made of."""
        names = tuple(str(target) for target in self.targets)
        return -self.score, len(self.targets) + len(self.line_ids), self.line_ids, names


@dataclass(frozen=True, slots=True)
class Candidates:
    """Of one line, the best first. `gave_up`: a search for sums was cut short."""

    found: tuple[MatchCandidate, ...]
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class Proposals:
    """Of all lines together, the best first; `gave_up`: lines whose search was cut short."""

    found: tuple[MatchCandidate, ...]
    matched: frozenset[str]
    gave_up: frozenset[str]

    def strength(self, one: MatchCandidate) -> Strength:
        """How sure one of them is."""
        return Strength.MATCHED if one.id in self.matched else Strength.SUGGESTED


def is_match(claimed_by: str) -> bool:
    """Whether a bank line is claimed by a match, and not by a payment alone."""
    return claimed_by.startswith(_PREFIX)


def match_id(line_ids: Iterable[str], targets: Iterable[CashTarget]) -> str:
    """The id of a combination of lines and items."""
    text = "\n".join((*sorted(line_ids), "|", *sorted(str(target) for target in targets)))
    return f"{_PREFIX}{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:40]}"
