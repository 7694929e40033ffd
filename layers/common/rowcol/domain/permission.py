"""What can be permitted, and which of it each built-in role holds.

One question decides everywhere: may this actor do X for this client. X is a Permission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a person or machine may do for a client; for all of them where it is wide.

    `record`: drafts of payments elsewhere; `post`: number them and write their entries.
    `administer`: holds of an admin, and what a person says of money with evidence. `configure`: a
    client's limits and rules. `govern`: limits of the firm and of its users. `people`: who may
    what. The last two are only ever asked for all clients.
    """

    VIEW = "view"
    STAGE = "stage"
    RECORD = "record"
    DECIDE = "decide"
    POST = "post"
    ADMINISTER = "administer"
    OVERRIDE = "override"
    CONFIGURE = "configure"
    GOVERN = "govern"
    PEOPLE = "people"


class Role(StrEnum):
    """A built-in set of permissions (design section 5: roles)."""

    VIEWER = "viewer"
    PREPARER = "preparer"
    APPROVER = "approver"
    RELEASER = "releaser"
    CLIENT_OWNER = "client_owner"
    FIRM_ADMIN = "firm_admin"


_PREPARER = frozenset({Permission.VIEW, Permission.STAGE, Permission.RECORD})
_APPROVER = _PREPARER | {Permission.DECIDE, Permission.POST}
_RELEASER = _APPROVER | {Permission.ADMINISTER, Permission.OVERRIDE}
_CLIENT_OWNER = _RELEASER | {Permission.CONFIGURE}
ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.PREPARER: _PREPARER,
    Role.APPROVER: _APPROVER,
    Role.RELEASER: _RELEASER,
    Role.CLIENT_OWNER: _CLIENT_OWNER,
    Role.FIRM_ADMIN: _CLIENT_OWNER | {Permission.GOVERN, Permission.PEOPLE},
}
# People set the rules; machines work by them. A machine never holds these, whatever it was given.
NEVER_OF_A_MACHINE = frozenset(
    {Permission.OVERRIDE, Permission.CONFIGURE, Permission.GOVERN, Permission.PEOPLE}
)
# Whoever holds one of these can let money go, or make somebody who can.
SENSITIVE = frozenset(
    {
        Permission.DECIDE,
        Permission.ADMINISTER,
        Permission.OVERRIDE,
        Permission.CONFIGURE,
        Permission.GOVERN,
        Permission.PEOPLE,
    }
)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """All that some roles hold together."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The built-in roles that hold it, in their order."""
    return tuple(role for role in Role if permission in ROLE_PERMISSIONS[role])
