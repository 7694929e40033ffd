"""Ramp's webhook subscription of a client: made, shaken hands on, looked at (ramp contract, 7.1).

There is no update: another address or secret is a new subscription. The challenge may come before
the rail's answer has told us id and secret, so either side keeps what it has and whoever comes
second hands it back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rowcol.domain.connection import RAMP, Connection, WebhookSeen
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Actor, Scope
from rowcol.domain.tray import Severity
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import link_of
from rowcol.service.connection_keeping import connecting_of
from rowcol.service.connection_secrets import address_of
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import Endpoint
from rowcol.service.ports import RailError
from rowcol.service.subscription_ports import Row, SubscriptionRail
from rowcol.service.tray import close_item, open_item

logger = logging.getLogger(__name__)
ITEM, SUBJECT = "webhook_subscription", "connection-ramp"
# The challenge comes within seconds; later ones are handed back when they come.
WAITS, WAIT_SECONDS = 8, 1.0
CHALLENGE_FOR = timedelta(minutes=15)
LOOKED_AT_EVERY = timedelta(hours=6)
TRIES_MAX = 8


class NoSubscriptions(Exception):
    """This function was not given the rail's subscriptions: a defect of its wiring."""


def subscribe(
    environment: Environment, scope: Scope, actor: Actor, waits: int = WAITS
) -> Subscription | Refusal:
    """Subscribe anew, with a new secret; what we had before is ended first.

    Older secrets stay live beside the new one, so that nothing on its way is lost. Answers
    `pending` when the challenge takes longer than `waits` seconds. Refused: `not_configured`,
    `not_connected`, `rail_unavailable`.
    """
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
        _kept(environment, scope, lambda _: _asked(environment))
        rail = _rail(environment, scope)
        for row in rail.all():
            if row.endpoint_url == url:
                rail.delete(row.subscription_id)
        connecting.endpoints.write(endpoint)
        made = rail.create(url)
        live = (*((made.secret,) if made.secret else ()), *endpoint.secrets[:1])
        connecting.endpoints.write(replace(endpoint, secrets=live))
        mine = _kept(environment, scope, lambda now: _made(now, made))
        mine = _handed_back(environment, scope, rail, mine, waits)
    except RailError as error:
        logger.warning("not subscribed", extra={"rail": RAMP, "detail": error.detail})
        return Refusal(
            Code.RAIL_UNAVAILABLE, "Ramp did not take the subscription", {"detail": error.detail}
        )
    if mine.state is Handshake.ACTIVE:
        done = replace(endpoint, secrets=live, pending=False, pending_until=None)
        connecting.endpoints.write(done)
    _tell(environment, scope, actor, mine)
    return mine


def _rail(environment: Environment, scope: Scope) -> SubscriptionRail:
    if environment.subscribing is None:
        raise NoSubscriptions
    return environment.subscribing(scope)


def _asked(environment: Environment) -> Subscription:
    return Subscription(RAMP, 0, Handshake.ASKED, environment.now())


def _made(known: Subscription, row: Row) -> Subscription:
    pending = Handshake.PENDING
    return replace(known, state=pending, subscription_id=row.subscription_id, missing=row.missing)


def _kept(
    environment: Environment, scope: Scope, changed: Callable[[Subscription], Subscription]
) -> Subscription:
    """Change the record by compare-and-set; the challenge may be written at the same moment."""
    books = environment.store.books(scope)
    for _ in range(TRIES_MAX):
        known = books.get(Subscription, RAMP) or _asked(environment)
        fresh = replace(changed(known), version=known.version)
        if books.save(fresh):
            return books.get(Subscription, RAMP) or fresh
    raise RailError(RAMP, "the subscription kept changing")


def _handed_back(
    environment: Environment,
    scope: Scope,
    rail: SubscriptionRail,
    mine: Subscription,
    waits: int,
) -> Subscription:
    """Wait a little for the challenge, and hand it back."""
    books = environment.store.books(scope)
    for _ in range(waits):
        mine = books.get(Subscription, RAMP) or mine
        if mine.state is Handshake.ACTIVE or mine.challenge is not None:
            break
        environment.surroundings.pause(WAIT_SECONDS)
    return _verified(environment, scope, rail, mine)


def _verified(
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

    return _kept(environment, scope, changed)


def hear_challenge(environment: Environment, scope: Scope, challenge: str) -> str:
    """A challenge came to the address: kept, and handed back when its subscription is known."""
    known = environment.store.books(scope).get(Subscription, RAMP)
    if known is None or known.state is Handshake.ACTIVE:
        return "ignored:no_subscription_pending"
    mine = _kept(
        environment,
        scope,
        lambda now: now if now.state is Handshake.ACTIVE else replace(now, challenge=challenge),
    )
    mine = _verified(environment, scope, _rail(environment, scope), mine)
    if mine.state is Handshake.ACTIVE:
        _tell(environment, scope, SYSTEM, mine)
        return "applied"
    return "kept_for_verification"


@dataclass(frozen=True, slots=True)
class _Found:
    state: str
    words: str


def look_at_subscription(
    environment: Environment, scope: Scope, *, always: bool = False
) -> str | None:
    """Whether the rail still sends to us; None when there is nothing to look at, or not yet.

    One that waits for its challenge's answer is verified; whatever else is wrong is for a person,
    whose `POST …/connections/ramp/webhook` makes a new one. Raises RailError.
    """
    books = environment.store.books(scope)
    mine = books.get(Subscription, RAMP)
    if mine is None or environment.subscribing is None:
        return None
    connection = books.get(Connection, RAMP)
    if connection is None or not connection.is_usable:
        return None  # which the tray tells already
    checked = mine.checked_at
    if not always and checked is not None and environment.now() - checked < LOOKED_AT_EVERY:
        return None
    address = books.get(WebhookAddress, RAMP)
    rail = _rail(environment, scope)
    if mine.state is Handshake.PENDING:
        mine = _verified(environment, scope, rail, mine)
    found = _found(mine, address.endpoint_key if address is not None else "", rail.all())
    now = environment.now()
    mine = _kept(environment, scope, lambda known: replace(known, checked_at=now))
    _show(environment, scope, SYSTEM, found, now)
    if found.state != "active":
        logger.warning(
            "webhook subscription", extra={"rail": RAMP, "state": found.state, **_named(scope)}
        )
    return found.state


def _named(scope: Scope) -> dict[str, str]:
    return {"firm": scope.firm, "client": scope.client}


def _found(mine: Subscription, endpoint_key: str, rows: tuple[Row, ...]) -> _Found:
    row = next((row for row in rows if row.subscription_id == mine.subscription_id), None)
    foreign = [
        row.subscription_id
        for row in rows
        if not row.endpoint_url.endswith(f"/webhooks/ramp/{endpoint_key}")
    ]
    if row is None:
        return _Found("missing", "Ramp has no webhook subscription of ours any more")
    if row.subscription_id in foreign:
        return _Found("foreign", "Ramp sends our events to another address")
    if row.status != "active":
        state = row.status if row.status == "pending_verification" else "inactive"
        return _Found(state, f"Ramp's webhook subscription is {row.status[:40]}")
    if foreign:
        return _Found("foreign", f"Ramp also sends events elsewhere: {len(foreign)} subscriptions")
    return _Found("active", "")


def _tell(environment: Environment, scope: Scope, actor: Actor, mine: Subscription) -> None:
    """What was just made or verified: log, connection and tray."""
    is_active = mine.state is Handshake.ACTIVE
    found = _Found("active" if is_active else "pending_verification", "its challenge did not come")
    _show(environment, scope, actor, found, environment.now(), is_asked=actor is not SYSTEM)


def _show(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    found: _Found,
    now: datetime,
    *,
    is_asked: bool = False,
) -> None:
    def plan(change: Change) -> bool:
        connection = change.get(Connection, RAMP)
        before = connection.webhook.state if connection is not None and connection.webhook else None
        if connection is not None:
            change.put(replace(connection, webhook=WebhookSeen(found.state, now)))
        if is_asked:
            change.state("connection.webhook_subscribed", rail=RAMP, found=found.state)
        if before != found.state:
            change.state("connection.webhook_seen", rail=RAMP, found=found.state)
        if found.state == "active":
            close_item(change, SUBJECT, ITEM, "Ramp sends its events to us")
        else:
            open_item(
                change,
                SUBJECT,
                ITEM,
                found.words or "Ramp does not send its events to us",
                expected="active",
                found=found.state,
                severity=Severity.HIGH,
                link=link_of(change.scope),
            )
        return True

    transact(environment.store, environment.surroundings, scope, actor, plan)
