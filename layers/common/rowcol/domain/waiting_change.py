"""A change of settings that one person wants and another has to agree to: who may decide on it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from rowcol.domain.aggregate import Unlisted
from rowcol.domain.refusal import Code, Refusal

# A change that nobody decides on ends after so long.
PROPOSAL_KEPT = timedelta(days=30)


class WaitingChange(Protocol):
    """What waits. `proposer`: the person who answers for having proposed it."""

    @property
    def id(self) -> str:
        """Its id, by which who decides says which one is meant."""
        ...

    @property
    def proposer(self) -> str:
        """Who cannot be the one to decide."""
        ...


class ExpiringChange(WaitingChange, Protocol):
    """What waits for some time only."""

    @property
    def expires_at(self) -> datetime:
        """From when on it can no longer be decided on."""
        ...


@dataclass(frozen=True, slots=True)
class Proposed:
    """What every change of rules says of itself while it waits; a kind of rules adds what it wants.

    `by` may be a machine; `hands` is the person who answers for it.
    """

    id: str
    by: str
    hands: str
    at: datetime
    expires_at: datetime

    @property
    def proposer(self) -> str:
        """Who cannot be the one to decide on it."""
        return self.hands


W = TypeVar("W", bound=WaitingChange)
E = TypeVar("E", bound=ExpiringChange)


class MayWait(Unlisted, Generic[E]):
    """Settings of which a change may wait in `pending`: looked up, never listed."""

    __slots__ = ()

    @property
    @abstractmethod
    def pending(self) -> E | None:
        """The change as stored, also when its time is over."""

    @property
    def due_at(self) -> datetime | None:
        """When a change that nobody approved ends."""
        return self.pending.expires_at if self.pending else None

    def waiting(self, now: datetime) -> E | None:
        """The change that can still be approved."""
        pending = self.pending
        return pending if pending is not None and now < pending.expires_at else None


def decidable(waiting: W | None, change_id: str, hands: str, of: str) -> W | Refusal:
    """The change that `hands` may decide on. `of`: what it changes, as "limits".

    Refused: `no_pending_change`, `same_person`.
    """
    if waiting is None or waiting.id != change_id:
        return Refusal(
            Code.NO_PENDING_CHANGE,
            "no such change waits: it was decided, replaced by another, or is too old",
            {"asked": change_id[:64], "pending": waiting.id if waiting else None},
        )
    if waiting.proposer == hands:
        return Refusal(
            Code.SAME_PERSON,
            f"who proposed a change of {of} cannot be the one to decide on it",
            {"proposed_by": waiting.proposer},
            remedy=f"another person with the right to change these {of} decides",
        )
    return waiting
