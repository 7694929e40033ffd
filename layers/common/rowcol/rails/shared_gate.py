"""One limit of a rail, shared by all processes (domain/rate_gate.py).

Each leases a block of calls by one conditional write, and asks again when it is used up or over.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, get_ident
from typing import TypeVar

from rowcol.domain.rate_gate import (
    Gate,
    GateRule,
    Lease,
    Wait,
    lease,
    left_seat,
    refused,
    spoilt_until,
)
from rowcol.rails.gate_text import gate_of, instant_of, milliseconds_of, text_of
from rowcol.service.ports import Surroundings
from rowcol.service.rail_budget_ports import Cell, Cells
from rowcol.service.store import StoreUnavailable

T = TypeVar("T")
# Others were faster: after so many tries the caller waits like everybody else.
TRIES_MAX = 6
CROWD_SECONDS = (0.2, 1.5)
PAUSE_SECONDS = 0.01


class SharedGate:
    """One limit: its shared cell, and the blocks that this process holds.

    A thread holds a block of its own where calls in flight are limited. `waited` is told the
    milliseconds whenever somebody is sent away.
    """

    def __init__(
        self,
        name: str,
        rule: GateRule,
        cells: Cells,
        surroundings: Surroundings,
        waited: Callable[[str, int], None] | None = None,
    ) -> None:
        self.name = name
        self._rule = rule
        self._cells = cells
        self._surroundings = surroundings
        self._waited = waited
        self._holder = f"{surroundings.random.getrandbits(40):x}"
        self._cell = Cell()
        self._is_crowded = False
        self._lock = Lock()
        self._held: dict[int, _Held] = {}

    def take(self) -> int:
        """0 and the slot is yours, else the milliseconds until there is one."""
        with self._lock:
            held = self._own()
            if held.left > 0 and self._now() < held.until:
                held.left -= 1
                return 0
            answer = self._change(
                lambda gate, now: lease(gate, self._rule, self._who(), held.next_block(now), now)
            )
            if isinstance(answer, Lease):
                held.begin(answer)
                return 0
            return self._sent_away(answer)

    def put_back(self) -> None:
        """The slot that was just taken is not used."""
        with self._lock:
            self._own().left += 1

    def ended(self) -> None:
        """The call is over: one of the last seats is given back at once."""
        if not self._rule.seats:
            return
        with self._lock:
            held = self._own()
            if held.is_borrowed:
                held.give_back()
                self._change(lambda gate, _now: (left_seat(gate, self._who()), None))

    def refused(self, wait: int) -> int:
        """The rail said no for so many milliseconds: nobody gets a lease before, this process
        loses those it holds.
        """
        with self._lock:
            for held in self._held.values():
                held.give_back()
            answer = self._change(lambda gate, now: refused(gate, self._rule, wait, now))
            return max(wait, self._sent_away(answer))

    def _own(self) -> _Held:
        key = get_ident() if self._rule.seats else 0
        if key not in self._held:
            self._held[key] = _Held(self._rule.block_max)
        return self._held[key]

    def _who(self) -> str:
        return f"{self._holder}.{get_ident() % 10**6}" if self._rule.seats else self._holder

    def _sent_away(self, answer: Wait | None) -> int:
        """None: too many asked at once, or nobody can tell; they come back at different times."""
        if answer is None:
            wait = int(self._surroundings.random.uniform(*CROWD_SECONDS) * 1000)
        else:
            wait = answer.milliseconds
        if self._waited is not None:
            self._waited(self.name, wait)
        return wait

    def _now(self) -> int:
        return milliseconds_of(self._surroundings.clock.now())

    def _change(self, step: Callable[[Gate, int], tuple[Gate, T]]) -> T | None:
        """Change the cell as it is; None when others were always faster, or it does not answer."""
        try:
            for attempt in range(TRIES_MAX):
                if attempt == 0 and self._is_crowded:
                    self._look()
                gate, answer = step(gate_of(self._cell.text, self._rule), self._now())
                until = instant_of(spoilt_until(gate, self._rule))
                kept, self._cell = self._cells.put(self.name, text_of(gate), self._cell, until)
                if kept:
                    return answer
                self._is_crowded = True
                most = PAUSE_SECONDS * 2**attempt if attempt else 0.0
                self._surroundings.pause(self._surroundings.random.uniform(0.0, most))
        except StoreUnavailable:
            pass
        return None

    def _look(self) -> None:
        """Where others write too, a look first is cheaper than a write that is lost."""
        cell = self._cells.read(self.name)
        self._is_crowded = cell.mark != self._cell.mark
        self._cell = cell


class _Held:
    """A block of calls, and how large the next one should be: twice one that was used up in time,
    as many as were used of one that was not.
    """

    def __init__(self, block_max: int) -> None:
        self.left = 0
        self.until = 0
        self.is_borrowed = False
        self._calls = 0
        self._next = max(1, block_max // 4)
        self._block_max = block_max

    def next_block(self, now: int) -> int:
        if self._calls == 0:
            return self._next
        if self.left <= 0 and now < self.until:
            return min(self._block_max, 2 * self._calls)
        return max(1, self._calls - self.left)

    def begin(self, answer: Lease) -> None:
        self.left, self._calls = answer.calls - 1, answer.calls
        self.until, self.is_borrowed = answer.until, answer.is_borrowed

    def give_back(self) -> None:
        """Unused calls are lost."""
        self.left, self.is_borrowed = 0, False
