"""Builds webhook intake, and only that: its four functions cannot afford the import of everything
else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from rowcol.clock_source import SystemClock
from rowcol.edge.webhook import handle
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.intake import Answer, Ports, accept
from rowcol.service.intake_ports import Clock, Delivery, WebhookRail
from rowcol.service.sweep_request import SweepRequests
from rowcol.storage.inbox import DynamoInbox
from rowcol.storage.parameters import Parameters

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

# Rails give up after 3 to 10 seconds and come again: a short patience loses nothing.
CLIENT_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"total_max_attempts": 2, "mode": "standard"},
    tcp_keepalive=True,
    parameter_validation=False,
)


@cache
def session() -> botocore.session.Session:
    """One session, so that its loaded service descriptions are shared."""
    return botocore.session.get_session()


@cache
def dynamodb() -> DynamoDBClient:
    """The DynamoDB client, made at first use. boto3's resource layer is not needed and costs a
    tenth of a cold start.
    """
    client: Any = session().create_client("dynamodb", config=CLIENT_CONFIG)
    made: DynamoDBClient = client
    return made


@cache
def ssm() -> SSMClient:
    """The SSM client, made at the first address that is not in memory."""
    client: Any = session().create_client("ssm", config=CLIENT_CONFIG)
    made: SSMClient = client
    return made


def build(rail: str, environment: Mapping[str, str], clock: Clock) -> Ports:
    """Intake of one rail.

    Reads INBOX_TABLE and PARAMETER_PREFIX, for Plaid PLAID_BASE_URL; KeyError names a missing one.
    """
    parameters = Parameters(environment["PARAMETER_PREFIX"], ssm)
    inbox = DynamoInbox(environment["INBOX_TABLE"], dynamodb)
    return Ports(
        rail=_rail(rail, parameters, environment),
        endpoints=EndpointCache(parameters, clock),
        inbox=inbox,
        sweeps=SweepRequests(inbox),
        clock=clock,
    )


def _rail(name: str, parameters: Parameters, environment: Mapping[str, str]) -> WebhookRail:
    """Each rail imports only its own verification: cryptography is Plaid's alone."""
    if name == "plaid":
        from rowcol.rails.plaid import keys, webhook

        client = keys.KeyClient(environment["PLAID_BASE_URL"], lambda: parameters.app("plaid"))
        return webhook.rail(keys.RememberedKeys(client.fetch))
    found: WebhookRail = import_module(f"rowcol.rails.{name}.webhook").RAIL
    return found


class WebhookHandler:
    """A Lambda handler that builds its intake at the first event and keeps it.

    `clock` may be replaced before that.
    """

    def __init__(self, rail: str, emit: Callable[[str], None] = print) -> None:
        self.rail = rail
        self.clock: Clock = SystemClock()
        self._emit = emit
        self._ports: Ports | None = None

    def __call__(self, event: Mapping[str, Any], _context: object) -> dict[str, object]:
        """One API Gateway proxy event."""
        return handle(self.rail, event, self._accept, self._emit)

    def _accept(self, delivery: Delivery) -> Answer:
        if self._ports is None:
            self._ports = build(self.rail, os.environ, self.clock)
        return accept(delivery, self._ports)
