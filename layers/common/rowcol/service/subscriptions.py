"""Ramp's webhook subscription of a client: made, shaken hands on, looked at (ramp contract, 7.1).

There is no update: another address or secret is a new subscription. The challenge may come before
the rail's answer has told us id and secret, so either side keeps what it has and whoever comes
second hands it back.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.connection import RAMP, Connection
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Actor, Scope
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.service.connection_keeping import connecting_of
from rowcol.service.connection_secrets import address_of
from rowcol.service.connection_time import has_time
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import Endpoint
from rowcol.service.ports import RailError, RailUnavailable
from rowcol.service.subscription_ports import Row, SubscriptionRail
from rowcol.service.subscription_record import asked_now, keep_record, rail_of, tell

logger = logging.getLogger(__name__)
# The challenge comes within seconds; later ones are handed back when they come.
WAITS, WAIT_SECONDS = 8, 1.0
CHALLENGE_FOR = timedelta(minutes=15)


def subscribe(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    waits: int = WAITS,
    began_at: datetime | None = None,
) -> Subscription | Refusal:
    """Subscribe anew, with a new secret; what we had before is ended first.

    Older secrets stay live beside the new one, so that nothing on its way is lost. Answers
    `pending` when the challenge takes longer than `waits` seconds, or Ramp so long that the answer
    is due (`began_at`: since when somebody waits for it). Refused: `not_configured`,
    `not_connected`, `rail_unavailable`.
    """
    began_at = began_at or environment.now()
    connecting = connecting_of(environment)
    if not connecting.public_url.startswith("https://"):
        return Refusal(
            Code.NOT_CONFIGURED,
            "no public https address of this installation is set",
            remedy="set the parameter PublicUrl",
        )
    connection = environment.store.books(scope).get(Connection, RAMP)
    if connection is None or not connection.is_usable:
        return Refusal(Code.NOT_CONNECTED, "the client is not connected to Ramp")
    address = address_of(environment, scope, RAMP)
    url = connecting.webhook_url(RAMP, address.endpoint_key)
    known = connecting.endpoints.read(RAMP, address.endpoint_key)
    endpoint = replace(
        known or Endpoint(RAMP, address.endpoint_key, scope.firm, scope.client),
        business_id=connection.tenant_id,
        pending=True,
        pending_until=environment.now() + CHALLENGE_FOR,
    )
    try:
        keep_record(environment, scope, lambda _: asked_now(environment))
        rail = rail_of(environment, scope)
        _need_time(environment, began_at)
        for row in rail.all():
            if row.endpoint_url == url:
                _need_time(environment, began_at)
                rail.delete(row.subscription_id)
        _need_time(environment, began_at)
        connecting.endpoints.write(endpoint)
        made = rail.create(url)
        live = (*((made.secret,) if made.secret else ()), *endpoint.secrets[:1])
        connecting.endpoints.write(replace(endpoint, secrets=live))
        mine = keep_record(environment, scope, lambda now: _made(now, made))
        mine = _challenged(environment, scope, mine, waits, began_at)
        if has_time(environment, began_at):
            mine = verified(environment, scope, rail, mine)
    except RailError as error:
        logger.warning("not subscribed", extra={"rail": RAMP, "detail": error.detail})
        return Refusal(
            Code.RAIL_UNAVAILABLE, "Ramp did not take the subscription", {"detail": error.detail}
        )
    if mine.state is Handshake.ACTIVE:
        done = replace(endpoint, secrets=live, pending=False, pending_until=None)
        connecting.endpoints.write(done)
    tell(environment, scope, actor, mine)
    return mine


def _made(known: Subscription, row: Row) -> Subscription:
    pending = Handshake.PENDING
    return replace(known, state=pending, subscription_id=row.subscription_id, missing=row.missing)


def _need_time(environment: Environment, began_at: datetime) -> None:
    """Raises RailUnavailable: what is asked of Ramp now could end after the answer is due.

    The next look finds what is missing, and has it made.
    """
    if not has_time(environment, began_at):
        raise RailUnavailable(RAMP, "it answers too slowly to subscribe now")


def _challenged(
    environment: Environment, scope: Scope, mine: Subscription, waits: int, began_at: datetime
) -> Subscription:
    """Wait a little for the challenge; one that comes later is handed back when it comes."""
    books = environment.store.books(scope)
    for _ in range(waits):
        mine = books.get(Subscription, RAMP) or mine
        heard = mine.state is Handshake.ACTIVE or mine.challenge is not None
        if heard or not has_time(environment, began_at):
            break
        environment.surroundings.pause(WAIT_SECONDS)
    return mine


def verified(
    environment: Environment, scope: Scope, rail: SubscriptionRail, mine: Subscription
) -> Subscription:
    """Hand the challenge back when both it and the id are known. Safe to repeat."""
    if mine.state is not Handshake.PENDING or not mine.subscription_id or not mine.challenge:
        return mine
    named = mine.subscription_id
    active = rail.verify(named, mine.challenge) or any(
        row.subscription_id == named and row.status == "active" for row in rail.all()
    )
    if not active:
        return mine

    def changed(known: Subscription) -> Subscription:
        if known.subscription_id != named:
            return known  # a newer one was asked for meanwhile
        return replace(known, state=Handshake.ACTIVE, challenge=None)

    return keep_record(environment, scope, changed)


def hear_challenge(environment: Environment, scope: Scope, challenge: str) -> str:
    """A challenge came to the address: kept, and handed back when its subscription is known."""
    known = environment.store.books(scope).get(Subscription, RAMP)
    if known is None or known.state in (Handshake.ACTIVE, Handshake.ENDED):
        return "ignored:no_subscription_pending"
    mine = keep_record(
        environment,
        scope,
        lambda now: now if now.state is Handshake.ACTIVE else replace(now, challenge=challenge),
    )
    mine = verified(environment, scope, rail_of(environment, scope), mine)
    if mine.state is Handshake.ACTIVE:
        tell(environment, scope, SYSTEM, mine)
        return "applied"
    return "kept_for_verification"


def end_subscription(environment: Environment, scope: Scope) -> bool | None:
    """Delete what sends to our address, before the token ends; None when there is nothing to do.

    Best effort: False when the rail did not answer. What it sends from now on is refused.
    """
    address = environment.store.books(scope).get(WebhookAddress, RAMP)
    if address is None or environment.subscribing is None:
        return None
    try:
        rail = rail_of(environment, scope)
        for row in rail.all():
            if row.endpoint_url.endswith(f"/webhooks/{RAMP}/{address.endpoint_key}"):
                rail.delete(row.subscription_id)
    except RailError as error:
        logger.warning("subscription not ended", extra={"rail": RAMP, "detail": error.detail})
        return False
    forgotten = Subscription(RAMP, 0, Handshake.ENDED, environment.now())
    keep_record(environment, scope, lambda _: forgotten)
    return True
