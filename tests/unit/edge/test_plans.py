"""Plans over HTTP: proposed, accepted line by line, and refused where they no longer hold."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction, DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.limits import CLIENT_LIMITS, Level, Limits, LimitSet
from rowcol.domain.permission import Role
from rowcol.edge.operation import table
from rowcol.edge.payment_operations import OPERATIONS
from rowcol.edge.plans import PROPOSALS
from rowcol.service.onboard import register_firm
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, balance, rail_payment, usd
from tests.support.runway_desk import RunwayDesk

PLAN = "/clients/{client}/plan"
ACCEPT = "/clients/{client}/plan/accept"
MONDAY = FRIDAY + timedelta(days=3)
SERVED = table((*PROPOSALS.values(), *OPERATIONS.values()))


class PlanDesk(RunwayDesk):
    """10,000.00, of which 500.00 must stay; bills of 6,000.00, 3,000.00, 2,000.00; one later."""

    def __init__(self) -> None:
        super().__init__()
        register_firm(self.store, SCOPE.firm, "Maple Street")
        self.join("anna", Role.APPROVER)
        self.join("pete", Role.PREPARER)
        self.owe("bill-1", amount=usd("6000"), due_on=FRIDAY - timedelta(days=1))
        self.owe("bill-2", amount=usd("3000"), due_on=MONDAY)
        self.owe("bill-3", amount=usd("2000"), due_on=MONDAY)
        self.owe("bill-4", amount=usd("100"), due_on=FRIDAY + timedelta(days=120))

    def call(self, route: str, body: Any, person: str = "anna", key: str | None = None) -> Answer:
        web = Web(self.environment, SERVED, SCOPE.firm)
        return web.call("POST", route, body, person=person, key=key, path={"client": SCOPE.client})

    def lines(self, **body: Any) -> list[dict[str, Any]]:
        """Lines of a plan as they are sent back."""
        answer = self.call(PLAN, body)
        assert answer.status == 200, answer.body
        kept = ("bill_id", "amount", "action", "on", "until", "reason")
        return [{name: line[name] for name in kept} for line in answer.body["proposal"]["lines"]]


@pytest.fixture
def desk() -> PlanDesk:
    return PlanDesk()


def results(answer: Answer) -> dict[str, str | None]:
    return {row["id"]: row["code"] for row in answer.body["results"]}


def test_a_plan_is_shown_and_nothing_is_written(desk: PlanDesk) -> None:
    before = dict(desk.store.items)
    answer = desk.call(PLAN, {})
    assert answer.status == 200
    proposal = answer.body["proposal"]
    actions = {line["bill_id"]: line["action"] for line in proposal["lines"]}
    assert actions == {
        "bill-1": "pay_now", "bill-2": "schedule", "bill-3": "delay", "bill-4": "delay",
    }  # fmt: skip
    assert proposal["optimal"] is True
    assert proposal["low_point"]["above"] == {"minor": 50_000, "currency": "USD"}
    assert [day["cash"]["minor"] for day in proposal["cash"]] == [400_000, 100_000]
    assert desk.store.items == before


def test_an_accepted_plan_is_decisions(desk: PlanDesk) -> None:
    answer = desk.call(ACCEPT, {"lines": desk.lines()})
    assert answer.status == 200, answer.body
    assert (answer.body["verb"], answer.body["ok"], answer.body["failed"]) == ("accept-plan", 4, 0)
    decisions = {name: desk.bill(name).decision for name in ("bill-1", "bill-2", "bill-3")}
    assert {name: each and each.action for name, each in decisions.items()} == {
        "bill-1": DecisionAction.PAY_NOW,
        "bill-2": DecisionAction.SCHEDULE,
        "bill-3": DecisionAction.DELAY,
    }
    delayed = decisions["bill-3"]
    assert delayed is not None
    assert delayed.delay is not None
    assert "short by 1,500.00 USD" in delayed.delay.reason
    covered = [desk.bill(name).open_reserve for name in ("bill-1", "bill-2")]
    assert all(each is not None and each.covered for each in covered)
    lines = desk.call(PLAN, {}).body["proposal"]["lines"]
    again = {line["bill_id"]: line["action"] for line in lines}
    assert again == {"bill-1": "fixed", "bill-2": "fixed", "bill-3": "waits", "bill-4": "waits"}


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_that_is_accepted_at_once_holds_in_every_line(desk: PlanDesk, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # seeded
    limits = LimitSet(per_day=usd("6500"), per_transaction=usd("6000"))
    known = Limits(CLIENT_LIMITS, 0, Level.CLIENT, SCOPE.client, limits)
    assert desk.books.save(known)
    for number in range(5, 40):
        due = FRIDAY + timedelta(days=draw.randint(-10, 100))
        amount = usd(f"{draw.randint(1, 900)}.{draw.randint(0, 99):02d}")
        desk.owe(f"bill-{number}", amount=amount, due_on=due)
        if draw.random() < 0.3:
            desk.stage(f"bill-{number}")
    lines = desk.lines()
    answer = desk.call(ACCEPT, {"lines": lines})
    assert set(results(answer).values()) == {None}, f"seed {seed}: {answer.body}"
    assert answer.body["ok"] == len(lines)
    head = desk.books.head("USD")
    assert head.balance is not None
    assert head.covered_total + usd("500") <= head.balance.pool
    assert head.uncovered_total == usd("0")


def test_the_same_key_accepts_once(desk: PlanDesk) -> None:
    lines = {"lines": desk.lines()}
    first = desk.call(ACCEPT, lines, key="accept-0001")
    entries = len(desk.types())
    second = desk.call(ACCEPT, lines, key="accept-0001")
    assert second.body["results"] == first.body["results"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(desk.types()) == entries


def test_delays_are_decided_first_because_they_give_money_back(desk: PlanDesk) -> None:
    desk.stage("bill-3")  # covered: 2,000.00 of 9,500.00
    desk.stage("bill-1")
    desk.stage("bill-2")  # uncovered now
    held = desk.bill("bill-2").open_reserve
    assert held is not None
    assert not held.covered
    answer = desk.call(ACCEPT, {"lines": desk.lines()})
    assert set(results(answer).values()) == {None}
    assert desk.bill("bill-3").open_reserve is None
    second = desk.bill("bill-2").decision
    assert second is not None
    assert second.state is DecisionState.QUEUED


def test_a_line_that_no_longer_holds_is_refused_alone(desk: PlanDesk) -> None:
    lines = desk.lines()
    desk.owe("bill-1", amount=usd("6500"), due_on=FRIDAY - timedelta(days=1))
    desk.stage("bill-2")
    desk.decide("bill-2", DecisionAction.SCHEDULE, MONDAY)
    answer = desk.call(ACCEPT, {"lines": lines})
    assert results(answer) == {
        "bill-1": "bill_changed", "bill-2": "not_staged", "bill-3": None, "bill-4": None,
    }  # fmt: skip
    assert desk.bill("bill-1").decision is None


def test_pay_now_is_refused_when_the_balance_fell(desk: PlanDesk) -> None:
    lines = desk.lines()
    head = desk.books.head("USD")
    poor = balance("1000", observed_at=desk.clock.now())
    assert desk.books.save(replace(head, balance=poor))
    answer = desk.call(ACCEPT, {"lines": lines})
    assert results(answer)["bill-1"] == "guardrail_insufficient_cash"


def test_a_day_that_is_over_is_refused_as_a_decision_would(desk: PlanDesk) -> None:
    lines = desk.lines()
    desk.pass_days(4)
    answer = desk.call(ACCEPT, {"lines": lines})
    assert results(answer)["bill-2"] == "date_in_past"


def test_all_or_nothing_takes_all_lines_or_none(desk: PlanDesk) -> None:
    lines = desk.lines()
    desk.owe("bill-2", amount=usd("3001"), due_on=MONDAY)
    answer = desk.call(ACCEPT, {"lines": lines, "mode": "all_or_nothing"})
    assert answer.body["ok"] == 0
    assert desk.bill("bill-1").decision is None


def test_who_prepares_may_look_and_not_accept(desk: PlanDesk) -> None:
    assert desk.call(PLAN, {}, person="pete").status == 200
    refused = desk.call(ACCEPT, {"lines": desk.lines()}, person="pete")
    assert (refused.status, refused.code) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"horizon_days": 92}, "invalid_input"),
        ({"horizon_days": 0}, "invalid_input"),
        ({"critical_factor": 0}, "invalid_input"),
        ({"bill_ids": []}, "invalid_input"),
        ({"unknown": 1}, "invalid_input"),
        ({"keep_back": {"minor": -1, "currency": "USD"}}, "amount_not_positive"),
        ({"keep_back": {"minor": 1, "currency": "EUR"}}, "currency_mismatch"),
        ({"late_day": {"minor": 0, "currency": "USD"}}, "amount_not_positive"),
    ],
)
def test_preferences_that_mean_nothing_are_refused(
    desk: PlanDesk, body: dict[str, Any], code: str
) -> None:
    assert desk.call(PLAN, body).code == code


def test_lines_are_one_to_a_thousand(desk: PlanDesk) -> None:
    assert desk.call(ACCEPT, {"lines": []}).code == "invalid_input"
    line = desk.lines()[0]
    assert desk.call(ACCEPT, {"lines": [line] * 1001}).code == "too_many_items"
    answer = desk.call(ACCEPT, {"lines": [line, line]})
    assert [row["code"] for row in answer.body["results"]] == [None, "duplicate_item"]


def test_a_bill_that_ramp_pays_by_itself_is_stopped_when_its_line_says_so(desk: PlanDesk) -> None:
    paid = rail_payment(planned_on=MONDAY, effective_on=None, source_account_id=None)
    fields: dict[str, Any] = {"payment": paid, "amount": usd("2000"), "due_on": MONDAY}
    desk.read(RailState.SCHEDULED, bill_id="bill-3", **fields)
    assert results(desk.call(ACCEPT, {"lines": desk.lines()}))["bill-3"] is None
    decision = desk.bill("bill-3").decision
    assert decision is not None
    assert decision.action is DecisionAction.DELAY
    assert "clear bill-3" in desk.executions.asked or desk.bill("bill-3").command is not None
