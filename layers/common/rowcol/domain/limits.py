"""What may be paid: per payment, per day, and from which amount a second factor is asked for.

Firm, client and user may each have limits; the smallest holds (design section 4, limits). A change
is proposed by one person and takes effect when another approves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import key_of
from rowcol.domain.waiting_change import PROPOSAL_KEPT, MayWait, decidable

STEP_UP_AGE_SECONDS = 300


class Level(StrEnum):
    """Whose limits. A client's days are those of its own zone, the others' those of the firm's."""

    FIRM = "firm"
    CLIENT = "client"
    USER = "user"


@dataclass(frozen=True, slots=True)
class LimitSet:
    """Limits of one level; None is no limit.

    From `verification_from` on, the second factor was shown at most `step_up_age_seconds_max` ago.
    """

    per_transaction: Money | None = None
    per_day: Money | None = None
    verification_from: Money | None = None
    step_up_age_seconds_max: int = STEP_UP_AGE_SECONDS


@dataclass(frozen=True, slots=True)
class Proposal:
    """Limits that one person wants; nothing holds of it until another person approves."""

    id: str
    wanted: LimitSet
    by: str
    at: datetime
    expires_at: datetime

    @property
    def proposer(self) -> str:
        """Who cannot be the one to decide on it."""
        return self.by


@dataclass(frozen=True, slots=True)
class Limits(MayWait[Proposal]):
    """What holds for one firm, client or user, and the change that waits for a second person.

    `subject` is the id of the firm, client or user. A client's are in its own books, the others in
    the firm's.
    """

    id: str
    version: int
    level: Level
    subject: str
    limits: LimitSet = field(default_factory=LimitSet)
    pending: Proposal | None = None

    kind = "limits"

    def proposed(self, change_id: str, wanted: LimitSet, by: str, now: datetime) -> Limits:
        """With another change waiting; an older one is replaced by it."""
        return replace(self, pending=Proposal(change_id, wanted, by, now, now + PROPOSAL_KEPT))

    def approved(self, change_id: str, by: str, now: datetime) -> Limits | Refusal:
        """The waiting change holds from now on. Refused: `no_pending_change`, `same_person`."""
        found = self._decidable(change_id, by, now)
        if isinstance(found, Refusal):
            return found
        return replace(self, limits=found.wanted, pending=None)

    def rejected(self, change_id: str, by: str, now: datetime) -> Limits | Refusal:
        """The waiting change is dropped. Refused: as `approved`."""
        found = self._decidable(change_id, by, now)
        return found if isinstance(found, Refusal) else replace(self, pending=None)

    def expired(self, now: datetime) -> Limits | None:
        """Without the change whose time is over; None when there is none."""
        over = self.pending is not None and self.waiting(now) is None
        return replace(self, pending=None) if over else None

    def _decidable(self, change_id: str, by: str, now: datetime) -> Proposal | Refusal:
        waiting = decidable(self.waiting(now), change_id, by, "limits")
        if isinstance(waiting, Refusal):
            return waiting
        if self.level is Level.USER and self.subject == by:
            return Refusal(
                Code.SAME_PERSON,
                "nobody decides on their own limits",
                {"user": self.subject},
                remedy="another person with the right to change these limits decides",
            )
        return waiting


FIRM_LIMITS = "firm"
CLIENT_LIMITS = "client"


def user_limits_id(user: str) -> str:
    """The id of a user's limits in the firm's books."""
    return key_of("user", user)


@dataclass(frozen=True, slots=True)
class CountedDays:
    """The days on which a payment that was asked for "today" counts: zones differ about it.

    Holds only while the payment's asked date is still `asked`; another date is one day everywhere.
    """

    asked: date
    client: date
    firm: date

    def of(self, level: Level) -> date:
        """The day of one level."""
        return self.client if level is Level.CLIENT else self.firm


def counter_id(level: Level, subject: str, currency: str, day: date) -> str:
    """The id of a day's usage counter. Amounts of two currencies are never added up.

    A firm's and a client's are alone in their books; a user's carries the user's id.
    """
    name = f"{level.value}-{currency}-{day.isoformat()}"
    return key_of(name, subject) if level is Level.USER else name


@dataclass(frozen=True, slots=True)
class Bound:
    """One level's limit, as far as it concerns a payment."""

    level: Level
    subject: str
    limit: Money


def transaction_bounds(limits: Iterable[Limits]) -> tuple[Bound, ...]:
    """The limits per payment, the smallest first; of equal ones the widest level's."""
    return _bounds((each, each.limits.per_transaction) for each in limits)


def verification_bounds(limits: Iterable[Limits]) -> tuple[Bound, ...]:
    """The amounts from which a second factor is asked for, the smallest first."""
    return _bounds((each, each.limits.verification_from) for each in limits)


def _bounds(pairs: Iterable[tuple[Limits, Money | None]]) -> tuple[Bound, ...]:
    found = [Bound(each.level, each.subject, limit) for each, limit in pairs if limit is not None]
    order = list(Level)
    return tuple(sorted(found, key=lambda bound: (bound.limit.minor, order.index(bound.level))))


def step_up_age_max(limits: Iterable[Limits], amount: Money) -> int | None:
    """How old, in seconds, a second factor may be for this amount; None when none is needed.

    A threshold in another currency cannot be compared: it asks for the factor.
    """
    ages = [
        each.limits.step_up_age_seconds_max
        for each in limits
        if (threshold := each.limits.verification_from) is not None
        and (threshold.currency != amount.currency or threshold <= amount)
    ]
    return min(ages, default=None)
