"""Who asks, and within whose books."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.permission import Role as Role  # noqa: PLC0414  # known from here as well

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
FIRM_WIDE = "-"
# In rights: every client of the firm, those to come as well.
EVERY_CLIENT = "*"


class ScopeError(ValueError):
    """An id that could break out of a key, or a key outside the caller's scope: always a defect."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One firm and one of its clients; `client` is "-" for what belongs to the firm as a whole."""

    firm: str
    client: str = FIRM_WIDE

    def __post_init__(self) -> None:
        for part in (self.firm, self.client):
            if not _ID.match(part):
                raise ScopeError(f"bad id in scope: {part[:80]!r}")


def valid_id(text: str) -> bool:
    """Whether a text may be an id in keys and URLs: 1-64 of letters, digits, '_' and '-'.

    Never "-" itself: it stands for the firm as a whole, which nobody addresses from outside.
    """
    return text != FIRM_WIDE and bool(_ID.match(text))


def key_of(prefix: str, rail_id: str) -> str:
    """An id for keys made of a rail's own id: readable when safe and short, else its hash.

    `prefix` is ours: empty, or at most 23 characters of an id.
    """
    text = f"{prefix}-{rail_id}" if prefix else rail_id
    if valid_id(text):
        return text
    digest = hashlib.sha256(rail_id.encode(errors="surrogatepass")).hexdigest()
    return f"{prefix or 'id'}-{digest[:40]}"


class ActorKind(StrEnum):
    """Person, one of the firm's machines, RowCol itself, or a rail that reported a fact."""

    PERSON = "person"
    MACHINE = "machine"
    SYSTEM = "system"
    RAIL = "rail"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused a change. `authenticated_at`: when the second factor was last shown, if ever.

    `responsible_id`: the person who answers for a machine. `asked_at`: when they asked for what is
    done later, by a batch: the age of the second factor is that of then.
    """

    kind: ActorKind
    id: str
    authenticated_at: datetime | None = None
    responsible_id: str | None = None
    asked_at: datetime | None = None

    @property
    def hands(self) -> str:
        """Who counts where two people are needed: a machine counts as who answers for it."""
        return self.responsible_id or self.id

    def second_factor_age_seconds(self, at: datetime) -> int | None:
        """How old the second factor was at an instant; in a batch, when it was asked for."""
        if self.authenticated_at is None:
            return None
        return int(((self.asked_at or at) - self.authenticated_at).total_seconds())


SYSTEM = Actor(ActorKind.SYSTEM, "rowcol")


@dataclass(frozen=True, slots=True)
class Member(NeverDue):
    """Rights of a person or machine in a firm: roles per client, "*" for every client.

    `sets`: ids of the firm's own permission sets, in the same way. `name`: for people to read.
    Its version guards every write of theirs, so that revoked rights act at once. A machine has a
    `responsible_id`: the person who answers for it.
    """

    id: str
    version: int
    roles: dict[str, tuple[Role, ...]]
    active: bool = True
    actor_kind: ActorKind = ActorKind.PERSON
    responsible_id: str | None = None
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    name: str | None = None

    kind = "member"

    @property
    def list_key(self) -> str | None:
        """Members are listed by id."""
        return self.id

    def roles_for(self, client: str) -> frozenset[Role]:
        """Roles held for one client; none when inactive. What they permit: `service/rights.py`."""
        if not self.active:
            return frozenset()
        return frozenset(self.roles.get(EVERY_CLIENT, ())) | frozenset(self.roles.get(client, ()))

    def sets_for(self, client: str) -> frozenset[str]:
        """Ids of the permission sets held for one client; none when inactive."""
        if not self.active:
            return frozenset()
        return frozenset(self.sets.get(EVERY_CLIENT, ())) | frozenset(self.sets.get(client, ()))

    @property
    def clients(self) -> frozenset[str]:
        """Every client that roles or sets name; "*" for all."""
        return frozenset(self.roles) | frozenset(self.sets)
