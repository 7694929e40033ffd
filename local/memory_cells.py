"""Shared values in one process, with the behaviour of the table's (tests/conformance/cells.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from rowcol.service.rail_budget_ports import Cell
from rowcol.storage.cells import cell_key


class MemoryCells:
    """Port Cells. `writes` and `lost` count puts; a table bills both."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._kept: dict[str, tuple[Cell, datetime]] = {}
        self.writes = self.lost = self.reads = 0

    def read(self, name: str) -> Cell:
        """The value now."""
        cell_key(name)
        with self._lock:
            self.reads += 1
            return self._cell(name)

    def put(self, name: str, text: str, before: Cell, until: datetime) -> tuple[bool, Cell]:
        """Compare and set."""
        cell_key(name)
        with self._lock:
            known = self._cell(name)
            if known.mark != before.mark:
                self.lost += 1
                return False, known
            self.writes += 1
            made = Cell(str(self.writes), text)
            self._kept[name] = (made, until)
        return True, made

    def _cell(self, name: str) -> Cell:
        cell, until = self._kept.get(name, (Cell(), None))
        gone = until is not None and int(until.timestamp()) + 1 <= self._now().timestamp()
        return Cell() if gone else cell
