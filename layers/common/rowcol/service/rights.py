"""May this actor do X for this client: the one way to ask."""

from __future__ import annotations

from rowcol.domain.permission import Permission, roles_with
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Member


def not_permitted(
    member: Member | None,
    client: str,
    needed: Permission,
    detail: str = "your roles do not allow this",
) -> Refusal | None:
    """None when permitted, else 403 with the roles held, what was needed, and which roles do."""
    if member is not None and member.may(needed, client):
        return None
    held = member.roles_for(client) if member is not None else frozenset()
    return Refusal(
        Code.FORBIDDEN,
        detail,
        {
            "held": sorted(role.value for role in held),
            "needed": needed.value,
            "roles": [role.value for role in roles_with(needed)],
        },
    )
