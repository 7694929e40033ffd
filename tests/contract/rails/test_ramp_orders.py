"""Commands on a bill besides its date: in words of the wire, and against Ramp's simulator."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import RailState
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    OutcomeUnknown,
)
from tests.contract.rails.conftest import World
from tests.support.rails.clients import ramp
from tests.support.rails.ramp import BILL, bill, error
from tests.support.rails.scripted import Script, answer

GONE = bill(archived_at="2026-11-21T10:00:00+00:00", status_summary="ARCHIVED")


def test_a_method_is_a_patch_of_one_field() -> None:
    script = Script([answer(200, bill())])
    assert isinstance(ramp(script).set_payment_method(BILL, "CHECK"), CommandAccepted)
    assert (script.requests[0].method, script.body()) == ("PATCH", {"payment_method": "CHECK"})


def test_an_archive_is_a_delete_whose_effect_is_read() -> None:
    script = Script([httpx.Response(204), answer(200, GONE)])
    result = ramp(script).archive(BILL)
    assert isinstance(result, CommandAccepted)
    assert result.bill.archived
    assert [request.method for request in script.requests] == ["DELETE", "GET"]
    assert script.requests[0].content == b""


@pytest.mark.parametrize(
    "replies",
    [
        [httpx.Response(204), answer(404, error("X", "not found"))],
        [answer(504, {})],
        [httpx.ReadTimeout("slow")],
        [httpx.Response(200, content=b"{}")],
    ],
)
def test_nobody_knows_whether_it_is_archived(replies: list[Any]) -> None:
    script = Script(replies)
    assert isinstance(ramp(script).archive(BILL), OutcomeUnknown)
    assert sum(request.method == "DELETE" for request in script.requests) == 1


def test_levers_that_an_account_does_not_have() -> None:
    field = error("DEVELOPER_7001", "unknown field", payment_method=["Unknown field."])
    missing = ramp(Script([answer(422, field)])).set_payment_method(BILL, "ACH")
    assert missing == CapabilityMissing("payment_method", "unknown field")
    assert isinstance(ramp(Script([answer(405, {})])).archive(BILL), CapabilityMissing)
    unknown = ramp(Script([answer(404, error("X", "not found"))])).archive(BILL)
    assert isinstance(unknown, CommandRefused), "a bill that Ramp does not know, not a lever"


def test_against_the_simulator(world: World) -> None:
    rail, name = world.ramp(), world.who.bill_id(1)
    by_check = rail.set_payment_method(name, "CHECK")
    assert isinstance(by_check, CommandAccepted)
    assert by_check.bill.payment is not None
    assert by_check.bill.payment.method == "CHECK"
    gone = rail.archive(name)
    assert isinstance(gone, CommandAccepted)
    assert gone.bill.state is RailState.ARCHIVED
    assert isinstance(rail.archive(name), CommandRefused), "a repeat is refused: read, then decide"
    assert isinstance(rail.set_payment_date(name, date(2026, 11, 20)), CommandRefused)


def test_an_answer_that_is_lost_with_its_effect(world: World) -> None:
    rail, name = world.ramp(), world.who.bill_id(1)
    world.bench.ramp.faults.add(
        {"kind": "timeout_with_effect", "times": 1, "match": {"method": "DELETE"}}
    )
    assert isinstance(rail.archive(name), OutcomeUnknown)
    shown = rail.read_bill(name)
    assert shown is not None
    assert shown.archived
