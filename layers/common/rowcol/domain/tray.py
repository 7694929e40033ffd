"""The hygiene tray: one live item per lasting discrepancy; it closes itself when facts agree."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rowcol.domain.money import Money
from rowcol.domain.plain import canonical
from rowcol.domain.scope import SYSTEM, key_of, valid_id

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_WORD = re.compile(r"[A-Za-z0-9_]{1,20}")
# What an item remembers of its life; the log has all of it.
ACTS_KEPT = 40


class Severity(StrEnum):
    """How soon a person should look."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


RANK = {Severity.HIGH: 1, Severity.MEDIUM: 2, Severity.LOW: 3}


class TrayState(StrEnum):
    """Live until the facts agree or a person ends it; only `open` waits for somebody.

    `fixed`: a person says so, the facts have to show it. `accepted`: may be as it is, as long as
    both values stay. `excluded`: a rule keeps it out of the list. A snoozed item is open.
    """

    OPEN = "open"
    FIXED = "fixed"
    ACCEPTED = "accepted"
    EXCLUDED = "excluded"
    CLOSED = "closed"


class QuestionState(StrEnum):
    """A question to the client."""

    ASKED = "asked"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Question:
    """What the client is asked about an item. `ended_by`: who answered or withdrew it."""

    text: str
    asked_by: str
    asked_hands: str
    asked_at: datetime
    state: QuestionState = QuestionState.ASKED
    answer: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person said when they accepted an item or recorded a fix of it."""

    by: str
    hands: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of an item that people change: what an act may be taken back to."""

    state: TrayState = TrayState.OPEN
    closed_at: datetime | None = None
    closed_because: str | None = None
    owner: str | None = None
    due_on: date | None = None
    snoozed_until: datetime | None = None
    question: Question | None = None
    settlement: Settlement | None = None
    rule_id: str | None = None
    prove_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One step of an item's life. `before`: how it stood, where a person may take the act back.

    `verb`: a person's, or `reopened`, `closed`, `woken`, `excluded` by RowCol itself.
    """

    at: datetime
    by: str
    verb: str
    words: str
    before: Standing | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True)
class TrayItem:
    """`id` is made of subject and kind, so the same discrepancy cannot be live twice.

    `expected` and `found` are both values as text; `occurrence` counts how often it was opened.
    `party`, `party_id`, `amount`: whom and how much it is about, where that is known. `labels`:
    what an event or a dead letter can be found by; `source`: what replays it.
    `rule_id`: of the rule that excludes it. `prove_by`: when a fix that no fact shows opens it
    again. `acts` are kept with the item only: an entry of the log shows its own.
    """

    id: str
    version: int
    subject: str
    item: str
    severity: Severity
    title: str
    expected: str
    found: str
    opened_at: datetime
    state: TrayState = TrayState.OPEN
    closed_at: datetime | None = None
    closed_because: str | None = None
    occurrence: int = 1
    link: str | None = None
    party: str | None = None
    party_id: str | None = None
    amount: Money | None = None
    owner: str | None = None
    due_on: date | None = None
    snoozed_until: datetime | None = None
    question: Question | None = None
    settlement: Settlement | None = None
    rule_id: str | None = None
    prove_by: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    acts: tuple[Act, ...] = ()

    kind = "tray"

    @property
    def list_key(self) -> str | None:
        """By state."""
        return f"{self.state.value}#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """When a snooze ends, or a fix has to be seen."""
        return self.snoozed_until if self.state is TrayState.OPEN else self.prove_by

    @property
    def is_live(self) -> bool:
        """Whether the discrepancy is still there, as far as anybody knows."""
        return self.state is not TrayState.CLOSED

    @property
    def last_standing_verb(self) -> str | None:
        """The last thing that happened to it and was not taken back."""
        return next((act.verb for act in reversed(self.acts) if act.undone_at is None), None)

    @property
    def mark(self) -> str:
        """What a person has seen when they accept it: both values, how severe, which time."""
        return mark_of(self.expected, self.found, self.severity, self.occurrence)

    @property
    def standing(self) -> Standing:
        """The part that people change."""
        return Standing(**{name: getattr(self, name) for name in _STANDING})

    def standing_as(self, standing: Standing, act: Act) -> TrayItem:
        """The item after an act that changes its standing."""
        changes: dict[str, Any] = {name: getattr(standing, name) for name in _STANDING}
        return replace(self, **changes, acts=kept((*self.acts, act)))


_STANDING = tuple(one.name for one in fields(Standing))


def mark_of(expected: str, found: str, severity: str, occurrence: int) -> str:
    """A short mark of what an item says; another mark means that it says something else."""
    text = canonical([expected, found, str(severity), occurrence])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def kept(acts: Iterable[Act]) -> tuple[Act, ...]:
    """The latest acts."""
    return tuple(acts)[-ACTS_KEPT:]


def tray_id(subject: str, item: str) -> str:
    """The id of the tray item of one kind (a snake_case name) for one subject as `payment-pay_01`.

    Two pairs never share an id: one too long for an id, or with characters that an id cannot have,
    gives its hash after the subject's first word.
    """
    plain = f"{subject}-{item}"
    if valid_id(plain):
        return plain
    first = _FIRST_WORD.match(subject)
    return key_of(first.group() if first else "subject", f"{subject}/{item}")


def opened(existing: TrayItem | None, fresh: TrayItem) -> TrayItem | None:
    """The item to store so that `fresh` is live; None when it is, with the same values.

    Other values, or a graver one, end a snooze, an acceptance, a recorded fix and an exclusion.
    One that comes again keeps its owner.
    """
    if existing is None:
        return fresh
    at = fresh.opened_at
    if existing.state is TrayState.CLOSED:
        again = Act(at, SYSTEM.id, "reopened", "it is there again")
        return replace(
            fresh,
            version=existing.version,
            occurrence=existing.occurrence + 1,
            owner=existing.owner,
            acts=kept((*existing.acts, again)),
        )
    refreshed = replace(
        existing,
        expected=fresh.expected,
        found=fresh.found,
        title=fresh.title,
        severity=fresh.severity,
        link=fresh.link,
        party=fresh.party or existing.party,
        party_id=fresh.party_id or existing.party_id,
        amount=fresh.amount or existing.amount,
        labels=fresh.labels or existing.labels,
        source=fresh.source or existing.source,
    )
    if refreshed == existing:
        return None
    news = _news(existing, refreshed)
    aside = existing.state is not TrayState.OPEN or existing.snoozed_until is not None
    return reopened(refreshed, at, news) if news and aside else refreshed


def _news(before: TrayItem, after: TrayItem) -> str | None:
    """Why a person has to look again; None for other words about the same values."""
    old, new = (before.expected, before.found), (after.expected, after.found)
    if old != new:
        return f"other values: was {_short(before.found)!r} where {_short(before.expected)!r}"
    if RANK[after.severity] < RANK[before.severity]:
        return f"graver: was {before.severity.value}"
    return None


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def reopened(item: TrayItem, at: datetime, because: str) -> TrayItem:
    """A live item waits for somebody again; owner, due date and question stay."""
    standing = replace(
        item.standing,
        state=TrayState.OPEN,
        snoozed_until=None,
        settlement=None,
        rule_id=None,
        prove_by=None,
    )
    return item.standing_as(standing, Act(at, SYSTEM.id, "reopened", because))


def closed(existing: TrayItem | None, at: datetime, because: str) -> TrayItem | None:
    """The item to store so that it is closed, or None when there is nothing live."""
    if existing is None or existing.state is TrayState.CLOSED:
        return None
    question = existing.question
    if question is not None and question.state is QuestionState.ASKED:
        question = replace(question, state=QuestionState.WITHDRAWN, ended_by=SYSTEM.id, ended_at=at)
    standing = replace(
        existing.standing,
        state=TrayState.CLOSED,
        closed_at=at,
        closed_because=because,
        snoozed_until=None,
        prove_by=None,
        question=question,
    )
    return existing.standing_as(standing, Act(at, SYSTEM.id, "closed", because))
