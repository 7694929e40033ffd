"""Bulk commands over a counting store: transactions, calls and CPU for 100, 300 and 1,000 payments.

Records that each pay a part of a bill of its own are confirmed, independent and all or nothing. CPU
per payment is compared within one run: it must not grow with the number of payments.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.result import Figure, Section, under
from rowcol.domain.batch import Mode
from tests.support.bulk_records import Records, new_record, of_bill
from tests.support.domain.builders import usd

SIZES = (100, 300, 1000)
TRANSACTIONS_BAR = 60.0
# CPU per payment at 1,000 against that at 100; calls likewise.
GROWTH_BAR = 1.5


@dataclass(frozen=True, slots=True)
class Run:
    """What one batch took."""

    payments: int
    transactions: int
    calls: int
    seconds: float

    @property
    def each_ms(self) -> float:
        """CPU milliseconds a payment."""
        return self.seconds * 1000 / self.payments


def confirmed(count: int, mode: Mode) -> Run:
    """Confirm so many drafts in one batch."""
    desk = Records()
    names = []
    for place in range(count):
        bill = desk.read(amount=usd("50.00"), bill_id=f"bill-{place:04d}")
        names.append(desk.draft(new_record(place, allocations=of_bill(bill, "10.00"))))
    desk.boundary.names = []
    began = time.process_time()
    batch = desk.do("confirm", names, mode)
    seconds = time.process_time() - began
    if batch.ok != count:
        raise ValueError(f"{batch.failed} of {count} failed")
    calls = Counter(desk.boundary.names)
    return Run(count, calls["commit:after"], len(desk.boundary.names), seconds)


def fastest(count: int, mode: Mode, samples: int) -> Run:
    """The run that was disturbed least."""
    return min((confirmed(count, mode) for _ in range(samples)), key=lambda run: run.seconds)


def growth(runs: Sequence[Run]) -> float:
    """CPU per payment of the largest run against that of the smallest."""
    return runs[-1].each_ms / runs[0].each_ms


def section(samples: int) -> Section:
    """Both modes at all sizes."""
    figures: list[Figure] = []
    for mode in Mode:
        runs = [fastest(count, mode, samples) for count in SIZES]
        figures += [
            Figure(
                f"{mode.value}: {run.payments} payments",
                f"{run.transactions} transactions, {run.calls} calls, {run.seconds:.2f} s",
            )
            for run in runs
        ]
        if mode is Mode.INDEPENDENT:
            most = float(runs[-1].transactions)
            figures.append(under("  transactions of 1,000", most, TRANSACTIONS_BAR, digits=0))
        figures.append(under("  CPU a payment, 1,000 / 100", growth(runs), GROWTH_BAR, "x"))
    note = "In memory: what is left is the product's own work; a table adds its answer's time."
    return Section(
        "Bulk confirm, each payment allocated to a bill of its own", tuple(figures), (note,)
    )
