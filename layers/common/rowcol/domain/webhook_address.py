"""Which webhook address a client, or the firm for all of them, has at a rail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """`id` is the rail. Of Ramp and Stripe in the client's books, of Plaid in the firm's.

    `turns` counts changes of the secrets behind it, which lie elsewhere: of two at once one sees
    that it has to begin again.
    """

    id: str
    version: int
    endpoint_key: str
    turns: int = 0

    kind = "webhook_address"

    @property
    def list_key(self) -> str | None:
        """Looked up, never listed."""
        return None

    @property
    def due_at(self) -> datetime | None:
        """Never due."""
        return None
