"""Which states of a bill on the rail count as a step back: believed only when read twice."""

from __future__ import annotations

from collections.abc import Mapping

from rowcol.domain.facts import RailState

_BEFORE_TAKEN = frozenset(
    {
        RailState.AWAITING_APPROVAL,
        RailState.INCOMPLETE,
        RailState.READY,
        RailState.SCHEDULED,
        RailState.AWAITING_RELEASE,
    }
)
# From what the rail had said, to what it does not say without a reason (design section 3, Facts).
BACKWARDS: Mapping[RailState, frozenset[RailState]] = {
    RailState.PAID: frozenset(RailState) - {RailState.PAID},
    RailState.ARCHIVED: frozenset(RailState) - {RailState.ARCHIVED, RailState.PAID},
    RailState.PROCESSING: _BEFORE_TAKEN,
}


def regresses(known: RailState, read: RailState) -> bool:
    """Whether a reading takes back what was said before, as paid turning open."""
    return read in BACKWARDS.get(known, frozenset())
