"""Keep what a rail granted: whose account it is, sealed tokens, log entry and tray in one write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from rowcol.domain.client import Client
from rowcol.domain.connection import PLAID, QBO, RAMP, Connection, ShownConnection
from rowcol.domain.connection_health import ACCOUNTS, ENDS, Event
from rowcol.domain.directory import Tenant, tenant_key
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import happened, subject_of
from rowcol.service.connection_ports import Account, Connecting
from rowcol.service.connections import Granted, context_of, sealed
from rowcol.service.environment import Environment
from rowcol.service.ports import ConnectionBroken, RailError, RailThrottled
from rowcol.service.store import Command, VersionCheck
from rowcol.service.tray import close_item

# A rail's word, shown to people.
NAME_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A consent that was given: by whom it was asked for, and whose account it reaches."""

    connection_id: str
    rail: str
    account: Account
    granted: Granted = field(repr=False)
    asked_by: str
    institution_id: str | None = None


class NotWired(Exception):
    """This function was not given what connects clients: a defect of its wiring."""


def connecting_of(environment: Environment) -> Connecting:
    """What connects clients. Raises NotWired."""
    if environment.connecting is None:
        raise NotWired("connecting")
    return environment.connecting


def refusal_of(error: RailError, remedy: str) -> Refusal:
    """What the rail did, for the person who asked; never a text of the rail's."""
    if isinstance(error, ConnectionBroken):
        words = f"{error.rail} refuses: {error.code}"
        return Refusal(Code.RAIL_REFUSED, words, {"code": error.code}, remedy=remedy)
    if isinstance(error, RailThrottled):
        seconds = max(1, ceil(error.retry_after_seconds))
        words, numbers = f"{error.rail} takes no more calls now", {"retry_after_seconds": seconds}
        return Refusal(Code.RAIL_UNAVAILABLE, words, numbers, remedy=f"try again in {seconds} s")
    return Refusal(
        Code.RAIL_UNAVAILABLE,
        f"{error.rail} does not answer as it should",
        {"reason": type(error).__name__},
        remedy="try again in some minutes",
    )


def keep(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    made: Made,
    checks: Sequence[VersionCheck] = (),
) -> Connection | Refusal:
    """Store a connection. Refused: `tenant_taken`, `tenant_differs`; then nothing is stored.

    `checks`: the rights of who asked for it. Raises what transact and the vault raise.
    """
    client = environment.store.books(scope).get(Client, scope.client)
    if client is None:
        return Refusal(Code.NOT_FOUND, "no such client")
    refused = _differs(client, made)
    if refused is not None:
        return refused
    claim = _claimed(environment, scope, made)
    if isinstance(claim, Refusal):
        return claim
    vault = connecting_of(environment).vault
    sealer = vault.sealer(context_of(scope, made.connection_id))

    def plan(change: Change) -> Connection | Refusal:
        refused = _differs(change.client, made)
        if refused is not None:
            return refused
        bound = _bound(change.client, made)
        if bound != change.client:
            change.put(bound)
            change.client = bound
        known = change.get(Connection, made.connection_id)
        blank = Connection(made.connection_id, 0, "")
        fresh = replace(
            known or blank,
            refresh=None,
            refresh_expires_at=None,
            ends_at=None,
            tenant_id=made.account.id,
            tenant_name=made.account.name[:NAME_CHARACTERS_MAX] if made.account.name else None,
            scopes=made.granted.scopes,
            institution_id=made.institution_id,
            connected_at=change.now,
            connected_by=made.asked_by,
            warned=None,
            troubles=0,
        )
        connected = happened(change, sealed(sealer, fresh, made.granted), Event.CONNECTED, None)
        for kind in (ENDS, ACCOUNTS):
            close_item(change, subject_of(connected), kind, "the client consented again")
        change.state(
            "connection.connected",
            connection=ShownConnection.of(connected),
            asked_by=made.asked_by,
        )
        return connected

    surroundings, firm = environment.surroundings, Scope(scope.firm)
    held = (*checks, VersionCheck(firm, Tenant.kind, claim.id, claim.version))
    result = transact(environment.store, surroundings, scope, actor, plan, checks=held)
    assert not isinstance(result, Command)  # none was asked for
    if isinstance(result, Refusal) and environment.store.books(firm).get(Tenant, claim.id) != claim:
        return _taken(made)  # somebody else's claim came in between
    return result


def _differs(client: Client, made: Made) -> Refusal | None:
    """A client has one business and one company for good: bills and payments are theirs."""
    had = {RAMP: client.rail_business_id, QBO: client.ledger_realm_id}.get(made.rail)
    if had is None or had == made.account.id:
        return None
    return Refusal(
        Code.TENANT_DIFFERS,
        f"this client is connected to another {made.rail} account than the one that consented",
        {"rail": made.rail, "connected": had, "consented": made.account.id},
        remedy="consent for the account that the client has here, or register another client",
    )


def _bound(client: Client, made: Made) -> Client:
    match made.rail:
        case "ramp":
            return replace(client, rail_business_id=made.account.id)
        case "qbo":
            return replace(client, ledger_realm_id=made.account.id)
        case "plaid" if made.account.id not in client.bank_item_ids:
            return replace(client, bank_item_ids=(*client.bank_item_ids, made.account.id))
    return client


def _claimed(environment: Environment, scope: Scope, made: Made) -> Tenant | Refusal:
    """The account's place in the firm's directory, unless another client has it.

    Its version is a condition of the write that follows: a claim that passes to another client in
    between connects nobody twice.
    """
    books = environment.store.books(Scope(scope.firm))
    key = tenant_key(made.rail, made.account.id)
    for _ in range(3):
        known = books.get(Tenant, key)
        if known is not None and known.client_id == scope.client:
            return known
        if known is not None and _has(environment, Scope(scope.firm, known.client_id), made):
            break
        # Nobody's, or of a client that never came to have it.
        fresh = Tenant(key, known.version if known else 0, scope.client)
        if books.save(fresh):
            return replace(fresh, version=fresh.version + 1)
    return _taken(made)


def _taken(made: Made) -> Refusal:
    return Refusal(
        Code.TENANT_TAKEN,
        f"another client of the firm is connected to this {made.rail} account",
        {"rail": made.rail, "consented": made.account.id},
        remedy="have the other client's connection looked at",
    )


def _has(environment: Environment, scope: Scope, made: Made) -> bool:
    client = environment.store.books(scope).get(Client, scope.client)
    if client is None:
        return False
    had = (client.rail_business_id, client.ledger_realm_id)
    return made.account.id in (client.bank_item_ids if made.rail == PLAID else had)
