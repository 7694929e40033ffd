"""What a token endpoint grants, in the same words for every rail."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote


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
