"""Public keys of machines: registered by who answers for the machine, revoked, and looked up.

Who holds a machine's private key acts with the hands of the person who answers for it. Only that
person registers it, so that nobody comes by a second pair of hands.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.machine_key import (
    LIFETIME_MAX,
    LIVE_KEYS_MAX,
    KeyAlgorithm,
    KeyWindow,
    MachineKey,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind, Member
from rowcol.service.change import Change
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.store import Books, VersionCheck

# Of one machine, revoked and expired ones included: a key a week for years.
LISTED_MAX = 500


@dataclass(frozen=True, slots=True)
class NewKey:
    """A public key whose private half was proved to be at hand. `id` is made of it."""

    id: str
    algorithm: KeyAlgorithm
    public_key: str
    window: KeyWindow


def register(change: Change, machine_id: str, wanted: NewKey) -> MachineKey | Refusal:
    """Let a machine sign with another key. In the firm's books.

    Refused: `not_found` for no machine, `forbidden` for anybody but who answers for it,
    `step_up_required`, `invalid_input` for a window, `duplicate_item`, `too_many_items`.
    """
    machine = change.get(Member, machine_id)
    if machine is None or machine.actor_kind is not ActorKind.MACHINE:
        return Refusal(Code.NOT_FOUND, "no such machine")
    refused = (
        _not_theirs(change, machine)
        or second_factor_refusal(change.actor, change.now, "registering a machine's key")
        or _bad_window(wanted.window, change.now)
    )
    if refused is not None:
        return refused
    if change.get(MachineKey, wanted.id) is not None:
        return Refusal(
            Code.DUPLICATE_ITEM,
            "this key was registered before; a key belongs to one machine, once",
            {"key": wanted.id},
            remedy="make a new key pair",
        )
    live = [key for key in keys_of(change.books, machine_id) if key.is_live(change.now)]
    if len(live) >= LIVE_KEYS_MAX:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            "the machine has as many keys as it may have",
            {"most": LIVE_KEYS_MAX},
            remedy="revoke one that is not used any more",
        )
    key = MachineKey(
        wanted.id,
        0,
        machine_id,
        change.actor.id,
        wanted.algorithm,
        wanted.public_key,
        wanted.window,
        change.now,
        change.actor.id,
    )
    change.put(key)
    # Somebody else may become the one who answers for it in the meantime.
    change.checks.append(VersionCheck(change.scope, machine.kind, machine.id, machine.version))
    change.state("machine.key_registered", machine_key=key)
    return key


def _not_theirs(change: Change, machine: Member) -> Refusal | None:
    is_person = change.actor.kind is ActorKind.PERSON
    if is_person and machine.active and change.actor.id == machine.responsible_id:
        return None
    return Refusal(
        Code.FORBIDDEN,
        "a machine's keys are registered by the person who answers for it, while it is in use",
        {"responsible": machine.responsible_id, "active": machine.active},
        remedy="that person registers it, or another is named who answers for the machine",
    )


def _bad_window(window: KeyWindow, now: datetime) -> Refusal | None:
    if window.expires_at <= max(now, window.not_before):
        problem = "it ends before it begins, or has ended"
    elif window.expires_at - max(now, window.not_before) > LIFETIME_MAX:
        problem = "it lasts too long"
    elif window.not_before - now > LIFETIME_MAX:
        problem = "it begins too late"
    else:
        return None
    return Refusal(
        Code.INVALID_INPUT,
        f"check expires_at and not_before: {problem}",
        {"field": "expires_at", "days_max": LIFETIME_MAX.days},
    )


def revoke(change: Change, machine_id: str, key_id: str) -> MachineKey | Refusal:
    """End a key for good; a second time there is nothing to do. Refused: `not_found`.

    The machine's membership is written as it is: its version is a condition of every write, so that
    what is under way with this key fails as well.
    """
    key = change.get(MachineKey, key_id)
    if key is None or key.member_id != machine_id:
        return Refusal(Code.NOT_FOUND, "no such key")
    if key.revoked_at is not None:
        return key
    key = key.revoked(change.actor.id, change.now)
    machine = change.get(Member, machine_id)
    if machine is not None:
        change.put(machine)
    change.put(key)
    change.state("machine.key_revoked", machine_key=key)
    return key


def keys_of(books: Books, machine_id: str) -> tuple[MachineKey, ...]:
    """A machine's keys, revoked and expired ones too, the newest first (eventually consistent)."""
    page = books.ids(MachineKey, prefix=f"{machine_id}/", limit=LISTED_MAX)
    found = books.get_many(MachineKey, page.ids).values()
    return tuple(sorted(found, key=lambda key: (key.created_at, key.id), reverse=True))


def use_nonce(books: Books, key_id: str, nonce: str, until: datetime) -> bool:
    """Whether this key has not signed with this nonce before. One conditional put."""
    name = hashlib.sha256(f"nonce\n{key_id}\n{nonce}".encode()).hexdigest()
    return books.is_first_use(name, until)
