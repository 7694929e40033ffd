"""A process that dies at any call of a batch: the sweep and a worker bring the very same end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from local.memory_store import quiet
from rowcol.domain.batch import BatchState, Mode
from rowcol.domain.batch_items import ItemResult
from rowcol.domain.payment import Payment
from tests.support.bulk import BulkDesk, dies
from tests.support.bulk_records import Records, of_bill
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd

INDEPENDENT, ALL = Mode.INDEPENDENT, Mode.ALL_OR_NOTHING
Case = tuple[str, Mode, int, int]
# How many items, and after how many writes of the batch one of them goes bad: 0 for never.
CASES: tuple[Case, ...] = (
    ("independent", INDEPENDENT, 60, 1),
    ("all in one write", ALL, 20, 0),
    ("nothing in one write", ALL, 20, 1),
    ("all by claims", ALL, 110, 0),
    ("claims let go", ALL, 110, 2),
)


@dataclass(frozen=True)
class Ending:
    """What must be the same however often a process died."""

    state: BatchState
    counters: tuple[int, int, int]
    results: tuple[ItemResult, ...]
    payments: tuple[Payment, ...]
    noted: int


class Flow:
    """One batch from the request on."""

    def __init__(self, case: Case) -> None:
        _, self.mode, count, self.bad_after = case
        self.desk = BulkDesk()
        self.names = self.desk.records(count)
        self.desk.boundary.between = self._go_bad

    def _go_bad(self, _call: str) -> None:
        """A fact of a rail that comes between two writes of the batch."""
        written = len(self.desk.store.logs.get(SCOPE, ()))
        if not 0 < self.bad_after <= written:
            return
        self.bad_after = 0
        hook, self.desk.store.on_call = self.desk.store.on_call, quiet
        payment = self.desk.books.get(Payment, self.names[5])
        assert payment is not None
        assert self.desk.books.save(replace(payment, memo="noted by a rail"))
        self.desk.store.on_call = hook

    def request(self) -> None:
        """The person's request: written down and carried on."""
        self.desk.advance(self.desk.submitted(self.names, self.mode))

    def ending(self) -> Ending:
        """The person asks again with the same key, and the sweep does the rest."""
        name = self.desk.submitted(self.names, self.mode)
        batch = self.desk.swept(name)
        assert batch.is_over
        found = self.desk.books.get_many(Payment, self.names)
        assert {payment.batch_id for payment in found.values()} == {None}
        return Ending(
            batch.state,
            (batch.ok, batch.failed, batch.skipped),
            self.desk.results(name),
            tuple(found.values()),
            Counter(self.desk.types())["payment.noted"],
        )


def crashes(case: Case) -> Iterator[int]:
    """The number of each call of the uncrashed flow."""
    flow = Flow(case)
    before = flow.desk.boundary.count
    flow.request()
    yield from range(1, flow.desk.boundary.count - before + 1)


def in_so_many_calls(desk: BulkDesk, number: int, run: Callable[[], object]) -> bool:
    desk.boundary.crash_at = desk.boundary.count + number
    died = dies(run)
    desk.boundary.crash_at = None
    return died


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_every_call_may_be_the_last(case: Case) -> None:
    flow = Flow(case)
    flow.request()
    wanted = flow.ending()
    assert wanted.noted == wanted.counters[0]
    for number in crashes(case):
        flow = Flow(case)
        assert in_so_many_calls(flow.desk, number, flow.request)
        assert flow.ending() == wanted, f"died at call {number}"


@pytest.mark.parametrize("seed", range(20))
def test_and_so_may_those_of_the_workers_after_it(seed: int) -> None:
    case = CASES[seed % len(CASES)]
    chance = random.Random(seed)  # noqa: S311  # which calls to die at
    flow = Flow(case)
    flow.request()
    wanted = flow.ending()
    flow = Flow(case)
    in_so_many_calls(flow.desk, chance.randint(1, 40), flow.request)
    for _ in range(4):
        in_so_many_calls(flow.desk, chance.randint(1, 30), flow.request)
    assert flow.ending() == wanted


class Confirming:
    """Drafts that share a bill, more than fit into one write, confirmed all or none."""

    def __init__(self) -> None:
        self.desk = Records()
        self.bill = self.desk.read(amount=usd("1000.00"))
        self.names = self.desk.drafts(34, allocations=of_bill(self.bill, "10.00"))

    def request(self) -> None:
        name = self.desk.submitted(self.names, ALL, verb="confirm")
        self.desk.advance(name)

    def check(self, died_at: int) -> None:
        """Every one is posted once, in order, and nothing is left of the claims."""
        desk = self.desk
        batch = desk.swept(desk.submitted(self.names, ALL, verb="confirm"))
        assert (batch.state, batch.ok) == (BatchState.DONE, 34), f"died at call {died_at}"
        assert desk.numbers(self.names) == [f"2026-{place:06d}" for place in range(1, 35)]
        assert len(desk.entries()) == 34
        parts = desk.allocated(self.bill.id).parts
        assert [part.payment_id for part in parts] == self.names
        assert Counter(desk.types())["payment.posted"] == 34


def test_a_confirmation_of_all_survives_death_at_every_call() -> None:
    flow = Confirming()
    before = flow.desk.boundary.count
    flow.request()
    calls = flow.desk.boundary.count - before
    flow.check(0)
    assert Counter(flow.desk.types())["batch.claimed"] == 1
    for number in range(1, calls + 1):
        flow = Confirming()
        assert in_so_many_calls(flow.desk, number, flow.request)
        flow.check(number)
