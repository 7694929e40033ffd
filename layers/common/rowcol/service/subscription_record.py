"""The record of a webhook subscription, and how what was found of it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rowcol.domain.connection import RAMP, Connection, WebhookSeen
from rowcol.domain.scope import SYSTEM, Actor, Scope
from rowcol.domain.tray import Severity
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import link_of
from rowcol.service.environment import Environment
from rowcol.service.ports import RailError
from rowcol.service.subscription_ports import SubscriptionRail
from rowcol.service.tray import close_item, open_item

ITEM, SUBJECT = "webhook_subscription", "connection-ramp"
TRIES_MAX = 8


class NoSubscriptions(Exception):
    """This function was not given the rail's subscriptions: a defect of its wiring."""


def rail_of(environment: Environment, scope: Scope) -> SubscriptionRail:
    """Subscriptions of the client's business. Raises NoSubscriptions."""
    if environment.subscribing is None:
        raise NoSubscriptions
    return environment.subscribing(scope)


def asked_now(environment: Environment) -> Subscription:
    """A record that begins: asked for, nothing known."""
    return Subscription(RAMP, 0, Handshake.ASKED, environment.now())


def keep_record(
    environment: Environment, scope: Scope, changed: Callable[[Subscription], Subscription]
) -> Subscription:
    """Change the record by compare-and-set; the challenge may be written at the same moment."""
    books = environment.store.books(scope)
    for _ in range(TRIES_MAX):
        known = books.get(Subscription, RAMP) or asked_now(environment)
        fresh = replace(changed(known), version=known.version)
        if books.save(fresh):
            return books.get(Subscription, RAMP) or fresh
    raise RailError(RAMP, "the subscription kept changing")


@dataclass(frozen=True, slots=True)
class Found:
    """How the subscription stands at the rail, in a word of ours and in words for people."""

    state: str
    words: str


def tell(environment: Environment, scope: Scope, actor: Actor, mine: Subscription) -> None:
    """Tell what was just made or verified: log, connection and tray."""
    is_active = mine.state is Handshake.ACTIVE
    found = Found("active" if is_active else "pending_verification", "its challenge did not come")
    show(environment, scope, actor, found, environment.now(), is_asked=actor is not SYSTEM)


def show(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    found: Found,
    now: datetime,
    *,
    is_asked: bool = False,
) -> None:
    """Tell what was found, where it differs from what was told before."""

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


def tell_of_end(change: Change, *, is_left: bool) -> None:
    """The client was disconnected: nothing to watch any more, but what was left at the rail."""
    if not is_left:
        close_item(change, SUBJECT, ITEM, "disconnected")
        return
    open_item(
        change,
        SUBJECT,
        ITEM,
        "Disconnected, but Ramp may still send events: delete the webhook in Ramp",
        expected="deleted",
        found="left_at_rail",
        severity=Severity.LOW,
        link=link_of(change.scope),
    )
