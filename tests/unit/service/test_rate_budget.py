"""A thousand payments released at once against a rail that takes 200 calls in ten seconds.

Real machine, real tasks, in memory: whoever finds the budget used up waits for a slot and is never
held. Prints how long it took.
"""

from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.memory_cells import MemoryCells
from local.simulation.clock import CountingIds, SimulatedClock
from local.walker.definition import load
from local.walker.execution import Execution
from local.walker.runs import Platform, Status
from rowcol.domain.bill import DecisionAction
from rowcol.domain.facts import LedgerBill, RailBill, RailState, ReadInterval
from rowcol.domain.payment import Step
from rowcol.edge import custody_tasks
from rowcol.rails.limits import RAMP
from rowcol.service.ports import CommandAccepted, RailThrottled, Surroundings
from rowcol.wiring_budgets import BudgetsOfRails
from tests.support.decisions import DecisionFirm, Wish
from tests.support.domain.builders import ledger_bill, rail_bill, rail_payment, usd

MACHINE = Path(__file__).parents[3] / "statemachines" / "payment_custody.asl.json"
NAMES = ("PaymentExecution", "PlaidBalanceRefresh", "QboVerification", "CashVerification")
FUNCTIONS = (*NAMES, "CustodyRecord")
CALLS_MAX, WINDOW = 200, timedelta(seconds=10)


class CountedRamp:
    """Ramp with its own limit, called by so many processes that share a budget."""

    def __init__(self, clock: SimulatedClock, processes: int) -> None:
        self.clock = clock
        self.chance = random.Random(processes)  # noqa: S311  # which process has the step
        self.cells = MemoryCells(clock.now)
        around = Surroundings(clock, CountingIds(), self.chance, lambda _seconds: None)
        self.budgets = [BudgetsOfRails(self.cells, around, {}).ramp for _ in range(processes)]
        self.recent: deque[datetime] = deque()
        self.calls = self.waits = self.refusals = self.most = 0
        self.days: dict[str, Any] = {}

    def _call(self) -> None:
        budget = self.chance.choice(self.budgets)
        wait_seconds = budget.take("bills", "")
        if wait_seconds > 0:
            self.waits += 1
            raise RailThrottled("ramp", "the rate budget is used up", wait_seconds)
        now = self.clock.now()
        while self.recent and self.recent[0] <= now - WINDOW:
            self.recent.popleft()
        # Calls made while limited count too.
        self.recent.append(now)
        self.most = max(self.most, len(self.recent))
        if len(self.recent) > CALLS_MAX:
            self.refusals += 1
            raise RailThrottled("ramp", "over the rate limit", budget.refused("bills", "", 2.0))
        self.calls += 1

    def read_bill(self, bill_id: str) -> RailBill:
        """The bill, with the date it was given."""
        self._call()
        return self._shown(bill_id)

    def paid_bills(self, since: datetime) -> Iterator[RailBill]:
        """None: its vendors are new to nobody here."""
        self._call()
        return iter(())

    def set_payment_date(self, bill_id: str, day: Any) -> CommandAccepted:
        """Taken."""
        self._call()
        self.days[bill_id] = day
        return CommandAccepted(self._shown(bill_id))

    def _shown(self, bill_id: str) -> RailBill:
        now, day = self.clock.now(), self.days.get(bill_id)
        state = RailState.SCHEDULED if day else RailState.READY
        return rail_bill(
            state,
            bill_id=bill_id,
            amount=usd("100.00"),
            paid_at=None,
            payment=rail_payment(planned_on=day, effective_on=None, amount=usd("100.00")),
            read=ReadInterval(now, now),
        )


class Rails:
    """One Ramp for all clients; the ledger shows every bill open."""

    def __init__(self, ramp: CountedRamp) -> None:
        self.ramp = ramp

    def counting(self, meter: object) -> Rails:
        """The same: no calls are counted here."""
        return self

    def execution(self, firm: str, client: str) -> CountedRamp:
        """Ramp."""
        return self.ramp

    def ledger(self, firm: str, client: str) -> Rails:
        """QBO."""
        return self

    def bank(self, firm: str, client: str) -> Any:
        """Nobody asks the bank here."""
        raise AssertionError

    def read_bill(self, bill_id: str) -> LedgerBill:
        """Open."""
        return ledger_bill(balance=usd("100.00"), amount=usd("100.00"), payment_ids=())


def released(firm: DecisionFirm, count: int) -> list[tuple[str, str]]:
    """So many payments decided for now, by one batch; client and payment."""
    each = count // len(firm.clients)
    wishes = [
        Wish(name, bill, DecisionAction.PAY_NOW, None)
        for name in firm.clients
        for bill in firm.bills(name, each)
    ]
    batch = firm.submitted(wishes)
    assert firm.run(batch).ok == count
    made = [(one.client, one.payment_id) for one in firm.results(batch)]
    return [(client, payment) for client, payment in made if client and payment]


def walk(
    count: int, clients: int, processes: int
) -> tuple[DecisionFirm, CountedRamp, list[Execution], float]:
    """Start them all in the same second and go on until each waits for Ramp's word."""
    firm = DecisionFirm(clients, operating_account_ids=("operating-1",))
    ramp = CountedRamp(firm.clock, processes)
    payments = released(firm, count)
    rails: Any = Rails(ramp)
    environment = replace(firm.environment, rails=rails)

    def execution(payload: dict[str, Any]) -> dict[str, object]:
        return custody_tasks.execution_step(environment, payload)

    def other(_payload: dict[str, Any]) -> dict[str, object]:
        return {"outcome": "fresh"}

    functions = {name: execution if name == NAMES[0] else other for name in FUNCTIONS}
    chance = random.Random(3)  # noqa: S311  # jitter of the machine
    platform = Platform(functions, firm.clock.now, chance)
    machine = load(MACHINE, {f"{name}FunctionArn": name for name in FUNCTIONS})
    running = [
        Execution(
            machine,
            f"{payment}-1",
            {"firm": "maple", "client": client, "payment": payment, "attempt": 1},
            platform,
        )
        for client, payment in payments
    ]
    began = firm.clock.now()
    for _ in range(3600):
        for each in running:
            while each.is_ready:
                each.step()
        if all(each.tokens or each.status is not Status.RUNNING for each in running):
            break
        firm.clock.pause(1)
    return firm, ramp, running, (firm.clock.now() - began).total_seconds()


@pytest.mark.parametrize("processes", [1, 8, 30])
def test_a_thousand_at_once_are_all_released_and_none_is_held(processes: int) -> None:
    firm, ramp, running, seconds = walk(1000, 50, processes)
    told = f"{processes} processes: {seconds:.0f} s of virtual time, {ramp.calls} calls,"
    told += f" {ramp.waits} waits for a slot, {ramp.refusals} refused by Ramp,"
    told += f" at most {ramp.most} calls in ten seconds,"
    told += f" {ramp.cells.writes} writes, {ramp.cells.lost} lost, {ramp.cells.reads} looks"
    sys.stdout.write(f"{told}\n")
    holds = {one.hold for name in firm.clients for one in firm.payments(name)}
    assert holds == {None}, told
    assert [each.status for each in running] == [Status.RUNNING] * 1000, told
    assert all(each.tokens for each in running), told
    payments = [one for name in firm.clients for one in firm.payments(name)]
    assert {one.custody.step for one in payments} == {Step.AWAIT_RAIL}, told
    assert {entry for name in firm.clients for entry in firm.items(name)} == set()
    # Two reads and a command a payment at fifteen a second, and a reading back while slots are
    # free; nobody waits much longer than that takes.
    [window] = RAMP.windows
    least = (ramp.calls - window.calls_max) * window.length / window.calls_max / 1000
    assert ramp.refusals == 0, told
    assert ramp.most <= window.calls_max, told
    assert least <= seconds <= 1.5 * least, told
