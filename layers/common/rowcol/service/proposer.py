"""The person who proposed a change must still have the right to it when another approves it."""

from __future__ import annotations

from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Member, Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.store import VersionCheck


def lost_right(
    environment: Environment, change: Change, person: str, needed: Permission, of: str
) -> Refusal | None:
    """Refuse when they lost it: then only one person stands behind the change of `of`, "limits".

    Both persons' memberships must stand when it is written; the caller's is checked anyway.
    """
    firm = Scope(change.scope.firm)
    member = environment.store.books(firm).get(Member, person)
    if member is None or not member.may(needed, change.scope.client):
        return Refusal(
            Code.FORBIDDEN,
            f"who proposed it may no longer change these {of}",
            {"proposed_by": person},
            remedy="somebody with the right proposes it again",
        )
    change.checks.append(VersionCheck(firm, member.kind, member.id, member.version))
    return None
