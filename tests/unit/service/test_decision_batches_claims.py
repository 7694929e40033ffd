"""All or nothing beyond one write: claims of cash and limits, one write that commits, or none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.batch import Batch, BatchState, Mode
from rowcol.domain.bill import DecisionAction
from rowcol.domain.decision_batch import DecisionBatch, DecisionsState
from rowcol.domain.facts import RailState
from rowcol.domain.limits import CLIENT_LIMITS, Level, Limits, LimitSet
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.bulk.run import advance_part
from rowcol.service.stage import unstage
from tests.support.decisions import FIRM, DecisionFirm, Wish
from tests.support.domain.builders import rail_payment, usd

ALL = Mode.ALL_OR_NOTHING
MANY = 70
SCOPE = "c00"
DAY = 100_00


class Claiming:
    """One client with more than fits into one write, taken step by step."""

    def __init__(self, *, staged: bool = True, count: int = MANY) -> None:
        self.firm = DecisionFirm(1)
        self.bills = self.firm.bills(SCOPE, count, staged=staged)
        self.wishes = [Wish(SCOPE, bill) for bill in self.bills]
        self.name = ""

    def submit(self, **given: str) -> None:
        self.name = self.firm.submitted(self.wishes, ALL, **given)

    def step(self) -> Batch:
        """One step only."""
        firm = self.firm
        firm.boundary.between = lambda call: firm.clock.pause(1) if call == "commit:after" else None
        until = firm.clock.now() + timedelta(seconds=1)
        advance_part(firm.environment, firm.scope(SCOPE), self.name, until)
        firm.boundary.between = lambda _call: None
        found = firm.part(self.name, SCOPE)
        assert found is not None
        return found

    def until(self, state: BatchState) -> Batch:
        for _ in range(40):
            found = self.step()
            if found.state is state:
                return found
        raise AssertionError(f"never {state}")

    def usage(self) -> int:
        """What the client's day holds, in minor units."""
        return sum(total for (client, _), total in self.firm.usage().items() if client == SCOPE)


def limited(flow: Claiming, amount: str) -> None:
    """The client may pay so much a day."""
    books = flow.firm.store.books(flow.firm.scope(SCOPE))
    known = books.get(Limits, CLIENT_LIMITS)
    fresh = known or Limits(CLIENT_LIMITS, 0, Level.CLIENT, SCOPE)
    assert books.save(replace(fresh, limits=LimitSet(per_day=usd(amount))))


@pytest.mark.parametrize("staged", [True, False])
def test_claims_hold_cash_and_limits_and_make_no_payment(staged: bool) -> None:
    flow = Claiming(staged=staged)
    before = flow.firm.held(SCOPE)
    flow.submit()
    assert flow.step().state is BatchState.RUNNING
    flow.until(BatchState.PREPARED)
    firm = flow.firm
    assert len(firm.claims(flow.name)) == MANY
    assert firm.payments(SCOPE) == []
    assert firm.held(SCOPE) == (MANY * DAY, 0)
    assert before == ((MANY * DAY, 0) if staged else (0, 0))
    assert flow.usage() == MANY * DAY
    flow.until(BatchState.COMMITTED)
    assert firm.payments(SCOPE) == []
    batch = firm.run(flow.name)
    assert (batch.state, batch.ok, batch.failed) == (DecisionsState.DONE, MANY, 0)
    assert flow.usage() == MANY * DAY
    assert firm.held(SCOPE) == (MANY * DAY, 0)
    assert firm.claims(flow.name) == set()
    assert len(firm.payments(SCOPE)) == MANY
    types = Counter(entry.type for entry in firm.store.logs[firm.scope(SCOPE)])
    assert types["batch.committed"] == 1
    assert types["bill.let_go"] == 0


def test_nobody_takes_what_a_batch_has_claimed() -> None:
    flow = Claiming()
    flow.submit()
    flow.until(BatchState.PREPARED)
    bill = flow.bills[3]
    answer = flow.firm.decide(Wish(SCOPE, bill), "carla")
    assert isinstance(answer, Refusal)
    assert answer.code is Code.BATCH_MEMBER
    assert answer.numbers == {"bill_id": bill, "batch_id": flow.name}
    undone = flow.firm.act(SCOPE, lambda change: unstage(change, bill), "carla")
    assert isinstance(undone, Refusal)
    assert undone.code is Code.BATCH_MEMBER
    assert flow.firm.run(flow.name).ok == MANY


def test_a_second_batch_of_the_same_bills_does_none_of_them() -> None:
    flow = Claiming()
    flow.submit()
    flow.until(BatchState.PREPARED)
    other = flow.firm.submitted(flow.wishes, ALL, key="key-other", person="carla")
    assert flow.firm.run(other).failed == MANY
    codes = Counter(each.code for each in flow.firm.results(other))
    # Every one of them is looked at before the first is claimed.
    assert codes == {Code.BATCH_MEMBER: MANY}
    assert flow.firm.run(flow.name).ok == MANY


def test_too_much_for_the_day_is_found_before_anything_is_done() -> None:
    flow = Claiming()
    limited(flow, "6000.00")
    before = [flow.firm.bill(SCOPE, bill) for bill in flow.bills]
    flow.submit()
    batch = flow.firm.run(flow.name)
    codes = Counter(each.code for each in flow.firm.results(flow.name))
    assert (batch.ok, batch.failed) == (0, MANY)
    assert codes == {Code.ITEM_FAILED: 60, Code.LIMIT_DAILY: 10}
    assert flow.usage() == 0
    assert [flow.firm.bill(SCOPE, bill) for bill in flow.bills] == before


def test_what_was_taken_of_the_day_stays_when_the_limit_is_lowered_after_the_commit() -> None:
    flow = Claiming()
    limited(flow, "7000.00")
    flow.submit()
    flow.until(BatchState.COMMITTED)
    limited(flow, "100.00")
    assert flow.firm.run(flow.name).ok == MANY
    assert flow.usage() == MANY * DAY


def test_a_limit_lowered_before_the_commit_undoes_nothing_that_is_held() -> None:
    flow = Claiming()
    limited(flow, "7000.00")
    flow.submit()
    flow.until(BatchState.PREPARED)
    limited(flow, "100.00")
    # Usage that is held stays so, as that of any payment would.
    assert flow.firm.run(flow.name).ok == MANY


def test_a_role_lost_before_the_commit_gives_everything_back() -> None:
    flow = Claiming(staged=False)
    flow.submit()
    flow.until(BatchState.PREPARED)
    flow.firm.member("anna")
    batch = flow.firm.run(flow.name)
    codes = {each.code for each in flow.firm.results(flow.name)}
    assert (batch.ok, batch.failed, codes) == (0, MANY, {Code.FORBIDDEN})
    assert flow.firm.held(SCOPE) == (0, 0)
    assert flow.usage() == 0
    assert flow.firm.claims(flow.name) == set()
    assert flow.firm.items(SCOPE) == set()


def test_a_role_lost_after_the_commit_changes_nothing() -> None:
    flow = Claiming()
    flow.submit()
    flow.until(BatchState.COMMITTED)
    flow.firm.member("anna")
    assert flow.firm.run(flow.name).ok == MANY


def test_a_second_factor_counts_from_when_the_batch_was_asked() -> None:
    flow = Claiming()
    books = flow.firm.store.books(flow.firm.scope(SCOPE))
    limits = LimitSet(verification_from=usd("50.00"))
    assert books.save(Limits(CLIENT_LIMITS, 0, Level.CLIENT, SCOPE, limits))
    flow.submit()
    flow.firm.clock.pause(timedelta(minutes=20).total_seconds())
    assert flow.firm.run(flow.name).ok == MANY
    first = next(
        entry
        for entry in flow.firm.store.logs[flow.firm.scope(SCOPE)]
        if entry.type == "payment.created"
    )
    assert first.actor.asked_at is not None
    assert first.actor.asked_at == first.actor.authenticated_at
    assert first.at - first.actor.asked_at >= timedelta(minutes=20)


@pytest.mark.parametrize("state", [BatchState.RUNNING, BatchState.PREPARED])
def test_cancelled_while_it_prepares_it_gives_everything_back(state: BatchState) -> None:
    flow = Claiming(staged=False)
    flow.submit()
    flow.until(state)
    assert isinstance(flow.firm.cancel(flow.name), DecisionBatch)
    batch = flow.firm.run(flow.name)
    assert (batch.state, batch.ok, batch.skipped) == (DecisionsState.DONE, 0, MANY)
    assert flow.firm.held(SCOPE) == (0, 0)
    assert flow.usage() == 0
    assert flow.firm.claims(flow.name) == set()
    assert {flow.firm.bill(SCOPE, bill).decision for bill in flow.bills} == {None}


def test_it_is_too_late_to_cancel_once_it_is_committed() -> None:
    flow = Claiming()
    flow.submit()
    flow.until(BatchState.COMMITTED)
    answer = flow.firm.cancel(flow.name)
    assert isinstance(answer, Refusal)
    assert answer.code is Code.TOO_LATE
    assert flow.firm.run(flow.name).ok == MANY


def test_a_reserve_that_was_there_before_is_as_it_was() -> None:
    flow = Claiming()
    dated = rail_payment(effective_on=None)
    flow.firm.shows(SCOPE, "dated", RailState.SCHEDULED, payment=dated)
    flow.wishes.append(Wish(SCOPE, "dated"))
    before = {bill: flow.firm.bill(SCOPE, bill).reserve for bill in (*flow.bills, "dated")}
    assert before["dated"] is not None
    assert before["dated"].observed
    held = flow.firm.held(SCOPE)
    flow.submit()
    flow.until(BatchState.PREPARED)
    assert flow.firm.held(SCOPE) != held
    flow.firm.cancel(flow.name)
    flow.firm.run(flow.name)
    assert flow.firm.held(SCOPE) == held
    assert {bill: flow.firm.bill(SCOPE, bill).reserve for bill in before} == before


def test_delays_are_claimed_without_limits() -> None:
    flow = Claiming(count=60)
    until = flow.wishes[0].pay_on
    flow.wishes = [
        replace(wish, action=DecisionAction.DELAY, pay_on=None, until=until, reason="waits")
        for wish in flow.wishes
    ]
    flow.submit()
    flow.until(BatchState.PREPARED)
    assert flow.usage() == 0
    assert flow.firm.run(flow.name).ok == 60
    assert flow.firm.held(SCOPE) == (0, 0)


def test_the_tray_item_of_a_broken_promise_closes_with_the_next_decision() -> None:
    flow = Claiming()
    flow.submit()
    flow.until(BatchState.COMMITTED)
    last = flow.bills[-1]
    flow.firm.shows(SCOPE, last, approved=False)
    batch = flow.firm.run(flow.name)
    assert (batch.ok, batch.failed) == (MANY - 1, 1)
    assert flow.firm.items(SCOPE) == {(f"bill-{last}", "batch_undone")}
    assert flow.usage() == (MANY - 1) * DAY
    flow.firm.shows(SCOPE, last)
    flow.firm.decide(Wish(SCOPE, last), "carla")
    assert flow.firm.items(SCOPE) == set()


def test_firm_wide_rows_stand_beside_clients() -> None:
    flow = Claiming(count=5)
    flow.submit()
    found = flow.firm.store.books(FIRM).get(DecisionBatch, flow.name)
    assert found is not None
    assert flow.firm.store.books(flow.firm.scope(SCOPE)).get(DecisionBatch, flow.name) is None
