"""A process that dies at any call of decisions over many clients: the end is the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from local.memory_store import quiet
from rowcol.domain.batch import Mode
from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.facts import RailState
from rowcol.service.decision_batches.results import DecisionResult
from rowcol.service.due_work import sweep_due
from tests.support.bad_decisions import SPOILS, StrictFirm
from tests.support.bulk import dies
from tests.support.decisions import DecisionFirm, Wish
from tests.unit.service.test_decision_batches import asked_of

INDEPENDENT, ALL = Mode.INDEPENDENT, Mode.ALL_OR_NOTHING
POINTS = 20


@dataclass(frozen=True)
class Ending:
    """What must be the same however often a process died."""

    counters: tuple[int, int, int]
    results: tuple[DecisionResult, ...]
    bills: tuple[tuple[str | None, int, bool], ...]
    held: tuple[tuple[int, int], ...]
    usage: dict[tuple[str, str], int]
    tray: tuple[tuple[str, str], ...]
    facts: Counter[str]


class Flow:
    """One batch from the request on. `between` plays a rail at every call."""

    def __init__(self, firm: DecisionFirm, wishes: list[Wish], mode: Mode) -> None:
        self.firm, self.wishes, self.mode = firm, wishes, mode
        self._restore = firm.keep()

    def again(self) -> None:
        """All is as it was before the request."""
        self._restore()

    def request(self) -> None:
        """The person's request, a moment's work in it, and the machine's."""
        name = self.firm.submitted(self.wishes, self.mode)
        self.firm.run_for(name, 0.01)
        self.firm.run(name)

    def ending(self) -> Ending:
        """The person asks again with the same key, and the sweep does the rest."""
        firm = self.firm
        name = firm.submitted(self.wishes, self.mode)
        batch = firm.swept(name)
        assert batch.state is DecisionsState.DONE
        assert firm.claims(name) == set()
        assert sweep_due(firm.environment).failed == 0
        return Ending(
            (batch.ok, batch.failed, batch.skipped),
            tuple(timeless(each) for each in firm.results(name)),
            tuple(self._bills()),
            tuple(firm.held(client) for client in firm.clients),
            firm.usage(),
            tuple(sorted(pair for client in firm.clients for pair in firm.items(client))),
            Counter(
                entry.type
                for scope, log in firm.store.logs.items()
                if scope.client != "-"
                for entry in log
                if not entry.type.startswith("batch.")
            ),
        )

    def _bills(self) -> Iterator[tuple[str | None, int, bool]]:
        for wish in self.wishes:
            try:
                bill = self.firm.bill(wish.client, wish.bill)
            except (AssertionError, ValueError):
                continue
            state = bill.decision.state.value if bill.decision is not None else None
            yield state, len(bill.payment_ids), bill.open_reserve is not None


def timeless(result: DecisionResult) -> DecisionResult:
    """Without what a later end changes: new ids, and how old the balance is by then."""
    numbers = {key: each for key, each in result.numbers.items() if key != "balance_age_seconds"}
    return replace(result, payment_id=None, version=None, numbers=numbers)


def in_so_many_calls(firm: DecisionFirm, number: int, run: Callable[[], object]) -> bool:
    firm.boundary.crash_at = firm.boundary.count + number
    died = dies(run)
    firm.boundary.crash_at = None
    return died


def check(flow: Flow, seed: int) -> Ending:
    """Dies at random points, each time from the same beginning; gives the end it always has."""
    before = flow.firm.boundary.count
    flow.request()
    calls = flow.firm.boundary.count - before
    wanted = flow.ending()
    chance = random.Random(seed)  # noqa: S311  # where to die
    points = sorted(chance.sample(range(1, calls + 1), min(POINTS, calls)))
    for number in points:
        flow.again()
        assert in_so_many_calls(flow.firm, number, flow.request)
        assert flow.ending() == wanted, f"seed {seed}: died at call {number}"
    return wanted


def thousand() -> Flow:
    """A thousand over fifty clients, some of them bad."""
    firm = StrictFirm(49)
    wishes, _ = asked_of(firm, firm.clients, 1000, [*SPOILS, "twice"], 3)
    firm.factor = False
    return Flow(firm, wishes, INDEPENDENT)


def some(mode: Mode, *bad: str) -> Flow:
    """A few clients; one of them has more than fits into one write."""
    firm = StrictFirm(3)
    wishes = [Wish("c00", bill) for bill in firm.bills("c00", 45)]
    wishes += [Wish("c00", bill) for bill in firm.bills("c00", 15, staged=False)]
    wishes += [Wish(name, bill) for name in ("c01", "c02") for bill in firm.bills(name, 4)]
    wishes += [SPOILS[kind][0](firm, "c01") for kind in bad]
    firm.factor = False
    return Flow(firm, wishes, mode)


def test_a_thousand_survive_death_at_twenty_random_points() -> None:
    check(thousand(), 20)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("mode", Mode)
def test_so_do_a_few_clients_in_many_steps(mode: Mode, seed: int) -> None:
    check(some(mode, "Thanksgiving"), seed)


class Changing(Flow):
    """Ramp shows one of the claimed bills as paid right after the batch took a certain step."""

    def __init__(self, after: str) -> None:
        flow = some(ALL)
        super().__init__(flow.firm, flow.wishes, ALL)
        self.after = after
        self.firm.boundary.between = self._pay

    def again(self) -> None:
        super().again()
        self.firm.boundary.between = self._pay

    def _pay(self, _call: str) -> None:
        log = self.firm.store.logs.get(self.firm.scope("c00"), ())
        if not any(entry.type == self.after for entry in log):
            return
        self.firm.boundary.between = lambda _call: None
        hook, self.firm.store.on_call = self.firm.store.on_call, quiet
        self.firm.shows("c00", "c00-b044", RailState.PAID)
        self.firm.store.on_call = hook


def test_a_bill_paid_elsewhere_while_all_are_claimed_undoes_all_of_that_client() -> None:
    ending = check(Changing("batch.claimed"), 5)
    assert ending.counters == (8, 60, 0)
    assert of_the_firm(ending) == [8 * 100_00]
    assert ending.tray == ()


def test_one_paid_elsewhere_after_the_commit_fails_alone_and_the_tray_tells() -> None:
    ending = check(Changing("batch.committed"), 6)
    assert ending.counters == (67, 1, 0)
    assert ending.tray == (("bill-c00-b044", "batch_undone"),)
    # What it held of the day is given back.
    assert of_the_firm(ending) == [67 * 100_00]


def of_the_firm(ending: Ending) -> list[int]:
    """What the firm's days hold."""
    return [total for (_, name), total in ending.usage.items() if name.startswith("firm-")]
