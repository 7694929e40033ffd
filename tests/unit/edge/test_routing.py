"""The dry route over HTTP: answers, refusals, and nothing written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.answers import check_answer
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge.http import serve
from rowcol.edge.routing import OPERATIONS
from rowcol.service.store import Commit
from tests.support.desk import SCOPE, Desk

ROUTE = "/clients/{client}/payments/route"
AMOUNT = {"minor": 125_000, "currency": "USD"}


class Api:
    """The route, asked by people with one role."""

    def __init__(self) -> None:
        self.desk = Desk()
        firm = Scope(SCOPE.firm)
        books = self.desk.store.books(firm)
        vic = Member("vic", 0, {SCOPE.client: (Role.VIEWER,)})
        books.commit(Commit(firm, books.head("USD"), (vic,), ()))

    def ask(self, person: str = "vic", client: str = SCOPE.client, **body: Any) -> tuple[int, Any]:
        event = {
            "httpMethod": "POST",
            "resource": ROUTE,
            "pathParameters": {"client": client},
            "headers": {"Idempotency-Key": "key-00000001"},
            "body": json.dumps(body),
            "requestContext": {"authorizer": {"sub": person, "firm": SCOPE.firm}},
        }
        answer = serve(event, OPERATIONS, self.desk.environment)
        check_answer("POST", ROUTE, answer)
        return answer["statusCode"], json.loads(answer["body"])


def test_an_amount_gets_a_route_and_a_reason_for_every_other() -> None:
    api = Api()
    before = [api.desk.types(), api.desk.books.head("USD")]
    status, body = api.ask(amount=AMOUNT, on="2026-12-18", preference="deliver_by")
    assert status == 200
    shown = ("biller", "network", "pattern", "sec_code", "collect", "settle", "fee", "paper")
    assert {key: body[key] for key in shown} == {
        "biller": "ramp",
        "network": "ACH",
        "pattern": "standard",
        "sec_code": "CCD",
        "collect": "ach_debit",
        "settle": "after_collection",
        "fee": None,
        "paper": False,
    }
    assert (body["send_on"], body["promised_on"]) == ("2026-12-11", "2026-12-18")
    assert (body["collect_on"], body["settle_on"]) == ("2026-12-14", "2026-12-14")
    rtp = next(one for one in body["not_taken"] if one["network"] == "RTP")
    assert rtp["code"] == "observed_only"
    assert [api.desk.types(), api.desk.books.head("USD")] == before


def test_a_bill_gets_the_route_of_its_own_method_and_amount() -> None:
    api = Api()
    api.desk.read()
    status, body = api.ask(bill_id="bill-1", on="2026-12-18")
    assert (status, body["network"]) == (200, "ACH")
    wire = next(one for one in body["not_taken"] if one["network"] == "DOMESTIC_WIRE")
    assert wire["code"] == "method_set_in_rail"


def test_a_day_that_cannot_be_met_is_refused_with_the_first_that_can() -> None:
    api = Api()
    day = api.desk.today().isoformat()
    status, body = api.ask(amount=AMOUNT, on=day, preference="deliver_by")
    assert (status, body["code"]) == (422, "no_route")
    then, again = api.ask(amount=AMOUNT, on=body["numbers"]["earliest"], preference="deliver_by")
    assert (then, again["promised_on"]) == (200, body["numbers"]["earliest"])


FINE: dict[str, Any] = {"amount": AMOUNT, "on": "2026-12-18"}
BAD = [
    ({"amount": {"minor": 0, "currency": "USD"}}, 422, "amount_not_positive"),
    ({"amount": {"minor": -5, "currency": "USD"}}, 422, "amount_not_positive"),
    ({"amount": {"minor": 1.5, "currency": "USD"}}, 422, "amount_precision"),
    ({"amount": {"minor": 10**16, "currency": "USD"}}, 422, "amount_too_large"),
    ({"amount": {"minor": 100, "currency": "EUR"}}, 422, "currency_mismatch"),
    ({"on": "2020-01-01"}, 422, "date_in_past"),
    ({"on": "2036-01-01"}, 422, "date_too_far"),
    ({"on": "2026-02-30"}, 400, "date_impossible"),
    ({"on": None}, 400, "invalid_input"),
    ({"networks": ["PIGEON"]}, 400, "unknown_value"),
    ({"networks": []}, 400, "invalid_input"),
    ({"networks": ["RTP"]}, 422, "no_route"),
    ({"accepted": ["FED_NOW"]}, 422, "no_route"),
    ({"preference": "soon"}, 400, "unknown_value"),
    ({"payee": "robot"}, 400, "unknown_value"),
    ({"color": "red"}, 400, "invalid_input"),
    ({"bill_id": "bill-1"}, 400, "invalid_input"),
    ({"amount": None}, 400, "invalid_input"),
    ({"amount": None, "bill_id": "nobody"}, 404, "not_found"),
    ({"amount": None, "bill_id": "no such id"}, 404, "not_found"),
]


@pytest.mark.parametrize(("given", "status", "code"), BAD, ids=str)
def test_bad_input_has_a_code_of_its_own(given: dict[str, Any], status: int, code: str) -> None:
    body = {key: value for key, value in (FINE | given).items() if value is not None}
    answered, problem = Api().ask(**body)
    assert (answered, problem["code"]) == (status, code)


def test_who_has_no_right_for_a_client_sees_none() -> None:
    assert Api().ask(client="harbor", **FINE)[0] == 404
    assert Api().ask(person="mallory", **FINE)[0] == 403
