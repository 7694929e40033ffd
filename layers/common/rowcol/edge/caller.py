"""Who calls: from the authorizer's verified claims to an actor with rights in the firm's books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Member, Scope, valid_id
from rowcol.edge.step_up import shown_at
from rowcol.service.rights import not_permitted
from rowcol.service.store import Store, VersionCheck

NOT_FOUND = Refusal(Code.NOT_FOUND, "no such resource")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated person: their actor for the log, and the membership that guards writes."""

    actor: Actor
    firm: str
    member: Member

    def check(self) -> VersionCheck:
        """The membership must be unchanged when the write happens: revoked rights act at once."""
        return VersionCheck(Scope(self.firm), self.member.kind, self.member.id, self.member.version)

    def refusal(self, client: str, needed: Permission) -> Refusal | None:
        """None when allowed; 404 without any right for the client, 403 without this one."""
        if not self.member.roles_for(client):
            return NOT_FOUND
        return not_permitted(self.member, client, needed)

    def clients(self) -> frozenset[str]:
        """Clients named in the caller's roles; "*" means every client of the firm."""
        return frozenset(client for client in self.member.roles if self.member.roles_for(client))


def identify(event: Mapping[str, Any], store: Store, acr_values: Sequence[str]) -> Caller | Refusal:
    """The caller behind an authorized request. One consistent read of the membership.

    `acr_values`: with which of them a token proves a second factor.
    """
    context = (event.get("requestContext") or {}).get("authorizer") or {}
    subject, firm = context.get("sub"), context.get("firm")
    if not (
        isinstance(subject, str) and valid_id(subject) and isinstance(firm, str) and valid_id(firm)
    ):
        return Refusal(Code.FORBIDDEN, "the token names no person of a firm")
    member = store.books(Scope(firm)).get(Member, subject)
    if member is None or not member.active:
        return Refusal(Code.FORBIDDEN, "not a member of this firm")
    at = shown_at(context, acr_values)
    return Caller(Actor(member.actor_kind, subject, at, member.responsible_id), firm, member)


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
