"""How many calls a rail takes: a slot now, or the seconds until there is one.

Being told to wait is no failure. Limits are shared by all processes (shared_gate.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Protocol

from rowcol.domain.rate_gate import GateRule
from rowcol.rails.shared_gate import SharedGate
from rowcol.service.ports import Surroundings
from rowcol.service.rail_budget_ports import Cells


class Budget(Protocol):
    """Calls per time, shared by everybody who calls this rail.

    `kind` of a call: rails/call_kinds.py; `owner`: who the rail counts it for, where it does so.
    """

    def take(self, kind: str, owner: str) -> float:
        """Take a slot and answer 0, or answer the seconds until there is one."""
        ...

    def ended(self, kind: str, owner: str, status: int | None) -> None:
        """The call of a slot is over, with the status that it was answered; None: not answered."""
        ...

    def refused(self, kind: str, owner: str, wait_seconds: float) -> float:
        """The rail itself said that it is too much, and for how long: the seconds to wait."""
        ...


class GatedBudget:
    """Budget of a rail whose calls pass one or more gates, and are counted when they worked."""

    def __init__(
        self,
        gates_of: Callable[[str, str], tuple[SharedGate, ...]],
        worked: Callable[[str], None] | None = None,
    ) -> None:
        self._gates_of = gates_of
        self._worked = worked

    def take(self, kind: str, owner: str) -> float:
        """A slot of every gate, or of none."""
        taken: list[SharedGate] = []
        for gate in self._gates_of(kind, owner):
            wait = gate.take()
            if wait > 0:
                for other in taken:
                    other.put_back()
                return wait / 1000
            taken.append(gate)
        return 0.0

    def ended(self, kind: str, owner: str, status: int | None) -> None:
        """Seats are given back; a call that worked is counted."""
        for gate in self._gates_of(kind, owner):
            gate.ended()
        if status == 200 and self._worked is not None:
            self._worked(kind)

    def refused(self, kind: str, owner: str, wait_seconds: float) -> float:
        """The narrowest gate slows down: rails do not say which of their limits it was."""
        gates = self._gates_of(kind, owner)
        if not gates:
            return wait_seconds
        return gates[0].refused(int(wait_seconds * 1000)) / 1000


class Gates:
    """The gates of this process, made when they are first asked for."""

    def __init__(
        self,
        cells: Cells,
        surroundings: Surroundings,
        waited: Callable[[str, int], None] | None = None,
    ) -> None:
        self._cells = cells
        self._surroundings = surroundings
        self._waited = waited
        self._known: dict[str, SharedGate] = {}
        self._lock = Lock()

    def of(self, rules: Mapping[str, GateRule]) -> tuple[SharedGate, ...]:
        """Gates by name, the narrowest first."""
        with self._lock:
            return tuple(self._known.setdefault(n, self._made(n, r)) for n, r in rules.items())

    def _made(self, name: str, rule: GateRule) -> SharedGate:
        return self._known.get(name) or SharedGate(
            name, rule, self._cells, self._surroundings, self._waited
        )
