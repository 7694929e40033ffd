"""Executions that wait, branch and die between any two calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.walker.execution import Execution
from local.walker.runs import Status, Stepped
from tests.support.walker import NOW, Rig, invoke, only, passing, states

# -- waiting for a token

TOKENS: list[str] = []


def keep(payload: dict[str, Any]) -> None:
    TOKENS.append(payload["token"])


@pytest.fixture(autouse=True)
def _no_tokens() -> None:
    TOKENS.clear()


AWAIT = invoke("keep", {"token.$": "$$.Task.Token"}, waits=True)


def awaiting(**fields: Any) -> dict[str, Any]:
    catch = [
        {"ErrorEquals": ["States.Timeout"], "ResultPath": "$.late", "Next": "Late"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"},
    ]
    task = {**AWAIT, "ResultPath": "$.last", "Catch": catch, "End": True, **fields}
    return states("Await", Await=task, Late={"Type": "Succeed"}, Failed={"Type": "Succeed"})


def started(rig: Rig | None = None, **fields: Any) -> Execution:
    execution = (rig or Rig({"keep": keep})).start(awaiting(**fields), {"kept": 1})
    assert execution.run() is Status.RUNNING
    assert execution.step() is Stepped.WAITING
    assert execution.tokens == tuple(TOKENS)
    return execution


def test_an_answer_brings_the_result_itself() -> None:
    execution = started()
    assert execution.succeed(TOKENS[0], {"outcome": "verify"})
    assert execution.is_ready
    assert execution.run() is Status.SUCCEEDED
    assert execution.output == {"kept": 1, "last": {"outcome": "verify"}}


def test_a_token_is_answered_once() -> None:
    execution = started()
    assert execution.succeed(TOKENS[0], 1)
    assert not execution.succeed(TOKENS[0], 2)
    assert not execution.fail(TOKENS[0], "Late")
    assert execution.tokens == ()
    execution.run()
    assert execution.output["last"] == 1
    assert not execution.succeed(TOKENS[0], 3)


def test_a_made_up_token_is_nobodys() -> None:
    assert not started().succeed("token/walk-1/99", {})


def test_an_answer_may_be_a_failure() -> None:
    execution = started()
    assert execution.fail(TOKENS[0], "Bank.Hold", "review")
    execution.run()
    assert execution.output == {"kept": 1, "error": {"Error": "Bank.Hold", "Cause": "review"}}


def test_nobody_answers_in_time() -> None:
    rig = Rig({"keep": keep})
    execution = started(rig, TimeoutSeconds=60)
    rig.now = NOW + timedelta(seconds=60) - timedelta(microseconds=1)
    assert execution.step() is Stepped.WAITING
    rig.now = NOW + timedelta(seconds=60)
    assert not execution.succeed(TOKENS[0], {})
    assert execution.run() is Status.SUCCEEDED
    assert execution.output["late"]["Error"] == "States.Timeout"


def test_without_a_time_limit_it_waits_for_ever() -> None:
    rig = Rig({"keep": keep})
    execution = started(rig)
    rig.now += timedelta(days=10_000)
    assert execution.step() is Stepped.WAITING


def test_an_answer_during_the_call_counts() -> None:
    def answer(payload: dict[str, Any]) -> None:
        assert execution.succeed(payload["token"], "at once")

    execution = Rig({"keep": answer}).start(awaiting(), {})
    assert execution.run() is Status.SUCCEEDED
    assert execution.output == {"last": "at once"}


def test_an_answer_during_a_call_that_then_fails_counts() -> None:
    def answer(payload: dict[str, Any]) -> None:
        assert execution.succeed(payload["token"], "at once")
        raise ValueError("too late")

    execution = Rig({"keep": answer}).start(awaiting(), {})
    execution.run()
    assert execution.output == {"last": "at once"}


def test_each_attempt_has_a_token_of_its_own() -> None:
    def once(payload: dict[str, Any]) -> None:
        keep(payload)
        if len(TOKENS) == 1:
            raise ValueError("not stored")

    rig = Rig({"keep": once}, wait_scale=0)
    execution = rig.start(awaiting(Retry=[{"ErrorEquals": ["ValueError"]}]), {})
    assert execution.run() is Status.RUNNING
    first, second = TOKENS
    assert first != second
    assert execution.tokens == (second,)
    assert not execution.succeed(first, {})
    assert execution.succeed(second, {})


def test_a_token_is_not_seen_by_the_states_after_it() -> None:
    later = {"Type": "Pass", "Parameters": {"token.$": "$$.Task.Token"}, "End": True}
    machine = states("Await", Await={**AWAIT, "Next": "Later"}, Later=later)
    execution = Rig({"keep": keep}).start(machine, {})
    execution.run()
    execution.succeed(TOKENS[0], {})
    assert execution.run() is Status.FAILED
    assert execution.failure is not None
    assert execution.failure.error == "States.Runtime"


def test_an_aborted_execution_answers_to_nothing() -> None:
    execution = started()
    execution.abort()
    assert execution.status is Status.ABORTED
    assert not execution.succeed(TOKENS[0], {})
    assert execution.step() is Stepped.ENDED


# -- Parallel


def test_branches_get_the_same_input_and_join_in_order() -> None:
    branches = [
        states("One", One={"Type": "Pass", "OutputPath": "$.x", "End": True}),
        states("Two", Two=passing(2)),
    ]
    parallel = only(Type="Parallel", Branches=branches, ResultPath="$.both")
    execution = Rig({}).start(parallel, {"x": 1})
    assert execution.run() is Status.SUCCEEDED
    assert execution.output == {"x": 1, "both": [1, 2]}


def test_branches_advance_in_any_order() -> None:
    steps = {"Type": "Pass", "Next": "End"}
    branch = states("Go", Go=steps, End={"Type": "Succeed"})
    orders = set()
    for seed in range(30):
        rig = Rig({})
        rig.random.seed(seed)
        machine = only(
            Type="Parallel",
            Branches=[branch, {"StartAt": "X", "States": {"X": passing(1)}}],
        )
        execution = rig.start(machine, {})
        execution.run()
        orders.add(tuple(execution.history))
    assert len(orders) == 3


def test_both_branches_wait_at_once_and_go_on_alone() -> None:
    branch = states("Await", Await={**AWAIT, "End": True})
    execution = Rig({"keep": keep}).start(only(Type="Parallel", Branches=[branch, branch]), {})
    assert execution.run() is Status.RUNNING
    assert len(execution.tokens) == 2
    execution.succeed(TOKENS[1], "second")
    assert execution.run() is Status.RUNNING
    execution.succeed(TOKENS[0], "first")
    assert execution.run() is Status.SUCCEEDED
    assert sorted(execution.output) == ["first", "second"]


def test_a_failed_branch_ends_the_others_and_is_caught_outside() -> None:
    bad = states("Bad", Bad={"Type": "Fail", "Error": "Row.Bad"})
    waiting = states("Await", Await={**AWAIT, "End": True})
    machine = states(
        "Both",
        Both={
            "Type": "Parallel",
            "Branches": [waiting, bad],
            "Catch": [{"ErrorEquals": ["Row.Bad"], "ResultPath": "$.error", "Next": "After"}],
            "End": True,
        },
        After={"Type": "Succeed"},
    )
    execution = Rig({"keep": keep}).start(machine, {})
    assert execution.run() is Status.SUCCEEDED
    assert execution.output["error"]["Error"] == "Row.Bad"
    assert execution.tokens == ()
    assert not any(execution.succeed(token, {}) for token in TOKENS)


def test_a_failed_branch_starts_all_of_them_again() -> None:
    calls: list[str] = []

    def work(payload: dict[str, Any]) -> str:
        calls.append(payload["who"])
        if payload["who"] == "b" and calls.count("b") == 1:
            raise ValueError("busy")
        return "ok"

    branches = [
        states(
            "Work", Work={**invoke("work", {"who": who}), "End": True, "OutputPath": "$.Payload"}
        )
        for who in "ab"
    ]
    retry = [{"ErrorEquals": ["ValueError"]}]
    rig = Rig({"work": work}, wait_scale=0)
    execution = rig.start(only(Type="Parallel", Branches=branches, Retry=retry), {})
    assert execution.run() is Status.SUCCEEDED
    assert execution.output == ["ok", "ok"]
    assert calls.count("b") == 2
    assert calls.count("a") in (1, 2)  # the first time it may not have begun


# -- Map

EACH = states("Each", Each={"Type": "Pass", "End": True})


def mapping(processor: dict[str, Any] = EACH, **fields: Any) -> dict[str, Any]:
    return only(Type="Map", ItemsPath="$.rows", ItemProcessor=processor, **fields)


def test_a_map_keeps_order() -> None:
    execution = Rig({}).start(mapping(MaxConcurrency=3), {"rows": list(range(10))})
    assert execution.run() is Status.SUCCEEDED
    assert execution.output == list(range(10))


def test_a_map_over_nothing_is_an_empty_list() -> None:
    execution = Rig({}).start(mapping(ResultPath="$.done"), {"rows": []})
    execution.run()
    assert execution.output == {"rows": [], "done": []}


def test_items_are_selected_with_what_is_around_them() -> None:
    selector = {
        "item.$": "$$.Map.Item.Value",
        "index.$": "$$.Map.Item.Index",
        "depth.$": "$.depth",
    }
    given = {"rows": ["a", "b"], "depth": 3}
    execution = Rig({}).start(mapping(ItemSelector=selector), given)
    execution.run()
    assert execution.output == [
        {"item": "a", "index": 0, "depth": 3},
        {"item": "b", "index": 1, "depth": 3},
    ]


def test_no_more_than_the_limit_are_under_way() -> None:
    processor = states("Await", Await={**AWAIT, "End": True})
    execution = Rig({"keep": keep}).start(
        mapping(processor, MaxConcurrency=2), {"rows": list(range(5))}
    )
    for finished in range(5):
        execution.run()
        assert len(execution.tokens) == min(2, 5 - finished)
        execution.succeed(execution.tokens[0], finished)
    assert execution.run() is Status.SUCCEEDED
    assert sorted(execution.output) == [0, 1, 2, 3, 4]


def test_one_failing_item_caught_inside_does_not_stop_the_others() -> None:
    def work(payload: dict[str, Any]) -> int:
        if payload["n"] == 1:
            raise ValueError("bad row")
        return int(payload["n"])

    task = {
        **invoke("work", {"n.$": "$"}),
        "OutputPath": "$.Payload",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Bad"}],
        "End": True,
    }
    processor = states("Work", Work=task, Bad=passing("bad"))
    execution = Rig({"work": work}).start(mapping(processor), {"rows": [0, 1, 2]})
    execution.run()
    assert execution.output == [0, "bad", 2]


def test_a_map_of_what_is_no_list_fails() -> None:
    execution = Rig({}).start(mapping(), {"rows": 1})
    assert execution.run() is Status.FAILED


# -- driven from outside


def test_a_crash_leaves_no_execution_behind_and_calls_are_seen_one_by_one() -> None:
    class Crash(BaseException):
        """The process dies."""

    calls: list[str] = []

    def work(payload: dict[str, Any]) -> None:
        calls.append(payload["who"])
        if len(calls) == 2:
            raise Crash

    task = {**invoke("work", {"who.$": "$.who"}), "ResultPath": None}
    machine = states("One", One={**task, "Next": "Two"}, Two={**task, "End": True})
    rig = Rig({"work": work})
    one, two = (rig.start(machine, {"who": name}, name) for name in ("a", "b"))
    assert one.step() is Stepped.MOVED
    with pytest.raises(Crash):
        two.step()
    one.step()
    assert calls == ["a", "b", "a"]
    assert one.status is Status.SUCCEEDED


def test_several_executions_interleave_with_tokens_of_their_own() -> None:
    rig = Rig({"keep": keep})
    one, two = (rig.start(awaiting(), {}, name) for name in ("one", "two"))
    one.run()
    two.run()
    assert not one.succeed(two.tokens[0], {})
    assert two.succeed(two.tokens[0], {})
    assert (one.run(), two.run()) == (Status.RUNNING, Status.SUCCEEDED)


def test_a_function_nobody_gave_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Rig({}).start(only(**invoke("missing", {})), {}).run()
