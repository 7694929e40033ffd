"""Calls made up from the description, against the deployed API with real ids: all as it says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from schemathesis import Case
from schemathesis.specs.openapi.schemas import OpenApiSchema

from local.demo.firm import DemoClient
from tests.support.fuzzing import NAMES, Pool, cases, described, try_all
from tests.support.rig.calls import call
from tests.support.rig.stack import Rig

EXAMPLES = 8
PERSON = "ann-advisor"


@pytest.fixture(scope="module")
def schema() -> OpenApiSchema:
    return described()


@pytest.fixture(scope="module")
def reached() -> dict[str, set[int]]:
    """By operation: the statuses that were answered."""
    return {}


@pytest.fixture(scope="module")
def client(rig: Rig) -> DemoClient:
    rig.early()
    return rig.client(tuple(f"{place}0.00" for place in range(1, 7)), cash=500_000)


def made(rig: Rig, method: str, path: str, body: Any = None, **headers: str) -> Any:
    answer = call(rig, method, path, json.dumps(body) if body is not None else None, **headers)
    assert answer.status_code < 300, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def pool(rig: Rig, client: DemoClient) -> Pool:
    """Something of everything, made through the API."""
    base = f"/clients/{client.id}"
    bills = [client.bill_id(place) for place in range(1, 7)]
    today = rig.timeline.now().date()
    for bill in bills[:4]:
        made(rig, "POST", f"{base}/bills/{bill}/stage")
    wishes = [
        {
            "bill_id": bill,
            "action": "delay",
            "until": str(today + timedelta(days=20)),
            "reason": "-",
        }
        for bill in bills[:2]
    ]
    decisions = [made(rig, "POST", f"{base}/decisions", wish) for wish in wishes]
    amount = {"minor": 4_800, "currency": "USD"}
    record = {
        "type": "vendor_payment",
        "amount": amount,
        "paid_on": str(today),
        "counterparty_name": "Lakeside Catering",
    }
    records = [made(rig, "POST", f"{base}/payments", record)["id"] for _ in range(4)]
    made(rig, "POST", f"{base}/payments/{records[0]}/confirm")
    batch = made(rig, "POST", f"{base}/payments/bulk/confirm", {"ids": [records[1], "pay_nobody"]})
    terms = {
        "vendor_id": "vendor-1",
        "vendor_name": "Harbor Properties",
        "amount": amount,
        "schedule": {
            "frequency": "weekly",
            "starts_on": str(today + timedelta(days=7)),
            "count": 2,
        },
    }
    recurrence = made(rig, "POST", f"{base}/recurrences", terms)["recurrence"]["id"]
    paid = [rig.pay(client, 5)]
    return {
        "client": [client.id],
        "bill": bills,
        "staged": bills[2:4],
        "decision": [one["decision"]["id"] for one in decisions],
        "payment": [*records, *paid],
        "batch": [batch["id"]],
        "recurrence": [recurrence],
        "user": [PERSON],
        "vendor": ["vendor-1"],
        "currency": ["USD"],
        "future": [str(today + timedelta(days=days)) for days in (3, 7, 14)],
        "past": [str(today), str(today - timedelta(days=1))],
        "change": ["lim_nobody"],
        "invoice": ["inv-nobody"],
        "override": ["ovr_nobody"],
        "member": [PERSON],
        "machine": ["payables-robot"],
        "key": ["key-nobody"],
        "set": ["pst_nobody"],
    }


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_as_described(
    rig: Rig, schema: OpenApiSchema, pool: Pool, reached: dict[str, set[int]], name: str
) -> None:
    token = rig.token(PERSON, step_up=True)

    def ask(case: Case) -> Any:
        answer = case.call(base_url=rig.api_url, headers={"Authorization": f"Bearer {token}"})
        reached.setdefault(name, set()).add(answer.status_code)
        return answer

    try_all(cases(schema.find_operation_by_id(name), pool, real=True), EXAMPLES, ask)


def test_most_calls_did_what_they_were_for(reached: dict[str, set[int]]) -> None:
    """Were they all refused, the tests above would say nothing. She may not do what admins do."""
    hers = {name: statuses for name, statuses in reached.items() if statuses != {403}}
    done = [name for name, statuses in hers.items() if min(statuses) < 300]
    assert len(done) > len(hers) / 2, hers
    assert len(hers) > len(reached) / 2, reached


def test_words_in_paths_win_over_ids(rig: Rig, client: DemoClient) -> None:
    base = f"/clients/{client.id}/payments"
    assert len(made(rig, "GET", f"{base}/types")["items"]) == 5
    assert len(made(rig, "GET", f"{base}/statuses")["items"]) == 13
    assert "ageing" in made(rig, "GET", f"{base}/summary/statistics")
    on = str(rig.timeline.now().date() + timedelta(days=30))
    amount = {"minor": 100, "currency": "USD"}
    assert "not_taken" in made(rig, "POST", f"{base}/route", {"on": on, "amount": amount})
    told = made(rig, "POST", f"{base}/bulk/validate", {"ids": ["pay_nobody"]})
    assert told["results"][0]["id"] == "pay_nobody"
    # A part of other routes, and none itself: the engine says 403 where the template says 404.
    assert call(rig, "GET", f"{base}/bulk").status_code in (403, 404)
