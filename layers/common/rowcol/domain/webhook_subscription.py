"""A webhook subscription that we made at a rail, and how far its handshake came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted


class Handshake(StrEnum):
    """`asked`: the rail may or may not have made it; `pending`: made, its challenge unanswered.

    `ended`: deleted there when the client was disconnected.
    """

    ASKED = "asked"
    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Subscription(Unlisted, NeverDue):
    """`id` is the rail. The secret lies where intake reads it, never here.

    `challenge`: what the rail sent to be handed back; it may come before `subscription_id` is
    known. `missing`: event types that the account does not know, found by sweeps alone.
    """

    id: str
    version: int
    state: Handshake
    asked_at: datetime
    subscription_id: str | None = None
    challenge: str | None = None
    missing: tuple[str, ...] = ()
    checked_at: datetime | None = None

    kind = "webhook_subscription"
