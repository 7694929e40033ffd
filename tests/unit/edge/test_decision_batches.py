"""The routes of decisions over many clients."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.permission import Role
from rowcol.service.decision_batches.run import run_part
from tests.support.decision_api import APPROVE, FINALIZE, PRECHECK, Api, submitted, walked
from tests.support.decisions import Wish
from tests.support.domain.builders import usd


def test_a_small_list_is_done_in_the_request() -> None:
    api = Api()
    rows = [*api.rows(2), {"client": "c01", "bill_id": "nothing", "action": "pay_now"}]
    answer = api.post(FINALIZE, {"decisions": rows}, key="small-list-1")
    assert answer.status == 200, answer.body
    body = answer.body
    assert answer.headers["Location"] == f"/batches/{body['id']}"
    counters = {name: body[name] for name in ("submitted", "ok", "failed", "pending", "skipped")}
    assert counters == {"submitted": 7, "ok": 6, "failed": 1, "pending": 0, "skipped": 0}
    assert (body["state"], body["seconds_left"]) == ("done", 0)
    assert [each["index"] for each in body["results"]] == list(range(7))
    assert [each["client"] for each in body["results"]] == [row["client"] for row in rows]
    assert body["results"][6]["code"] == "not_found"
    assert body["results"][0]["state"] == "queued"
    assert [each["client"] for each in body["clients"]] == ["c00", "c01", "c02"]
    again = api.post(FINALIZE, {"decisions": rows}, key="small-list-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == body
    assert api.executions.asked == []


def test_results_come_in_pages_in_the_order_asked() -> None:
    api = Api(3)
    rows = api.rows(5)
    batch = api.post(FINALIZE, {"decisions": rows}).body["id"]
    seen: list[dict[str, Any]] = []
    query = {"limit": "4"}
    while True:
        page = api.read(batch, **query).body
        seen += page["results"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert [each["id"] for each in seen] == [row["bill_id"] for row in rows]
    other = api.post(FINALIZE, {"decisions": rows[:2]}).body["id"]
    wrong = api.read(other, cursor=query["cursor"])
    assert (wrong.status, wrong.code) == (400, "invalid_input")


def test_a_running_one_shows_what_is_still_to_come() -> None:
    api = Api(3)
    rows = api.rows(2)
    batch = submitted(api, rows)
    body = api.read(batch).body
    assert (body["pending"], body["seconds_left"]) == (6, None)
    assert [each["outcome"] for each in body["results"]] == ["pending"] * 6
    assert [each["id"] for each in body["results"]] == [row["bill_id"] for row in rows]


def test_cancelled_what_has_not_begun_never_begins() -> None:
    api = Api(5)
    api.late()
    batch = api.in_haste(FINALIZE, {"decisions": api.rows(2)})["id"]
    api.boundary.between = lambda _call: None
    answer = api.command("cancel", batch)
    assert answer.status == 200, answer.body
    body = api.read(batch).body
    assert (body["state"], body["ok"], body["skipped"], body["pending"]) == ("done", 2, 8, 0)
    assert body["failed"] == 8
    outcomes = [each["outcome"] for each in body["results"]]
    assert outcomes == (["ok"] + ["skipped"] * 4) * 2
    again = api.command("cancel", batch)
    assert (again.status, again.code) == (409, "wrong_state")
    assert api.command("resume", batch).code == "wrong_state"
    walked(api, batch)
    assert len(api.payments("c00")) == 2
    assert [api.payments(name) for name in api.clients[1:]] == [[], [], [], []]


def test_resumed_it_goes_on_at_once() -> None:
    api = Api(3)
    batch = submitted(api, api.rows(2))
    answer = api.command("resume", batch)
    assert answer.status == 200, answer.body
    body = api.read(batch).body
    assert (body["state"], body["ok"]) == ("done", 6)


def test_others_see_their_own_clients_only() -> None:
    api = Api(3)
    api.member("viewer", Role.VIEWER, of="c01")
    api.member("stranger", Role.FIRM_ADMIN, of="c07")
    rows = [*api.rows(2), {"client": "nowhere", "bill_id": "x", "action": "pay_now"}]
    batch = api.post(FINALIZE, {"decisions": rows}).body["id"]
    seen = api.read(batch, "viewer").body
    assert [each["client"] for each in seen["clients"]] == ["c01"]
    assert {each["client"] for each in seen["results"]} == {"c01"}
    assert (seen["submitted"], seen["ok"], seen["failed"]) == (2, 2, 0)
    assert api.read(batch, "stranger").status == 404
    assert api.command("cancel", batch, "stranger").status == 404
    assert api.command("cancel", batch, "viewer").status == 403


def test_a_machine_without_any_right_to_decide_is_refused_once() -> None:
    api = Api(1)
    api.member("viewer", Role.VIEWER)
    written = dict(api.store.items)
    for route in (PRECHECK, FINALIZE, APPROVE):
        field = "decision_id" if route == APPROVE else "bill_id"
        row = {"client": "c00", field: "x", **({} if route == APPROVE else {"action": "pay_now"})}
        answer = api.post(route, {"decisions": [row]}, "viewer")
        assert (answer.status, answer.code) == (403, "forbidden")
    assert api.store.items == written


def test_one_clients_part_is_a_batch_of_that_client() -> None:
    api = Api(3)
    batch = submitted(api, api.rows(2))
    run_part(api.environment, api.scope("c00"), batch, None)
    path = {"client": "c00", "batch": batch}
    own = api.web.call("GET", "/clients/{client}/batches/{batch}", person="anna", path=path)
    assert (own.status, own.body["verb"], own.body["ok"]) == (200, "decide", 2)
    cancel = "/clients/{client}/batches/{batch}/cancel"
    assert api.post(cancel, None, path=path).code == "wrong_state"
    other = {"client": "c01", "batch": batch}
    assert api.post(cancel, None, path=other).code == "not_found"


def test_a_client_may_be_stopped_while_the_others_go_on() -> None:
    api = Api(2)
    rows = [Wish("c00", bill) for bill in api.bills("c00", 70)]
    rows += [Wish("c01", bill) for bill in api.bills("c01", 3)]
    batch = api.submitted(rows)
    api.late()
    run_part(api.environment, api.scope("c00"), batch, api.clock.now() + timedelta(seconds=1))
    api.boundary.between = lambda _call: None
    cancel = "/clients/{client}/batches/{batch}/cancel"
    answer = api.post(cancel, None, path={"client": "c00", "batch": batch})
    assert answer.status == 200, answer.body
    done = api.run(batch)
    assert (done.state, done.ok + done.skipped) == (DecisionsState.DONE, 73)
    assert done.skipped > 0
    assert len(api.payments("c01")) == 3


def test_many_decisions_get_their_second_yes_together() -> None:
    api = Api(2, dual_control_from=usd("100.00"))
    # Boris staged them: for him, who decides, a second person is missing.
    api.post(FINALIZE, {"decisions": api.rows(3)}, "boris")
    decisions = [
        {"client": name, "decision_id": bill.decision.id}
        for (_, name, kind, _), bill in api.store.items.items()
        if kind == "bill" and bill.decision is not None
    ]
    answer = api.post(APPROVE, {"decisions": decisions, "mode": "all_or_nothing"}, "carla")
    assert (answer.status, answer.body["ok"]) == (200, 6), answer.body
    assert answer.body["verb"] == "approve"
    assert {each["state"] for each in answer.body["results"]} == {"queued"}
