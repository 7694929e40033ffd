"""Routes of the firm's own permission sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import NAME_CHARACTERS_MAX, PermissionSet
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import NOT_FOUND, PEOPLE
from rowcol.edge.operation import ETAG, LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import PageQuery
from rowcol.edge.writing import Shown, write
from rowcol.service.people import sets

TAG = "People"
_ALL = "/permission-sets"
_ONE = "/permission-sets/{set}"


class PermissionSetBody(Body):
    """A set as it shall be; `view` is in every one."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class PermissionSetShown:
    """A set as stored."""

    id: str
    name: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class PermissionSetsPage:
    """A page, by id."""

    items: tuple[PermissionSetShown, ...]
    next_cursor: str | None


def _shown(one: PermissionSet) -> PermissionSetShown:
    return PermissionSetShown(one.id, one.name, one.permissions)


def _show(one: PermissionSet) -> Shown:
    headers = {"ETag": f'"{one.version + 1}"', "Location": f"{_ALL}/{one.id}"}
    return Shown(_shown(one), headers)


def _list(call: Call) -> Reply:
    asked, books = call.query_as(PageQuery), call.environment.store.books(call.scope)
    page = books.ids(PermissionSet, after=asked.cursor, limit=asked.limit)
    found = books.get_many(PermissionSet, page.ids)
    items = tuple(
        _shown(found[name]) for name in page.ids if name in found and found[name].removed_at is None
    )
    return Reply(PermissionSetsPage(items, page.next_key))


def _read(call: Call) -> Reply | Refusal:
    found = call.environment.store.books(call.scope).get(PermissionSet, call.path["set"])
    if found is None or found.removed_at is not None:
        return NOT_FOUND
    return Reply(_shown(found), headers={"ETag": f'"{found.version}"'})


def _create(call: Call) -> Reply | Refusal:
    body, giver = call.body_as(PermissionSetBody), call.caller.rights
    return write(
        call,
        lambda change: sets.create(
            call.environment, change, giver, sets.Named(body.name, body.permissions)
        ),
        _show,
        {"permission_set": body.model_dump(mode="json")},
        201,
    )


def _change(call: Call) -> Reply | Refusal:
    body, name, version = call.body_as(PermissionSetBody), call.path["set"], call.version
    assert version is not None  # the operation needs If-Match
    giver = call.caller.rights
    return write(
        call,
        lambda change: sets.change_set(
            call.environment, change, giver, name, version, sets.Named(body.name, body.permissions)
        ),
        _show,
        None,
    )


def _remove(call: Call) -> Reply | Refusal:
    name, version = call.path["set"], call.version
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: sets.remove(call.environment, change, name, version),
        _show,
        None,
    )


_NAMED = frozenset({Code.ALREADY_EXISTS, Code.STEP_UP_REQUIRED, Code.UNKNOWN_VALUE})
_EXAMPLE = {"name": "Bill clerks", "permissions": ["view", "stage"]}
OPERATIONS: Operations = table(
    (
        Operation(
            "GET", _ALL, "listPermissionSets", "The firm's own sets of permissions", TAG, _list,
            PEOPLE, {200: PermissionSetsPage}, query=PageQuery,
        ),
        Operation(
            "POST", _ALL, "createPermissionSet", "Name a set of permissions", TAG, _create, PEOPLE,
            {201: PermissionSetShown}, body=PermissionSetBody, example=_EXAMPLE,
            refusals=_NAMED | {Code.TOO_MANY_ITEMS}, headers={**ETAG, **LOCATION},
        ),
        Operation(
            "GET", _ONE, "readPermissionSet", "One permission set", TAG, _read, PEOPLE,
            {200: PermissionSetShown}, headers=ETAG,
        ),
        Operation(
            "PUT", _ONE, "changePermissionSet", "Change a set for everybody who holds it", TAG,
            _change, PEOPLE, {200: PermissionSetShown}, body=PermissionSetBody, if_match=True,
            refusals=_NAMED | {Code.SAME_PERSON}, example=_EXAMPLE, headers={**ETAG, **LOCATION},
        ),
        Operation(
            "DELETE", _ONE, "removePermissionSet", "Remove a set that nobody holds", TAG, _remove,
            PEOPLE, {200: PermissionSetShown}, if_match=True,
            refusals=frozenset({Code.IN_USE}), headers={**ETAG, **LOCATION},
        ),
    )
)  # fmt: skip
