"""The person who proposed a change must still have the right to it when another approves it."""

from __future__ import annotations

from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.rights import rights_of


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
