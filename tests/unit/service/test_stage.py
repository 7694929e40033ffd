"""What staging keeps of the bill as it is at that moment."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.facts import RailState
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome
from tests.support.desk import Desk
from tests.support.domain.builders import rail_payment

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("state", "planned", "due", "needed"),
    [
        (RailState.SCHEDULED, MONDAY, date(2026, 12, 1), MONDAY),
        (RailState.READY, None, date(2026, 12, 1), date(2026, 12, 1)),
        (RailState.READY, None, date(2026, 11, 2), date(2026, 11, 20)),
    ],
    ids=["dated in Ramp", "due later", "due before today"],
)
def test_money_is_needed_when_it_goes_if_nobody_decides(
    state: RailState, planned: date | None, due: date, needed: date
) -> None:
    desk = Desk()
    payment = rail_payment(planned_on=planned, effective_on=None) if planned else None
    desk.read(state, payment=payment, due_on=due)
    staged = desk.act(lambda change: stage(desk.environment, change, "bill-1"))
    assert isinstance(staged, Outcome)
    held = staged.bill.open_reserve
    assert held is not None
    assert (held.needed_on, held.observed) == (needed, False)
