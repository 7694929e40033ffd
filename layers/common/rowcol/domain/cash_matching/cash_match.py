"""Lines of the bank and the items they are the money of: proposed, confirmed, or no longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.cash_matching.candidate import Strength, match_id
from rowcol.domain.cash_matching.score import Feature
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money
from rowcol.domain.scope import key_of

LINES_MAX = 20
PARTS_MAX = 20


class MatchState(StrEnum):
    """TENTATIVE until a person confirms or rejects it; WITHDRAWN when it fits no longer.

    UNDONE ones and REJECTED ones are remembered: they are not found again.
    """

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNDONE = "undone"
    WITHDRAWN = "withdrawn"


class How(StrEnum):
    """How it was found: the first two confirm themselves, the others never."""

    TRACE_ID = "trace_id"
    EXACT = "exact"
    SCORED = "scored"
    PERSON = "person"
    SET_ASIDE = "set_aside"


REFUSED = frozenset({MatchState.REJECTED, MatchState.UNDONE})


@dataclass(frozen=True, slots=True)
class MatchPart:
    """What of the lines is one item's: an amount as at the bank (out positive), and whose."""

    target: CashTarget
    amount: Money
    party_name: str
    party_id: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class CashMatch(NeverDue):
    """The aggregate. Its id is made of lines and items: one combination is one match for ever.

    `difference`: lines less parts, a fee or rounding. Without parts the lines were set aside: a
    person said that nothing here belongs to them. `strength`: how sure its
    proposal was; None where there was none. `alias_id`: the alias that it taught.
    """

    id: str
    version: int
    state: MatchState
    how: How
    lines: tuple[BankLine, ...]
    parts: tuple[MatchPart, ...]
    difference: Money
    explanation: str
    made_at: datetime
    score: int | None = None
    features: tuple[Feature, ...] = ()
    tie: bool = False
    strength: Strength | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    alias_id: str | None = None

    kind = "cashmatch"

    @property
    def line_ids(self) -> tuple[str, ...]:
        """The bank's ids of its lines."""
        return tuple(line.line_id for line in self.lines)

    @property
    def targets(self) -> tuple[CashTarget, ...]:
        """Its items."""
        return tuple(part.target for part in self.parts)

    @property
    def is_refused(self) -> bool:
        """Whether a person has said no to this combination."""
        return self.state in REFUSED

    @property
    def is_confirmed(self) -> bool:
        """Whether it holds."""
        return self.state is MatchState.CONFIRMED

    @property
    def list_key(self) -> str | None:
        """By state, proposals by strength, then by the last day of its lines."""
        day = max(line.posted_on for line in self.lines).isoformat()
        return f"{listed(self.state, self.strength)}{day}#{self.id}"


def listed(state: MatchState, strength: Strength | None) -> str:
    """Where matches are listed: those of a state, and of proposals those of a strength."""
    if state is not MatchState.TENTATIVE or strength is None:
        return f"{state.value}#"
    return f"{state.value}#{strength.value}#"


def identity(lines: tuple[BankLine, ...], parts: tuple[MatchPart, ...]) -> str:
    """The id of the match of these lines and parts."""
    return match_id((line.line_id for line in lines), (part.target for part in parts))


@dataclass(frozen=True, slots=True)
class TargetPart:
    """What one confirmed match has found of an item, as at the bank."""

    match_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class TargetCash(NeverDue):
    """All that confirmed matches have found of one bill or invoice."""

    id: str
    version: int
    target: CashTarget
    parts: tuple[TargetPart, ...] = ()

    kind = "targetcash"

    def found(self, currency: str) -> Money:
        """The sum of its parts."""
        return Money(sum(part.amount.minor for part in self.parts), currency)

    def taking(self, match: str, amount: Money) -> TargetCash:
        """With the part of one more match."""
        return replace(self, parts=(*self.parts, TargetPart(match, amount)))

    def without(self, match: str) -> TargetCash:
        """Without the part of a match."""
        return replace(self, parts=tuple(part for part in self.parts if part.match_id != match))

    @property
    def list_key(self) -> str | None:
        """Those with parts, by kind."""
        return f"{self.target.kind.value}#{self.id}" if self.parts else None


def target_key(target: CashTarget) -> str:
    """Under which id the found cash of a bill or invoice is kept."""
    return key_of(target.kind.value, target.id)


def of_customers(kind: TargetKind) -> bool:
    """Whether an item of this kind brings money in."""
    return kind is TargetKind.INVOICE
