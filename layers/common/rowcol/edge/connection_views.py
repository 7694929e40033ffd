"""How connections are answered: their state, what a person does about it, and never a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.connection import PLAID, QBO, RAMP, STRIPE, Connection, ConnectionState
from rowcol.domain.connection_health import TO_DO
from rowcol.service.connection_trial import Check
from rowcol.service.rail_budget_ports import Left

PATH = "/clients/{client}/connections"
RAILS = (RAMP, QBO, PLAID, STRIPE)
_HOW = {
    RAMP: f"{PATH}/ramp/authorize",
    QBO: f"{PATH}/qbo/authorize",
    PLAID: f"{PATH}/plaid/link-token",
    STRIPE: f"{PATH}/stripe/secrets",
}


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """Where somebody of the client agrees, once and until then."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkShown:
    """What opens Plaid's Link in a browser."""

    link_token: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionShown:
    """How a connection is. `id` and `state` are null for a rail that never was connected.

    `end`: when the consent ends if nobody does anything; `ends_at`: at the latest, however often it
    is refreshed. `calls_left`: of a rail that gives so many calls a month, to all clients together:
    `plenty`, `little` (70 % are spent), `last` (90 %: only what cannot wait is read) or `nothing`;
    in the list alone. `to_do` and `how`: what a person does about it, and the call that begins it.
    """

    rail: str
    id: str | None
    state: ConnectionState | None
    code: str | None
    since: datetime | None
    tenant_id: str | None
    tenant_name: str | None
    scopes: tuple[str, ...]
    connected_at: datetime | None
    connected_by: str | None
    last_success_at: datetime | None
    end: datetime | None
    ends_at: datetime | None
    webhook: str | None
    webhook_checked_at: datetime | None
    to_do: str | None
    how: str | None
    calls_left: Left | None = None


@dataclass(frozen=True, slots=True)
class ConnectionsShown:
    """All of a client's, and one row for each rail that has none."""

    items: tuple[ConnectionShown, ...]


@dataclass(frozen=True, slots=True)
class TrialShown:
    """What a test found. `found`: `ok`, `failed`, or `unknown` where nothing tells."""

    connection: ConnectionShown
    passed: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class EndedShown:
    """What was disconnected, and whether the rail has ended it as well."""

    connection: ConnectionShown
    revoked_at_rail: bool


@dataclass(frozen=True, slots=True)
class AddressShown:
    """What is entered at Stripe: `webhook_url`. How many secrets are live, never which."""

    connection: ConnectionShown
    webhook_url: str
    live_secrets: int


def shown(connection: Connection, client: str) -> ConnectionShown:
    """A connection as it is answered: no token, sealed or not."""
    seen, rail = connection.webhook, connection.rail
    to_do = TO_DO[connection.state]
    return ConnectionShown(
        rail,
        connection.id,
        connection.state,
        connection.code,
        connection.since,
        connection.tenant_id,
        connection.tenant_name,
        connection.scopes,
        connection.connected_at,
        connection.connected_by,
        connection.last_success_at,
        connection.end,
        connection.ends_at,
        seen.state if seen is not None else None,
        seen.checked_at if seen is not None else None,
        to_do,
        _how(rail, client) if to_do and not connection.is_usable else None,
    )


def _how(rail: str, client: str) -> str | None:
    path = _HOW.get(rail)
    return f"POST {path.format(client=client)}" if path is not None else None


def absent(rail: str, client: str) -> ConnectionShown:
    """The row of a rail that has no connection."""
    nothing = (None,) * 4
    return ConnectionShown(
        rail, None, None, *nothing, (), *nothing[:3], None, None, None, None,
        TO_DO[ConnectionState.DISCONNECTED], _how(rail, client),
    )  # fmt: skip
