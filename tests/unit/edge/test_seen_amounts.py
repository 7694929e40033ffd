"""Who decides may say which amount they have seen: another is not decided in their name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Answer
from tests.support.decision_api import FINALIZE, MONDAY, PRECHECK, Api
from tests.support.domain.builders import usd

DECISIONS = "/clients/{client}/decisions"
SEEN = {"minor": 10_000, "currency": "USD"}
WISHES: list[dict[str, Any]] = [
    {"action": "pay_now"},
    {"action": "schedule", "pay_on": MONDAY},
    {"action": "delay", "until": MONDAY, "reason": "disputed"},
]
ASKED = ["pay now", "schedule", "delay"]


def one(api: Api, wish: dict[str, Any]) -> Answer:
    [bill] = api.bills("c00", 1)
    api.shows("c00", bill, amount=usd("600"))
    body = {"bill_id": bill, **wish}
    return api.post(DECISIONS, body, path={"client": "c00"})


@pytest.mark.parametrize("wish", WISHES, ids=ASKED)
def test_a_bill_that_asks_for_another_is_not_decided(wish: dict[str, Any]) -> None:
    api = Api(1)
    answer = one(api, {**wish, "amount": SEEN})
    assert (answer.status, answer.code) == (422, "bill_changed")
    assert answer.body["numbers"] == {
        "asked": SEEN,
        "amount": {"minor": 60_000, "currency": "USD"},
    }
    assert api.payments("c00") == []
    decision = api.bill("c00", "c00-b000").decision
    assert decision is not None
    assert decision.state == "staged"


@pytest.mark.parametrize("wish", WISHES, ids=ASKED)
@pytest.mark.parametrize("seen", [None, {"minor": 60_000, "currency": "USD"}])
def test_what_was_seen_is_decided(wish: dict[str, Any], seen: object) -> None:
    answer = one(Api(1), {**wish, "amount": seen})
    assert answer.status == 202, answer.body


def test_another_currency_is_another_amount() -> None:
    answer = one(Api(1), {**WISHES[0], "amount": {"minor": 60_000, "currency": "CAD"}})
    assert (answer.status, answer.code) == (422, "bill_changed")


def test_changing_a_decision_says_so_too_and_leaves_it_as_it_was() -> None:
    api = Api(1)
    decided = one(api, WISHES[1])
    assert decided.status == 202
    name = decided.body["decision"]["id"]
    path = {"client": "c00", "decision": name}
    no = api.post(f"{DECISIONS}/{{decision}}/change", {**WISHES[0], "amount": SEEN}, path=path)
    assert (no.status, no.code) == (422, "bill_changed")
    [payment] = api.payments("c00")
    assert (payment.status, payment.decision_id) == ("scheduled", name)


@pytest.mark.parametrize("mode", ["independent", "all_or_nothing"])
def test_between_precheck_and_finalize(mode: str) -> None:
    api = Api(1)
    rows = api.rows(3, amount=SEEN)
    looked = api.post(PRECHECK, {"decisions": rows})
    assert {row["outcome"] for row in looked.body["rows"]} == {"ready"}, looked.body
    api.shows("c00", rows[1]["bill_id"], amount=usd("6000"))
    done = api.post(FINALIZE, {"decisions": rows, "mode": mode}).body
    assert done["results"][1]["code"] == "bill_changed"
    assert done["ok"] == (2 if mode == "independent" else 0)
    bill = api.bill("c00", rows[1]["bill_id"])
    assert bill.live_payment_id is None
