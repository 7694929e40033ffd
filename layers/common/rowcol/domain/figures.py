"""Figures of the dashboard: payments proved without a discrepancy, and how fast notices act.

Counted from small rows of the read model; pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

GOAL_BASIS_POINTS = 9_900
LAG_GOAL_MILLISECONDS = 1_000


@dataclass(frozen=True, slots=True)
class ProofMark:
    """How one payment stands. `month`: in which it was made, as 2026-11.

    `clean`: its sides agree, and were never seen to disagree.
    """

    payment_id: str
    month: str
    verification: str
    clean: bool


@dataclass(frozen=True, slots=True)
class LagMark:
    """How long one notice took, from its receipt to the entry of the log that it caused."""

    rail: str
    at: datetime
    milliseconds: int


@dataclass(frozen=True, slots=True)
class ProofFigure:
    """Payments of a month: `judged` ended verified or in a mismatch; `clean` of them never had one.

    `share_basis_points`: 10,000 is all of them; None while none was judged.
    """

    month: str
    judged: int
    verified: int
    clean: int
    mismatched: int
    share_basis_points: int | None
    goal_basis_points: int = GOAL_BASIS_POINTS

    @property
    def reaches_goal(self) -> bool | None:
        """Whether the goal is reached; None while nothing was judged."""
        share = self.share_basis_points
        return None if share is None else share >= self.goal_basis_points


@dataclass(frozen=True, slots=True)
class LagFigure:
    """How fast notices of one rail acted. Milliseconds; None without any."""

    rail: str
    count: int
    p50_milliseconds: int | None
    p95_milliseconds: int | None
    max_milliseconds: int | None
    goal_milliseconds: int = LAG_GOAL_MILLISECONDS


def proof_figure(month: str, marks: Iterable[ProofMark]) -> ProofFigure:
    """Payments of one month, counted."""
    mine = [mark for mark in marks if mark.month == month]
    verified = [mark for mark in mine if mark.verification == "verified"]
    mismatched = sum(mark.verification == "mismatch" for mark in mine)
    clean = sum(mark.clean for mark in verified)
    judged = len(verified) + mismatched
    share = clean * 10_000 // judged if judged else None
    return ProofFigure(month, judged, len(verified), clean, mismatched, share)


def lag_figure(rail: str, marks: Iterable[LagMark], since: datetime) -> LagFigure:
    """Notices of one rail ("all": of every rail) from an instant on."""
    waits = sorted(
        mark.milliseconds for mark in marks if rail in ("all", mark.rail) and mark.at >= since
    )
    most = waits[-1] if waits else None
    return LagFigure(rail, len(waits), percentile(waits, 50), percentile(waits, 95), most)


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest rank: of 100 values in order the 95th; None of none."""
    if not ordered:
        return None
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]
