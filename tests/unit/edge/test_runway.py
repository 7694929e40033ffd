"""The runway over HTTP: what is shown, what a scenario answers, and what it refuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import RailState
from rowcol.domain.scope import Member, Role
from rowcol.edge.query_operations import OPERATIONS
from rowcol.service.onboard import register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, usd
from tests.support.runway_desk import RunwayDesk

RUNWAY = "/clients/{client}/runway"
SCENARIO = "/clients/{client}/runway/scenario"
LATER = "2026-12-10"


@pytest.fixture
def desk() -> RunwayDesk:
    """10,000.00; bills of 9,000.00 and 2,000.00 due Monday; one scheduled; one that Ramp pays."""
    made = RunwayDesk(guardrail=GuardrailSettings(floor=usd("500")))
    monday = FRIDAY + timedelta(days=3)
    made.owe("bill-1", amount=usd("9000"), due_on=monday)
    made.owe("bill-2", amount=usd("2000"), due_on=monday, vendor_name="Fern & Field")
    made.owe("bill-3", amount=usd("100"))
    made.stage("bill-3")
    made.decide("bill-3", DecisionAction.SCHEDULE, date(2026, 12, 1))
    made.read(RailState.PROCESSING, bill_id="bill-4", amount=usd("300"))
    made.billed("inv", due_on=date(2026, 12, 2))
    made.billed("old", issued_on=date(2026, 1, 1), due_on=date(2026, 2, 1))
    register_member(made.store, SCOPE.firm, Member("vera", 0, {SCOPE.client: (Role.VIEWER,)}))
    return made


def runway(desk: RunwayDesk, **query: str) -> Answer:
    web = Web(desk.environment, OPERATIONS, SCOPE.firm)
    return web.call("GET", RUNWAY, person="vera", path={"client": SCOPE.client}, query=query)


def scenario(desk: RunwayDesk, *changes: dict[str, Any], days: Any = 30) -> Answer:
    web, body = Web(desk.environment, OPERATIONS, SCOPE.firm), {"days": days, "changes": changes}
    return web.call("POST", SCENARIO, body, person="vera", path={"client": SCOPE.client})


def minor(shown: dict[str, Any]) -> int:
    found = shown["minor"]
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("days", ["14", "30", "91"])
def test_the_days_asked_for(desk: RunwayDesk, days: str) -> None:
    answer = runway(desk, days=days)
    assert (answer.status, answer.body["days"]) == (200, int(days))
    for view in ("cautious", "expected"):
        shown = answer.body[view]["days"]
        assert len(shown) == int(days)
        assert (shown[0]["day"], minor(shown[0]["opening"])) == ("2026-11-20", 1_000_000)
    assert runway(desk).body["days"] == 30


@pytest.mark.parametrize("days", ["0", "15", "365", "-14", "x", "14.5", ""])
def test_no_other_days(desk: RunwayDesk, days: str) -> None:
    answer = runway(desk, days=days)
    assert (answer.status, answer.code) in ((400, "invalid_input"), (400, "unknown_value"))


def test_what_an_accountant_is_told(desk: RunwayDesk) -> None:
    body = runway(desk).body
    balance, cautious, expected, burn, doubtful = body["summary"]
    assert balance == "The bank was last seen within the last hour: 10,000.00 USD."
    assert cautious == (
        "Cautiously, without receipts that are not firm, the lowest day is 2026-12-01 with"
        " -1,400.00 USD; below zero from 2026-11-23, in 3 days; below the buffer from 2026-11-23;"
        " 2026-12-19 ends with -1,400.00 USD."
    )
    assert expected == (
        "With the receipts that are expected, the lowest day is 2026-12-01 with -1,400.00 USD;"
        " below zero from 2026-11-23, in 3 days; below the buffer from 2026-11-23; 2026-12-19 ends"
        " with -1,100.00 USD."
    )
    assert burn == (
        "The average burn is not known: 0 days of bank history, 30 needed: what leaves beside bills"
        " is not known and not counted."
    )
    assert doubtful == "Doubtful receipts of 300.00 USD are not counted."
    assert minor(body["buffer"]) == 50_000
    assert [one["what"] for one in body["unknown"]] == ["burn"]
    assert body["cautious"]["runway_days"] == 3
    shown = {
        item["source_id"]: (item["kind"], item["day"], item["movable"]) for item in body["items"]
    }
    assert shown["bill-1"] == ("open_bill", "2026-11-23", True)
    assert shown["bill-3"] == ("scheduled", "2026-12-01", True)
    assert shown["bill-4"] == ("observed", "2026-11-20", False)
    why = {item["source_id"]: item["why"] for item in body["items"]}
    assert why["bill-1"] == "due on 2026-11-23, nobody has decided yet"


def test_without_a_balance_there_is_no_line(desk: RunwayDesk) -> None:
    desk.bank_unknown()
    body = runway(desk).body
    assert (body["balance"], body["cautious"], body["expected"]) == (None, None, None)
    assert body["unknown"][0]["what"] == "balance"
    assert body["unknown"][0]["remedy"] == "refresh the balance"
    answer = scenario(desk, {"change": "drop", "source_id": "bill-1"})
    assert (answer.status, answer.code) == (422, "balance_unknown")


# ---- scenarios

MOVE = {"change": "move", "source_id": "bill-1", "day": LATER}
DROP = {"change": "drop", "source_id": "bill-2"}
ADD = {
    "change": "add", "amount": {"minor": 500_000, "currency": "USD"}, "direction": "in",
    "day": "2026-11-21", "label": "a loan",
}  # fmt: skip


def test_move_drop_and_add(desk: RunwayDesk) -> None:
    before = runway(desk).body
    answer = scenario(desk, MOVE, DROP, ADD)
    assert answer.status == 200, answer.body
    body = answer.body
    assert body["before"] == {view: before[view] for view in ("cautious", "expected")}
    found = body["difference"]["cautious"]
    assert (found["below_zero_before"], found["below_zero_after"]) == ("2026-11-23", None)
    assert minor(found["low_change"]) == minor(body["after"]["cautious"]["low"]) + 140_000
    assert minor(found["closing_change"]) == 700_000
    # Monday: two bills of 11,000.00 less, and the loan, which a Saturday cannot bring.
    assert found["days"][0] == {
        "day": "2026-11-23", "change": {"minor": 1_600_000, "currency": "USD"},
    }  # fmt: skip
    moved = {item["source_id"]: item for item in body["items"]}
    assert (moved["bill-1"]["day"], moved["added-3"]["day"]) == (LATER, "2026-11-23")
    assert "bill-2" not in moved


def test_nothing_is_written(desk: RunwayDesk) -> None:
    before = (dict(desk.store.items), desk.types(), dict(desk.store.commands))
    assert scenario(desk, MOVE, DROP, ADD).status == 200
    assert scenario(desk, {**MOVE, "source_id": "nobody"}).status == 422
    assert (dict(desk.store.items), desk.types(), dict(desk.store.commands)) == before


def test_a_moved_doubtful_receipt_counts(desk: RunwayDesk) -> None:
    [doubtful] = [item for item in runway(desk).body["items"] if item["certainty"] == "doubtful"]
    moved = {"change": "move", "source_id": doubtful["source_id"], "day": LATER}
    found = scenario(desk, moved).body["difference"]
    assert minor(found["expected"]["closing_change"]) == 30_000
    assert minor(found["cautious"]["closing_change"]) == 0


def test_burn_can_be_dropped_as_a_whole(desk: RunwayDesk) -> None:
    desk.at_bank("payroll", usd("900"), FRIDAY - timedelta(days=90))
    desk.sum_up()
    assert runway(desk).body["burn"]["spent"] == {"minor": 90_000, "currency": "USD"}
    found = scenario(desk, {"change": "drop", "source_id": "burn"}, days=14).body["difference"]
    assert minor(found["cautious"]["closing_change"]) == 13_000  # 10.00 on each day after today
    assert scenario(desk, {**MOVE, "source_id": "burn"}).code == "invalid_input"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ([{**MOVE, "source_id": "bill-9"}], 422, "runway_item_unknown"),
        ([{**DROP, "source_id": "../etc"}], 422, "runway_item_unknown"),
        ([MOVE, {**DROP, "source_id": "bill-1"}], 422, "duplicate_item"),
        ([{**MOVE, "day": "2026-11-19"}], 422, "date_in_past"),
        ([{**MOVE, "day": "2027-06-01"}], 422, "date_too_far"),
        ([{**MOVE, "day": "2026-02-30"}], 400, "date_impossible"),
        ([{**ADD, "day": "2026-11-19"}], 422, "date_in_past"),
        ([{**MOVE, "source_id": "bill-4"}], 409, "too_late"),
        ([{**DROP, "source_id": "bill-4"}], 409, "too_late"),
        ([{**ADD, "amount": {"minor": 0, "currency": "USD"}}], 422, "amount_not_positive"),
        ([{**ADD, "amount": {"minor": 1.5, "currency": "USD"}}], 422, "amount_precision"),
        ([{**ADD, "amount": {"minor": 10**14, "currency": "USD"}}], 422, "amount_too_large"),
        ([{**ADD, "amount": {"minor": 1, "currency": "EUR"}}], 422, "currency_mismatch"),
        ([{**ADD, "direction": "up"}], 400, "unknown_value"),
        ([{**ADD, "label": ""}], 400, "invalid_input"),
        ([{"change": "double", "source_id": "bill-1"}], 400, "invalid_input"),
        ([{**DROP, "day": LATER}], 400, "invalid_input"),
        ([], 400, "invalid_input"),
        ([ADD] * 51, 400, "invalid_input"),
    ],
)
def test_what_is_refused(
    desk: RunwayDesk, changes: list[dict[str, Any]], status: int, code: str
) -> None:
    answer = scenario(desk, *changes)
    assert (answer.status, answer.code) == (status, code), answer.body


def test_a_refusal_says_which_change(desk: RunwayDesk) -> None:
    answer = scenario(desk, ADD, {**MOVE, "source_id": "bill-9"})
    assert answer.body["numbers"] == {"change": 1, "source_id": "bill-9"}


@pytest.mark.parametrize("days", [0, 31, "30", 30.5, None])
def test_a_scenario_has_the_same_days(desk: RunwayDesk, days: Any) -> None:
    assert scenario(desk, ADD, days=days).status == 400


def test_huge_amounts_are_added_up_or_refused_and_never_an_error(desk: RunwayDesk) -> None:
    most = {**ADD, "amount": {"minor": 10**13, "currency": "USD"}}
    assert scenario(desk, *([most] * 50)).status == 200


def test_an_answer_has_an_end(desk: RunwayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rowcol.edge.runway.ITEMS_MAX", 2)
    for answer in (runway(desk), scenario(desk, DROP)):
        assert len(answer.body["items"]) == 2
        assert answer.body["more_items"] > 0
    assert len(runway(desk).body["items"]) + runway(desk).body["more_items"] == 6
