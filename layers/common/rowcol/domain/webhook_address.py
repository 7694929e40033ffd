"""Which webhook address a client, or the firm for all of them, has at a rail."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.aggregate import NeverDue, Unlisted


@dataclass(frozen=True, slots=True)
class WebhookAddress(Unlisted, NeverDue):
    """`id` is the rail. Of Ramp and Stripe in the client's books, of Plaid in the firm's.

    `turns` counts changes of the secrets behind it, which lie elsewhere: of two at once one sees
    that it has to begin again.
    """

    id: str
    version: int
    endpoint_key: str
    turns: int = 0

    kind = "webhook_address"
