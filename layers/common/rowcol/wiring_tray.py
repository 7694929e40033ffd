"""What the function tray_admin has besides everybody: replays, and queues of dead letters."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

from rowcol import wiring
from rowcol.service.environment import Environment
from rowcol.storage.dead_letters import LambdaReplaying, SqsDeadLetters

# Workers that a dead letter may be handed to again, by the variable that names their function.
_WORKERS = {
    "payment_batch": "PAYMENT_BATCH_FUNCTION",
    "plaid_balance_refresh": "BALANCE_REFRESH_FUNCTION",
    "connections_admin": "CONNECTIONS_ADMIN_FUNCTION",
    "event_application": "EVENT_APPLICATION_FUNCTION",
    "event_relay": "EVENT_RELAY_FUNCTION",
    "view_projection": "VIEW_PROJECTION_FUNCTION",
}


@cache
def environment() -> Environment:
    """With replays."""
    names = {worker: os.environ[variable] for worker, variable in _WORKERS.items()}
    replaying = LambdaReplaying(
        wiring.inbox(),
        lambda: wiring.client("lambda"),
        os.environ["EVENT_APPLICATION_FUNCTION"],
        names,
    )
    return replace(wiring.environment(), replaying=replaying)


@cache
def dead_letters() -> SqsDeadLetters:
    """The queues, as `name=url` pairs in a variable."""
    pairs = (pair.split("=", 1) for pair in os.environ["DEAD_LETTER_QUEUES"].split())
    workers = {os.environ[variable]: worker for worker, variable in _WORKERS.items()}
    return SqsDeadLetters(
        dict(pairs),
        workers,
        lambda: wiring.client("sqs"),
        lambda: wiring.client("dynamodbstreams"),
    )
