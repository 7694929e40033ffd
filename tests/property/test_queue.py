"""The queue is the open work of what is stored: after any walk, delivered in any order, rebuilt."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant

from local.memory_views import MemoryViews
from local.view_texts import rebuilt
from rowcol.domain.bill import Bill, DecisionAction
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import RailState
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Role
from rowcol.domain.plain import to_plain
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.tray import Severity, TrayItem
from rowcol.service.change import Change
from rowcol.service.decide import Decide, decide
from rowcol.service.decisions.approve import approve, refuse
from rowcol.service.decisions.override import approve_override, ask_override, withdraw_override
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.hold import hold
from rowcol.service.project import BILLS, PAYMENTS, TRAY
from rowcol.service.projection import Arrived, project_batch
from rowcol.service.queue_facts import bill_work, payment_work, tray_work
from rowcol.service.stage import stage, unstage
from rowcol.service.store import Books
from rowcol.service.tray import close_item, open_item
from rowcol.service.view_ports import queue_key
from rowcol.service.withdraw import withdraw
from tests.property.test_payment_model import PaymentMachine
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import FRIDAY, rail_payment, usd
from tests.support.model.script import RUN_SETTINGS

Place = tuple[str, str]
WORK: dict[type, tuple[str, Callable[[Any], Queued | None]]] = {
    Bill: (BILLS, bill_work),
    Payment: (PAYMENTS, payment_work),
    TrayItem: (TRAY, tray_work),
}


def work_of_what_is_stored(store: Any) -> dict[Place, Queued]:
    """Open work by the aggregates themselves, whatever was told of them."""
    found: dict[Place, Queued] = {}
    for item in store.items.values():
        if type(item) in WORK:
            view, work = WORK[type(item)]
            queued = work(to_plain(item))
            if queued is not None:
                found[view, item.id] = queued
    return found


def queue_of(environment: Environment) -> dict[Place, Queued]:
    """What the index shows; in order, of one firm."""
    rows = environment.views.queue(SCOPE.firm)
    texts = [queue_key(row.scope.client, row.view, row.key, row.queue) for row in rows]
    assert texts == sorted(texts)
    assert {row.scope for row in rows} <= {SCOPE}
    return {(row.view, row.key): row.queue for row in rows}


def deliver_oddly(environment: Environment, books: Books, after: int, chance: random.Random) -> int:
    """New entries in any order, in several batches, some of them twice; gives where they end.

    What the projection says of entries that come late is delivered as well.
    """
    while entries := list(books.entries(after, 10_000)):
        after = entries[-1].sequence
        entries += chance.sample(entries, len(entries) // 3)
        chance.shuffle(entries)
        while entries:
            size = chance.randrange(1, 6)
            project_batch(environment, [Arrived.of(entry) for entry in entries[:size]])
            entries = entries[size:]
    return after


# ---- walks through decisions of several people

NAMES = ("b1", "b2", "b3")
STATES = (
    *[RailState.READY] * 6, RailState.SCHEDULED, RailState.AWAITING_RELEASE,
    RailState.PROCESSING, RailState.PAID, RailState.REJECTED, RailState.AWAITING_APPROVAL,
)  # fmt: skip
PEOPLE = ("anna", "boris", "cleo")


class Walk:
    """A desk where cash is short, two people are needed above 1,000.00, and anything may happen."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # seeded
        settings = GuardrailSettings(floor=usd("8500"), balance_age_seconds_max=10**7)
        self.desk = Desk(guardrail=settings, dual_control_from=usd("1000"))
        for person in PEOPLE:
            self.desk.join(person, Role.RELEASER)

    def step(self) -> None:
        verbs = (
            self.read, self.stage, self.stage, self.decide, self.decide, self.take_back,
            self.second, self.second, self.override, self.override, self.payment, self.tray,
            self.time,
        )  # fmt: skip
        self.chance.choice(verbs)()

    def one(self) -> str:
        return self.chance.choice(NAMES)

    def act(self, plan: Callable[[Change], Any]) -> None:
        self.desk.act(plan, self.chance.choice(PEOPLE))

    def bill(self) -> Bill | None:
        return self.desk.books.get(Bill, self.one())

    def read(self) -> None:
        state = self.chance.choice(STATES)
        dated = state in (RailState.SCHEDULED, RailState.AWAITING_RELEASE)
        day = FRIDAY + timedelta(days=self.chance.randrange(3, 9)) if dated else None
        self.desk.read(
            state,
            bill_id=self.one(),
            approved=state is not RailState.AWAITING_APPROVAL,
            amount=usd(self.chance.choice(("400", "1250", "9000"))),
            due_on=self.chance.choice((*[FRIDAY] * 3, *[FRIDAY + timedelta(days=20)] * 3, None)),
            payment=rail_payment(planned_on=day, effective_on=day),
        )

    def stage(self) -> None:
        name, back = self.one(), self.chance.random() < 0.2
        env = self.desk.environment
        self.act(lambda change: unstage(change, name) if back else stage(env, change, name))

    def decide(self) -> None:
        day = self.desk.today() + timedelta(days=self.chance.randrange(3, 6))
        wish = self.chance.choice(
            (
                Decide(self.one(), DecisionAction.PAY_NOW),
                Decide(self.one(), DecisionAction.SCHEDULE, pay_on=day),
                Decide(self.one(), DecisionAction.DELAY, until=day, reason="later"),
            )
        )
        self.act(lambda change: decide(self.desk.environment, change, wish))

    def take_back(self) -> None:
        bill = self.bill()
        if bill is not None and bill.decision is not None:
            name = bill.decision.id
            self.act(lambda change: withdraw(change, name))

    def second(self) -> None:
        bill, env = self.bill(), self.desk.environment
        if bill is not None and bill.decision is not None:
            name, no = bill.decision.id, self.chance.random() < 0.3
            self.act(
                lambda change: refuse(change, name, "no") if no else approve(env, change, name)
            )

    def override(self) -> None:
        bill, env = self.bill(), self.desk.environment
        if bill is None:
            return
        asked, wish = bill.override, self.chance.random()
        if asked is None or wish < 0.2:
            self.act(lambda change: ask_override(env, change, bill.id, "a loan comes"))
        elif wish < 0.6:
            self.act(lambda change: approve_override(env, change, bill.id, asked.id))
        else:
            self.act(lambda change: withdraw_override(change, bill.id, asked.id))

    def payment(self) -> None:
        bill, env = self.bill(), self.desk.environment
        if bill is not None and bill.live_payment_id is not None:
            name, stop = bill.live_payment_id, self.chance.random() < 0.5
            self.act(
                lambda change: (
                    hold(env, change, name, "disputed") if stop else cancel(env, change, name, None)
                )
            )

    def tray(self) -> None:
        subject = self.chance.choice(("bill-b1", "connection-bank", "payment-pay_1"))
        severity = self.chance.choice(list(Severity))
        opens = self.chance.random() < 0.6

        def plan(change: Change) -> bool:
            if opens:
                open_item(change, subject, "partial", "they do not agree", severity=severity)
            else:
                close_item(change, subject, "partial", "they agree")
            return True

        self.desk.work(plan)

    def time(self) -> None:
        """Delays end and overrides run out; what would ask a rail is left alone."""
        self.desk.clock.pause(self.chance.choice((600, 9 * 3600)))


@pytest.mark.parametrize("first", range(0, 240, 60))
def test_the_queue_is_the_work_of_what_is_stored(first: int) -> None:
    kinds: set[tuple[QueueKind, str]] = set()
    for seed in range(first, first + 60):
        walk, reached = Walk(seed), 0
        for step in range(60):
            walk.step()
            if step % 4 == 3:
                desk = walk.desk
                reached = deliver_oddly(desk.environment, desk.books, reached, walk.chance)
                found = queue_of(desk.environment)
                assert found == work_of_what_is_stored(desk.store), f"seed {seed}, step {step}"
                kinds |= {(queued.kind, queued.code) for queued in found.values()}
        empty = MemoryViews()
        rebuilt(walk.desk.books, empty)
        assert empty.queue(SCOPE.firm) == walk.desk.environment.views.queue(SCOPE.firm)
    assert {kind for kind, _ in kinds} == set(QueueKind), f"seeds from {first}"
    assert (QueueKind.SECOND_PERSON, "override") in kinds
    assert (QueueKind.SECOND_PERSON, "awaiting_second_person") in kinds


class QueueMachine(PaymentMachine):
    """What people, rails, the bank and time do to one payment, and the queue of it."""

    reached = 0

    @invariant()
    def the_queue_is_the_work_of_what_is_stored(self) -> None:
        chance = random.Random(self.reached)  # noqa: S311  # seeded
        environment = self.desk.environment
        self.reached = deliver_oddly(environment, self.desk.books, self.reached, chance)
        assert queue_of(environment) == work_of_what_is_stored(self.desk.store)


TestQueueOfPayments = QueueMachine.TestCase
TestQueueOfPayments.settings = settings(RUN_SETTINGS, max_examples=15)
