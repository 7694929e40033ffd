"""Sets of permissions that a firm names itself, assigned per client beside the built-in roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.permission import Permission

NAME_CHARACTERS_MAX = 80
# Each is a condition of every write that its holder makes, so few are held for one client, and
# few enough by one member that a change of their rights fits into one write.
SETS_PER_CLIENT_MAX = 5
SETS_PER_MEMBER_MAX = 20
SETS_PER_FIRM_MAX = 50


@dataclass(frozen=True, slots=True)
class PermissionSet(NeverDue):
    """A named set in the firm's books. Its version guards the writes of everybody who holds it.

    A removed one permits nothing and is not listed; its id is never given again.
    """

    id: str
    version: int
    name: str
    permissions: tuple[Permission, ...]
    removed_at: datetime | None = None

    kind = "permission_set"

    @property
    def list_key(self) -> str | None:
        """Sets are listed by id until they are removed."""
        return self.id if self.removed_at is None else None


def in_order(permissions: Iterable[Permission]) -> tuple[Permission, ...]:
    """Each once, in the order of the enumeration. What permits anything permits to look."""
    wanted = {*permissions, Permission.VIEW}
    return tuple(permission for permission in Permission if permission in wanted)
