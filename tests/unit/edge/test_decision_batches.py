"""The routes of decisions over many clients, and the tasks of their machine."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.openapi import operations
from local.walker.definition import load
from local.walker.execution import Execution
from local.walker.runs import Platform, Status
from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.limits import FIRM_LIMITS, Level, Limits, LimitSet
from rowcol.domain.permission import Permission, Role
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.scope import Member
from rowcol.edge import batch_worker
from rowcol.edge.http import serve
from rowcol.edge.operation import Operations, table
from rowcol.edge.task import BadTaskInput
from rowcol.service.bulk.decision_verbs import DECIDE
from rowcol.service.decision_batches.precheck import Asking, precheck
from rowcol.service.decision_batches.run import run_part
from tests.support.api import Answer, Web
from tests.support.decisions import FIRM, DecisionFirm, Wish
from tests.support.domain.builders import usd

OPERATIONS: Operations = table(operations())
PRECHECK, FINALIZE, APPROVE = "/decisions/precheck", "/decisions/finalize", "/decisions/approve"
BATCH = "/batches/{batch}"
MACHINE = Path(__file__).parents[3] / "statemachines" / "decision_batch.asl.json"
MONDAY = "2026-11-30"


class Api(DecisionFirm):
    """The API over one firm."""

    def __init__(self, clients: int = 3, **settings: Any) -> None:
        super().__init__(clients, **settings)
        self.web = Web(self.environment, OPERATIONS, FIRM.firm)

    def post(self, route: str, body: object, person: str = "anna", **how: Any) -> Answer:
        return self.web.call("POST", route, body, person=person, **how)

    def read(self, batch: str, person: str = "anna", **query: str) -> Answer:
        return self.web.call("GET", BATCH, person=person, path={"batch": batch}, query=query)

    def command(self, name: str, batch: str, person: str = "anna", **how: Any) -> Answer:
        return self.post(f"{BATCH}/{name}", None, person, path={"batch": batch}, **how)

    def rows(self, count: int, **wish: Any) -> list[dict[str, Any]]:
        """Some decisions of each client, in turn."""
        bills = {name: self.bills(name, count) for name in self.clients}
        fields = {"action": "schedule", "pay_on": MONDAY, **wish}
        return [
            {"client": name, "bill_id": bills[name][number], **fields}
            for number in range(count)
            for name in self.clients
        ]

    def late(self) -> None:
        """A second passes with every write, so that a request has no time for all."""
        self.boundary.between = lambda call: self.clock.pause(3) if call == "commit:after" else None

    def in_haste(self, route: str, body: object, key: str = "in-haste-1") -> dict[str, Any]:
        """A call of which six seconds are left."""
        event = {
            "httpMethod": "POST",
            "resource": route,
            "headers": {"Idempotency-Key": key},
            "body": json.dumps(body),
            "requestContext": {"authorizer": {"sub": "anna", "firm": FIRM.firm}},
        }
        until = self.clock.now() + timedelta(seconds=6)
        answer = serve(event, OPERATIONS, self.environment, until)
        return {**json.loads(answer["body"]), "status": answer["statusCode"]}


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


def test_precheck_says_why_and_what_would_help_and_what_it_does_to_cash() -> None:
    api = Api(2)
    big = api.bills("c00", 3, staged=False, amount=usd("40000"))
    rows = [{"client": "c00", "bill_id": bill, "action": "pay_now"} for bill in big] + [
        {"client": "c01", "bill_id": "nothing", "action": "pay_now"},
        {"client": "nowhere", "bill_id": "nothing", "action": "pay_now"},
    ]
    before = dict(api.store.items)
    answer = api.post(PRECHECK, {"decisions": rows})
    assert answer.status == 200, answer.body
    assert api.store.items == before
    body = answer.body
    assert (body["submitted"], body["ready"], body["blocked"]) == (5, 2, 3)
    told = [(row["outcome"], row["code"]) for row in body["rows"]]
    assert told == [
        ("ready", None),
        ("ready", None),
        ("blocked", "guardrail_insufficient_cash"),
        ("blocked", "not_found"),
        ("blocked", "not_found"),
    ]
    # Each row counts what those before it take.
    left = [row["available_after"] and row["available_after"]["minor"] for row in body["rows"][:2]]
    assert left == [59_500_00, 19_500_00]
    short = body["rows"][2]
    assert short["numbers"]["short"] == {"minor": 20_500_00, "currency": "USD"}
    assert "delay it" in short["remedy"]
    assert body["rows"][4]["client"] is None
    [first, _] = body["clients"]
    assert (first["ready"], first["blocked"]) == (2, 1)
    assert first["pays"] == {"minor": 80_000_00, "currency": "USD"}
    assert first["available_before"] == {"minor": 99_500_00, "currency": "USD"}
    assert first["available_after"] == {"minor": 19_500_00, "currency": "USD"}


def test_precheck_and_finalize_agree_on_every_row() -> None:
    api = Api(3)
    rows = api.rows(3)
    rows[4]["pay_on"] = "2026-11-26"
    rows[7]["bill_id"] = rows[1]["bill_id"]
    checked = api.post(PRECHECK, {"decisions": rows}).body["rows"]
    done = api.post(FINALIZE, {"decisions": rows}).body["results"]
    assert [row["code"] for row in checked] == [row["code"] for row in done]
    assert [row["detail"] for row in checked] == [row["detail"] for row in done]
    assert [row["remedy"] for row in checked] == [row["remedy"] for row in done]


def test_what_the_request_has_no_time_for_the_machine_does() -> None:
    api = Api(5)
    rows = api.rows(4)
    api.late()
    answer = api.in_haste(FINALIZE, {"decisions": rows})
    assert answer["status"] == 202
    assert (answer["submitted"], answer["ok"], answer["pending"]) == (20, 4, 16)
    assert answer["seconds_left"] is not None
    [started] = api.executions.asked
    assert started == f"decisions {answer['id']} 1"
    reached = {each["client"]: each["state"] for each in answer["clients"]}
    assert reached == {"c00": "done", **dict.fromkeys(["c01", "c02", "c03", "c04"])}
    walked(api, answer["id"])
    body = api.read(answer["id"]).body
    assert (body["state"], body["ok"], body["pending"]) == ("done", 20, 0)


def walked(api: Api, batch: str, chance: int = 1, fails: str = "") -> Execution:
    """The real machine walks over the real tasks; `fails`: the client whose part always raises."""

    def work(payload: dict[str, Any]) -> dict[str, object]:
        if fails and payload.get("client") == fails:
            raise ValueError("a defect")
        until = api.clock.now() + timedelta(minutes=4)
        return batch_worker.run(api.environment, payload, until)

    draw = random.Random(chance)  # noqa: S311  # whose turn it is
    platform = Platform({"PaymentBatch": work}, api.clock.now, draw)
    machine = load(MACHINE, {"PaymentBatchFunctionArn": "PaymentBatch"})
    execution = Execution(machine, f"{batch}-1", {"firm": "maple", "batch": batch}, platform)
    for _ in range(200):
        execution.run()
        if execution.status is not Status.RUNNING:
            return execution
        api.clock.pause(5)
    raise AssertionError("goes on for ever")


@pytest.mark.parametrize("seed", range(3))
def test_the_machine_does_all_clients_and_writes_the_end(seed: int) -> None:
    api = Api(12)
    batch = submitted(api, api.rows(3))
    assert walked(api, batch, seed).status is Status.SUCCEEDED
    found = api.batch(batch)
    assert (found.state, found.ok) == (DecisionsState.DONE, 36)
    assert found.due is None


def submitted(api: Api, rows: list[dict[str, Any]]) -> str:
    """A batch as a request leaves it that died right after writing it down."""
    return api.submitted([Wish(row["client"], row["bill_id"]) for row in rows])


def test_one_failing_client_never_stops_the_others_and_is_gone_on_with() -> None:
    api = Api(4)
    batch = submitted(api, api.rows(2))
    ended = walked(api, batch, fails="c01")
    assert ended.status is Status.SUCCEEDED
    body = api.read(batch).body
    assert (body["state"], body["ok"], body["pending"]) == ("running", 6, 2)
    found = api.swept(batch)
    assert (found.state, found.ok) == (DecisionsState.DONE, 8)


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


def test_what_there_is_no_time_to_look_at_is_unchecked() -> None:
    api = Api(2)
    rows = [Wish(row["client"], row["bill_id"]).row for row in api.rows(2)]
    asking = Asking(api.actor(), api.rights(), api.clock.now())
    found = precheck(api.environment, asking, DECIDE, rows)
    assert (found.submitted, found.ready, found.blocked, found.unchecked) == (4, 0, 0, 4)
    assert [each.unchecked for each in found.clients] == [2, 2]


def test_limits_of_the_firm_count_what_clients_before_would_take() -> None:
    api = Api(2)
    limits = LimitSet(per_day=usd("250.00"))
    assert api.store.books(FIRM).save(Limits(FIRM_LIMITS, 0, Level.FIRM, FIRM.firm, limits))
    rows = api.rows(2)
    rows.sort(key=lambda row: row["client"])
    checked = api.post(PRECHECK, {"decisions": rows}).body["rows"]
    done = api.post(FINALIZE, {"decisions": rows}).body["results"]
    wanted = [None, None, "limit_daily", "limit_daily"]
    assert [row["code"] for row in checked] == wanted
    assert [row["code"] for row in done] == wanted
    assert checked[2]["numbers"]["left"] == done[2]["numbers"]["left"]


def test_who_may_decide_and_not_stage_decides_only_what_is_staged() -> None:
    api = Api(1)
    [staged], [fresh] = api.bills("c00", 1), api.bills("c00", 1, staged=False)
    only = PermissionSet("deciders", 0, "Deciders", (Permission.VIEW, Permission.DECIDE))
    books = api.store.books(FIRM)
    assert books.save(only)
    assert books.save(Member("dora", 0, {}, sets={"*": ("deciders",)}))
    fields = {"client": "c00", "action": "schedule", "pay_on": MONDAY}
    rows = [{**fields, "bill_id": bill} for bill in (staged, fresh)]
    for route, field in ((PRECHECK, "rows"), (FINALIZE, "results")):
        answer = api.post(route, {"decisions": rows}, "dora")
        assert answer.status == 200, answer.body
        told = answer.body[field]
        assert [row["code"] for row in told] == [None, "forbidden"]
        assert told[1]["numbers"]["needed"] == "stage"


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


@pytest.mark.parametrize(
    "event",
    [
        {"step": "plan", "firm": "maple"},
        {"step": "plan", "firm": "a/b", "batch": "fin_1"},
        {"step": "part", "firm": "maple", "batch": "fin_1"},
        {"step": "other", "firm": "maple", "batch": "fin_1"},
        {"step": "close", "firm": "maple", "batch": "a/b"},
    ],
)
def test_tasks_take_keys_only(event: dict[str, Any]) -> None:
    api = Api(1)
    with pytest.raises(BadTaskInput):
        batch_worker.run(api.environment, event, api.clock.now())
