"""The inbox as those see it who apply what intake stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class InboxUnavailable(Exception):
    """The inbox did not answer: nothing was changed, or the same change may be asked for again."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One stored delivery, or the request for a sweep after a rejected one (`kind`, empty `body`).

    `state` is "stored", "quarantined" or "applied"; `handled` is True once it left the unapplied
    index. `replays`: how often people had it looked at again.
    """

    inbox_key: str
    kind: str
    rail: str
    endpoint_key: str
    firm: str
    client: str | None
    received_at: datetime
    body: bytes = field(repr=False)
    body_sha256: str
    state: str
    reason: str | None
    handled: bool
    outcome: str | None = None
    replays: int = 0
    marks: Mapping[str, str] = field(default_factory=dict)


class Inbox(Protocol):
    """Reads and closes rows. Every change is conditional and may be repeated without effect."""

    def read(self, inbox_keys: Sequence[str]) -> tuple[InboxRow, ...]:
        """The rows that exist, consistent, in the order asked for."""
        ...

    def mark_applied(self, inbox_key: str, outcome: str) -> bool:
        """Close a row as applied, or as ignored (`outcome` says so); False when it was closed
        before.
        """
        ...

    def mark_quarantined(self, inbox_key: str, reason: str) -> bool:
        """Close a row for people to look at; False when it was closed before."""
        ...

    def put_back(self, inbox_key: str) -> bool:
        """Have a closed, quarantined row looked at again; False for any other row."""
        ...

    def unapplied(self, older_than: datetime, limit: int) -> tuple[str, ...]:
        """Keys of rows received before an instant and not closed, oldest first.

        May lag behind writes.
        """
        ...
