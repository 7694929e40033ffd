"""Commanding Ramp: what was taken, refused, unknown to the account, or unknown to everybody."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import RailState
from rowcol.rails.ramp.client import PATIENCE
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    ConnectionBroken,
    OutcomeUnknown,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.clients import ramp
from tests.support.rails.ramp import BILL, bill, error, payment
from tests.support.rails.scripted import Script, answer

DAY = date(2026, 11, 23)


def test_a_moved_date_is_what_the_answer_says() -> None:
    moved = bill(payment=payment(payment_date="2026-11-27T00:00:00+00:00"))
    script = Script([answer(200, moved, {"x-trace-id": "t"})])
    result = ramp(script).set_payment_date(BILL, date(2026, 11, 26))
    assert isinstance(result, CommandAccepted)
    assert result.bill.payment is not None
    assert result.bill.payment.planned_on == date(2026, 11, 27)
    assert script.requests[0].method == "PATCH"
    assert script.requests[0].url.path == f"/developer/v1/bills/{BILL}"
    assert script.body() == {"payment_date": "2026-11-26"}


def test_clearing_sends_null() -> None:
    script = Script([answer(200, bill(payment=payment(payment_date=None)))])
    result = ramp(script).clear_payment_date(BILL)
    assert isinstance(result, CommandAccepted)
    assert script.body() == {"payment_date": None}


def test_a_lever_the_account_does_not_know() -> None:
    refusal = answer(422, error("DEVELOPER_7001", "unknown field", payment_date=["Unknown field."]))
    result = ramp(Script([refusal])).set_payment_date(BILL, DAY)
    assert result == CapabilityMissing("payment_date", "unknown field")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(400, error("BILL_PAY_1", "bill is processing")), "BILL_PAY_1"),
        (answer(404, error("X", "not found")), "X"),
        (answer(422, error("DEVELOPER_7001", "odd", other=["bad"])), "DEVELOPER_7001"),
        (httpx.Response(400, content=b"<html>"), "400"),
    ],
)
def test_a_refusal_is_a_value(reply: httpx.Response, code: str) -> None:
    result = ramp(Script([reply])).set_payment_date(BILL, DAY)
    assert isinstance(result, CommandRefused)
    assert result.code == code


@pytest.mark.parametrize(
    "reply",
    [
        answer(504, {}),
        answer(500, {}),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(200, content=b"<html>"),
        answer(200, bill(id="another-bill")),
        answer(200, bill(amount=None)),
    ],
)
def test_nobody_knows(reply: Any) -> None:
    script = Script([reply])
    assert isinstance(ramp(script).set_payment_date(BILL, DAY), OutcomeUnknown)
    assert len(script.requests) == 1


def test_certainly_not_applied_is_raised() -> None:
    with pytest.raises(RailUnavailable):
        ramp(Script([httpx.ConnectError("no")])).set_payment_date(BILL, DAY)
    with pytest.raises(RailThrottled):
        ramp(Script([answer(429, {})])).clear_payment_date(BILL)
    with pytest.raises(ConnectionBroken):
        ramp(Script([answer(403, error("DEVELOPER_7100", "scope"))])).clear_payment_date(BILL)


def test_our_patience_is_longer_than_ramps() -> None:
    assert PATIENCE.read_seconds > 60


def test_hold_and_lift() -> None:
    script = Script(
        [
            answer(200, bill(status_summary="ON_HOLD")),
            answer(200, bill(status_summary="PAYMENT_READY")),
        ]
    )
    rail = ramp(script)
    held, lifted = rail.hold(BILL, "liquidity"), rail.lift(BILL)
    assert isinstance(held, CommandAccepted)
    assert held.bill.state is RailState.ON_HOLD
    assert isinstance(lifted, CommandAccepted)
    paths = [request.url.path for request in script.requests]
    assert paths == [f"/developer/v1/bills/{BILL}/hold", f"/developer/v1/bills/{BILL}/release"]
    assert script.body(0) == {"reason": "liquidity"}
    assert script.requests[1].content == b""


def test_a_hold_that_the_account_has_not_is_told_from_an_unknown_bill() -> None:
    missing = answer(404, error("X", "no route"))
    known = Script([missing, answer(200, bill())])
    assert isinstance(ramp(known).hold(BILL), CapabilityMissing)
    unknown = Script([missing, answer(404, error("X", "not found"))])
    assert isinstance(ramp(unknown).hold(BILL), CommandRefused)
    assert isinstance(ramp(Script([answer(405, {})])).lift(BILL), CapabilityMissing)
