"""What one side of a payment comes to: satisfied or awaited until a deadline, and its findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.evidence import Finding, Mismatch, Side
from rowcol.domain.money import Money


@dataclass(frozen=True, slots=True)
class Judged:
    """One side. Not `satisfied` by `deadline`: it is missing, unless `overdue` tells it better.

    `awaited`: what should be there, in words.
    """

    side: Side
    satisfied: bool
    deadline: datetime
    awaited: str
    findings: tuple[Finding, ...] = ()
    overdue: Finding | None = None

    @property
    def absent(self) -> Finding:
        """What is found when the deadline has passed."""
        late = "nothing by the deadline"
        return self.overdue or Finding(self.side, Mismatch.MISSING, self.awaited, late)


def amount_findings(side: Side, wanted: Money, found: Money, source_id: str) -> list[Finding]:
    """Another amount, or an amount of another currency."""
    if found == wanted:
        return []
    same = found.currency == wanted.currency
    kind = Mismatch.AMOUNT if same else Mismatch.CURRENCY
    return [Finding(side, kind, str(wanted), str(found), source_id)]


def named(
    side: Side, kind: Mismatch, wanted: str | None, found: str | None, source_id: str
) -> list[Finding]:
    """A finding when both names are known and differ."""
    if not wanted or not found or wanted == found:
        return []
    return [Finding(side, kind, wanted, found, source_id)]
