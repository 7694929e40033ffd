"""May this actor do X for this client: the one way to ask.

What a person may: all that roles and permission sets hold. A machine may what it was given as long
as who answers for it is an active person who may do it as well, and never what sets the rules.
Every membership and set that was looked at is a condition of the write, so that revoked rights act
at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rowcol.domain.permission import NEVER_OF_A_MACHINE, Permission, permissions_of, roles_with
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import EVERY_CLIENT, ActorKind, Member, Scope, valid_id
from rowcol.service.store import Books, Store, VersionCheck

NOT_ALLOWED = "your rights do not allow this"
NO_RIGHT = Refusal(Code.NOT_FOUND, "no such resource")


@dataclass(frozen=True, slots=True)
class Rights:
    """A membership as read, with the sets it names, and for a machine those of who answers."""

    firm: str
    member: Member
    sets: Mapping[str, PermissionSet]
    responsible: Rights | None = None

    @property
    def stands(self) -> bool:
        """Whether anything may be done in this name: active, and for a machine a person answers."""
        if not self.member.active:
            return False
        if self.member.actor_kind is ActorKind.PERSON:
            return True
        answers = self.responsible
        return (
            answers is not None
            and answers.member.active
            and answers.member.actor_kind is ActorKind.PERSON
        )

    def permissions(self, client: str) -> frozenset[Permission]:
        """Everything permitted for one client; with "-" what is permitted for all of them."""
        if not self.stands:
            return frozenset()
        held = self.granted(client)
        if self.responsible is None:
            return held
        return (held & self.responsible.permissions(client)) - NEVER_OF_A_MACHINE

    def granted(self, client: str) -> frozenset[Permission]:
        """What roles and sets hold for one client, whoever answers for a machine."""
        return permissions_of(self.member.roles_for(client)).union(
            *(self.sets[name].permissions for name in self._sets_for(client))
        )

    def visible_clients(self, store: Store) -> tuple[str, ...]:
        """Ids of all clients of the firm that may be looked at, in order."""
        named = self.member.clients
        names = store.clients(self.firm) if EVERY_CLIENT in named else sorted(named)
        return tuple(name for name in names if self.may(Permission.VIEW, name))

    def may(self, needed: Permission, client: str) -> bool:
        """Whether it is permitted for one client."""
        return needed in self.permissions(client)

    def refusal(self, client: str, needed: Permission, detail: str = NOT_ALLOWED) -> Refusal | None:
        """None when permitted; 403 with what is held, what was needed, and which roles do."""
        if self.may(needed, client):
            return None
        return forbidden(needed, self, client, detail)

    def checks(self, client: str) -> tuple[VersionCheck, ...]:
        """What must be unchanged when something is written for a client on these rights."""
        firm = Scope(self.firm)
        held = [VersionCheck(firm, Member.kind, self.member.id, self.member.version)]
        held += [
            VersionCheck(firm, PermissionSet.kind, name, self.sets[name].version)
            for name in self._sets_for(client)
        ]
        return (*held, *(self.responsible.checks(client) if self.responsible else ()))

    def _sets_for(self, client: str) -> list[str]:
        """A set that is not there any more permits nothing; its id is never given again."""
        return sorted(name for name in self.member.sets_for(client) if name in self.sets)


def rights_of(store: Store, firm: str, member_id: str) -> Rights | None:
    """The rights of one member, consistently read; None for nobody of this firm."""
    books = store.books(Scope(firm))
    member = books.get(Member, member_id)
    if member is None:
        return None
    return rights_as(books, member)


def rights_as(books: Books, member: Member) -> Rights:
    """The rights that a membership gives; sets and who answers are read in the firm's books."""
    responsible = None
    answers_id = member.responsible_id
    if member.actor_kind is not ActorKind.PERSON and answers_id and valid_id(answers_id):
        answers = books.get(Member, answers_id)
        responsible = _alone(books, answers) if answers is not None else None
    return Rights(books.scope.firm, member, _sets(books, member), responsible)


def _alone(books: Books, member: Member) -> Rights:
    """Rights of a person who answers for a machine; nobody answers for them."""
    return Rights(books.scope.firm, member, _sets(books, member))


def _sets(books: Books, member: Member) -> dict[str, PermissionSet]:
    # A membership that is only wished for may name anything: what is no id is no set.
    named = {name for names in member.sets.values() for name in names if valid_id(name)}
    found = books.get_many(PermissionSet, sorted(named)) if named else {}
    return {name: one for name, one in found.items() if one.removed_at is None}


def forbidden(
    needed: Permission, rights: Rights | None, client: str, detail: str = NOT_ALLOWED
) -> Refusal:
    """403: roles and sets held for the client, what was needed, which built-in roles hold it."""
    held = rights.member.roles_for(client) if rights is not None else frozenset()
    sets = sorted(rights.member.sets_for(client)) if rights is not None else []
    return Refusal(
        Code.FORBIDDEN,
        detail,
        {
            "held": sorted(role.value for role in held),
            **({"sets": sets} if sets else {}),
            "needed": needed.value,
            "roles": [role.value for role in roles_with(needed)],
        },
    )
