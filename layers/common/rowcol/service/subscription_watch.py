"""Whether a rail still sends its events to us, looked at some times a day (ramp contract, 7.1)."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.connection import RAMP, Connection
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.service.environment import Environment
from rowcol.service.subscription_ports import Row
from rowcol.service.subscription_record import Found, asked_now, keep_record, rail_of, show
from rowcol.service.subscriptions import CHALLENGE_FOR, subscribe, verified

logger = logging.getLogger(__name__)
LOOKED_AT_EVERY = timedelta(hours=6)
# What a new subscription mends. Somebody else's address beside ours is for a person.
ACTIVE = "active"
MENDED = frozenset({"missing", "inactive", "pending_verification"})


def look_at_subscription(
    environment: Environment, scope: Scope, *, always: bool = False
) -> str | None:
    """Whether the rail still sends to us; None when there is nothing to look at, or not yet.

    One that waits for its challenge's answer is verified. Where this process may have a new one
    made (`resubscribing`), it is asked for; a client that was connected before subscriptions were
    made is looked at there too. The rest is for a person. Raises RailError.
    """
    if environment.subscribing is None:
        return None
    books = environment.store.books(scope)
    mine = known = books.get(Subscription, RAMP)
    if mine is None:
        if environment.resubscribing is None:
            return None
        mine = asked_now(environment)
    connection = books.get(Connection, RAMP)
    if connection is None or not connection.is_usable:
        return None  # which the tray tells already
    checked = mine.checked_at
    if not always and checked is not None and environment.now() - checked < LOOKED_AT_EVERY:
        return None
    address = books.get(WebhookAddress, RAMP)
    rail = rail_of(environment, scope)
    if mine.state is Handshake.PENDING:
        mine = verified(environment, scope, rail, mine)
    found = _found(mine, address.endpoint_key if address is not None else "", rail.all())
    now = environment.now()
    mine = keep_record(environment, scope, lambda known: replace(known, checked_at=now))
    show(environment, scope, SYSTEM, found, now)
    if found.state != "active":
        logger.warning(
            "webhook subscription", extra={"rail": RAMP, "state": found.state, **_named(scope)}
        )
    # One that was asked for just now has somebody at work on it.
    is_under_way = (
        known is not None
        and mine.state is not Handshake.ACTIVE
        and now - mine.asked_at < CHALLENGE_FOR
    )
    if found.state in MENDED and not is_under_way and environment.resubscribing is not None:
        environment.resubscribing(scope)
    return found.state


def sends_nothing(environment: Environment, scope: Scope) -> bool:
    """Whether the last look, or a call since, found that the rail does not send to us alone."""
    connection = environment.store.books(scope).get(Connection, RAMP)
    if connection is None or not connection.is_usable or connection.webhook is None:
        return False
    return connection.webhook.state != ACTIVE


def mend_subscription(environment: Environment, scope: Scope) -> str:
    """Subscribe anew where the last look found nothing active; the state afterwards.

    Of the one function that may write secrets. Asked twice, the second finds it mended.
    """
    if not sends_nothing(environment, scope):
        return ACTIVE
    made = subscribe(environment, scope, SYSTEM)
    if isinstance(made, Refusal):
        logger.warning("not mended", extra={"rail": RAMP, "code": made.code, **_named(scope)})
        return str(made.code)
    return made.state.value


def _named(scope: Scope) -> dict[str, str]:
    return {"firm": scope.firm, "client": scope.client}


def _found(mine: Subscription, endpoint_key: str, rows: tuple[Row, ...]) -> Found:
    row = next((row for row in rows if row.subscription_id == mine.subscription_id), None)
    foreign = [
        row.subscription_id
        for row in rows
        if not row.endpoint_url.endswith(f"/webhooks/ramp/{endpoint_key}")
    ]
    if row is None:
        return Found("missing", "Ramp has no webhook subscription of ours any more")
    if row.subscription_id in foreign:
        return Found("foreign", "Ramp sends our events to another address")
    if row.status != "active":
        state = row.status if row.status == "pending_verification" else "inactive"
        return Found(state, f"Ramp's webhook subscription is {row.status[:40]}")
    if foreign:
        return Found("foreign", f"Ramp also sends events elsewhere: {len(foreign)} subscriptions")
    return Found("active", "")
