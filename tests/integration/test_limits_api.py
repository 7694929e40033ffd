"""Limits and step-up through the deployed API: real tokens, real tables, two people."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import httpx
import pytest

from local.demo.firm import DemoClient
from rowcol.service.environment import MULTI_FACTOR
from tests.support.rig.stack import Rig

ANN, BEN, CLEO, VERA = "ann-advisor", "ben-partner", "cleo-partner", "vera-viewer"
BILLS = ("400.00", "300.00", "250.00")
USD = {"currency": "USD"}


class Desk:
    """One client's API as several people use it."""

    def __init__(self, rig: Rig, client: DemoClient) -> None:
        self.rig = rig
        self.client = client

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        person: str = ANN,
        **headers: str,
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {token or self.rig.token(person)}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        url = f"{self.rig.api_url}/clients/{self.client.id}{path}"
        text = json.dumps(body) if body is not None else None
        return self.rig.http.request(method, url, content=text, headers=sent)

    def agree(self, **wanted: Any) -> None:
        """Ben proposes, Cleo approves."""
        tag = self.call("GET", "/limits", person=BEN).headers["ETag"]
        body = {"per_transaction": None, "per_day": None, "verification_from": None, **wanted}
        proposed = self.call("PUT", "/limits", body, person=BEN, If_Match=tag)
        assert proposed.status_code == 202, proposed.text
        change = {"change_id": proposed.json()["pending"]["id"]}
        approved = self.call("POST", "/limits/approve", change, person=CLEO)
        assert approved.status_code == 200, approved.text

    def pay(self, place: int, **how: Any) -> httpx.Response:
        bill_id = self.client.bill_id(place)
        self.call("POST", f"/bills/{bill_id}/stage")
        wish = {"bill_id": bill_id, "action": "pay_now"}
        return self.call("POST", "/decisions", wish, **how)

    def today(self) -> Any:
        return self.call("GET", "/limits", person=VERA).json()["today"]


@pytest.fixture
def desk(rig: Rig) -> Desk:
    rig.early()
    return Desk(rig, rig.client(BILLS))


def test_a_day_is_filled_and_given_back(desk: Desk) -> None:
    desk.agree(per_day={"minor": 70_000, **USD})
    first, second = desk.pay(1), desk.pay(2)
    assert (first.status_code, second.status_code) == (202, 202), (first.text, second.text)
    refused = desk.pay(3)
    assert (refused.status_code, refused.json()["code"]) == (422, "limit_daily")
    numbers = refused.json()["numbers"]
    assert (numbers["level"], numbers["left"]["minor"]) == ("client", 0)
    assert numbers["used"]["minor"] + numbers["reserved"]["minor"] == 70_000
    assert desk.today()["left"]["minor"] == 0
    decision = second.json()["decision"]["id"]
    back = desk.call("DELETE", f"/decisions/{decision}")
    if back.status_code == 200:  # Ramp did not have it yet
        assert desk.today()["left"]["minor"] == 30_000
        assert desk.pay(3).status_code == 202
        assert desk.today()["left"]["minor"] == 5_000
    else:
        assert back.json()["code"] == "too_late"
        assert desk.today()["left"]["minor"] == 0


def test_who_proposed_does_not_approve_and_viewers_change_nothing(desk: Desk) -> None:
    body = {"per_transaction": None, "per_day": None, "verification_from": None}
    for person in (VERA, ANN):
        answer = desk.call("PUT", "/limits", body, person=person, If_Match='"0"')
        assert answer.status_code == 403, answer.text
    proposed = desk.call("PUT", "/limits", body, person=BEN, If_Match='"0"')
    change = {"change_id": proposed.json()["pending"]["id"]}
    same = desk.call("POST", "/limits/approve", change, person=BEN)
    assert (same.status_code, same.json()["code"]) == (403, "same_person")
    types = [entry.type for entry in desk.rig.books(desk.client).entries()][-2:]
    assert types == ["limits.proposed", "command.denied"]


def test_a_step_up_as_a_client_of_rfc_9470_does_it(desk: Desk) -> None:
    desk.agree(verification_from={"minor": 40_000, **USD}, step_up_age_seconds_max=60)
    key = str(uuid.uuid4())
    challenged = desk.pay(1, Idempotency_Key=key)
    assert challenged.status_code == 401
    problem = challenged.json()
    assert (problem["code"], problem["acr_values"], problem["max_age"]) == (
        "step_up_required",
        MULTI_FACTOR,
        60,
    )
    # The engine hands the header on; API Gateway's REST APIs rename it, hence the body.
    header = challenged.headers.get("WWW-Authenticate")
    if header is not None:
        assert dict(re.findall(r'(\w+)="([^"]*)"', header))["acr_values"] == MULTI_FACTOR
    token = desk.rig.token(ANN, acr_values=problem["acr_values"], max_age=problem["max_age"])
    paid = desk.pay(1, token=token, Idempotency_Key=key)
    assert paid.status_code == 202, paid.text
    entry = desk.rig.books(desk.client).entries_of_payment(paid.json()["payment_id"])[0]
    assert entry.actor.authenticated_at is not None
    # Below the threshold nobody asks; later the factor is too old.
    assert desk.pay(2).status_code == 202


def test_a_factor_shown_too_long_ago_does_not_count(desk: Desk) -> None:
    desk.agree(verification_from={"minor": 1, **USD}, step_up_age_seconds_max=60)
    now = int(desk.rig.timeline.now().timestamp())
    old = desk.rig.token(ANN, step_up=True, auth_time=now - 100)
    refused = desk.pay(1, token=old)
    assert refused.status_code == 401
    assert refused.json()["numbers"]["age_seconds"] >= 100
    assert desk.pay(1, token=desk.rig.token(ANN, step_up=True)).status_code == 202
