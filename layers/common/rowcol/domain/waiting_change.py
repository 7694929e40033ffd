"""A change of settings that one person wants and another has to agree to: who may decide on it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from rowcol.domain.refusal import Code, Refusal


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


W = TypeVar("W", bound=WaitingChange)


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
