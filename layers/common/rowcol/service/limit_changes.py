"""Changes of limits under dual control: one person proposes, another approves or rejects.

Each step is an entry of the log of whose limits they are: a client's in its own, a firm's and its
people's in the firm's.
"""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.limits import (
    CLIENT_LIMITS,
    FIRM_LIMITS,
    Level,
    Limits,
    LimitSet,
    user_limits_id,
)
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, SYSTEM, Member, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.proposer import lost_right
from rowcol.service.store import Books

# Who may propose and decide, by level: for the client, or firm-wide.
MAY_CHANGE = {
    Level.FIRM: Permission.GOVERN,
    Level.CLIENT: Permission.CONFIGURE,
    Level.USER: Permission.GOVERN,
}


@dataclass(frozen=True, slots=True)
class Target:
    """Whose limits: of the firm, of one client of it, or of one person of it."""

    level: Level
    subject: str

    @property
    def id(self) -> str:
        """The id of the limits in their books."""
        match self.level:
            case Level.FIRM:
                return FIRM_LIMITS
            case Level.CLIENT:
                return CLIENT_LIMITS
            case Level.USER:
                return user_limits_id(self.subject)

    def scope(self, firm: str) -> Scope:
        """The books that hold them and log their changes."""
        return Scope(firm, self.subject if self.level is Level.CLIENT else FIRM_WIDE)

    def found(self, known: Limits | None) -> Limits:
        """The limits as stored, or none at all so far."""
        return known or Limits(self.id, 0, self.level, self.subject)


def propose(
    environment: Environment, change: Change, target: Target, wanted: LimitSet, version: int
) -> Limits | Refusal:
    """Have other limits wait for a second person; a change that waits already is replaced.

    Refused: `not_found` for somebody who is nobody of the firm, `version_mismatch`.
    """
    if not is_known(_firm_books(environment, change), target):
        return Refusal(Code.NOT_FOUND, "no such user")
    limits = target.found(change.get(Limits, target.id))
    if limits.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the limits were changed since you read them",
            {"asked": version, "found": limits.version},
        )
    replaced = limits.waiting(change.now)
    name = environment.surroundings.ids.new("lim")
    limits = limits.proposed(name, wanted, change.actor.id, change.now)
    change.put(limits)
    change.state(
        "limits.proposed",
        level=limits.level,
        subject=limits.subject,
        limits=limits.limits,
        proposal=limits.pending,
        replaced=replaced,
    )
    return limits


def approve(
    environment: Environment, change: Change, target: Target, change_id: str
) -> Limits | Refusal:
    """The second person's yes: the proposed limits hold from the next write on.

    Refused: `no_pending_change`, `same_person`, and `forbidden` when who proposed it has lost the
    right to since: then only one person stands behind it.
    """
    known = target.found(change.get(Limits, target.id))
    limits = known.approved(change_id, change.actor.id, change.now)
    if isinstance(limits, Refusal):
        return limits
    assert known.pending is not None  # else it would be refused
    needed = MAY_CHANGE[target.level]
    refused = _own_machine(change, target) or lost_right(
        environment, change, known.pending.by, needed, "limits"
    )
    if refused is not None:
        return refused
    change.put(limits)
    change.state(
        "limits.approved",
        level=limits.level,
        subject=limits.subject,
        limits=limits.limits,
        proposal=known.pending,
        before=known.limits,
    )
    return limits


def reject(change: Change, target: Target, change_id: str) -> Limits | Refusal:
    """The second person's no. Refused: `no_pending_change`, `same_person`."""
    known = target.found(change.get(Limits, target.id))
    limits = known.rejected(change_id, change.actor.id, change.now)
    if isinstance(limits, Refusal):
        return limits
    own = _own_machine(change, target)
    if own is not None:
        return own
    change.put(limits)
    change.state(
        "limits.rejected",
        level=limits.level,
        subject=limits.subject,
        limits=limits.limits,
        proposal=known.pending,
    )
    return limits


def expire(environment: Environment, scope: Scope, limits_id: str) -> None:
    """The sweep's part: a change that nobody decided on within 30 days ends."""

    def plan(change: Change) -> bool:
        known = change.get(Limits, limits_id)
        limits = known.expired(change.now) if known is not None else None
        if known is None or limits is None:
            return False
        change.put(limits)
        change.state(
            "limits.expired",
            level=limits.level,
            subject=limits.subject,
            limits=limits.limits,
            proposal=known.pending,
        )
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _own_machine(change: Change, target: Target) -> Refusal | None:
    """Nobody decides on the limits of a machine they answer for: it is their own hands."""
    if target.level is not Level.USER:
        return None
    member = change.get(Member, target.subject)
    if member is None or member.responsible_id != change.actor.hands:
        return None
    return Refusal(
        Code.SAME_PERSON,
        "nobody decides on the limits of a machine they answer for",
        {"user": target.subject},
        remedy="another person with the right to change these limits decides",
    )


def is_known(firm_books: Books, target: Target) -> bool:
    """Whether a user whose limits are asked for is somebody of this firm."""
    return target.level is not Level.USER or firm_books.get(Member, target.subject) is not None


def _firm_books(environment: Environment, change: Change) -> Books:
    return environment.store.books(Scope(change.scope.firm))
