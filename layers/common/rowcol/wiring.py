"""Builds adapters and use cases' surroundings, lazily and once per process."""

from __future__ import annotations

import logging
import os
import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rowcol.clock_source import SystemClock
from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import Inbox, InboxRow
from rowcol.service.intake_ports import Endpoint, Reading
from rowcol.service.ports import Surroundings
from rowcol.service.relay import Bus
from rowcol.storage.bus import EventBridgeBus
from rowcol.storage.cells import DynamoCells
from rowcol.storage.entries import entry_of as entry_of_item
from rowcol.storage.entries import place_of as place_of_item
from rowcol.storage.executions import StepFunctionsExecutions, Targets, invoke_later
from rowcol.storage.inbox import DynamoInbox
from rowcol.storage.parameters import Parameters
from rowcol.storage.secrets import RememberedApps
from rowcol.storage.store import DynamoStore
from rowcol.storage.transaction import Tables
from rowcol.storage.vault import KmsVault
from rowcol.storage.views import DynamoViews

if TYPE_CHECKING:
    from rowcol.service.checkpoint_ports import Checkpoints
    from rowcol.wiring_budgets import BudgetsOfRails

logger = logging.getLogger(__name__)
_PATIENCE = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"total_max_attempts": 4, "mode": "standard"},
    tcp_keepalive=True,
)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class SortableIds:
    """Ids that sort by time: prefix, 10 characters of milliseconds, 16 of randomness.

    In Crockford's base 32, as ULID.
    """

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    def new(self, prefix: str) -> str:
        """A fresh id such as `pay_01J…`."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return f"{prefix}_{_base32(milliseconds, 10)}{_base32(secrets.randbits(80), 16)}"


def _base32(value: int, length: int) -> str:
    return "".join(_ALPHABET[(value >> (5 * place)) & 31] for place in reversed(range(length)))


@cache
def session() -> botocore.session.Session:
    """One session, so that its loaded service descriptions are shared."""
    return botocore.session.get_session()


@cache
def client(service: str) -> Any:
    """A botocore client, made at its first use."""
    return session().create_client(service, config=_PATIENCE)


@cache
def surroundings() -> Surroundings:
    """The real clock, ids, randomness and pauses."""
    clock = SystemClock()
    jitter = random.Random(secrets.randbits(64))  # noqa: S311  # spreads retries, guards nothing
    return Surroundings(clock, SortableIds(clock), jitter, time.sleep)


@cache
def store() -> DynamoStore:
    """The store. KeyError names a missing variable."""
    names = os.environ
    tables = Tables(
        names["RECORDS_TABLE"],
        names["AUDIT_TABLE"],
        names["IDEMPOTENCY_TABLE"],
        names["VIEWS_TABLE"],
    )
    return DynamoStore(tables, lambda: client("dynamodb"), surroundings().clock.now)


@cache
def parameters() -> Parameters:
    """App credentials and webhook endpoints."""
    return Parameters(os.environ["PARAMETER_PREFIX"], lambda: client("ssm"))


@cache
def vault() -> KmsVault:
    """Seals connection tokens."""
    return KmsVault(os.environ["TOKEN_KEY_ID"], lambda: client("kms"))


@cache
def executions() -> StepFunctionsExecutions:
    """The workflow engine."""
    targets = Targets(
        os.environ["CUSTODY_MACHINE_ARN"],
        os.environ["PAYMENT_EXECUTION_FUNCTION"],
        os.environ["BALANCE_REFRESH_FUNCTION"],
        os.environ["PAYMENT_BATCH_FUNCTION"],
        os.environ["DECISION_BATCH_MACHINE_ARN"],
        os.environ["DIGEST_FUNCTION"],
    )
    return StepFunctionsExecutions(
        targets, lambda: client("stepfunctions"), lambda: client("lambda")
    )


@cache
def budgets() -> BudgetsOfRails:
    """The limits of the rails, shared through the table of what expires."""
    from rowcol.edge.observability import count
    from rowcol.wiring_budgets import BudgetsOfRails

    now = surroundings().clock.now
    cells = DynamoCells(os.environ["IDEMPOTENCY_TABLE"], lambda: client("dynamodb"), now)
    return BudgetsOfRails(
        cells,
        surroundings(),
        os.environ,
        lambda limit, _wait: count("RailBudgetFull", 1, limit.partition(".")[0]),
    )


@cache
def environment() -> Environment:
    """What the use cases are handed. Clients of rails are made at the first call to a rail."""
    from rowcol.wiring_capabilities import CAPABILITIES
    from rowcol.wiring_links import sites_of
    from rowcol.wiring_rails import RailsOfClients

    views = DynamoViews(os.environ["VIEWS_TABLE"], lambda: client("dynamodb"))
    apps = RememberedApps(parameters(), surroundings().clock.now)
    rails = RailsOfClients(store(), vault(), apps, surroundings(), os.environ).within(budgets())
    accepted = tuple(os.environ["STEP_UP_ACR_VALUES"].split())
    signature_age_seconds_max = int(os.environ["SIGNATURE_AGE_SECONDS_MAX"])
    return Environment(
        store(),
        views,
        rails,
        executions(),
        surroundings(),
        accepted,
        signature_age_seconds_max,
        budgets=budgets().kept,
        capabilities=CAPABILITIES,
        subscribing=rails.subscriptions,
        resubscribing=_resubscribing(),
        sweeping=_sweeping(),
        checkpoints=checkpoints(),
        sites=sites_of(os.environ),
    )


@cache
def checkpoints() -> Checkpoints | None:
    """The daily checkpoints, of the functions that are given their bucket."""
    bucket = os.environ.get("CHECKPOINTS_BUCKET", "")
    if not bucket:
        return None
    from rowcol.storage.checkpoints import LockedCheckpoints

    return LockedCheckpoints(bucket, lambda: client("s3"))


def _sweeping() -> Callable[[Scope, str, str], None] | None:
    """Of the function whose route starts a sweep alone."""
    function = os.environ.get("RECONCILIATION_FUNCTION", "")
    if not function:
        return None

    def ask(scope: Scope, depth: str, run: str) -> None:
        event = {"step": "sweep", "firm": scope.firm, "client": scope.client, "depth": depth}
        invoke_later(client("lambda"), function, {**event, "run": run, "asked": True})

    return ask


def _resubscribing() -> Callable[[Scope], None] | None:
    """Of reconciliation alone, and only where the rail can reach us."""
    function = os.environ.get("CONNECTIONS_ADMIN_FUNCTION", "")
    if not function:
        return None

    def ask(scope: Scope) -> None:
        event = {"step": "mend_subscription", "firm": scope.firm, "client": scope.client}
        try:
            invoke_later(client("lambda"), function, event)
        except (BotoCoreError, ClientError):
            # The tray tells already, and the next look asks again.
            logger.warning("not asked to mend", extra={"client": scope.client}, exc_info=True)

    return ask


@cache
def inbox() -> Inbox:
    """The stored webhooks."""
    return DynamoInbox(os.environ["INBOX_TABLE"], lambda: client("dynamodb"))


@cache
def bus() -> Bus:
    """The event bus."""
    return EventBridgeBus(os.environ["EVENT_BUS_NAME"], lambda: client("events"))


@cache
def _endpoints() -> EndpointCache:
    return EndpointCache(parameters(), surroundings().clock)


def understand(row: InboxRow) -> Reading:
    """What a stored delivery says, read again from its bytes in the words of its rail."""
    from rowcol.wiring_rails import readers

    endpoint = _endpoints().read(row.rail, row.endpoint_key) or Endpoint(
        row.rail, row.endpoint_key, row.firm, row.client
    )
    if row.marks.get("none") == "pending_challenge":
        # Taken while its subscription was pending: what is remembered may be older or newer.
        endpoint = replace(endpoint, pending=True, pending_until=None)
    return readers()[row.rail](row.body, endpoint, row.received_at)


def entry_of(image: Mapping[str, Any]) -> Entry:
    """The log entry of a stream image."""
    return entry_of_item(image)


def place_of(image: Mapping[str, Any]) -> tuple[Scope, int]:
    """Whose log a stream image belongs to and where, even when it is no entry."""
    return place_of_item(image)
