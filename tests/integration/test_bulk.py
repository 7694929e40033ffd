"""Many at once through the deployed API: imported, confirmed together, carried on by the worker."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import httpx

from local.demo.firm import FIRM, DemoClient
from local.simulation.clock import CountingIds
from rowcol.clock_source import SystemClock
from rowcol.domain.batch import Batch, Mode
from rowcol.domain.scope import Actor, ActorKind, Member, Scope
from rowcol.service.bulk.submit import Submission, Submitted, submit
from rowcol.service.bulk.verbs import RESET_TO_DRAFT
from rowcol.service.change import Asked
from rowcol.service.environment import Environment
from rowcol.service.ports import Surroundings
from rowcol.service.store import VersionCheck
from tests.support.rig.calls import call, problem
from tests.support.rig.stack import Rig, eventually

ANN = "ann-advisor"


def post(rig: Rig, client: DemoClient, path: str, body: object, **headers: str) -> httpx.Response:
    return call(rig, "POST", f"/clients/{client.id}{path}", json.dumps(body), **headers)


def batch(rig: Rig, client: DemoClient, name: str, **query: str) -> dict[str, Any]:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    answer = call(rig, "GET", f"/clients/{client.id}/batches/{name}?{asked}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(rig: Rig, client: DemoClient, answer: httpx.Response) -> list[dict[str, Any]]:
    """The results of a batch, in the answer or after a while."""
    body = answer.json()
    if answer.status_code == 200:
        return list(body["results"])
    assert answer.status_code == 202, answer.text
    name = answer.headers["Location"].rpartition("/")[2]

    def over() -> dict[str, Any] | None:
        found = batch(rig, client, name)
        return found if not found["pending"] else None

    eventually(over, "the batch's end")
    results: list[dict[str, Any]] = []
    query = {"limit": "200"}
    while True:
        page = batch(rig, client, name, **query)
        results += page["results"]
        if page["next_cursor"] is None:
            return results
        query["cursor"] = page["next_cursor"]


def imported(rig: Rig, client: DemoClient, count: int) -> list[str]:
    today = str(rig.timeline.now().date())
    records = [
        {
            "type": "vendor_payment",
            "amount": {"minor": 100 + number, "currency": "USD"},
            "paid_on": today,
            "counterparty_name": f"Vendor {number}",
        }
        for number in range(count)
    ]
    results = ended(rig, client, post(rig, client, "/payments/import", {"records": records}))
    assert {each["code"] for each in results} == {None}
    return [each["id"] for each in results]


def test_hundreds_are_imported_and_confirmed_together(rig: Rig) -> None:
    client = rig.client(("10.00",))
    names = imported(rig, client, 150)
    body = {"ids": names, "mode": "all_or_nothing"}
    results = ended(rig, client, post(rig, client, "/payments/bulk/confirm", body))
    assert [each["id"] for each in results] == names
    assert {each["outcome"] for each in results} == {"ok"}
    year = rig.timeline.now().year
    last = rig.ann.get(f"/clients/{client.id}/payments/{names[-1]}")
    assert (last["number"], last["posting"]) == (f"{year}-000150", "posted")
    assert last["batch_id"] is None
    proof = rig.ann.get(f"/clients/{client.id}/audit/verify")
    assert proof["intact"] is True


def test_the_same_key_is_the_same_batch_and_bad_lists_are_problems(rig: Rig) -> None:
    client = rig.client(("10.00",))
    [name] = imported(rig, client, 1)
    body = {"ids": [name, name, "pay_none"]}
    first = post(rig, client, "/payments/bulk/confirm", body, Idempotency_Key="bulk-same-1")
    again = post(rig, client, "/payments/bulk/confirm", body, Idempotency_Key="bulk-same-1")
    assert [each["code"] for each in first.json()["results"]] == [
        None, "duplicate_item", "not_found",
    ]  # fmt: skip
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = post(
        rig, client, "/payments/bulk/confirm", {"ids": [name]}, Idempotency_Key="bulk-same-1"
    )
    problem(other, 409, "idempotency_key_reused")
    many = {"ids": [f"pay_{number}" for number in range(1001)]}
    problem(post(rig, client, "/payments/bulk/confirm", many), 400, "too_many_items")
    problem(call(rig, "GET", f"/clients/{client.id}/batches/bat_none"), 404, "not_found")


def test_a_batch_that_nobody_works_on_is_found_by_the_sweep_and_done_by_the_worker(
    rig: Rig,
) -> None:
    client = rig.client(("10.00",))
    names = imported(rig, client, 40)
    ended(rig, client, post(rig, client, "/payments/bulk/post", {"ids": names}))
    written = abandoned(rig, client, names)
    rig.pass_time(minutes=2)
    rig.due_work()

    def over() -> Batch | None:
        found = rig.books(client).get(Batch, written.id)
        return found if found is not None and found.is_over else None

    assert eventually(over, "the worker").ok == 40
    found = rig.ann.get(f"/clients/{client.id}/payments/{names[0]}")
    assert found["posting"] == "draft"


def bare_environment(rig: Rig) -> Environment:
    """The engine's store, and nothing beside it."""
    jitter = random.Random(1)  # noqa: S311  # spreads retries
    surroundings = Surroundings(rig.timeline, CountingIds(), jitter, time.sleep)
    nothing: Any = None
    return Environment(rig.store, nothing, nothing, nothing, surroundings)


def abandoned(rig: Rig, client: DemoClient, names: list[str]) -> Batch:
    """A batch as a request leaves it that died right after writing it down."""
    environment = bare_environment(rig)
    member = rig.store.books(Scope(FIRM)).get(Member, ANN)
    assert member is not None
    actor = Actor(ActorKind.PERSON, ANN, SystemClock().now())
    submission = Submission(
        RESET_TO_DRAFT, Mode.INDEPENDENT, tuple(names), actor, Asked.by(ANN, "left-alone", names)
    )
    check = VersionCheck(Scope(FIRM), member.kind, member.id, member.version)
    answer = submit(environment, Scope(FIRM, client.id), submission, (check,))
    assert isinstance(answer, Submitted)
    return answer.batch
