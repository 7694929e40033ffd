"""Decisions of many clients over a counting store: transactions, calls, CPU; the budget of Ramp.

Staged bills are decided in one batch: 100, 300 and 1,000 of 20 a client, and 1,000 of one client.
CPU per decision is compared within one run: it must not grow with their number.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from bench.result import Figure, Section, under
from rowcol.domain.batch import Mode
from rowcol.service.bulk.decision_verbs import DECIDE
from rowcol.service.decision_batches.precheck import Asking, precheck
from tests.support.decisions import DecisionFirm, Wish

CLIENTS = (5, 15, 50)
EACH = 20
# Transactions that decide; what was asked and the end are one each beside them.
COMMIT_BAR = 50.0
BESIDE = 2
CALLS_BAR = 16.0
GROWTH_BAR = 1.5


@dataclass(frozen=True, slots=True)
class Run:
    """What one batch took."""

    decisions: int
    transactions: int
    calls: int
    seconds: float

    @property
    def each_ms(self) -> float:
        """CPU milliseconds a decision."""
        return self.seconds * 1000 / self.decisions


def _firm(clients: int, each: int) -> tuple[DecisionFirm, list[Wish]]:
    firm = DecisionFirm(clients)
    for name in firm.clients:
        firm.cash(name, "1000000")
    return firm, [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, each)]


def decided(clients: int, each: int, mode: Mode) -> Run:
    """Decide all in one batch."""
    firm, wishes = _firm(clients, each)
    calls = firm.writes()
    began = time.process_time()
    batch = firm.run(firm.submitted(wishes, mode))
    seconds = time.process_time() - began
    if batch.ok != len(wishes):
        raise ValueError(f"{batch.failed} of {len(wishes)} failed")
    counted = Counter(calls)
    asked = len(calls) - counted["commit:before"]
    return Run(len(wishes), counted["commit:after"], asked, seconds)


def looked_at(clients: int, each: int) -> tuple[int, float]:
    """Calls and CPU seconds of a precheck."""
    firm, wishes = _firm(clients, each)
    calls = firm.writes()
    began = time.process_time()
    asking = Asking(firm.actor(), firm.rights())
    found = precheck(firm.environment, asking, DECIDE, [wish.row for wish in wishes])
    if found.ready != len(wishes):
        raise ValueError(f"{found.blocked} of {len(wishes)} blocked")
    return len(calls), time.process_time() - began


def _fastest(clients: int, each: int, mode: Mode, samples: int) -> Run:
    runs = (decided(clients, each, mode) for _ in range(samples))
    return min(runs, key=lambda run: run.seconds)


def section(samples: int) -> Section:
    """Both modes over many clients, and of one."""
    figures: list[Figure] = []
    for mode in Mode:
        runs = [_fastest(clients, EACH, mode, samples) for clients in CLIENTS]
        figures += [
            Figure(
                f"{mode.value}: {run.decisions} of {clients} clients",
                f"{run.transactions} transactions, {run.calls} calls, {run.seconds:.2f} s",
            )
            for clients, run in zip(CLIENTS, runs, strict=True)
        ]
        last = runs[-1]
        commits = float(last.transactions - BESIDE)
        figures += [
            under("  transactions that decide 1,000", commits, COMMIT_BAR, digits=0),
            under("  calls a client", last.calls / CLIENTS[-1], CALLS_BAR),
            under("  CPU a decision, 1,000 / 100", last.each_ms / runs[0].each_ms, GROWTH_BAR, "x"),
        ]
        alone = decided(1, CLIENTS[-1] * EACH, mode)
        told = f"{alone.transactions} transactions, {alone.calls} calls, {alone.seconds:.2f} s"
        figures.append(Figure(f"{mode.value}: {alone.decisions} of one client", told))
    calls, seconds = looked_at(CLIENTS[-1], EACH)
    figures.append(Figure("precheck: 1,000 of 50 clients", f"{calls} calls, {seconds:.2f} s"))
    note = "In memory: what is left is the product's own work; a table adds its answers' time."
    return Section("Decisions of many clients, staged before", tuple(figures), (note,))
