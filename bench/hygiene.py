"""What judging data costs: writes and reads of our own for one bill, a sweep and a night's round.

Counted on the store in memory. A vendor with two thousand bills costs what one with ten does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bench.result import Figure, Section, under
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.hygiene_desk import HygieneDesk

FEW, MANY = 10, 2_000
CALLS_PER_100_MAX = 40


@dataclass(frozen=True, slots=True)
class Spent:
    """Puts and entries of the log, and calls to the store by kind."""

    puts: int
    entries: int
    calls: Counter[str]

    @property
    def reads(self) -> int:
        """Calls that read."""
        return sum(many for name, many in self.calls.items() if not name.startswith("commit"))


def spent(desk: HygieneDesk, work: Callable[[], object]) -> Spent:
    """What a piece of work costs."""
    calls: Counter[str] = Counter()
    before = sum(item.version for item in desk.store.items.values())
    logged = len(desk.store.logs[SCOPE])
    desk.store.on_call = lambda name: calls.update([name])
    work()
    desk.store.on_call = lambda name: None
    puts = sum(item.version for item in desk.store.items.values()) - before
    return Spent(puts, len(desk.store.logs[SCOPE]) - logged, calls)


def with_bills(many: int) -> HygieneDesk:
    """A vendor with so many open bills, none of which is like another."""
    desk = HygieneDesk()
    for number in range(many):
        desk.show(**bill(number))
    desk.told()
    return desk


def bill(number: int) -> dict[str, Any]:
    """A bill of its own number, amount and day."""
    return {
        "bill_id": f"bill-{number}",
        "invoice_number": f"INV-{10_000 + number}",
        "amount": usd(f"{100 + number}"),
        "issued_on": date(2026, 1, 1) + timedelta(days=number % 300),
        "ledger_bill_id": f"9{number}",
    }


def costs_with(many: int) -> tuple[Spent, Spent, Spent]:
    """Of a new bill, of the same reading again, and of a second night."""
    desk = with_bills(many)

    def show() -> None:
        desk.show(**bill(many))

    fresh, same = spent(desk, show), spent(desk, show)
    desk.night()
    return fresh, same, spent(desk, desk.night)


def section() -> Section:
    """Costs with few bills and with many."""
    few, large = costs_with(FEW), costs_with(MANY)
    per_100 = large[2].reads * 100 / MANY
    return Section(
        f"Data checks: a vendor with {FEW} open bills, and with {MANY:,}",
        (
            Figure("puts for a new bill, few", str(few[0].puts)),
            under("puts for a new bill, many, more than with few",
                  large[0].puts - few[0].puts, 0, "", 0),
            under("reads for a new bill, many, more than with few",
                  large[0].reads - few[0].reads, 0, "", 0),
            Figure("reads for a new bill", str(large[0].reads)),
            under("writes for a bill that says nothing new", large[1].puts, 0, "", 0),
            under("writes of a night without news", large[2].puts, 0, "", 0),
            under("calls of a night per 100 open bills", per_100, CALLS_PER_100_MAX, "", 1),
        ),
        ("A put is one item of a transaction, the head included.",),
    )  # fmt: skip
