"""Checks of a decision in order, the first refusal wins: each one mended shows the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.limits import Limits, LimitSet
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Scope
from rowcol.service.change import transact
from rowcol.service.decide import Decide, decide
from rowcol.service.limit_usage import Day
from rowcol.service.stage import stage
from rowcol.service.store import Counter
from rowcol.service.wishes import Outcome
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import FRIDAY, usd
from tests.support.limits import limit_set, of_client

SATURDAY, MONDAY = FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=3)
CLIENT = of_client(SCOPE.client)


class Deciding:
    """A bill of 1,250.00, staged by anna, that nothing allows to be paid."""

    def __init__(self) -> None:
        self.desk = Desk(
            missing_capabilities=("payment_date",),
            dual_control_from=usd("1000"),
            guardrail=GuardrailSettings(floor=usd("9000")),
        )
        self.person, self.stepped_up = "anna", False
        self.day: date | None = SATURDAY
        self.action = DecisionAction.SCHEDULE
        self.agree(LimitSet(usd("1000"), usd("1100"), usd("500")))
        self.desk.read(payment=None)
        self.desk.join("anna")

    def agree(self, limits: LimitSet) -> None:
        books = self.desk.store.books(CLIENT.scope(SCOPE.firm))
        known = CLIENT.found(books.get(Limits, CLIENT.id))
        assert books.save(replace(known, limits=limits))

    def setting(self, **changes: Any) -> None:
        assert self.desk.books.save(replace(self.desk.client(), **changes))

    def stage(self) -> None:
        staged = self.desk.act(lambda change: stage(self.desk.environment, change, "bill-1"))
        assert isinstance(staged, Outcome)

    def decide(self) -> Code | None:
        shown = self.desk.clock.now() if self.stepped_up else None
        wish = Decide("bill-1", self.action, self.day)
        environment = self.desk.environment
        result = transact(
            self.desk.store,
            environment.surroundings,
            SCOPE,
            Actor(ActorKind.PERSON, self.person, shown),
            lambda change: decide(environment, change, wish),
        )
        return result.code if isinstance(result, Refusal) else None

    def now(self) -> None:
        self.action, self.day = DecisionAction.PAY_NOW, None


def agreed(**limits: str) -> Callable[[Deciding], None]:
    return lambda deciding: deciding.agree(limit_set(**limits))


STEPS: list[tuple[Code, Callable[[Deciding], None]]] = [
    (Code.NOT_STAGED, Deciding.stage),
    (Code.DATE_NOT_BANK_DAY, lambda it: setattr(it, "day", MONDAY)),
    (Code.CAPABILITY_MISSING, lambda it: it.setting(missing_capabilities=())),
    (Code.LIMIT_TRANSACTION, agreed(per_day="1100", verification_from="500")),
    (Code.LIMIT_DAILY, agreed(verification_from="500")),
    (Code.STEP_UP_REQUIRED, lambda it: setattr(it, "stepped_up", True)),
]


def test_each_check_in_its_place() -> None:
    deciding = Deciding()
    for code, mend in STEPS:
        assert deciding.decide() is code
        mend(deciding)
    # Money is looked up on the date of what is scheduled, and at once for what is paid now.
    deciding.now()
    assert deciding.decide() is Code.GUARDRAIL_INSUFFICIENT
    deciding.person = "ben"
    assert deciding.decide() is Code.GUARDRAIL_INSUFFICIENT
    deciding.setting(guardrail=GuardrailSettings(floor=usd("1")))
    assert deciding.decide() is None
    assert deciding.decide() is Code.NOT_STAGED  # it is decided already


def test_refused_decisions_hold_nothing_and_an_accepted_one_holds_its_day() -> None:
    deciding = Deciding()
    for _, mend in STEPS:
        deciding.decide()
        mend(deciding)
    assert deciding.desk.store.counters == {}
    deciding.person = "ben"
    assert deciding.decide() is None
    counter = Day(CLIENT.level, CLIENT.subject, "USD", MONDAY).counter
    assert deciding.desk.books.counters([counter])[counter] == Counter(125_000)


@pytest.mark.parametrize("action", [DecisionAction.SCHEDULE, DecisionAction.PAY_NOW])
def test_who_decides_is_whose_limit_is_used(action: DecisionAction) -> None:
    desk = Desk()
    desk.read(payment=None)
    desk.act(lambda change: stage(desk.environment, change, "bill-1"), "anna")
    day = MONDAY if action is DecisionAction.SCHEDULE else None
    wish = Decide("bill-1", action, day)
    desk.act(lambda change: decide(desk.environment, change, wish), "ben")
    names = {name for (scope, name) in desk.store.counters if scope == Scope(SCOPE.firm)}
    shown = (day or FRIDAY).isoformat()
    assert names == {f"firm-USD-{shown}", f"user-USD-{shown}-ben"}
