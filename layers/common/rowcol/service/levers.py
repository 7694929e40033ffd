"""Levers that a client's rail turned out not to have: remembered, refused by, and tried again.

A 422 that names the field says so once (ramp contract, section 5.4). After PROBE_AFTER, or when an
admin asks, it is forgotten, and the next command finds out anew.
"""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.client import PROBE_AFTER, Client, MissingLever
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.ports import CapabilityMissing
from rowcol.service.wishes import RAMP_LINK

DETAIL_CHARACTERS_MAX = 200
# Levers of the execution rail that only some accounts have, and what they do.
LEVERS = {
    "payment_date": "set or clear payment dates",
    "payment_method": "choose how a bill is paid",
    "hold": "put bills on hold",
    "lift": "lift holds",
    "archive": "archive bills",
}


def no_lever(client: Client, name: str) -> Refusal | None:
    """`capability_missing` with the link to do it in Ramp; None while the lever is not missed."""
    if name not in client.missing_capabilities:
        return None
    known = next((lever for lever in client.missing_levers if lever.name == name), None)
    numbers: dict[str, object] = {"capability": name}
    if known is not None:
        numbers |= {"since": known.since, "tried_again_at": known.since + PROBE_AFTER}
    return Refusal(
        Code.CAPABILITY_MISSING,
        f"this Ramp account does not let RowCol {LEVERS.get(name, name)}",
        numbers,
        remedy="do it in Ramp; RowCol follows once Ramp reports it",
        link=RAMP_LINK,
    )


def note_missing(change: Change, missing: CapabilityMissing) -> None:
    """Remember that the account lacks a lever; said once, until it is tried again."""
    client, name = change.client, missing.capability
    if name in client.missing_capabilities:
        return
    lever = MissingLever(name, change.now, missing.detail[:DETAIL_CHARACTERS_MAX])
    _put(
        change,
        replace(
            client,
            missing_capabilities=tuple(sorted({*client.missing_capabilities, name})),
            missing_levers=(*client.missing_levers, lever),
        ),
    )
    change.state("capability.missing", capability=name, detail=lever.detail)


def note_found(change: Change, name: str) -> None:
    """A command with the lever was taken: it is there after all."""
    if name in change.client.missing_capabilities:
        _put(change, _without(change.client, {name}))
        change.state("capability.found", capability=name)


def probe(change: Change, name: str) -> Client | Refusal:
    """An admin has a missing lever tried again: the next command tells.

    Refused: `not_found` when it is not known to be missing.
    """
    if name not in change.client.missing_capabilities:
        return Refusal(Code.NOT_FOUND, "no such capability is known to be missing")
    _put(change, _without(change.client, {name}))
    change.state("capability.probe_asked", capability=name)
    return change.client


def try_again(environment: Environment, scope: Scope) -> None:
    """Forget what was found missing long ago: accounts get new levers (ramp contract, 5.4)."""

    def plan(change: Change) -> bool:
        missed = change.client.missing_levers
        names = sorted(one.name for one in missed if one.since + PROBE_AFTER <= change.now)
        for name in names:
            _put(change, _without(change.client, {name}))
            change.state("capability.probe_due", capability=name)
        return bool(names)

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _without(client: Client, names: set[str]) -> Client:
    return replace(
        client,
        missing_capabilities=tuple(one for one in client.missing_capabilities if one not in names),
        missing_levers=tuple(one for one in client.missing_levers if one.name not in names),
    )


def _put(change: Change, client: Client) -> None:
    change.client = client
    change.put(client)
