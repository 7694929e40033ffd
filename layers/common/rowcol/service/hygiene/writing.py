"""Bring the tray into step with what data checks say of one subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rowcol.domain.hygiene.problem import Problem
from rowcol.domain.money import Money
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.tray_kinds import kind_of
from rowcol.service.tray import close_item, may_be_live, open_item

if TYPE_CHECKING:
    from rowcol.service.change import Change

MENDED = "the data is in order"


@dataclass(frozen=True, slots=True)
class About:
    """Whom and how much a subject is about, so that rules of the tray can match it."""

    party: str | None = None
    party_id: str | None = None
    amount: Money | None = None


def settle(
    change: Change,
    subject: str,
    found: Mapping[str, Problem | None],
    because: str = MENDED,
    *,
    about: About | None = None,
) -> None:
    """Open an item for each problem, close those of kinds without one. One read for all kinds.

    `because`: why those close. `about`: of subjects that are neither bill nor payment.
    """
    looked_at = (
        kind for kind in found if found[kind] is not None or may_be_live(change, subject, kind)
    )
    change.load(TrayItem, [tray_id(subject, kind) for kind in looked_at])
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
                party=about.party if about is not None else None,
                party_id=about.party_id if about is not None else None,
                amount=about.amount if about is not None else None,
            )
