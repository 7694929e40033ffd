"""Rotate and disconnect: a new token now; or none any more, at the rail and here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from rowcol.domain.connection import PLAID, QBO, RAMP, STRIPE, Connection, ShownConnection
from rowcol.domain.connection_health import ENDS, Event
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import happened, report_connection, subject_of
from rowcol.service.connection_keeping import connecting_of, refusal_of
from rowcol.service.connection_link import NO_SUCH, no_connection
from rowcol.service.connection_secrets import end_older_secrets
from rowcol.service.connections import context_of
from rowcol.service.environment import Environment
from rowcol.service.ports import ConnectionBroken, RailError
from rowcol.service.rights import Rights
from rowcol.service.store import Command
from rowcol.service.subscription_record import tell_of_end
from rowcol.service.subscriptions import end_subscription
from rowcol.service.tray import close_item

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """A connection that was wiped. `revoked_at_rail`: whether the rail has ended it too."""

    connection: Connection
    revoked_at_rail: bool


def rotate(
    environment: Environment, scope: Scope, actor: Actor, rights: Rights, connection_id: str
) -> Connection | Refusal:
    """A new access token now (Ramp, QuickBooks), or the end of Stripe's older secrets.

    Plaid's tokens stay for the life of an item: `capability_missing`. Also refused:
    `not_connected`, `rail_refused`, `rail_unavailable`.
    """
    known = environment.store.books(scope).get(Connection, connection_id)
    if known is None:
        return NO_SUCH
    if known.rail == STRIPE:
        ended = end_older_secrets(environment, scope, actor, rights)
        return ended if isinstance(ended, Refusal) else ended.connection
    if known.rail not in (RAMP, QBO):
        return Refusal(
            Code.CAPABILITY_MISSING,
            "the access token of a bank's item stays as long as the item",
            {"rail": known.rail},
            remedy="disconnect it and link the bank anew",
        )
    if not known.access:
        return no_connection(connection_id)
    tokens = connecting_of(environment).tokens(scope, connection_id)
    try:
        tokens.renewed(tokens.token())
    except ConnectionBroken as broken:
        report_connection(environment, scope, known.rail, broken)
        return refusal_of(broken, "connect again")
    except RailError as error:
        return refusal_of(error, "try again")

    def plan(change: Change) -> Connection | Refusal:
        current = change.get(Connection, connection_id)
        if current is None:
            return no_connection(connection_id)
        change.state("connection.rotated", connection=ShownConnection.of(current))
        return current

    return _written(environment, scope, actor, rights, plan)


def disconnect(
    environment: Environment, scope: Scope, actor: Actor, rights: Rights, connection_id: str
) -> Ended | Refusal:
    """Revoke at the rail, then wipe tokens and secrets here. Bills and reserves stay as they are.

    Ramp's subscription to our address is deleted first, while a token can; the tray tells when not.

    A rail that does not answer keeps nothing here: the log says that it was not revoked there.
    """
    known = environment.store.books(scope).get(Connection, connection_id)
    if known is None:
        return NO_SUCH
    is_left = known.rail == RAMP and end_subscription(environment, scope) is False
    was_revoked = _revoked(environment, scope, known)
    _forget_endpoint(environment, scope, known)

    def plan(change: Change) -> Connection | Refusal:
        current = change.get(Connection, connection_id)
        if current is None:
            return no_connection(connection_id)
        wiped = replace(
            current,
            access="",
            access_expires_at=None,
            refresh=None,
            refresh_expires_at=None,
            ends_at=None,
            refreshing_until=None,
            refresh_open=False,
            scopes=(),
            warned=None,
            webhook=None,
        )
        ended = happened(change, wiped, Event.DISCONNECTED, None)
        close_item(change, subject_of(ended), ENDS, "disconnected")
        if current.rail == RAMP:
            tell_of_end(change, is_left=is_left)
        if current.rail == PLAID and current.tenant_id is not None:
            left = tuple(one for one in change.client.bank_item_ids if one != current.tenant_id)
            if left != change.client.bank_item_ids:
                change.put(replace(change.client, bank_item_ids=left))
        change.state(
            "connection.disconnected",
            connection=ShownConnection.of(ended),
            revoked_at_rail=was_revoked,
        )
        return ended

    written = _written(environment, scope, actor, rights, plan)
    return written if isinstance(written, Refusal) else Ended(written, was_revoked)


def _revoked(environment: Environment, scope: Scope, known: Connection) -> bool:
    """Whether the rail has ended it. Stripe's secrets are ended at Stripe, by a person."""
    connecting, context = connecting_of(environment), context_of(scope, known.id)
    sealed = [one for one in (known.refresh, known.access) if one]
    if not sealed:
        return False
    tokens = [connecting.vault.open(one, context) for one in sealed]
    try:
        if known.rail == PLAID:
            connecting.link.remove(tokens[-1])
        elif known.rail in connecting.consent_rails:
            for token in tokens:
                connecting.consent_rails[known.rail].revoke(token)
    except RailError as error:
        logger.warning("not revoked", extra={"connection": known.id, "detail": error.detail})
        return False
    return True


def _forget_endpoint(environment: Environment, scope: Scope, known: Connection) -> None:
    """What comes to a client's own address is refused from now on (at most 5 minutes later)."""
    if known.rail not in (STRIPE, RAMP):
        return
    address = environment.store.books(scope).get(WebhookAddress, known.rail)
    if address is not None:
        connecting_of(environment).endpoints.delete(known.rail, address.endpoint_key)


def _written(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    rights: Rights,
    plan: Callable[[Change], Connection | Refusal],
) -> Connection | Refusal:
    result = transact(
        environment.store,
        environment.surroundings,
        scope,
        actor,
        plan,
        checks=rights.checks(scope.client),
    )
    assert not isinstance(result, Command)  # none was asked for
    return result
