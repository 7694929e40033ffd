"""Add members, change their rights, take these away and give them back.

Each is one entry of the firm's log. Members are never deleted: the log names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.permission import Role
from rowcol.domain.permission_set import SETS_PER_CLIENT_MAX, SETS_PER_MEMBER_MAX, PermissionSet
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import EVERY_CLIENT, SYSTEM, ActorKind, Member, Scope, valid_id
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.people.granting import (
    gained_by,
    last_admin,
    not_to_be_given,
    own_hands,
)
from rowcol.service.rights import Rights, rights_as
from rowcol.service.store import VersionCheck

NO_MEMBER = Refusal(Code.NOT_FOUND, "no such member")
REASON_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a membership shall be: roles and ids of permission sets by client, "*" for all."""

    roles: Mapping[str, tuple[Role, ...]]
    sets: Mapping[str, tuple[str, ...]]
    name: str | None = None
    responsible_id: str | None = None


def add(
    environment: Environment,
    change: Change,
    giver: Rights,
    member_id: str,
    kind: ActorKind,
    wanted: Wanted,
) -> Member | Refusal:
    """Take a person or a machine in. `member_id`: the `sub` of their tokens.

    Refused: `already_exists`, `invalid_input`, `same_person`, `responsible_invalid`, `forbidden`,
    `step_up_required`.
    """
    if not valid_id(member_id) or member_id == SYSTEM.id:
        return Refusal(Code.INVALID_INPUT, "this cannot be a member's id", {"field": "id"})
    if change.get(Member, member_id) is not None:
        return Refusal(Code.ALREADY_EXISTS, "this member exists", {"member": member_id})
    member = _as_wanted(Member(member_id, 0, {}, actor_kind=kind), wanted)
    refused = own_hands(change, member) or _rights_problem(environment, change, giver, None, member)
    if refused is not None:
        return refused
    change.put(member)
    change.state("member.added", member=_told(member))
    return member


def change_rights(
    environment: Environment,
    change: Change,
    giver: Rights,
    member_id: str,
    version: int,
    wanted: Wanted,
) -> Member | Refusal:
    """Give a member other roles, sets, name, or another person who answers for a machine.

    Refused: `not_found`, `version_mismatch`, `last_admin`, and what `add` refuses.
    """
    known = change.get(Member, member_id)
    if known is None:
        return NO_MEMBER
    member = _as_wanted(known, wanted)
    own = own_hands(change, known, member)
    if own is not None:
        return own
    if known.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the membership was changed since you read it",
            {"asked": version, "found": known.version},
        )
    refused = _rights_problem(environment, change, giver, known, member) or last_admin(
        environment, change, known, member
    )
    if refused is not None:
        return refused
    change.put(member)
    change.state("member.changed", member=_told(member), member_before=_told(known))
    return member


def deactivate(
    environment: Environment, change: Change, member_id: str, reason: str
) -> Member | Refusal:
    """Take all rights away at once, also from the machines that this person answers for.

    Refused: `not_found`, `wrong_state`, `invalid_input` without a reason, `same_person`,
    `last_admin`.
    """
    known = change.get(Member, member_id)
    if known is None:
        return NO_MEMBER
    if not known.active:
        return Refusal(Code.WRONG_STATE, "this member is not active", {"active": False})
    if not reason.strip():
        return Refusal(Code.INVALID_INPUT, "it needs a reason", {"field": "reason"})
    member = replace(known, active=False)
    refused = own_hands(change, known) or last_admin(environment, change, known, member)
    if refused is not None:
        return refused
    change.put(member)
    change.state(
        "member.deactivated",
        member=_told(member),
        member_before=_told(known),
        reason=reason.strip()[:REASON_CHARACTERS_MAX],
    )
    return member


def activate(
    environment: Environment, change: Change, giver: Rights, member_id: str
) -> Member | Refusal:
    """Give a member back what they held: as if it were given anew.

    Refused: `not_found`, `wrong_state`, and what `add` refuses.
    """
    known = change.get(Member, member_id)
    if known is None:
        return NO_MEMBER
    if known.active:
        return Refusal(Code.WRONG_STATE, "this member is active", {"active": True})
    member = replace(known, active=True)
    refused = own_hands(change, known) or _rights_problem(environment, change, giver, known, member)
    if refused is not None:
        return refused
    change.put(member)
    change.state("member.activated", member=_told(member), member_before=_told(known))
    return member


def _as_wanted(member: Member, wanted: Wanted) -> Member:
    """Each role and set once, in a fixed order; clients without any are left out."""
    roles = {
        client: tuple(role for role in Role if role in given)
        for client, given in sorted(wanted.roles.items())
        if given
    }
    sets = {
        client: tuple(sorted(set(given))) for client, given in sorted(wanted.sets.items()) if given
    }
    return replace(
        member,
        roles=roles,
        sets=sets,
        name=wanted.name,
        responsible_id=wanted.responsible_id,
    )


def _rights_problem(
    environment: Environment, change: Change, giver: Rights, before: Member | None, after: Member
) -> Refusal | None:
    """What is wrong with a membership, or with giving it."""
    books = environment.store.books(Scope(change.scope.firm))
    rights = rights_as(books, after)
    refused = (
        _responsible_problem(change, rights)
        or _sets_problem(change, rights)
        or _clients_problem(environment, change, after)
    )
    if refused is not None:
        return refused
    held = rights_as(books, before) if before is not None else None
    return not_to_be_given(change, giver, gained_by(held, rights))


def _responsible_problem(change: Change, rights: Rights) -> Refusal | None:
    member = rights.member
    if member.actor_kind is ActorKind.PERSON:
        if member.responsible_id is None:
            return None
        field = {"field": "responsible_id"}
        return Refusal(Code.INVALID_INPUT, "a person answers for themselves", field)
    answers = rights.responsible.member if rights.responsible is not None else None
    if answers is None or not answers.active or answers.actor_kind is not ActorKind.PERSON:
        return Refusal(
            Code.RESPONSIBLE_INVALID,
            "an active person of the firm must answer for a machine",
            {"responsible_id": member.responsible_id},
        )
    firm = Scope(change.scope.firm)
    change.checks.append(VersionCheck(firm, answers.kind, answers.id, answers.version))
    return None


def _sets_problem(change: Change, rights: Rights) -> Refusal | None:
    """Sets must be there, and still be as they are when it is written."""
    named = rights.member.sets
    every = sorted({name for names in named.values() for name in names})
    most = max((len(names) for names in named.values()), default=0)
    if most > SETS_PER_CLIENT_MAX or len(every) > SETS_PER_MEMBER_MAX:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            "too many permission sets for one member",
            {
                "field": "sets",
                "per_client_max": SETS_PER_CLIENT_MAX,
                "in_all_max": SETS_PER_MEMBER_MAX,
            },
        )
    unknown = [name for name in every if name not in rights.sets]
    if unknown:
        return Refusal(
            Code.UNKNOWN_VALUE, "no such permission set", {"field": "sets", "found": unknown}
        )
    firm = Scope(change.scope.firm)
    change.checks.extend(
        VersionCheck(firm, PermissionSet.kind, name, rights.sets[name].version) for name in every
    )
    return None


def _clients_problem(environment: Environment, change: Change, member: Member) -> Refusal | None:
    asked = sorted(member.clients - {EVERY_CLIENT})
    good = [client for client in asked if valid_id(client)]
    known = environment.store.across(change.scope.firm, Client, {client: client for client in good})
    unknown = [client for client in asked if client not in known]
    if not unknown:
        return None
    return Refusal(
        Code.UNKNOWN_VALUE,
        "no such client",
        {"field": "roles", "found": [client[:64] for client in unknown[:20]]},
    )


def _told(member: Member) -> dict[str, object]:
    """A membership as the log tells it: the write decides the version."""
    plain: dict[str, object] = to_plain(member)
    plain.pop("version", None)
    return plain
