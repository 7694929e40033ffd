"""A payment's route from the decision to the release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from rowcol.domain.bill import DecisionAction
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import LedgerBill, RailBill, RailState, ReadInterval
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.networks import Network
from rowcol.domain.routing.settings import RoutingSettings, WaySettings
from rowcol.service.change import Change
from rowcol.service.custody import GO, STOPPED, recheck
from rowcol.service.decide import Decide, decide
from rowcol.service.environment import Environment
from rowcol.service.hold import go_on
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import ledger_bill, rail_bill, rail_payment, usd

MONDAY = date(2026, 11, 23)


class Rails:
    """Ramp and QBO show one bill, by one method."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.method = desk, "CHECK"

    def counting(self, meter: object) -> Rails:
        return self

    def execution(self, firm: str, client: str) -> Rails:
        return self

    def ledger(self, firm: str, client: str) -> Books:
        return Books()

    def read_bill(self, name: str) -> RailBill:
        began = self.desk.clock.now()
        self.desk.clock.pause(1)
        shown = rail_bill(RailState.READY, payment=unplanned(self.method))
        return replace(shown, read=ReadInterval(began, self.desk.clock.now()))

    def paid_bills(self, since: datetime) -> Iterator[RailBill]:
        return iter(())


class Books:
    """QBO shows the bill open."""

    def read_bill(self, name: str) -> LedgerBill:
        return ledger_bill(balance=usd("1250.00"))


def unplanned(method: str) -> Any:
    return rail_payment(method=method, planned_on=None, effective_on=None)


def staged(routing: RoutingSettings | None = None) -> Desk:
    # Cash is not what is tried here.
    free = GuardrailSettings(enabled=False)
    desk = Desk(guardrail=free, routing=routing or RoutingSettings())
    desk.read(payment=unplanned("CHECK"))
    assert isinstance(desk.act(lambda change: stage(desk.environment, change, "bill-1")), Outcome)
    return desk


def scheduled(desk: Desk) -> Payment:
    wish = Decide("bill-1", DecisionAction.SCHEDULE, MONDAY)
    taken = desk.act(lambda change: decide(desk.environment, change, wish), "boris")
    assert isinstance(taken, Outcome), taken
    assert taken.payment is not None
    return desk.payment(taken.payment.id)


def on_its_day(desk: Desk, payment: Payment) -> tuple[Environment, Rails, Payment]:
    """The sweep has begun its release, at six in New York."""
    desk.clock.pause((MONDAY - desk.today()) / timedelta(seconds=1) - 4 * 3600)
    desk.sweep()
    rails = Rails(desk)
    seen: Any = rails
    return replace(desk.environment, rails=seen), rails, desk.payment(payment.id)


def lift(desk: Desk, name: str) -> Payment:
    def plan(change: Change) -> Payment:
        held = change.get(Payment, name)
        assert held is not None
        return go_on(change, held, "the method is meant")

    lifted = desk.work(plan)
    assert isinstance(lifted, Payment)
    return desk.payment(name)


def test_a_decision_keeps_the_route_of_the_bills_method() -> None:
    desk = staged()
    route = scheduled(desk).route
    assert route is not None
    assert (route.network, route.paper, route.biller) == ("CHECK", True, "ramp")
    assert (route.send_on, route.promised_on) == (MONDAY, date(2026, 12, 8))


def test_a_decision_over_the_methods_ceiling_is_refused_and_nothing_is_made() -> None:
    lowered = RoutingSettings((WaySettings(Network.CHECK, ceiling_minor=124_999),))
    desk = staged(routing=lowered)
    wish = Decide("bill-1", DecisionAction.SCHEDULE, MONDAY)
    no = desk.act(lambda change: decide(desk.environment, change, wish), "boris")
    assert isinstance(no, Refusal)
    assert (no.code, no.link) == (Code.NO_ROUTE, "https://app.ramp.com/bills")
    assert desk.bill().live_payment_id is None
    assert "payment.created" not in desk.types()


def test_a_route_that_holds_is_released() -> None:
    desk = staged()
    environment, _, payment = on_its_day(desk, scheduled(desk))
    assert recheck(environment, SCOPE, payment.id, payment.custody.attempt) == GO
    assert desk.payment(payment.id).route == payment.route


def test_a_method_changed_in_ramp_holds_the_payment_and_lifting_takes_the_new_one() -> None:
    desk = staged()
    environment, rails, payment = on_its_day(desk, scheduled(desk))
    rails.method = "DOMESTIC_WIRE"
    assert recheck(environment, SCOPE, payment.id, payment.custody.attempt) == STOPPED
    held = desk.payment(payment.id)
    assert held.status is Status.HOLD
    assert held.hold is not None
    assert held.hold.kind == Code.ROUTE_INVALID
    assert held.route is not None
    assert held.route.network == "CHECK"

    lifted = lift(desk, payment.id)
    assert lifted.status is Status.PENDING
    assert lifted.route is not None
    assert (lifted.route.network, lifted.route.send_on) == ("DOMESTIC_WIRE", MONDAY)
    assert recheck(environment, SCOPE, payment.id, lifted.custody.attempt) == GO


def test_settings_that_changed_since_hold_the_payment() -> None:
    desk = staged()
    environment, _, payment = on_its_day(desk, scheduled(desk))
    off = RoutingSettings((WaySettings(Network.CHECK, enabled=False),))
    desk.work(lambda change: change.put(replace(change.client, routing=off)))
    assert recheck(environment, SCOPE, payment.id, payment.custody.attempt) == STOPPED
    held = desk.payment(payment.id)
    assert held.hold is not None
    assert (held.hold.kind, held.hold.detail) == (
        Code.ROUTE_INVALID,
        "CHECK is switched off for this client",
    )
