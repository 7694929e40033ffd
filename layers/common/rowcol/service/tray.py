"""Keep the tray in step with the facts: one open item per discrepancy, closed when they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowcol.domain import tray
from rowcol.domain.tray import Severity, TrayItem, tray_id

if TYPE_CHECKING:
    from rowcol.service.change import Change


def open_item(
    change: Change,
    subject: str,
    item: str,
    title: str,
    *,
    expected: str = "",
    found: str = "",
    severity: Severity = Severity.MEDIUM,
    link: str | None = None,
) -> None:
    """Open (or refresh) the item of one kind for one subject; nothing when it is so already."""
    identity = tray_id(subject, item)
    fresh = TrayItem(
        identity, 0, subject, item, severity, title, expected, found, change.now, link=link
    )
    stored = tray.opened(change.get(TrayItem, identity), fresh)
    if stored is not None:
        change.put(stored)
        change.state("tray.opened", tray=stored)


def close_item(change: Change, subject: str, item: str, because: str) -> None:
    """Close the item if it is open."""
    stored = tray.closed(change.get(TrayItem, tray_id(subject, item)), change.now, because)
    if stored is not None:
        change.put(stored)
        change.state("tray.closed", tray=stored)
