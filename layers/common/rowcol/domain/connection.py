"""A client's connection to a rail: its tokens, sealed, and whether a person is needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConnectionState(StrEnum):
    """Whether calls may be made."""

    HEALTHY = "healthy"
    NEEDS_LOGIN = "needs_login"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Connection:
    """`id` is `ramp`, `qbo`, or `plaid-<item>`. Tokens: ciphertexts bound to firm, client and id.

    `refreshing_until`: one process is refreshing; a second refresh could kill the connection (qbo
    contract, section 1).
    """

    id: str
    version: int
    access: str
    access_expires_at: datetime | None = None
    refresh: str | None = None
    refresh_expires_at: datetime | None = None
    ends_at: datetime | None = None
    state: ConnectionState = ConnectionState.HEALTHY
    code: str | None = None
    refreshing_until: datetime | None = None
    institution_id: str | None = None

    kind = "connection"

    @property
    def list_key(self) -> str | None:
        """By id."""
        return self.id

    @property
    def due_at(self) -> datetime | None:
        """Refreshed when used."""
        return None
