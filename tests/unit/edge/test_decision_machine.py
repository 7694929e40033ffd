"""The machine of decisions over many clients, walked in memory over its real tasks."""

from __future__ import annotations

from typing import Any

import pytest

from local.walker.runs import Status
from rowcol.domain.decision_batch import DecisionsState
from rowcol.edge import batch_worker
from rowcol.edge.task import BadTaskInput
from tests.support.decision_api import FINALIZE, Api, submitted, walked


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


@pytest.mark.parametrize("seed", range(3))
def test_the_machine_does_all_clients_and_writes_the_end(seed: int) -> None:
    api = Api(12)
    batch = submitted(api, api.rows(3))
    assert walked(api, batch, seed).status is Status.SUCCEEDED
    found = api.batch(batch)
    assert (found.state, found.ok) == (DecisionsState.DONE, 36)
    assert found.due is None


def test_one_failing_client_never_stops_the_others_and_is_gone_on_with() -> None:
    api = Api(4)
    batch = submitted(api, api.rows(2))
    ended = walked(api, batch, fails="c01")
    assert ended.status is Status.SUCCEEDED
    body = api.read(batch).body
    assert (body["state"], body["ok"], body["pending"]) == ("running", 6, 2)
    found = api.swept(batch)
    assert (found.state, found.ok) == (DecisionsState.DONE, 8)


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
