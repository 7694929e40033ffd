"""What is left of the calls that a rail gives, for whoever decides whether a read is worth one; and
the small values that processes share to know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from rowcol.domain.scope import Scope


class Left(StrEnum):
    """How much is left of a rail's calls by the month (qbo contract, section 2).

    PLENTY: less than 70 % are spent. LITTLE: from there on. LAST: from 90 % on, for what cannot
    wait alone. NOTHING: the rail answers no more.
    """

    PLENTY = "plenty"
    LITTLE = "little"
    LAST = "last"
    NOTHING = "nothing"


class RailBudgets(Protocol):
    """The budgets of all rails, shared by all processes."""

    def left(self, rail: str, scope: Scope) -> Left:
        """What is left of "ramp", "qbo" or "plaid" for reads of a client's. No call to the rail."""
        ...

    def spent_percent(self) -> Mapping[str, int]:
        """Whole percent of this month's reads that are spent, by rail that counts them."""
        ...


class NoBudgets:
    """Where nobody counts: there is always enough."""

    def left(self, rail: str, scope: Scope) -> Left:
        """Plenty."""
        return Left.PLENTY

    def spent_percent(self) -> Mapping[str, int]:
        """Nothing is counted."""
        return {}


@dataclass(frozen=True, slots=True)
class Cell:
    """A small value that processes share. No `mark`: nothing is kept there."""

    mark: str = ""
    text: str = ""


class Cells(Protocol):
    """Shared values by name, changed by compare-and-set. Names: letters, digits, `.`, `_`, `-`.

    All raise StoreUnavailable when the store does not answer.
    """

    def read(self, name: str) -> Cell:
        """The value now."""
        ...

    def put(self, name: str, text: str, before: Cell, until: datetime) -> tuple[bool, Cell]:
        """Keep `text` if the cell is still as `before`; it may be forgotten after `until`.

        Whether it is kept, and the cell as it is now.
        """
        ...
