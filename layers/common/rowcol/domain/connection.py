"""A client's connection to a rail: its tokens, sealed, how it is, and when its consent ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# A person is told of the end of a consent so many days before it.
WARN_DAYS = (30, 14, 7, 1)
# An end told again within this is the same end: rails tell seconds left, and calls take their time.
SAME_END = timedelta(days=1)
RAMP, QBO, PLAID, STRIPE = "ramp", "qbo", "plaid", "stripe"


class ConnectionState(StrEnum):
    """Whether calls may be made, and what a person has to do (table: domain/connection_health.py).

    `degraded`, `quota`: calls go on, and many of them fail. All but these and `healthy` wait for
    somebody to connect again.
    """

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    QUOTA = "quota"
    NEEDS_LOGIN = "needs_login"
    EXPIRED = "expired"
    REVOKED = "revoked"
    DISCONNECTED = "disconnected"


USABLE = frozenset({ConnectionState.HEALTHY, ConnectionState.DEGRADED, ConnectionState.QUOTA})


@dataclass(frozen=True, slots=True)
class EndWarning:
    """The last warning given: `days` before `end`, an item of the tray is open since `at`."""

    days: int
    end: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class WebhookSeen:
    """How the rail's webhooks stood when last looked at: `active`, `inactive`, `missing`, ..."""

    state: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """`id` is `ramp`, `qbo`, `stripe`, or `plaid-<item>`. Tokens: ciphertexts bound to their owner.

    `refreshing_until`: one process is refreshing; a second refresh could kill the connection (qbo
    contract, section 1). `refresh_open`: a refresh was begun of whose end nothing is known.
    `refresh_expires_at` moves on with each refresh, `ends_at` does not. `logged_state`: what the
    log and the tray say; where it differs, the minute sweep tells them. `troubles`: runs in a row
    that found the rail not answering. `tenant_id`: Ramp's business, QBO's realm, Plaid's item.
    """

    id: str
    version: int
    access: str = field(repr=False)
    access_expires_at: datetime | None = None
    refresh: str | None = field(repr=False, default=None)
    refresh_expires_at: datetime | None = None
    ends_at: datetime | None = None
    state: ConnectionState = ConnectionState.HEALTHY
    code: str | None = None
    refreshing_until: datetime | None = None
    institution_id: str | None = None
    refresh_open: bool = False
    logged_state: ConnectionState = ConnectionState.HEALTHY
    since: datetime | None = None
    tenant_id: str | None = None
    tenant_name: str | None = None
    scopes: tuple[str, ...] = ()
    connected_at: datetime | None = None
    connected_by: str | None = None
    last_success_at: datetime | None = None
    troubles: int = 0
    warned: EndWarning | None = None
    webhook: WebhookSeen | None = None

    kind = "connection"

    @property
    def list_key(self) -> str | None:
        """By id."""
        return self.id

    @property
    def rail(self) -> str:
        """Which rail it is to."""
        return self.id.partition("-")[0]

    @property
    def is_usable(self) -> bool:
        """Whether calls may be made."""
        return self.state in USABLE

    @property
    def end(self) -> datetime | None:
        """When the consent ends if nobody does anything: the nearer of the two ends."""
        ends = [end for end in (self.refresh_expires_at, self.ends_at) if end is not None]
        return min(ends) if ends else None

    @property
    def due_at(self) -> datetime | None:
        """When to look again: now for a state that nobody was told of, else at the next warning."""
        if self.state is not self.logged_state:
            return self.since
        end, warned = self.end, self.warned
        if not self.is_usable or end is None:
            return None
        if warned is None:
            return end - timedelta(days=WARN_DAYS[0])
        if abs(end - warned.end) > SAME_END:
            return warned.at  # that end is another by now
        later = [days for days in WARN_DAYS if days < warned.days]
        return end - timedelta(days=later[0] if later else 0)

    def warning_due(self, now: datetime) -> int | None:
        """The nearest of WARN_DAYS that has come, 0 when the end itself has; None before them."""
        end = self.end
        if end is None:
            return None
        come = [days for days in (*WARN_DAYS, 0) if end - timedelta(days=days) <= now]
        return min(come) if come else None


@dataclass(frozen=True, slots=True)
class ShownConnection:
    """A connection as the log tells it: never a token, sealed or not."""

    id: str
    rail: str
    state: ConnectionState
    code: str | None
    tenant_id: str | None
    tenant_name: str | None
    scopes: tuple[str, ...]
    end: datetime | None

    @classmethod
    def of(cls, connection: Connection) -> ShownConnection:
        """What may be told of one."""
        return cls(
            connection.id,
            connection.rail,
            connection.state,
            connection.code,
            connection.tenant_id,
            connection.tenant_name,
            connection.scopes,
            connection.end,
        )
