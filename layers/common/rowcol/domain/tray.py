"""The hygiene tray: one open item per lasting discrepancy; it closes itself when facts agree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from rowcol.domain.scope import key_of, valid_id

_FIRST_WORD = re.compile(r"[A-Za-z0-9_]{1,20}")


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

    `expected` and `found` are both values as text; `occurrence` counts how often it was opened.
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
    """The id of the tray item of one kind (a snake_case name) for one subject as `payment-pay_01`.

    Two pairs never share an id: one too long for an id, or with characters that an id cannot have,
    gives its hash after the subject's first word.
    """
    plain = f"{subject}-{item}"
    if valid_id(plain):
        return plain
    first = _FIRST_WORD.match(subject)
    return key_of(first.group() if first else "subject", f"{subject}/{item}")


def opened(existing: TrayItem | None, fresh: TrayItem) -> TrayItem | None:
    """The item to store so that `fresh` is open; None when it is open with the same values."""
    if existing is None:
        return fresh
    if existing.state is TrayState.CLOSED:
        return replace(fresh, version=existing.version, occurrence=existing.occurrence + 1)
    refreshed = replace(
        existing,
        expected=fresh.expected,
        found=fresh.found,
        title=fresh.title,
        severity=fresh.severity,
        link=fresh.link,
    )
    return None if refreshed == existing else refreshed


def closed(existing: TrayItem | None, at: datetime, because: str) -> TrayItem | None:
    """The item to store so that it is closed, or None when there is nothing open."""
    if existing is None or existing.state is TrayState.CLOSED:
        return None
    return replace(existing, state=TrayState.CLOSED, closed_at=at, closed_because=because)
