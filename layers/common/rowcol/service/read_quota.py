"""The reads of a month that a rail gives to all clients together (qbo contract, section 2).

Counted in small blocks ahead: a process that dies has counted a few reads too many, never too few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from rowcol.domain.scope import Scope
from rowcol.service.ports import Surroundings
from rowcol.service.rail_budget_ports import Cell, Cells, Left
from rowcol.service.store import StoreUnavailable

LITTLE_PERCENT = 70
LAST_PERCENT = 90
BLOCK_MAX = 5
TRIES_MAX = 6
PAUSE_SECONDS = 0.02
# A count that another process has moved meanwhile may be so old.
AGE_MAX = timedelta(seconds=60)
# The row of a month is kept into the next ones, to be looked at.
KEPT = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class Spent:
    """Reads of a month by all processes."""

    month: str
    reads: int
    limit: int

    @property
    def percent(self) -> int:
        """Whole percent of the limit, rounded down."""
        return 100 * self.reads // self.limit

    @property
    def left(self) -> Left:
        """How much is left."""
        if self.percent >= 100:
            return Left.NOTHING
        if self.percent >= LAST_PERCENT:
            return Left.LAST
        return Left.LITTLE if self.percent >= LITTLE_PERCENT else Left.PLENTY


class ReadQuota:
    """The month's count of one rail. Months are UTC's: the rail does not say whose they are."""

    def __init__(self, rail: str, limit: int, cells: Cells, surroundings: Surroundings) -> None:
        if limit < 1:
            raise ValueError(f"no monthly limit: {limit}")
        self._rail = rail
        self._limit = limit
        self._cells = cells
        self._surroundings = surroundings
        self._lock = Lock()
        self._month = ""
        self._cell = Cell()
        self._read_at: datetime | None = None
        self._ahead = 0
        self._block = 0

    def count(self) -> None:
        """One more read worked. What cannot be written now is written with the next one."""
        with self._lock:
            self._turn()
            self._ahead -= 1
            if self._ahead >= 0:
                return
            block = min(BLOCK_MAX, max(2 * self._block, 1))
            # What could not be written is owed, and written with the next block.
            if self._add(block + -self._ahead - 1):
                self._block, self._ahead = block, block - 1

    def spent(self) -> Spent:
        """What all processes have spent this month, a minute old at most."""
        with self._lock:
            self._turn()
            now = self._surroundings.clock.now()
            if self._read_at is None or not timedelta(0) <= now - self._read_at <= AGE_MAX:
                self._keep(self._cells.read(self._name()))
            return Spent(self._month, _reads(self._cell), self._limit)

    def _turn(self) -> None:
        """Another month: what was counted ahead in the last one is not this one's."""
        month = self._surroundings.clock.now().strftime("%Y-%m")
        if month != self._month:
            self._month, self._cell, self._read_at = month, Cell(), None
            self._ahead = min(self._ahead, 0)
            self._block = 0

    def _add(self, reads: int) -> bool:
        until = self._surroundings.clock.now() + KEPT
        for attempt in range(TRIES_MAX):
            text = str(_reads(self._cell) + reads)
            try:
                kept, cell = self._cells.put(self._name(), text, self._cell, until)
            except StoreUnavailable:
                return False
            self._keep(cell)
            if kept:
                return True
            if attempt:
                most = PAUSE_SECONDS * 2**attempt
                self._surroundings.pause(self._surroundings.random.uniform(0.0, most))
        return False

    def _keep(self, cell: Cell) -> None:
        self._cell, self._read_at = cell, self._surroundings.clock.now()

    def _name(self) -> str:
        return f"month.{self._rail}.{self._month}"


def _reads(cell: Cell) -> int:
    return int(cell.text or "0")


class KeptBudgets:
    """Port RailBudgets: rails without a monthly count have always enough."""

    def __init__(self, quotas: Mapping[str, ReadQuota]) -> None:
        self._quotas = quotas

    def left(self, rail: str, scope: Scope) -> Left:
        """By the month's count of all clients together."""
        quota = self._quotas.get(rail)
        return Left.PLENTY if quota is None else quota.spent().left

    def spent_percent(self) -> Mapping[str, int]:
        """By the month's counts."""
        return {rail: quota.spent().percent for rail, quota in self._quotas.items()}
