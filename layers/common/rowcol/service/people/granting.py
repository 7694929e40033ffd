"""What a change of rights must not do, whoever asks for it.

Nobody changes their own rights or those of a machine they answer for; nobody gives what they do not
hold; what can let money go is given only with a second factor; an admin is always left.
"""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.permission import SENSITIVE, Permission, Role
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import EVERY_CLIENT, FIRM_WIDE, ActorKind, Member, Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.rights import Rights, forbidden
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.store import VersionCheck

Gained = dict[str, frozenset[Permission]]


def own_hands(change: Change, *members: Member | None) -> Refusal | None:
    """Refuse a machine, and whoever would change their own rights or those of their machine."""
    actor = change.actor
    if actor.kind is not ActorKind.PERSON:
        return Refusal(Code.FORBIDDEN, "a machine changes nobody's rights")
    for member in members:
        if member is not None and actor.hands in (member.id, member.responsible_id):
            return Refusal(
                Code.SAME_PERSON,
                "nobody changes their own rights, or those of a machine they answer for",
                {"member": member.id, "responsible_id": member.responsible_id},
                remedy="have somebody else do it who manages people",
            )
    return None


def gained_by(before: Rights | None, after: Rights) -> Gained:
    """What somebody holds afterwards and did not before, by client; "-" for all clients.

    Another person who answers for a machine, and somebody active again, gain everything.
    """
    if before is not None and _is_new(before.member, after.member):
        before = None
    found: Gained = {}
    for client in sorted({FIRM_WIDE} | (after.member.clients - {EVERY_CLIENT})):
        had = before.granted(client) if before is not None else frozenset()
        if fresh := after.granted(client) - had:
            found[client] = fresh
    return found


def _is_new(before: Member, after: Member) -> bool:
    return before.responsible_id != after.responsible_id or not before.active


def not_to_be_given(change: Change, giver: Rights, gained: Gained) -> Refusal | None:
    """Refuse what the giver does not hold; then, without a second factor, what is sensitive.

    What of the giver's rights was looked at becomes a condition of the write.
    """
    for client, permissions in gained.items():
        lacking = permissions - giver.permissions(client)
        if lacking:
            first = next(one for one in Permission if one in lacking)
            refused = forbidden(first, giver, client, "nobody gives what they do not hold")
            named = {"client": client, "not_held": sorted(lacking)}
            return replace(refused, numbers={**refused.numbers, **named})
        change.checks.extend(giver.checks(client))
    sensitive = frozenset[Permission]().union(*gained.values()) & SENSITIVE
    if not sensitive:
        return None
    return second_factor_refusal(
        change.actor,
        change.now,
        "giving rights that can let money go",
        numbers={"permissions": sorted(sensitive)},
    )


def is_admin(member: Member | None) -> bool:
    """An active person who is firm admin for all clients by role."""
    return (
        member is not None
        and member.active
        and member.actor_kind is ActorKind.PERSON
        and Role.FIRM_ADMIN in member.roles.get(EVERY_CLIENT, ())
    )


def last_admin(
    environment: Environment, change: Change, before: Member, after: Member
) -> Refusal | None:
    """Refuse to take the last admin away: another one must stand when it is written."""
    if not is_admin(before) or is_admin(after):
        return None
    books = environment.store.books(Scope(change.scope.firm))
    members = books.get_many(Member, every_id(books, Member, ""))
    for member in members.values():
        if member.id != after.id and is_admin(member):
            where = Scope(change.scope.firm)
            change.checks.append(VersionCheck(where, member.kind, member.id, member.version))
            return None
    return Refusal(
        Code.LAST_ADMIN,
        "the firm would be left without an active admin",
        {"member": after.id},
        remedy="make somebody else firm admin for all clients first",
    )
