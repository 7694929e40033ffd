"""Bring the tray into step with what data checks say of one subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rowcol.domain.hygiene.problem import Problem
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.tray_kinds import kind_of
from rowcol.service.tray import close_item, open_item

if TYPE_CHECKING:
    from rowcol.service.change import Change

MENDED = "the data is in order"


def settle(
    change: Change, subject: str, found: Mapping[str, Problem | None], because: str = MENDED
) -> None:
    """Open an item for each problem, close those of kinds without one. One read for all kinds.

    `because`: why those close.
    """
    change.load(TrayItem, [tray_id(subject, kind) for kind in found])
    for kind, problem in found.items():
        if problem is None:
            close_item(change, subject, kind, because)
        else:
            open_item(
                change,
                subject,
                kind,
                problem.title,
                expected=problem.expected,
                found=problem.found,
                severity=kind_of(kind).severity,
                link=problem.link,
            )
