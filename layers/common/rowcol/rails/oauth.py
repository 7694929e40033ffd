"""What a token endpoint grants, in the same words for every rail."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from rowcol.service.connections import Granted
from rowcol.service.ports import ConnectionBroken


@dataclass(frozen=True, slots=True)
class App:
    """The product's own credentials at a rail."""

    client_id: str
    client_secret: str = field(repr=False)

    def basic(self) -> dict[str, str]:
        """HTTP Basic authentication, both parts form-encoded as OAuth 2 asks (RFC 6749, section
        2.3.1).
        """
        pair = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Tokens and when they end. Store `refresh_token` whenever there is one: some rails change it.

    `connection_ends_at`: when consent ends however often the token is refreshed; None when not
    told.
    """

    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str | None = field(repr=False)
    refresh_expires_at: datetime | None
    connection_ends_at: datetime | None
    scopes: tuple[str, ...]


def granted(grant: TokenGrant) -> Granted:
    """The same for whoever keeps it."""
    return Granted(
        grant.access_token,
        grant.access_expires_at,
        grant.refresh_token,
        grant.refresh_expires_at,
        grant.connection_ends_at,
        grant.scopes,
    )


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A TokenSource of one token that was just granted: refused, it is never renewed."""

    rail: str
    access: str = field(repr=False)

    def token(self) -> str:
        """The token."""
        return self.access

    def renewed(self, refused: str) -> str:
        """Never: raises ConnectionBroken."""
        raise ConnectionBroken(self.rail, "the token is refused", "unauthorized")
