"""Routes that subscribe to a rail's webhooks and show how the subscription stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rowcol.domain.client import Client
from rowcol.domain.connection import RAMP
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.edge.caller import CONFIGURE, NOT_FOUND
from rowcol.edge.observability import line
from rowcol.edge.operation import LOCATION, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.edge.task import scope_of
from rowcol.service.environment import Environment
from rowcol.service.subscription_watch import mend_subscription
from rowcol.service.subscriptions import subscribe

TAG = "Connections"
PATH = "/clients/{client}/connections/ramp/webhook"


@dataclass(frozen=True, slots=True)
class SubscriptionShown:
    """How far the handshake came. `missing`: event types that this account of Ramp does not know.

    Never the address or its secret.
    """

    rail: str
    state: Handshake
    asked_at: datetime
    subscription_id: str | None
    missing: tuple[str, ...]
    checked_at: datetime | None


def _shown(known: Subscription) -> SubscriptionShown:
    return SubscriptionShown(
        known.id,
        known.state,
        known.asked_at,
        known.subscription_id,
        known.missing,
        known.checked_at,
    )


def _subscribe(call: Call) -> Reply | Refusal:
    if call.environment.store.books(call.scope).get(Client, call.scope.client) is None:
        return NOT_FOUND
    made = subscribe(call.environment, call.scope, call.caller.actor)
    if isinstance(made, Refusal):
        return made
    where = PATH.format(client=call.scope.client)
    status = 201 if made.state is Handshake.ACTIVE else 202
    return Reply(_shown(made), status, {"Location": where})


def _read(read: OfClient) -> Reply | Refusal:
    known = read.books.get(Subscription, RAMP)
    return Reply(_shown(known)) if known is not None else NOT_FOUND


def mend(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """Reconciliation asks for a lost subscription: an event with `step`, never of the API."""
    scope = scope_of(event)
    state = mend_subscription(environment, scope)
    line("subscription_mended", client=scope.client, state=state)
    return {"state": state}


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", PATH, "subscribeRampWebhook",
            "Subscribe to Ramp's events anew, with a new secret", TAG, _subscribe, CONFIGURE,
            {201: SubscriptionShown, 202: SubscriptionShown}, headers=LOCATION,
            refusals=frozenset(
                {Code.NOT_CONFIGURED, Code.NOT_CONNECTED, Code.RAIL_UNAVAILABLE}
            ),
        ),
        read_operation(
            Reading(
                "/connections/ramp/webhook", "readRampWebhook",
                "How the subscription to Ramp's events stands", TAG, SubscriptionShown,
            ),
            _read,
        ),
    )
)  # fmt: skip
