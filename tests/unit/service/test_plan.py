"""A plan for one client: what it may decide on, what it counts with, and what stands against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction
from rowcol.domain.calendar import is_bank_day
from rowcol.domain.client import GuardrailSettings, PayingAccount
from rowcol.domain.facts import RailState
from rowcol.domain.limits import CLIENT_LIMITS, Level, Limits, LimitSet
from rowcol.domain.plan.proposal import PlanAction, PlanBecause, PlanLine
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind
from rowcol.domain.vendor import Vendor, VendorTerms, vendor_id
from rowcol.service.bulk.decision_verbs import decision_item, stage_and_decide
from rowcol.service.decide import Decide
from rowcol.service.plan import ClientPlan, PlanWish, plan
from rowcol.service.tray import open_item
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, NOW, balance, rail_payment, usd
from tests.support.runway_desk import UNDATED, RunwayDesk

MONDAY = FRIDAY + timedelta(days=3)


class PlanDesk(RunwayDesk):
    """10,000.00 in the bank, of which 500.00 must stay."""

    def ask(self, **wish: Any) -> ClientPlan | Refusal:
        actor = Actor(ActorKind.PERSON, "anna", self.clock.now())
        return plan(self.environment, SCOPE, actor, PlanWish(**wish))

    def planned(self, **wish: Any) -> ClientPlan:
        found = self.ask(**wish)
        assert isinstance(found, ClientPlan), found
        return found

    def line(self, name: str = "bill-1", **wish: Any) -> PlanLine:
        lines = {line.bill_id: line for line in self.planned(**wish).proposal.lines}
        return lines[name]

    def agree(self, **terms: Any) -> None:
        """Terms of the vendor that all bills here have."""
        known = self.books.get(Vendor, vendor_id("vendor-1"))
        assert known is not None  # the first bill made it known
        assert self.books.save(replace(known, terms=VendorTerms(**terms)))

    def single(self, name: str) -> str | None:
        """The code with which a single decision is refused now."""
        item = decision_item(Decide(name, DecisionAction.SCHEDULE, MONDAY))
        answer = self.act(lambda change: stage_and_decide(self.environment, change, item))
        return answer.code.value if isinstance(answer, Refusal) else None

    def set_limits(self, **limits: Any) -> None:
        known = Limits(CLIENT_LIMITS, 0, Level.CLIENT, SCOPE.client, LimitSet(**limits))
        assert self.books.save(known)

    def set(self, **settings: Any) -> None:
        assert self.books.save(replace(self.client(), **settings))


@pytest.fixture
def desk() -> PlanDesk:
    return PlanDesk()


def test_a_bill_is_paid_on_the_last_bank_day_before_it_is_due(desk: PlanDesk) -> None:
    desk.owe(due_on=date(2026, 12, 6))  # a Sunday
    line = desk.line()
    assert (line.action, line.on) == (PlanAction.SCHEDULE, date(2026, 12, 4))
    assert line.because is PlanBecause.DUE
    assert "due 2026-12-06" in line.reason
    assert line.late_days == 0


def test_an_overdue_bill_is_paid_now(desk: PlanDesk) -> None:
    desk.owe(due_on=FRIDAY - timedelta(days=4))
    line = desk.line()
    assert (line.action, line.on, line.late_days) == (PlanAction.PAY_NOW, FRIDAY, 4)
    assert line.reason.startswith("4 days late")


def test_after_the_cut_off_nothing_is_paid_today(desk: PlanDesk) -> None:
    desk.set(cutoff_hour=9)  # it is ten in New York
    desk.owe(due_on=FRIDAY - timedelta(days=4))
    assert (desk.line().action, desk.line().on) == (PlanAction.SCHEDULE, MONDAY)


def test_a_discount_is_taken_on_its_last_day(desk: PlanDesk) -> None:
    desk.owe(issued_on=date(2026, 11, 14), due_on=date(2026, 12, 14))
    desk.agree(discount_basis_points=200, discount_days=10)
    line = desk.line()
    assert (line.on, line.because) == (date(2026, 11, 24), PlanBecause.DISCOUNT)
    assert line.discount == usd("25.00")
    assert "2 % discount until 2026-11-24, which saves 25.00 USD" in line.reason
    assert desk.planned().proposal.totals.discounts == usd("25.00")


def test_what_is_due_after_the_days_looked_at_is_delayed(desk: PlanDesk) -> None:
    desk.owe(due_on=FRIDAY + timedelta(days=60))
    line = desk.line(horizon_days=14)
    assert (line.action, line.because) == (PlanAction.DELAY, PlanBecause.NOT_YET)
    assert line.until == date(2026, 12, 3)


def test_cash_that_falls_short_pays_what_would_cost_most(desk: PlanDesk) -> None:
    desk.owe("bill-1", amount=usd("6000"), due_on=MONDAY, vendor_id="vendor-2")
    desk.owe("bill-2", amount=usd("6000"), due_on=MONDAY)
    desk.agree(late_fee=usd("150"))
    assert desk.line("bill-2").action is PlanAction.SCHEDULE
    line = desk.line("bill-1")
    assert (line.action, line.because) == (PlanAction.DELAY, PlanBecause.CASH_SHORT)
    assert "short by 2,500.00 USD" in line.reason
    assert line.until == MONDAY
    proposal = desk.planned().proposal
    assert proposal.optimal
    assert proposal.low_point.above == usd("3500")
    assert proposal.must_stay == usd("500")


def test_a_critical_vendor_comes_first(desk: PlanDesk) -> None:
    desk.owe("bill-1", amount=usd("6000"), due_on=MONDAY - timedelta(days=3), vendor_id="other")
    desk.owe("bill-2", amount=usd("6000"), due_on=MONDAY)
    desk.agree(critical=True)
    assert desk.line("bill-2").action is PlanAction.SCHEDULE
    assert desk.line("bill-2").reason.endswith("a critical vendor")
    assert desk.line("bill-1").action is PlanAction.DELAY


def test_more_may_be_kept_back(desk: PlanDesk) -> None:
    desk.owe(amount=usd("6000"), due_on=MONDAY)
    assert desk.line(keep_back=300_000).action is PlanAction.SCHEDULE
    assert desk.line(keep_back=350_001).action is PlanAction.DELAY
    assert desk.planned(keep_back=350_001).proposal.must_stay == usd("4000.01")


def test_receipts_are_told_and_never_counted(desk: PlanDesk) -> None:
    desk.owe(amount=usd("9600"), due_on=MONDAY)
    desk.billed("inv", due_on=date(2026, 12, 2))
    assert desk.line().action is PlanAction.DELAY
    assert desk.planned().expected_receipts == usd("300.00")


@pytest.mark.parametrize("age", ["unknown", "stale"])
def test_without_a_balance_to_count_on_there_is_no_plan(desk: PlanDesk, age: str) -> None:
    desk.owe()
    if age == "unknown":
        desk.bank_unknown()
    else:
        desk.pass_days(0.1)
    found = desk.ask()
    assert isinstance(found, Refusal)
    assert found.code == f"balance_{age}"


def test_without_a_buffer_there_is_no_plan_unless_the_guardrail_is_off(desk: PlanDesk) -> None:
    desk.owe()
    desk.set(guardrail=GuardrailSettings())
    found = desk.ask()
    assert isinstance(found, Refusal)
    assert found.code is Code.BUFFER_UNKNOWN
    desk.set(guardrail=GuardrailSettings(enabled=False))
    assert desk.planned().proposal.must_stay == usd("0")


# ---- what the plan counts with


def test_what_is_decided_stays_and_its_money_is_not_spent_twice(desk: PlanDesk) -> None:
    desk.owe("bill-1", amount=usd("6000"))
    desk.stage("bill-1")
    desk.decide("bill-1", DecisionAction.SCHEDULE, date(2026, 12, 1))
    desk.owe("bill-2", amount=usd("4000"), due_on=MONDAY)
    fixed = desk.line("bill-1")
    assert (fixed.action, fixed.on) == (PlanAction.FIXED, date(2026, 12, 1))
    assert desk.line("bill-2").action is PlanAction.DELAY
    desk.owe("bill-3", amount=usd("3500"), due_on=MONDAY)
    assert desk.line("bill-3").action is PlanAction.SCHEDULE


def test_a_decision_after_the_horizon_keeps_its_money(desk: PlanDesk) -> None:
    desk.owe("bill-1", amount=usd("6000"))
    desk.stage("bill-1")
    desk.decide("bill-1", DecisionAction.SCHEDULE, date(2026, 12, 30))
    desk.owe("bill-2", amount=usd("4000"), due_on=MONDAY)
    assert desk.line("bill-2", horizon_days=7).action is PlanAction.DELAY


def test_what_is_staged_is_decided_on_and_counts_once(desk: PlanDesk) -> None:
    desk.owe(amount=usd("9000"), due_on=MONDAY)
    desk.stage()
    line = desk.line()
    assert (line.action, line.on) == (PlanAction.SCHEDULE, MONDAY)


def test_what_ramp_pays_by_itself_can_be_moved(desk: PlanDesk) -> None:
    paid = rail_payment(planned_on=MONDAY, effective_on=None, source_account_id=None)
    desk.read(RailState.SCHEDULED, payment=paid, due_on=date(2026, 12, 10))
    assert desk.line().on == date(2026, 12, 10)


def test_without_the_lever_ramps_date_is_fixed_and_the_rest_waits(desk: PlanDesk) -> None:
    paid = rail_payment(planned_on=MONDAY, effective_on=None)
    desk.read(RailState.SCHEDULED, bill_id="bill-1", payment=paid, amount=usd("6000"))
    desk.owe("bill-2", amount=usd("100"))
    desk.set(missing_capabilities=("payment_date",))
    assert (desk.line("bill-1").action, desk.line("bill-1").on) == (PlanAction.FIXED, MONDAY)
    waits = desk.line("bill-2")
    assert (waits.action, waits.code) == (PlanAction.WAITS, "capability_missing")
    assert waits.link is not None


def test_money_under_way_is_gone_already(desk: PlanDesk) -> None:
    desk.read(RailState.PROCESSING, bill_id="bill-1", amount=usd("6000"))
    desk.owe("bill-2", amount=usd("4000"), due_on=MONDAY)
    assert desk.line("bill-1").action is PlanAction.FIXED
    assert desk.line("bill-2").action is PlanAction.DELAY


def test_bills_that_nobody_asked_about_keep_what_is_earmarked(desk: PlanDesk) -> None:
    desk.owe("bill-1", amount=usd("6000"), due_on=MONDAY)
    desk.stage("bill-1")
    desk.owe("bill-2", amount=usd("4000"), due_on=MONDAY)
    found = desk.planned(bill_ids=frozenset({"bill-2"})).proposal
    assert [line.bill_id for line in found.lines] == ["bill-2"]
    assert found.lines[0].action is PlanAction.DELAY


# ---- what stands against it


def test_what_waits_says_why(desk: PlanDesk) -> None:
    desk.owe("bill-1", approved=False)
    desk.owe("bill-2", due_on=None)
    desk.owe("bill-3", amount=replace(usd("5"), currency="EUR"))
    desk.owe("bill-4")
    desk.stage("bill-4")
    desk.decide("bill-4", DecisionAction.DELAY, date(2026, 12, 1))
    codes = {line.bill_id: line.code for line in desk.planned().proposal.lines}
    assert codes == {
        "bill-1": "bill_not_approved",
        "bill-2": "bill_incomplete",
        "bill-3": "currency_mismatch",
        "bill-4": "not_staged",
    }
    assert all(line.action is PlanAction.WAITS for line in desk.planned().proposal.lines)


def test_what_waits_is_what_a_single_decision_refuses_with_the_same_code(desk: PlanDesk) -> None:
    desk.owe("bill-0")
    desk.owe("bill-1", approved=False)
    desk.owe("bill-2", due_on=None)
    desk.owe("bill-3", amount=replace(usd("5"), currency="EUR"))
    desk.owe("bill-4")
    desk.stage("bill-4")
    desk.decide("bill-4", DecisionAction.DELAY, date(2026, 12, 1))
    desk.owe("bill-5", amount=usd("2000.01"))
    desk.owe("bill-6", amount=usd("10"))
    desk.work(lambda change: open_item(change, "bill-bill-6", "duplicate", "Seen twice?"))
    desk.read(RailState.UNKNOWN, bill_id="bill-7", payment=UNDATED)
    desk.owe("bill-8", vendor_id=None)
    desk.set_limits(per_transaction=usd("2000"))
    codes = {line.bill_id: line.code for line in desk.planned().proposal.lines}
    for name, code in codes.items():
        assert desk.single(name) == code, name
    assert codes["bill-0"] is None
    assert len(set(codes.values())) >= 7


def test_a_limit_a_payment_leaves_it_out(desk: PlanDesk) -> None:
    desk.owe(amount=usd("1000.01"))
    desk.set_limits(per_transaction=usd("1000"))
    assert desk.line().code == "limit_transaction"


def test_a_limit_a_day_spreads_bills_over_days(desk: PlanDesk) -> None:
    for number in range(4):
        desk.owe(f"bill-{number}", amount=usd("800"), due_on=date(2026, 12, 4))
    desk.set_limits(per_day=usd("1700"))
    days = sorted(str(desk.line(f"bill-{number}").on) for number in range(4))
    assert days == ["2026-12-03", "2026-12-03", "2026-12-04", "2026-12-04"]
    desk.owe("bill-9", amount=usd("800"), due_on=date(2026, 12, 31))
    desk.stage("bill-9")
    desk.decide("bill-9", DecisionAction.SCHEDULE, date(2026, 12, 4))
    days = sorted(str(desk.line(f"bill-{number}").on) for number in range(4))
    assert days == ["2026-12-02", "2026-12-03", "2026-12-03", "2026-12-04"]


def test_of_several_accounts_it_must_be_known_which_pays(desk: PlanDesk) -> None:
    head = desk.books.head("USD")
    cash = balance("7000", "3000", observed_at=NOW)
    assert desk.books.save(replace(head, balance=cash))
    desk.owe("bill-1", amount=usd("4000"), due_on=MONDAY)
    assert desk.line("bill-1").code == "balance_unknown"
    desk.set(paying_accounts=(PayingAccount("source-1", "operating-2"),))
    line = desk.line("bill-1")
    assert (line.action, line.because) == (PlanAction.DELAY, PlanBecause.CASH_SHORT)
    desk.owe("bill-2", amount=usd("3000"), due_on=MONDAY)
    assert desk.line("bill-2").action is PlanAction.SCHEDULE


def test_a_line_says_what_accepting_it_needs(desk: PlanDesk) -> None:
    desk.set(dual_control_from=usd("1000"))
    desk.set_limits(verification_from=usd("500"))
    desk.owe("bill-1", amount=usd("1000"))
    desk.owe("bill-2", amount=usd("999"))
    assert desk.line("bill-1").needs == ("second_person", "step_up")
    assert desk.line("bill-2").needs == ("step_up",)


def test_payments_are_spread_where_it_costs_nothing(desk: PlanDesk) -> None:
    for number in range(6):
        desk.owe(f"bill-{number}", amount=usd("100"), due_on=date(2026, 12, 4))
    found = desk.planned(payments_a_day=2).proposal
    days = [str(line.on) for line in found.lines]
    assert sorted(days) == [
        *["2026-12-02"] * 2, *["2026-12-03"] * 2, *["2026-12-04"] * 2,
    ]  # fmt: skip
    assert found.cost == usd("0")
    assert {line.because for line in found.lines} == {PlanBecause.DUE, PlanBecause.SPREAD}


def test_every_day_proposed_is_a_bank_day_that_can_be_decided(desk: PlanDesk) -> None:
    for number in range(12):
        desk.owe(f"bill-{number}", amount=usd("100"), due_on=FRIDAY + timedelta(days=number))
    for line in desk.planned().proposal.lines:
        assert line.on is not None
        assert is_bank_day(line.on)
        if line.action is PlanAction.PAY_NOW:
            continue
        desk.stage(line.bill_id)
        desk.decide(line.bill_id, DecisionAction.SCHEDULE, line.on)


def test_no_such_client(desk: PlanDesk) -> None:
    actor = Actor(ActorKind.PERSON, "anna", datetime(2026, 11, 20, tzinfo=NOW.tzinfo))
    found = plan(desk.environment, replace(SCOPE, client="nobody"), actor, PlanWish())
    assert isinstance(found, Refusal)
    assert found.code is Code.NOT_FOUND
