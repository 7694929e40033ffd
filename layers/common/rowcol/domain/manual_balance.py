"""A balance that a person read off a statement, because the bank cannot be asked.

One person enters it with evidence, another agrees; it lives to the end of its bank day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import Unlisted
from rowcol.domain.client import AccountCash
from rowcol.domain.money import Money

# Decided ones shown beside the one that waits; the log has them all.
RECENT_MAX = 20


class ManualState(StrEnum):
    """How it stands. `replaced`: another one was entered before anybody decided on it."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Statement:
    """Where it was read: the bank's own reference, and the SHA-256 of the file if there is one."""

    reference: str
    file_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class ManualBalance:
    """`as_of`: when the bank showed it. `until`: the end of that bank day, when it ends.

    `connections`: why the bank could not be asked, the states of its connections by item.
    `proposer`: the person who answers for having entered it.
    """

    id: str
    accounts: tuple[AccountCash, ...]
    pool: Money
    statement: Statement
    as_of: datetime
    until: datetime
    asked_by: str
    proposer: str
    asked_at: datetime
    connections: dict[str, str]
    state: ManualState = ManualState.WAITING
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ManualBalances(Unlisted):
    """A client's: the one that waits for a second person, and those decided lately."""

    id: str
    version: int
    waiting: ManualBalance | None = None
    recent: tuple[ManualBalance, ...] = ()

    kind = "manual_balances"

    @property
    def due_at(self) -> datetime | None:
        """When the one that waits ends."""
        return self.waiting.until if self.waiting is not None else None

    def decidable(self, now: datetime) -> ManualBalance | None:
        """The one that a second person may still decide on."""
        waiting = self.waiting
        return waiting if waiting is not None and now < waiting.until else None

    def entered(self, entry: ManualBalance) -> ManualBalances:
        """With one that waits; an older one that nobody decided on is replaced by it."""
        before = self.ended(ManualState.REPLACED, None, entry.asked_at)
        return replace(before, waiting=entry)

    def ended(self, state: ManualState, by: str | None, at: datetime) -> ManualBalances:
        """The one that waits is over."""
        if self.waiting is None:
            return self
        over = replace(self.waiting, state=state, decided_by=by, decided_at=at)
        return replace(self, waiting=None, recent=(over, *self.recent)[:RECENT_MAX])


MANUAL_BALANCES = "manual-balances"
