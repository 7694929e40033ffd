"""Waiting for somebody's release in Ramp is told of after two bank days, and only then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.holds import ADMIN_HOLD
from rowcol.domain.lifecycle import Status
from rowcol.service.payment_commands.hold import hold
from tests.support.payment_desk import PaymentDesk

# Friday 20 November; Thursday the 26th is Thanksgiving.
TOLD = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)


def waiting() -> tuple[PaymentDesk, str]:
    desk = PaymentDesk()
    name = desk.asked()
    desk.shows(RailState.AWAITING_RELEASE)
    return desk, name


def test_it_is_told_after_two_bank_days() -> None:
    desk, name = waiting()
    assert desk.payment(name).due == TOLD
    while desk.clock.now() < TOLD:
        desk.sweep()
        assert desk.items() == set()
        desk.clock.pause(3600)
    desk.sweep()
    assert desk.items() == {"awaiting_release"}
    payment = desk.payment(name)
    assert payment.status is Status.PENDING
    assert payment.due is not None
    assert payment.due > desk.clock.now()
    assert "payment.release_awaited" in desk.types()


@pytest.mark.parametrize("state", [RailState.PROCESSING, RailState.SCHEDULED, RailState.PAID])
def test_it_closes_when_ramp_goes_on(state: RailState) -> None:
    desk, name = waiting()
    desk.until(24 * 5)
    assert desk.items() == {"awaiting_release"}
    desk.shows(state)
    assert desk.items() == set()
    assert desk.payment(name).awaiting_release_since is None


def test_a_release_in_time_is_no_news() -> None:
    desk, name = waiting()
    desk.until(24)
    desk.shows(RailState.PROCESSING)
    desk.until(24 * 3)
    assert "awaiting_release" not in "".join(desk.types())
    assert desk.payment(name).status is Status.PROCESSING
    assert "awaiting_release" not in desk.items()


def test_what_an_admin_holds_waits_for_nobody() -> None:
    desk, name = waiting()
    desk.until(24 * 5)
    desk.do(lambda env, change: hold(env, change, name, "disputed"))
    payment = desk.payment(name)
    assert payment.hold is not None
    assert payment.hold.kind == ADMIN_HOLD
    assert "awaiting_release" not in desk.items()


def test_another_wait_is_counted_anew() -> None:
    desk, name = waiting()
    desk.until(24 * 5)
    desk.shows(RailState.SCHEDULED)
    desk.shows(RailState.AWAITING_RELEASE)
    since = desk.payment(name).awaiting_release_since
    assert since is not None
    assert since > TOLD
    assert desk.items() == set()
