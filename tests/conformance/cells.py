"""What every store of shared values does (port Cells)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from rowcol.service.rail_budget_ports import Cell, Cells
from tests.conformance.races import together
from tests.conformance.world import MovableClock


class CellsSuite:
    """Fixtures: `clock`, and `cells`, an empty store of its own."""

    def test_nothing_is_kept_at_first(self, cells: Cells) -> None:
        assert cells.read("ramp") == Cell()

    def test_what_is_put_is_read(self, cells: Cells, clock: MovableClock) -> None:
        kept, made = cells.put("ramp", "one", Cell(), clock.now() + timedelta(hours=1))
        assert kept
        assert made.mark
        assert cells.read("ramp") == made == Cell(made.mark, "one")
        assert cells.read("qbo.1") == Cell()

    def test_only_what_is_known_is_replaced(self, cells: Cells, clock: MovableClock) -> None:
        until = clock.now() + timedelta(hours=1)
        _, first = cells.put("a", "one", Cell(), until)
        assert cells.put("a", "two", Cell(), until) == (False, first)
        kept, second = cells.put("a", "two", first, until)
        assert kept
        assert cells.put("a", "three", first, until) == (False, second)
        assert cells.read("a").text == "two"

    def test_a_value_whose_time_is_over_is_gone(self, cells: Cells, clock: MovableClock) -> None:
        _, first = cells.put("a", "one", Cell(), clock.now() + timedelta(minutes=1))
        clock.move(minutes=2)
        assert cells.read("a") == Cell()
        kept, second = cells.put("a", "two", Cell(), clock.now() + timedelta(minutes=1))
        assert kept
        # Whoever still knows the old one has not seen the new one.
        assert cells.put("a", "three", first, clock.now() + timedelta(minutes=1)) == (False, second)

    @pytest.mark.parametrize("name", ["", "a/b", "a b", "é", "x" * 151])
    def test_odd_names_are_refused(self, cells: Cells, clock: MovableClock, name: str) -> None:
        for ask in (
            lambda: cells.read(name),
            lambda: cells.put(name, "", Cell(), clock.now()),
        ):
            with pytest.raises(ValueError, match="not a name"):
                ask()


class CellsRaces:
    """Several at once."""

    def test_no_change_is_lost(self, cells: Cells, clock: MovableClock) -> None:
        until = clock.now() + timedelta(hours=1)

        def add(_number: int) -> int:
            cell, tries = Cell(), 0
            while True:
                kept, cell = cells.put("sum", str(int(cell.text or "0") + 1), cell, until)
                tries += 1
                if kept:
                    return tries

        ask: Callable[[int], int] = add
        for _ in range(5):
            together(ask, 8)
        assert cells.read("sum").text == "40"
