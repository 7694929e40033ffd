"""The hygiene tray: one open item per lasting discrepancy, closed by itself when the facts agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How soon a person should look."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class TrayState(StrEnum):
    """Open until a person resolves it or the facts agree."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TrayItem:
    """`id` is made of subject and kind, so the same discrepancy cannot be open twice.

    `expected` and `found` are both values as text; `occurrence` counts how often it was opened again.
    """

    id: str
    version: int
    subject: str
    item: str
    severity: Severity
    title: str
    expected: str
    found: str
    opened_at: datetime
    state: TrayState = TrayState.OPEN
    closed_at: datetime | None = None
    closed_because: str | None = None
    occurrence: int = 1
    link: str | None = None

    kind = "tray"

    @property
    def list_key(self) -> str | None:
        """Open items first, then closed ones."""
        return f"{self.state.value}#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """Items do not wake by themselves here."""
        return None


def tray_id(subject: str, item: str) -> str:
    """The id of the tray item of one kind for one subject such as `payment-pay_01…`."""
    return (
        f"{subject}-{item}"[:64]
        if len(f"{subject}-{item}") <= 64
        else f"{subject[:40]}-{item}"[:64]
    )


def opened(existing: TrayItem | None, fresh: TrayItem) -> TrayItem | None:
    """The item to store so that `fresh` is open, or None when it is open already with the same values."""
    if existing is None:
        return fresh
    if existing.state is TrayState.CLOSED:
        return replace(fresh, version=existing.version, occurrence=existing.occurrence + 1)
    if (existing.expected, existing.found, existing.title) == (
        fresh.expected,
        fresh.found,
        fresh.title,
    ):
        return None
    return replace(
        existing,
        expected=fresh.expected,
        found=fresh.found,
        title=fresh.title,
        severity=fresh.severity,
    )


def closed(existing: TrayItem | None, at: datetime, because: str) -> TrayItem | None:
    """The item to store so that it is closed, or None when there is nothing open."""
    if existing is None or existing.state is TrayState.CLOSED:
        return None
    return replace(existing, state=TrayState.CLOSED, closed_at=at, closed_because=because)
