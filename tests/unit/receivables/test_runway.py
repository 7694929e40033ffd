"""Payouts on their way are receipts of the runway, once, and never what the balance may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.runway import Certainty, Flow, FlowKind
from rowcol.domain.runway_lines import Runway, runway_of
from rowcol.service.runway import gather
from tests.support.domain.builders import balance
from tests.support.stripe_desk import StripeDesk, charge, payout, unix


class Coming(StripeDesk):
    """Bluebird, whose balance is of now."""

    def __init__(self) -> None:
        super().__init__()
        head = self.books.head("USD")
        now = self.environment.now()
        assert self.books.save(replace(head, balance=balance("10000", observed_at=now)))

    def runway(self) -> Runway:
        return runway_of(gather(self.books, self.client(), self.environment.now()), 30)

    def payouts(self) -> list[Flow]:
        return [flow for flow in self.runway().flows if flow.kind is FlowKind.PAYOUT]

    def due(self, days: int) -> dict[str, object]:
        """A payout that arrives so many days from today."""
        day = self.today() + timedelta(days=days)
        return payout(arrival_date=unix(day.isoformat()))


@pytest.fixture
def desk() -> Coming:
    return Coming()


def test_a_payout_on_its_way_is_money_to_come(desk: Coming) -> None:
    desk.tell("payout.created", desk.due(3), "2026-11-18")
    [flow] = desk.payouts()
    assert (flow.amount.minor, flow.certainty) == (29_100, Certainty.LIKELY)
    assert flow.meant_on == desk.today() + timedelta(days=3)
    desk.tell("payout.updated", {**desk.due(3), "status": "in_transit"}, "2026-11-19")
    [flow] = desk.payouts()
    assert flow.certainty is Certainty.FIRM


@pytest.mark.parametrize("days", [0, -1, -9])
def test_what_the_balance_may_hold_already_is_left_out(desk: Coming, days: int) -> None:
    desk.tell("payout.paid", {**desk.due(days), "status": "paid"}, "2026-11-18")
    assert desk.payouts() == []
    [left] = desk.runway().left_out
    assert "may hold it already" in left.because


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_what_came_back_is_not_to_come(desk: Coming, status: str) -> None:
    desk.tell("payout.failed", {**desk.due(3), "status": status}, "2026-11-18")
    assert (desk.payouts(), desk.runway().left_out) == ([], ())


def test_an_invoice_that_was_paid_through_stripe_is_no_receipt_beside_it(desk: Coming) -> None:
    desk.bill_customer(due_on=desk.today() + timedelta(days=5))
    before = [flow.amount.minor for flow in desk.runway().flows]
    assert before == [30_000]
    desk.tell("charge.succeeded", charge(amount=10_000))
    assert [flow.amount.minor for flow in desk.runway().flows] == [20_000]
    [left] = desk.runway().left_out
    assert (left.amount.minor, "Stripe" in left.because) == (10_000, True)
    # QuickBooks books the part: what is open stays open.
    desk.bill_customer(balance=20_000, token=1, due_on=desk.today() + timedelta(days=5))
    assert [flow.amount.minor for flow in desk.runway().flows] == [20_000]
    assert desk.runway().left_out == ()
