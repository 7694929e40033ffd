"""What happens at the three sides of a payment, each on a clock of its own, and playing it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rowcol.domain.facts import RailState
from rowcol.domain.money import Money
from tests.support.three_sides import Happening, Sides

TRACE = "021000024613370"
EUR = Money(125_000, "EUR")
# Days after the start (a Friday before Thanksgiving) by which each side has surely spoken.
RAIL_DAYS, LEDGER_DAYS, CASH_DAYS = 14, 11, 9
SETTLED_DAYS = 30


@dataclass
class Script:
    """What happens at each side, drawn from a seed: three clocks, any order, days apart."""

    start: date
    chance: random.Random
    rail: list[tuple[datetime, Happening]] = field(default_factory=list)
    ledger: list[tuple[datetime, Happening]] = field(default_factory=list)
    cash: list[tuple[datetime, Happening]] = field(default_factory=list)
    first: list[Happening] = field(default_factory=list)
    later: list[tuple[datetime, Happening]] = field(default_factory=list)
    mended: list[tuple[datetime, Happening]] = field(default_factory=list)

    def at(self, day: float) -> datetime:
        """An instant some days after the start, at an hour of its own."""
        base = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
        return base + timedelta(days=day, hours=self.chance.uniform(14, 22))

    def on(self, day: int) -> date:
        """The day so many days after the start."""
        return self.start + timedelta(days=day)

    def agree(self) -> Script:
        """All three sides say the same, each in its own time."""
        self.paid(self.chance.randint(1, RAIL_DAYS))
        self.booked(self.chance.randint(0, LEDGER_DAYS))
        self.debited(self.chance.randint(0, CASH_DAYS))
        return self

    def paid(self, day: int, state: RailState = RailState.PAID, **changes: Any) -> None:
        """Ramp says so on a day."""
        at = self.at(day)
        shown = {"paid_at": at} if state is RailState.PAID else {}
        self.rail = [(at, lambda sides: sides.rail(state, **(shown | changes)))]

    def booked(self, day: int, dated: int | None = None, **changes: Any) -> None:
        """A BillPayment is entered on a day, dated the same unless said."""
        on = self.on(day if dated is None else dated)
        self.ledger = [(self.at(day), lambda sides: sides.book(on, **changes))]

    def debited(self, day: int, posted: int | None = None, **changes: Any) -> None:
        """A line is shown on a day, posted the same unless said."""
        on = self.on(day if posted is None else posted)
        self.cash = [(self.at(day), lambda sides: ignore(sides.debit(on, **changes)))]

    def traced(self, *lines: dict[str, Any], day: int = 3) -> None:
        """Ramp tells the debit's trace, and lines with it come."""
        self.first.append(lambda sides: sides.rail_payment(debit_trace_id=TRACE))
        self.cash = []
        for number, given in enumerate(lines):
            shown = self.at(day + number * self.chance.randint(0, 2))
            fields = {"line_id": f"line-{number}", "reference": TRACE, **given}
            posted = fields.pop("posted", self.on(day))
            self.cash.append((shown, _posting(posted, fields)))

    def then(self, day: float, *happenings: Happening) -> None:
        """More happens when all agreed."""
        self.later += [(self.at(day + number), one) for number, one in enumerate(happenings)]

    def mend(self, *happenings: Happening) -> None:
        """What puts it right in the end."""
        self.mended += [(self.at(SETTLED_DAYS + 1), one) for one in happenings]


def _posting(posted: date, fields: dict[str, Any]) -> Happening:
    return lambda sides: ignore(sides.debit(posted, **fields))


def ignore(_value: object) -> None:
    """Nothing is done with it."""


def play(sides: Sides, script: Script) -> None:
    """Everything happens in its time, and is looked at half an hour later at the latest."""
    for happening in script.first:
        happening(sides)
    happenings = [*script.rail, *script.ledger, *script.cash, *script.later]
    _run(sides, sorted(happenings, key=lambda one: one[0]), script)
    sides.reach(script.at(SETTLED_DAYS))


def mend(sides: Sides, script: Script) -> None:
    """It is put right, and looked at."""
    _run(sides, script.mended, script)


def _run(sides: Sides, happenings: list[tuple[datetime, Happening]], script: Script) -> None:
    for at, happening in happenings:
        sides.reach(at)
        happening(sides)
        sides.reach(at + timedelta(minutes=script.chance.uniform(16, 46)))
