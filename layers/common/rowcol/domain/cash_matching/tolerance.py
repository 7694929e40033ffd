"""How far a bank line may be from what was expected: a client's setting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.money import Money

TOLERANCE = "cash-tolerance"
BASIS_POINTS_DEFAULT = 100
FLOOR_MINOR_DEFAULT = 100
# Beyond these a difference is no fee, and every second bill would fit every line.
BASIS_POINTS_MAX = 1_000
FLOOR_MINOR_MAX = 10_000


@dataclass(frozen=True, slots=True)
class CashTolerance(Unlisted, NeverDue):
    """The larger of a share of the expected amount and a floor, in minor units.

    A difference within it never confirms anything by itself: it lets a match be proposed, and be
    confirmed by a person. `changed_at` is None while it is the usual one.
    """

    id: str = TOLERANCE
    version: int = 0
    basis_points: int = BASIS_POINTS_DEFAULT
    floor_minor: int = FLOOR_MINOR_DEFAULT
    changed_by: str | None = None
    changed_at: datetime | None = None

    kind = "cashtolerance"

    def allowed(self, amount: Money) -> int:
        """By how many minor units a line may differ from an amount; whole ones, rounded down."""
        return max(abs(amount.minor) * self.basis_points // 10_000, self.floor_minor)
