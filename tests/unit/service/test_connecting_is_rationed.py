"""Connecting, trying and rotating take their calls from the budgets that all processes share."""

from __future__ import annotations

import random

import pytest

from local.simulation.clock import CountingIds
from rowcol.rails.budget import Budget
from rowcol.service.connection_time import ANSWERED_WITHIN, CALL_TAKES
from rowcol.service.ports import Surroundings
from rowcol.wiring_budgets import BudgetsOfRails
from rowcol.wiring_connections import PATIENCE
from tests.support.connecting import ConnectingDesk

CALLS_MAX = 200


def others(desk: ConnectingDesk) -> BudgetsOfRails:
    """The budgets as another process has them."""
    chance = random.Random(3)  # noqa: S311  # seeded
    around = Surroundings(desk.clock, CountingIds(), chance, lambda _seconds: None)
    return BudgetsOfRails(desk.cells, around, desk.urls)


def used_up(budget: Budget, kind: str, owner: str = "") -> int:
    """Take all there is; how many calls that was."""
    for taken in range(CALLS_MAX):
        if budget.take(kind, owner) > 0:
            return taken
    pytest.fail("no limit was met")


def test_a_call_and_its_wait_fit_twice_into_an_answer() -> None:
    seconds = PATIENCE.wait_here_seconds_max + PATIENCE.connect_seconds + PATIENCE.read_seconds
    assert seconds <= CALL_TAKES.total_seconds()
    assert 2 * CALL_TAKES <= ANSWERED_WITHIN


@pytest.mark.parametrize("verb", ["test", "rotate"])
def test_a_connection_is_tried_and_rotated_within_the_shared_budget(verb: str) -> None:
    desk = ConnectingDesk()
    desk.connect("ramp")
    desk.clock.pause(60)
    taken = used_up(others(desk).ramp, "bills")
    began_at = desk.clock.now()
    busy = desk.ask("POST", f"/ramp/{verb}", shown_at=desk.clock.now())
    assert desk.clock.now() - began_at <= ANSWERED_WITHIN
    assert (busy.status, busy.body["code"]) == (502, "rail_unavailable")
    assert 1 <= busy.body["numbers"]["retry_after_seconds"] <= 12
    desk.clock.pause(12)
    again = desk.ask("POST", f"/ramp/{verb}", shown_at=desk.clock.now())
    assert again.status == 200, again.body
    left = used_up(others(desk).ramp, "bills")
    assert left < taken  # what it has cost is known to everybody


def test_a_company_is_named_within_its_own_budget() -> None:
    desk = ConnectingDesk()
    desk.connect("qbo")
    company = desk.sample[0].realm_id
    assert used_up(others(desk).qbo(company), "companyinfo/{id}") < 10
    assert used_up(others(desk).qbo("4620816365000000000"), "companyinfo/{id}") == 10
