"""What a plan says: costs, reasons, totals, the line of cash, and what the last check finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.plan.check import check
from rowcol.domain.plan.costs import cost_on, discount, late_fee
from rowcol.domain.plan.proposal import PaymentPlan, PlanAction, PlanBecause
from rowcol.domain.plan.propose import propose
from rowcol.domain.plan.puzzle import Cost
from rowcol.domain.plan.question import (
    DayLimit,
    Fixed,
    Flow,
    PlanBill,
    Pool,
    Question,
    Waits,
    Weights,
)
from rowcol.domain.plan.rooms import rooms, without_plan
from rowcol.domain.plan.solve import BrokenPlan
from rowcol.domain.vendor import VendorTerms
from tests.support.plan.cases import TODAY, payable_days, usd

FRIDAY = TODAY + timedelta(days=4)


def bill(name: str = "bill-1", minor: int = 10_000, **fields: Any) -> PlanBill:
    """A bill of 100.00 due on Friday."""
    terms = VendorTerms(**fields.pop("terms", {}))
    return PlanBill(name, "Acme", usd(minor), fields.pop("due_on", FRIDAY), terms=terms, **fields)


def question(*bills: PlanBill, cash: int = 100_000, floor: int = 0, **fields: Any) -> Question:
    """Two weeks from a Monday."""
    flows = fields.pop("flows", ())
    pools = fields.pop("pools", (Pool(usd(cash), usd(floor), flows),))
    known: dict[str, Any] = {
        "today": TODAY,
        "horizon_days": 14,
        "payable": payable_days(14),
        "beyond": TODAY + timedelta(days=14),
        "currency": "USD",
        "weights": Weights(payments_a_day=10),
    }
    return Question(bills=bills, pools=pools, **(known | fields))


def line_of(found: PaymentPlan, name: str = "bill-1") -> Any:
    [line] = [line for line in found.lines if line.bill_id == name]
    return line


# ---- costs


def test_a_fee_is_flat_and_per_started_day_after_the_grace() -> None:
    late = bill(
        minor=10_001,
        terms={"late_fee": usd(500), "late_basis_points_per_day": 10, "grace_days": 2},
    )
    assert late_fee(late, FRIDAY + timedelta(days=2)) == 0
    assert late_fee(late, FRIDAY + timedelta(days=3)) == 500 + 11  # 10.001 cents, rounded up
    assert late_fee(late, FRIDAY + timedelta(days=4)) == 500 + 21


def test_a_fee_in_another_currency_is_not_known() -> None:
    foreign = replace(usd(500), currency="EUR")
    assert late_fee(bill(terms={"late_fee": foreign}), FRIDAY + timedelta(days=9)) == 0


def test_a_discount_holds_through_its_last_day() -> None:
    early = bill(
        minor=9_999,
        issued_on=TODAY - timedelta(days=8),
        terms={"discount_basis_points": 200, "discount_days": 10},
    )
    assert discount(early, TODAY + timedelta(days=2)) == 199  # 199.98 cents, rounded down
    assert discount(early, TODAY + timedelta(days=3)) == 0


def test_a_discount_that_is_over_already_is_no_cost_of_any_day() -> None:
    over = bill(
        issued_on=TODAY - timedelta(days=30),
        terms={"discount_basis_points": 200, "discount_days": 10},
    )
    assert cost_on(question(over), over, FRIDAY) == Cost()


def test_a_critical_vendor_weighs_more() -> None:
    asked = question(weights=Weights(late_day=50, critical_factor=4))
    day = FRIDAY + timedelta(days=2)
    assert cost_on(asked, bill(), day) == Cost(100)
    assert cost_on(asked, bill(terms={"critical": True}), day) == Cost(400)


# ---- room


def test_room_is_what_the_worst_later_day_leaves() -> None:
    flows = (
        Flow(TODAY + timedelta(days=2), usd(-30_000), "rent"),
        Flow(TODAY + timedelta(days=4), usd(50_000), "receipt"),
        Flow(TODAY + timedelta(days=40), usd(-90_000), "far away"),
        Flow(TODAY - timedelta(days=3), usd(-1_000), "was to leave already"),
    )
    asked = question(cash=60_000, floor=10_000, flows=flows)
    assert without_plan(asked, asked.pools[0])[:5] == [59_000, 59_000, 29_000, 29_000, 79_000]
    # Monday to Wednesday; Thursday is Thanksgiving.
    assert rooms(asked, asked.pools[0])[:4] == (19_000, 19_000, 19_000, 69_000)


def test_where_cash_is_short_already_nothing_is_paid_until_that_is_over() -> None:
    flows = (
        Flow(TODAY + timedelta(days=1), usd(-20_000), "rent"),
        Flow(TODAY + timedelta(days=3), usd(40_000), "receipt"),  # a bank holiday
    )
    asked = question(bill(due_on=TODAY), cash=15_000, flows=flows)
    line = line_of(propose(asked))
    assert (line.on, line.because) == (FRIDAY, PlanBecause.LATE)
    assert "neither cash nor limits allow more on earlier days" in line.reason


def test_a_fixed_bill_after_the_horizon_keeps_its_money() -> None:
    fixed = bill("bill-2", 95_000, fixed=Fixed(TODAY + timedelta(days=60), "decided"))
    assert line_of(propose(question(bill(), fixed))).action is PlanAction.DELAY


# ---- words

LATE_WORDS = (
    "1 day late, due 2026-11-22, with a late fee of 7.00 USD: every further day makes it worse;"
    " a critical vendor"
)
SHORT_WORDS = (
    "cash is short by 0.01 USD for it beside what is paid first; left until 2026-12-07 it costs"
    " 7.00 USD in fees"
)


@pytest.mark.parametrize(
    ("made", "because", "words"),
    [
        (bill(), PlanBecause.DUE, "the last bank day on which it is not late, due 2026-11-27"),
        (
            bill(due_on=TODAY - timedelta(days=1), terms={"late_fee": usd(700), "critical": True}),
            PlanBecause.LATE,
            LATE_WORDS,
        ),
        (
            bill(
                issued_on=TODAY,
                due_on=TODAY + timedelta(days=30),
                terms={"discount_basis_points": 150, "discount_days": 5},
            ),
            PlanBecause.DISCOUNT,
            "the last bank day of the 1.5 % discount until 2026-11-28, which saves 1.50 USD",
        ),
        (
            bill(due_on=TODAY + timedelta(days=30)),
            PlanBecause.NOT_YET,
            "due 2026-12-23, after the 14 days looked at",
        ),
        (
            bill(minor=100_001, terms={"late_fee": usd(700)}),
            PlanBecause.CASH_SHORT,
            SHORT_WORDS,
        ),
    ],
)
def test_each_line_has_its_reason(made: PlanBill, because: PlanBecause, words: str) -> None:
    line = line_of(propose(question(made)))
    assert (line.because, line.reason) == (because, words)


def test_a_limit_that_leaves_too_little_is_named() -> None:
    limit = DayLimit(usd(9_999), "the firm's limit of 99.99 USD a day")
    asked = question(bill(), day_limits=dict.fromkeys(payable_days(14), limit))
    line = line_of(propose(asked))
    assert (line.action, line.because) == (PlanAction.DELAY, PlanBecause.LIMIT)
    words = "the firm's limit of 99.99 USD a day leaves 99.99 USD a day, less than 100.00 USD"
    assert line.reason == words


def test_what_is_given_keeps_its_own_words() -> None:
    fixed = bill("bill-2", fixed=Fixed(FRIDAY, "decided: it is paid on Friday"))
    waits = bill("bill-3", waits=Waits("bill_not_approved", "only people approve", "https://x"))
    found = propose(question(bill(), fixed, waits))
    assert line_of(found, "bill-2").reason == "decided: it is paid on Friday"
    assert (line_of(found, "bill-3").code, line_of(found, "bill-3").link) == (
        "bill_not_approved",
        "https://x",
    )
    assert [line.action for line in found.lines] == [
        PlanAction.SCHEDULE, PlanAction.FIXED, PlanAction.WAITS,
    ]  # fmt: skip


# ---- what delayed bills wait for


def test_a_delayed_bill_is_looked_at_again_in_time() -> None:
    short = {"cash": 5_000}
    assert line_of(propose(question(bill(), **short))).until == FRIDAY
    late = bill(due_on=TODAY - timedelta(days=5))
    assert line_of(propose(question(late, **short))).until == TODAY + timedelta(days=7)
    no_days = question(bill(), payable=())
    assert line_of(propose(no_days)).until == TODAY + timedelta(days=14)


# ---- totals and cash


def test_totals_and_the_line_of_cash() -> None:
    found = propose(
        question(
            bill("bill-1", due_on=TODAY - timedelta(days=3), terms={"late_fee": usd(500)}),
            bill("bill-2", 20_000),
            bill("bill-3", 90_000, terms={"late_fee": usd(400)}),
            bill("bill-4", 5_000, fixed=Fixed(TODAY + timedelta(days=1), "decided")),
            floor=10_000,
        )
    )
    totals = found.totals
    assert (totals.pay_now, totals.scheduled, totals.delayed, totals.fixed) == (
        usd(10_000), usd(20_000), usd(90_000), usd(5_000),
    )  # fmt: skip
    assert (totals.late_bills, totals.late_days, totals.late_fees) == (1, 3, usd(500))
    assert totals.delayed_fees == usd(400)
    assert [(day.day, day.cash.minor) for day in found.cash] == [
        (TODAY, 90_000), (TODAY + timedelta(days=1), 85_000), (FRIDAY, 65_000),
    ]  # fmt: skip
    assert (found.low_point.day, found.low_point.above) == (FRIDAY, usd(55_000))
    # Fees of 9.00, 3 days late and 10 days until the first bank day after the horizon.
    assert found.cost == usd(900 + 300 + 1_000)


# ---- the last check


def test_the_check_finds_what_a_wrong_plan_breaks() -> None:
    asked = question(bill("bill-1", 60_000), bill("bill-2", 30_000), cash=100_000, floor=10_000)
    good = propose(asked).lines
    assert check(asked, good) == ()
    poorer = replace(asked, pools=(Pool(usd(99_999), usd(10_000)),))
    found = check(poorer, good)
    assert found[0].day == FRIDAY
    assert {breach.short for breach in found} == {usd(1)}
    assert len(found) == 10  # from Friday on every day
    limited = replace(asked, day_limits={FRIDAY: DayLimit(usd(89_000), "the limit")})
    assert [(each.what, each.short) for each in check(limited, good)] == [("the limit", usd(1_000))]
    weekend = [replace(good[0], on=date(2026, 11, 28)), *good[1:]]
    assert check(asked, weekend)[0].what == "not a payable day"


def test_a_plan_that_breaks_something_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question(bill(minor=60_000))
    endless = (99_000_000,) * len(asked.payable)
    monkeypatch.setattr("rowcol.domain.plan.reading.rooms", lambda *_: endless)
    poor = replace(asked, pools=(Pool(usd(10), usd(0)),))
    with pytest.raises(BrokenPlan):
        propose(poor)
