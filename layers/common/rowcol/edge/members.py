"""Routes of a firm's members: who is in it, what they may, and how that changes; and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from rowcol.domain.permission import Permission, Role
from rowcol.domain.permission_set import NAME_CHARACTERS_MAX
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import EVERY_CLIENT, FIRM_WIDE, ActorKind, Member
from rowcol.edge.caller import NOT_FOUND, PEOPLE
from rowcol.edge.operation import (
    ETAG,
    LOCATION,
    Body,
    Call,
    Operation,
    Operations,
    Reply,
    table,
)
from rowcol.edge.reading import PageQuery
from rowcol.edge.writing import Shown, write
from rowcol.service.listing import every_id
from rowcol.service.people import members
from rowcol.service.rights import Rights, rights_as

TAG = "People"
_ALL = "/members"
_ONE = "/members/{member}"
_Id = Annotated[str, Field(min_length=1, max_length=64)]


class RightsBody(Body):
    """Roles and ids of permission sets by client, "*" for all; nothing else is kept.

    `responsible_id`: the person who answers for a machine.
    """

    roles: dict[_Id, tuple[Role, ...]]
    sets: dict[_Id, tuple[_Id, ...]]
    name: Annotated[str | None, Field(max_length=NAME_CHARACTERS_MAX)] = None
    responsible_id: _Id | None = None


class MemberBody(RightsBody):
    """A new member; `id`: the `sub` of their tokens."""

    id: _Id
    kind: Literal[ActorKind.PERSON, ActorKind.MACHINE] = ActorKind.PERSON


class DeactivateBody(Body):
    """Why."""

    reason: Annotated[str, Field(max_length=members.REASON_CHARACTERS_MAX)]


@dataclass(frozen=True, slots=True)
class MemberShown:
    """A membership as stored, by client; "*" is every client."""

    id: str
    name: str | None
    kind: ActorKind
    responsible_id: str | None
    active: bool
    roles: Mapping[str, tuple[Role, ...]]
    sets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MemberRead:
    """With what follows from it: permissions by client, and the machines they answer for.

    A machine may no more than who answers for it, and nothing when that is no active person.
    """

    member: MemberShown
    permissions: Mapping[str, tuple[Permission, ...]]
    answers_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MembersPage:
    """A page, by id."""

    items: tuple[MemberShown, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """When the second factor behind this token was shown."""

    shown_at: datetime
    age_seconds: int


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, with what they may by client; "*" is every client."""

    firm: str
    member: MemberShown
    permissions: Mapping[str, tuple[Permission, ...]]
    second_factor: SecondFactor | None


def member_shown(member: Member) -> MemberShown:
    """A membership as answered."""
    return MemberShown(
        member.id,
        member.name,
        member.actor_kind,
        member.responsible_id,
        member.active,
        member.roles,
        member.sets,
    )


def permissions_shown(rights: Rights) -> dict[str, tuple[Permission, ...]]:
    """What is permitted by client as named in the membership, in the order of the enumeration."""
    found: dict[str, tuple[Permission, ...]] = {}
    for client in sorted(rights.member.clients):
        held = rights.permissions(FIRM_WIDE if client == EVERY_CLIENT else client)
        found[client] = tuple(one for one in Permission if one in held)
    return found


def _me(call: Call) -> Reply:
    caller, now = call.caller, call.environment.now()
    shown = caller.actor.authenticated_at
    factor = SecondFactor(shown, int((now - shown).total_seconds())) if shown else None
    return Reply(
        Me(caller.firm, member_shown(caller.member), permissions_shown(caller.rights), factor)
    )


def _list(call: Call) -> Reply:
    asked, books = call.query_as(PageQuery), call.environment.store.books(call.scope)
    page = books.ids(Member, after=asked.cursor, limit=asked.limit)
    found = books.get_many(Member, page.ids)
    items = tuple(member_shown(found[name]) for name in page.ids if name in found)
    return Reply(MembersPage(items, page.next_key))


def _read(call: Call) -> Reply | Refusal:
    books = call.environment.store.books(call.scope)
    member = books.get(Member, call.path["member"])
    if member is None:
        return NOT_FOUND
    machines = [
        one.id
        for one in books.get_many(Member, every_id(books, Member, "")).values()
        if one.responsible_id == member.id
    ]
    told = MemberRead(
        member_shown(member), permissions_shown(rights_as(books, member)), tuple(machines)
    )
    return Reply(told, headers={"ETag": f'"{member.version}"'})


def _show(member: Member) -> Shown:
    headers = {"ETag": f'"{member.version + 1}"', "Location": f"/members/{member.id}"}
    return Shown(member_shown(member), headers)


def _wanted(body: RightsBody) -> members.Wanted:
    return members.Wanted(body.roles, body.sets, body.name, body.responsible_id)


def _add(call: Call) -> Reply | Refusal:
    body, giver = call.body_as(MemberBody), call.caller.rights
    return write(
        call,
        lambda change: members.add(
            call.environment, change, giver, body.id, body.kind, _wanted(body)
        ),
        _show,
        {"add_member": body.model_dump(mode="json")},
        201,
    )


def _change(call: Call) -> Reply | Refusal:
    wanted, name, version = _wanted(call.body_as(RightsBody)), call.path["member"], call.version
    assert version is not None  # the operation needs If-Match
    giver = call.caller.rights
    return write(
        call,
        lambda change: members.change_rights(
            call.environment, change, giver, name, version, wanted
        ),
        _show,
        None,
    )


def _deactivate(call: Call) -> Reply | Refusal:
    name, reason = call.path["member"], call.body_as(DeactivateBody).reason
    return write(
        call,
        lambda change: members.deactivate(call.environment, change, name, reason),
        _show,
        {"deactivate": name, "reason": reason},
    )


def _activate(call: Call) -> Reply | Refusal:
    name, giver = call.path["member"], call.caller.rights
    return write(
        call,
        lambda change: members.activate(call.environment, change, giver, name),
        _show,
        {"activate": name},
    )


_GIVEN = frozenset(
    {
        Code.SAME_PERSON, Code.STEP_UP_REQUIRED, Code.RESPONSIBLE_INVALID, Code.UNKNOWN_VALUE,
        Code.TOO_MANY_ITEMS,
    }
)  # fmt: skip
_EXAMPLE = {"roles": {"harbor-dental": ["preparer"]}, "sets": {}, "name": "Ben Preparer"}
OPERATIONS: Operations = table(
    (
        Operation(
            "GET", "/me", "readMe", "Who asks, what they may, and how fresh their second factor is",
            TAG, _me, None, {200: Me},
        ),
        Operation(
            "GET", _ALL, "listMembers", "People and machines of the firm", TAG, _list, PEOPLE,
            {200: MembersPage}, query=PageQuery,
        ),
        Operation(
            "POST", _ALL, "addMember", "Take a person or a machine in", TAG, _add, PEOPLE,
            {201: MemberShown}, body=MemberBody, refusals=_GIVEN | {Code.ALREADY_EXISTS},
            example={"id": "ben-preparer", "kind": "person", **_EXAMPLE},
            headers={**ETAG, **LOCATION},
        ),
        Operation(
            "GET", _ONE, "readMember", "One member, and what they may", TAG, _read, PEOPLE,
            {200: MemberRead}, headers=ETAG,
        ),
        Operation(
            "PUT", _ONE, "changeMember", "Give a member other roles and sets", TAG, _change,
            PEOPLE, {200: MemberShown}, body=RightsBody, if_match=True,
            refusals=_GIVEN | {Code.LAST_ADMIN}, example=_EXAMPLE, headers={**ETAG, **LOCATION},
        ),
        Operation(
            "POST", f"{_ONE}/deactivate", "deactivateMember",
            "Take all rights away at once, those of their machines too", TAG, _deactivate, PEOPLE,
            {200: MemberShown}, body=DeactivateBody, headers={**ETAG, **LOCATION},
            refusals=frozenset({Code.WRONG_STATE, Code.SAME_PERSON, Code.LAST_ADMIN}),
            example={"reason": "left the firm"},
        ),
        Operation(
            "POST", f"{_ONE}/activate", "activateMember", "Give a member back what they held", TAG,
            _activate, PEOPLE, {200: MemberShown}, headers={**ETAG, **LOCATION},
            refusals=_GIVEN | {Code.WRONG_STATE},
        ),
    )
)  # fmt: skip
