"""The whole story of one payment from its own log entries: what happened, and what it brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from rowcol.domain.bill import RailCommand
from rowcol.domain.cancelling import CancelAsked
from rowcol.domain.event_versions import UnknownEventVersion, UnreadableEvent
from rowcol.domain.facts import RailBill
from rowcol.domain.journal import JournalRef
from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import Level
from rowcol.domain.log import Entry
from rowcol.domain.money import Money
from rowcol.domain.payment import (
    Change,
    Hold,
    Payment,
    Posting,
    Verification,
)
from rowcol.domain.plain import PlainError, from_plain
from rowcol.domain.routing.chosen import ChosenRoute
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.shown import Evidence
from rowcol.domain.verdict import CashFact, LedgerFact, Verdict
from rowcol.service.limit_usage import usage_of
from rowcol.service.payment_words import words_of

T = TypeVar("T")
# What an entry says beside the payment as it then was; the rest is in what became of it.
_BESIDE = (
    *("source", "target", "asked", "confirmed", "reason", "detail"),
    *("numbers", "refusal", "outcome", "evidence", "error", "recurrence_id"),
)
_ONE = ("hold", "cancel_asked", "command", "route", "rail", "ledger", "cash", "verdict")


@dataclass(frozen=True, slots=True)
class Became:
    """What is other than before this entry; null or empty: as it was. `ended`: what is no more.

    `dates`: wishes for another date, asked, confirmed or refused. `rail`, `ledger` and `cash` are
    what the three sides showed, with their own ids; `evidence` is what people showed.
    """

    pay_on: date | None = None
    dates: tuple[Change, ...] = ()
    hold: Hold | None = None
    cancel_asked: CancelAsked | None = None
    command: RailCommand | None = None
    route: ChosenRoute | None = None
    rail: RailBill | None = None
    ledger: LedgerFact | None = None
    cash: CashFact | None = None
    verdict: Verdict | None = None
    evidence: tuple[Evidence, ...] = ()
    journal: tuple[JournalRef, ...] = ()
    ended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """One entry of the payment's own stream: what happened, by whom, and what it was then.

    `second_factor_age_seconds`: how old the second factor of who did it was; null for none.
    `said`: what the entry says beside the payment itself. An entry of a version that cannot be
    read is told without its states.
    """

    sequence: int
    at: datetime
    type: str
    words: str
    version: int
    actor: Actor
    status: Status | None
    posting: Posting | None
    verification: Verification | None
    became: Became
    hash: str
    second_factor_age_seconds: int | None
    said: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitHeld:
    """What the payment takes of a day's limit now: `used` by the rail, or `reserved` for it."""

    level: Level
    subject: str
    day: date
    reserved: Money
    used: Money


def story_of(entries: Iterable[Entry]) -> tuple[StoryEntry, ...]:
    """A payment's entries, oldest first, each with what it changed."""
    told: list[StoryEntry] = []
    before: Payment | None = None
    for entry in entries:
        data = _data(entry)
        then = _payment(data)
        told.append(
            StoryEntry(
                entry.sequence,
                entry.at,
                entry.type,
                words_of(entry.type),
                entry.version,
                entry.actor,
                then.status if then else None,
                then.posting if then else None,
                then.verification if then else None,
                _became(before, then) if then else Became(),
                entry.hash,
                entry.actor.second_factor_age_seconds(entry.at),
                {name: data[name] for name in _BESIDE if name in data},
            )
        )
        before = then or before
    return tuple(told)


def limits_held(payment: Payment, scope: Scope) -> tuple[LimitHeld, ...]:
    """What the payment takes of each level's day now; nothing for records and for most ends."""
    currency = payment.amount.currency
    return tuple(
        LimitHeld(
            day.level,
            day.subject,
            day.day,
            Money(held.reserved, currency),
            Money(held.used, currency),
        )
        for day, held in usage_of(payment, scope).items()
    )


def _data(entry: Entry) -> Mapping[str, object]:
    try:
        return entry.current_data
    except (UnknownEventVersion, UnreadableEvent):
        return {}


def _payment(data: Mapping[str, object]) -> Payment | None:
    """The payment as an entry shows it, which is without its version."""
    shown = data.get("payment")
    if not isinstance(shown, Mapping):
        return None
    try:
        return from_plain(Payment, {**shown, "version": 0})
    except PlainError:
        return None


def _became(before: Payment | None, then: Payment) -> Became:
    """Only what differs."""
    was = {name: getattr(before, name) if before else None for name in _ONE}
    now = {name: getattr(then, name) for name in _ONE}
    fresh = {name: now[name] for name in _ONE if now[name] != was[name]}
    return Became(
        pay_on=then.pay_on if before is None or before.pay_on != then.pay_on else None,
        dates=_added(before.changes if before else (), then.changes),
        evidence=_added(before.evidence if before else (), then.evidence),
        journal=_added(before.journal if before else (), then.journal),
        ended=tuple(name for name, value in fresh.items() if value is None),
        **{name: value for name, value in fresh.items() if value is not None},
    )


def _added(before: tuple[T, ...], then: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(one for one in then if one not in before)
