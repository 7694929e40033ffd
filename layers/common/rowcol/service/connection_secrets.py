"""Webhook addresses, and the secrets that Stripe signs with: several live while they are rotated.

Secrets lie where intake reads them (SSM), never in the records and never in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rowcol.domain.connection import STRIPE, Connection, ShownConnection, WebhookSeen
from rowcol.domain.connection_health import Event
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import happened
from rowcol.service.connection_keeping import connecting_of
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import Endpoint
from rowcol.service.rights import Rights
from rowcol.service.store import Command

SECRETS_MAX = 3
TRIES_MAX = 5
_SECRET = re.compile(r"whsec_[A-Za-z0-9_+/=-]{16,200}\Z")
Secrets = tuple[str, ...]


class TooManyTurns(Exception):
    """Several people keep changing the same secrets: nothing is lost, the caller may retry."""


def address_of(environment: Environment, scope: Scope, rail: str) -> WebhookAddress:
    """The webhook address at a rail, made at its first use; its endpoint is known to intake then.

    `scope`: the client, or the firm for Plaid, whose notices name items.
    """
    books = environment.store.books(scope)
    known = books.get(WebhookAddress, rail)
    if known is None:
        key = connecting_of(environment).random.token()
        books.save(WebhookAddress(rail, 0, key))
        known = books.get(WebhookAddress, rail)
        if known is None:
            raise TooManyTurns(rail)
    endpoints = connecting_of(environment).endpoints
    if endpoints.read(rail, known.endpoint_key) is None:
        client = scope.client if scope.client != Scope(scope.firm).client else None
        endpoints.write(Endpoint(rail, known.endpoint_key, scope.firm, client))
    return known


@dataclass(frozen=True, slots=True)
class StripeAddress:
    """What a person enters at Stripe, and how many secrets are live."""

    connection: Connection
    endpoint_key: str
    live_secrets: int


def add_secret(
    environment: Environment, scope: Scope, actor: Actor, rights: Rights, secret: str | None
) -> StripeAddress | Refusal:
    """Add the signing secret of a Stripe endpoint; without one the address alone is made.

    The newest is the first; one that is there already changes nothing. Refused: `invalid_input`,
    `too_many_items` beyond SECRETS_MAX.
    """
    if secret is not None and not _SECRET.match(secret):
        return Refusal(
            Code.INVALID_INPUT,
            "this is no signing secret of an endpoint: they begin with whsec_",
            {"field": "secret"},
        )
    address = address_of(environment, scope, STRIPE)

    def changed(secrets: Secrets) -> Secrets | Refusal:
        if secret is None or secret in secrets:
            return secrets
        if len(secrets) >= SECRETS_MAX:
            return Refusal(
                Code.TOO_MANY_ITEMS,
                "so many secrets are live already",
                {"secrets_max": SECRETS_MAX},
                remedy="rotate: it ends all but the newest",
            )
        return (secret, *secrets)

    count = _change_secrets(environment, scope, address, changed)
    if isinstance(count, Refusal):
        return count
    return _recorded(environment, scope, actor, rights, count, "added")


def end_older_secrets(
    environment: Environment, scope: Scope, actor: Actor, rights: Rights
) -> StripeAddress | Refusal:
    """End of a rotation: only the newest secret stays."""
    address = address_of(environment, scope, STRIPE)
    count = _change_secrets(environment, scope, address, lambda secrets: secrets[:1])
    assert isinstance(count, int)  # nothing here refuses
    return _recorded(environment, scope, actor, rights, count, "rotated")


def _change_secrets(
    environment: Environment,
    scope: Scope,
    address: WebhookAddress,
    changed: Callable[[Secrets], Secrets | Refusal],
) -> int | Refusal:
    """Read, change, write; again when somebody else took a turn meanwhile. Gives how many live."""
    books, endpoints = environment.store.books(scope), connecting_of(environment).endpoints
    for _ in range(TRIES_MAX):
        current = books.get(WebhookAddress, address.id) or address
        turn = replace(current, turns=current.turns + 1)
        if not books.save(turn):
            continue
        known = endpoints.read(STRIPE, address.endpoint_key)
        endpoint = known or Endpoint(STRIPE, address.endpoint_key, scope.firm, scope.client)
        secrets = changed(endpoint.secrets)
        if isinstance(secrets, Refusal):
            return secrets
        endpoints.write(replace(endpoint, secrets=secrets))
        after = books.get(WebhookAddress, address.id)
        if after is not None and after.turns == turn.turns:
            return len(secrets)
    raise TooManyTurns(address.id)


def _recorded(
    environment: Environment, scope: Scope, actor: Actor, rights: Rights, count: int, what: str
) -> StripeAddress | Refusal:
    """The connection with how its webhook stands, and the fact; not a word of any secret."""
    address = address_of(environment, scope, STRIPE)

    def plan(change: Change) -> Connection:
        known = change.get(Connection, STRIPE) or Connection(STRIPE, 0, "")
        fresh = replace(
            known,
            webhook=WebhookSeen("waiting" if count == 0 else "secret_set", change.now),
            connected_at=known.connected_at or change.now,
            connected_by=known.connected_by or actor.id,
        )
        made = happened(change, fresh, Event.CONNECTED, None)
        change.state("connection.secrets_changed", connection=ShownConnection.of(made), reason=what)
        return made

    result = transact(
        environment.store,
        environment.surroundings,
        scope,
        actor,
        plan,
        checks=rights.checks(scope.client),
    )
    if isinstance(result, Refusal):
        return result
    assert not isinstance(result, Command)  # none was asked for
    return StripeAddress(result, address.endpoint_key, count)
