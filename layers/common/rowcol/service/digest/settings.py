"""A member's own digest: where to, when, and the proof that the address is theirs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from rowcol.domain.digest_settings import (
    CODE_KEPT,
    AddressAsked,
    DigestSettings,
    DigestTime,
    told,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.digest.outcomes import NOT_SENT, subject_of
from rowcol.service.tray import close_item


@dataclass(frozen=True, slots=True)
class WantedDigest:
    """As asked for."""

    is_on: bool
    address: str
    when: DigestTime


def settings_of(change: Change) -> DigestSettings:
    """The actor's settings; none yet is off."""
    return change.get(DigestSettings, change.actor.id) or DigestSettings(change.actor.id, 0)


def change_settings(
    change: Change, wanted: WantedDigest, code: str, version: int
) -> DigestSettings | Refusal:
    """Keep what was asked for. Another address waits until `code`, sent to it, comes back.

    While it waits, the address before it goes on getting digests.
    Refused: `version_mismatch`, `rate_limited` when too many codes were asked for.
    """
    known = settings_of(change)
    if known.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the settings changed since they were read",
            {"asked": version, "found": known.version},
        )
    changed = replace(known, is_on=wanted.is_on, when=wanted.when, trouble=None)
    if wanted.address == known.address:
        changed = replace(changed, waiting=None)
    else:
        asked = asked_again(known, change)
        if isinstance(asked, Refusal):
            return asked
        waiting = AddressAsked(wanted.address, hashed(code), change.now + CODE_KEPT)
        changed = replace(changed, waiting=waiting, asked=asked.asked)
    changed = changed.planned(change.now)
    change.put(changed)
    change.state("digest.settings_changed", digest_settings=told(changed))
    close_item(change, subject_of(changed.id), NOT_SENT, "its person set it anew")
    return changed


def confirm(change: Change, code: str) -> DigestSettings | Refusal:
    """Take the waiting address for theirs.

    Refused: `no_pending_change` when none waits with this code, or its time or tries are over.
    """
    known = settings_of(change)
    waiting = waiting_now(change, known)
    if waiting is None or waiting.code_sha256 != hashed(code):
        return Refusal(
            Code.NO_PENDING_CHANGE,
            "no address waits for a code: it was confirmed, replaced, or is too old",
            remedy="set the address again; a new code is sent",
        )
    changed = replace(known, address=waiting.address, waiting=None, trouble=None)
    changed = changed.planned(change.now)
    change.put(changed)
    change.state("digest.address_confirmed", digest_settings=told(changed))
    close_item(change, subject_of(changed.id), NOT_SENT, "its person proved an address")
    return changed


def count_wrong(change: Change, code: str) -> int | None:
    """Count a wrong code: how many tries are left. None: it is right, or none waits.

    In a transaction of its own and no refusal, for what a refused plan has put is not written.
    """
    known = settings_of(change)
    waiting = waiting_now(change, known)
    if waiting is None or waiting.code_sha256 == hashed(code):
        return None
    left = waiting.tries_left - 1
    change.put(replace(known, waiting=replace(waiting, tries_left=left)))
    change.state("digest.code_wrong", digest_settings=told(known), tries_left=left)
    return left


def wrong(tries_left: int) -> Refusal:
    """What who sent a wrong code is told."""
    return Refusal(
        Code.CODE_WRONG,
        "this is not the code that was sent",
        {"tries_left": tries_left},
        remedy="read it again, or set the address again for a new one",
    )


def waiting_now(change: Change, known: DigestSettings) -> AddressAsked | None:
    """The address that a code may still confirm."""
    waiting = known.waiting
    if waiting is None or waiting.expires_at <= change.now or waiting.tries_left <= 0:
        return None
    return waiting


def asked_again(known: DigestSettings, change: Change) -> DigestSettings | Refusal:
    """With a message asked for by hand. Refused: `rate_limited`."""
    wait = known.wait(change.now)
    if wait is None:
        return known.asking(change.now)
    seconds = int((wait + timedelta(milliseconds=999)).total_seconds())
    return Refusal(
        Code.RATE_LIMITED,
        "too many messages were asked for",
        {"retry_after_seconds": seconds},
        remedy="wait, then ask again",
    )


def ask_test(change: Change) -> DigestSettings | Refusal:
    """Count a test. Refused: `no_address` before one is confirmed, `rate_limited`."""
    known = settings_of(change)
    if known.address is None:
        return Refusal(
            Code.NO_ADDRESS,
            "no address of yours is confirmed",
            {"waiting": known.waiting is not None},
            remedy="set an address, and send back the code that comes to it",
        )
    asked = asked_again(known, change)
    if isinstance(asked, Refusal):
        return asked
    change.put(asked)
    change.state("digest.test_asked", digest_settings=told(asked))
    return asked


def hashed(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(code.encode()).hexdigest()
