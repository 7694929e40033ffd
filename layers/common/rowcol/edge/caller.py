"""Who calls: from the authorizer's verified claims to an actor with rights in the firm's books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Member, Scope, valid_id
from rowcol.edge.step_up import shown_at
from rowcol.service.rights import Rights, rights_as
from rowcol.service.store import Store, VersionCheck

NOT_FOUND = Refusal(Code.NOT_FOUND, "no such resource")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated person or machine: their actor for the log, and the rights they hold."""

    actor: Actor
    rights: Rights

    @property
    def firm(self) -> str:
        """Whose member it is."""
        return self.rights.firm

    @property
    def member(self) -> Member:
        """The membership as read."""
        return self.rights.member

    def checks(self, client: str) -> tuple[VersionCheck, ...]:
        """What must be unchanged when something is written: revoked rights act at once."""
        return self.rights.checks(client)

    def refusal(self, client: str, needed: Permission) -> Refusal | None:
        """None when allowed; 404 without any right for the client, 403 without this one."""
        if not self.rights.permissions(client):
            return NOT_FOUND
        return self.rights.refusal(client, needed)

    def clients(self) -> frozenset[str]:
        """Clients named in the caller's rights; "*" means every client of the firm."""
        named = self.member.clients
        return frozenset(client for client in named if self.rights.permissions(client))


def identify(event: Mapping[str, Any], store: Store, acr_values: Sequence[str]) -> Caller | Refusal:
    """The caller behind an authorized request. One consistent read of the membership.

    One more for the sets that it names, and as many for who answers for a machine. A machine has no
    second factor, whatever its token says.
    `acr_values`: with which of them a token proves a second factor.
    """
    context = (event.get("requestContext") or {}).get("authorizer") or {}
    subject, firm = context.get("sub"), context.get("firm")
    if not (
        isinstance(subject, str) and valid_id(subject) and isinstance(firm, str) and valid_id(firm)
    ):
        return Refusal(Code.FORBIDDEN, "the token names no person of a firm")
    books = store.books(Scope(firm))
    member = books.get(Member, subject)
    if member is None or not member.active:
        return Refusal(Code.FORBIDDEN, "not a member of this firm")
    rights = rights_as(books, member)
    if not rights.stands:
        return Refusal(
            Code.FORBIDDEN,
            "no active person of the firm answers for this machine",
            {"responsible_id": member.responsible_id},
            remedy="have somebody who manages people name a person who answers for it",
        )
    is_person = member.actor_kind is ActorKind.PERSON
    at = shown_at(context, acr_values) if is_person else None
    responsible = None if is_person else member.responsible_id
    return Caller(Actor(member.actor_kind, subject, at, responsible), rights)


VIEW = Permission.VIEW
STAGE = Permission.STAGE
RECORD = Permission.RECORD
DECIDE = Permission.DECIDE
POST = Permission.POST
# Holds of an admin, and what a person says of money with evidence.
ADMINISTER = Permission.ADMINISTER
OVERRIDE = Permission.OVERRIDE
CONFIGURE = Permission.CONFIGURE
PEOPLE = Permission.PEOPLE
