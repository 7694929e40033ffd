"""Changes of settings by two people: who may agree, and how one ends that nobody agrees to.

Who proposed it must still have the right to it when another approves it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.waiting_change import PROPOSAL_KEPT, WaitingChange, decidable
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.rights import rights_of
from rowcol.service.second_factor import second_factor_refusal


class ByPerson(WaitingChange, Protocol):
    """A change that says who proposed it; `by` may be a machine, `proposer` never is."""

    @property
    def by(self) -> str:
        """Who proposed it."""
        ...


B = TypeVar("B", bound=ByPerson)
W_co = TypeVar("W_co", bound=WaitingChange, covariant=True)
W = TypeVar("W", bound=WaitingChange)


class Waits(Protocol[W_co]):
    """Settings of which a change may wait."""

    @property
    def pending(self) -> W_co | None:
        """The change as stored."""
        ...

    def waiting(self, now: datetime) -> W_co | None:
        """The change that can still be approved."""
        ...


def proposing(
    environment: Environment, change: Change, prefix: str
) -> tuple[str, str, str, datetime, datetime]:
    """The fields of a new `Proposed`, in their order. `prefix`: of its id."""
    actor, now = change.actor, change.now
    new_id = environment.surroundings.ids.new(prefix)
    return new_id, actor.id, actor.hands, now, now + PROPOSAL_KEPT


def declined(change: Change, known: Waits[W], change_id: str, of: str) -> W | Refusal:
    """The waiting change of `of`, as "staging rules", that the actor may and does say no to.

    Refused: `no_pending_change`, `same_person`.
    """
    return decidable(known.waiting(change.now), change_id, change.actor.hands, of)


def waiting_id(change: Change, known: Waits[WaitingChange]) -> str | None:
    """The id of the change that waits, None when none does."""
    waiting = known.waiting(change.now)
    return waiting.id if waiting is not None else None


def agreed(
    environment: Environment,
    change: Change,
    known: Waits[B],
    change_id: str,
    needed: Permission,
    of: str,
) -> B | Refusal:
    """The waiting change of `of`, as "staging rules", that the actor may and does agree to.

    Refused: `no_pending_change`, `same_person`, `step_up_required`, and `forbidden` when who
    proposed it has lost the right to since.
    """
    proposal = decidable(known.waiting(change.now), change_id, change.actor.hands, of)
    if isinstance(proposal, Refusal):
        return proposal
    refused = second_factor_refusal(change.actor, change.now, f"approving {of}")
    refused = refused or lost_right(environment, change, proposal.by, needed, of)
    return refused or proposal


def end_expired(
    environment: Environment,
    scope: Scope,
    find: Callable[[Change], Waits[W] | None],
    end: Callable[[Change, W], object],
) -> None:
    """The sweep's part: a change that nobody decided on in time ends; `end` writes that."""

    def plan(change: Change) -> bool:
        known = find(change)
        pending = known.pending if known is not None else None
        if known is None or pending is None or known.waiting(change.now) is not None:
            return False
        end(change, pending)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def lost_right(
    environment: Environment, change: Change, person: str, needed: Permission, of: str
) -> Refusal | None:
    """Refuse when they lost it: then only one person stands behind the change of `of`, "limits".

    Both persons' rights must stand when it is written; the caller's is checked anyway.
    """
    client = change.scope.client
    rights = rights_of(environment.store, change.scope.firm, person)
    if rights is None or not rights.may(needed, client):
        return Refusal(
            Code.FORBIDDEN,
            f"who proposed it may no longer change these {of}",
            {"proposed_by": person},
            remedy="somebody with the right proposes it again",
        )
    change.checks.extend(rights.checks(client))
    return None
