"""Name sets of permissions, change and remove them. What a set gains all gain who hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import (
    NAME_CHARACTERS_MAX,
    SETS_PER_FIRM_MAX,
    PermissionSet,
    in_order,
)
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, ActorKind, Member, Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.people.granting import not_to_be_given
from rowcol.service.rights import Rights


@dataclass(frozen=True, slots=True)
class Named:
    """What a set shall be."""

    name: str
    permissions: Sequence[Permission]


NO_SET = Refusal(Code.NOT_FOUND, "no such permission set")


def create(
    environment: Environment, change: Change, giver: Rights, wanted: Named
) -> PermissionSet | Refusal:
    """A new set, held by nobody. What permits anything permits to look.

    Refused: `invalid_input`, `already_exists` for a name in use, `too_many_items`, `forbidden`,
    `step_up_required`.
    """
    known = _listed(environment, change)
    if len(known) >= SETS_PER_FIRM_MAX:
        return Refusal(Code.TOO_MANY_ITEMS, "too many sets", {"sets_max": SETS_PER_FIRM_MAX})
    made = PermissionSet(
        environment.surroundings.ids.new("pst"),
        0,
        wanted.name.strip(),
        in_order(wanted.permissions),
    )
    refused = (
        _machine(change)
        or _name_problem(made, known)
        or not_to_be_given(change, giver, {FIRM_WIDE: frozenset(made.permissions)})
    )
    if refused is not None:
        return refused
    change.put(made)
    change.state("permission_set.created", permission_set=_told(made))
    return made


def change_set(
    environment: Environment,
    change: Change,
    giver: Rights,
    set_id: str,
    version: int,
    wanted: Named,
) -> PermissionSet | Refusal:
    """Another name, other permissions: they hold from the next write on, for everybody.

    Refused: `not_found`, `version_mismatch`, `same_person` for who holds it, and what `create`
    refuses.
    """
    known = _found(change, set_id, version)
    if isinstance(known, Refusal):
        return known
    after = replace(known, name=wanted.name.strip(), permissions=in_order(wanted.permissions))
    others = [one for one in _listed(environment, change) if one.id != set_id]
    gained = frozenset(after.permissions) - frozenset(known.permissions)
    refused = (
        _machine(change)
        or _own(giver, set_id)
        or _name_problem(after, others)
        or not_to_be_given(change, giver, {FIRM_WIDE: gained} if gained else {})
    )
    if refused is not None:
        return refused
    change.put(after)
    change.state(
        "permission_set.changed", permission_set=_told(after), permission_set_before=_told(known)
    )
    return after


def remove(
    environment: Environment, change: Change, set_id: str, version: int
) -> PermissionSet | Refusal:
    """Remove a set that nobody holds. One given meanwhile permits nothing.

    Refused: `not_found`, `version_mismatch`, `in_use`.
    """
    known = _found(change, set_id, version)
    if isinstance(known, Refusal):
        return known
    refused = _machine(change)
    if refused is not None:
        return refused
    books = environment.store.books(Scope(change.scope.firm))
    members = books.get_many(Member, every_id(books, Member, ""))
    holders = [
        member.id
        for member in members.values()
        if any(set_id in names for names in member.sets.values())
    ]
    if holders:
        return Refusal(
            Code.IN_USE,
            "members hold this set",
            {"members": holders[:20], "count": len(holders)},
            remedy="take it from them first",
        )
    removed = replace(known, removed_at=change.now)
    change.put(removed)
    change.state("permission_set.removed", permission_set=_told(known))
    return removed


def _found(change: Change, set_id: str, version: int) -> PermissionSet | Refusal:
    known = change.get(PermissionSet, set_id)
    if known is None or known.removed_at is not None:
        return NO_SET
    if known.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the set was changed since you read it",
            {"asked": version, "found": known.version},
        )
    return known


def _listed(environment: Environment, change: Change) -> list[PermissionSet]:
    books = environment.store.books(Scope(change.scope.firm))
    found = books.get_many(PermissionSet, every_id(books, PermissionSet, ""))
    return [one for one in found.values() if one.removed_at is None]


def _machine(change: Change) -> Refusal | None:
    if change.actor.kind is ActorKind.PERSON:
        return None
    return Refusal(Code.FORBIDDEN, "a machine changes nobody's rights")


def _own(giver: Rights, set_id: str) -> Refusal | None:
    """Whoever holds a set would change their own rights with it."""
    if not any(set_id in names for names in giver.member.sets.values()):
        return None
    return Refusal(
        Code.SAME_PERSON,
        "who holds a set does not change it",
        {"permission_set": set_id},
        remedy="have somebody else do it who manages people",
    )


def _name_problem(wanted: PermissionSet, others: Sequence[PermissionSet]) -> Refusal | None:
    if not wanted.name or len(wanted.name) > NAME_CHARACTERS_MAX:
        most = {"field": "name", "characters_max": NAME_CHARACTERS_MAX}
        return Refusal(Code.INVALID_INPUT, "a set needs a name, and a short one", most)
    if any(one.name.casefold() == wanted.name.casefold() for one in others):
        return Refusal(Code.ALREADY_EXISTS, "a set has this name", {"name": wanted.name})
    return None


def _told(one: PermissionSet) -> dict[str, object]:
    """A set as the log tells it: the write decides the version."""
    plain: dict[str, object] = to_plain(one)
    plain.pop("version", None)
    plain.pop("removed_at", None)
    return plain
