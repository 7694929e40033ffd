"""One construct of the language at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.walker.errors import StateFailed
from local.walker.runs import Status, Stepped
from tests.support.walker import NOW, Rig, invoke, only, passing, states


def outcome(definition: dict[str, Any], given: Any = None, **functions: Any) -> Any:
    """Output, or the error's name and cause."""
    execution = Rig(functions).start(definition, given)
    execution.run()
    if execution.status is Status.SUCCEEDED:
        return execution.output
    assert execution.failure is not None
    return (execution.status.value, execution.failure.error, execution.failure.cause)


# -- Pass and paths: raw input -> InputPath -> Parameters -> Result -> ResultPath -> OutputPath

GIVEN = {"a": {"b": [10, 20]}, "keep": 1}
PATHS: list[tuple[dict[str, Any], Any]] = [
    ({}, GIVEN),
    ({"InputPath": "$.a"}, {"b": [10, 20]}),
    ({"InputPath": None}, {}),
    ({"OutputPath": "$.a.b[1]"}, 20),
    ({"OutputPath": None}, {}),
    ({"OutputPath": "$['a']['b'][0]"}, 10),
    ({"Result": {"x": 1}}, {"x": 1}),
    ({"Result": 7, "ResultPath": "$.r"}, GIVEN | {"r": 7}),
    ({"Result": 7, "ResultPath": "$.a.c"}, {"a": {"b": [10, 20], "c": 7}, "keep": 1}),
    ({"Result": 7, "ResultPath": "$.n.m"}, GIVEN | {"n": {"m": 7}}),
    ({"Result": 7, "ResultPath": None}, GIVEN),
    ({"InputPath": "$.a", "Result": 7, "ResultPath": "$.r"}, GIVEN | {"r": 7}),
    ({"Parameters": {"x": 1, "y.$": "$.a.b[0]"}}, {"x": 1, "y": 10}),
    ({"Parameters": {"deep": [{"y.$": "$.keep"}, "$.keep"]}}, {"deep": [{"y": 1}, "$.keep"]}),
    ({"InputPath": "$.a", "Parameters": {"all.$": "$"}}, {"all": {"b": [10, 20]}}),
    (
        {"Parameters": {"name.$": "$$.Execution.Name", "state.$": "$$.State.Name"}},
        {"name": "walk-1", "state": "Only"},
    ),
    ({"Parameters": {"given.$": "$$.Execution.Input.keep"}}, {"given": 1}),
]


@pytest.mark.parametrize(("fields", "expected"), PATHS, ids=str)
def test_paths(fields: dict[str, Any], expected: Any) -> None:
    assert outcome(only(Type="Pass", **fields), GIVEN) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"InputPath": "$.none"},
        {"OutputPath": "$.none"},
        {"OutputPath": "$.a.b[2]"},
        {"Parameters": {"x.$": "$.none"}},
        {"Parameters": {"x.$": "$.keep.deeper"}},
    ],
    ids=str,
)
def test_a_path_to_nothing_ends_the_execution(fields: dict[str, Any]) -> None:
    assert outcome(only(Type="Pass", **fields), GIVEN)[:2] == ("FAILED", "States.Runtime")


def test_a_result_has_no_place_in_what_is_no_object() -> None:
    found = outcome(only(Type="Pass", Result=1, ResultPath="$.r"), [1])
    assert found[:2] == ("FAILED", "States.ResultPathMatchFailure")


def test_a_state_cannot_change_another_ones_data() -> None:
    given = {"list": [1]}
    execution = Rig({}).start(only(Type="Pass"), given)
    execution.run()
    execution.output["list"].append(2)
    assert given == {"list": [1]}


# -- Choice

DATA = {"s": "pay-9", "n": 5, "yes": True, "no": False, "null": None, "zero": 0}
RULES: list[tuple[dict[str, Any], bool]] = [
    ({"Variable": "$.s", "StringEquals": "pay-9"}, True),
    ({"Variable": "$.s", "StringEquals": "pay"}, False),
    ({"Variable": "$.n", "StringEquals": "5"}, False),
    ({"Variable": "$.s", "StringMatches": "pay-*"}, True),
    ({"Variable": "$.s", "StringMatches": "*-8"}, False),
    ({"Variable": "$.yes", "BooleanEquals": True}, True),
    ({"Variable": "$.no", "BooleanEquals": True}, False),
    ({"Variable": "$.zero", "BooleanEquals": False}, False),
    ({"Variable": "$.n", "NumericEquals": 5}, True),
    ({"Variable": "$.n", "NumericEquals": 5.0}, True),
    ({"Variable": "$.yes", "NumericEquals": 1}, False),
    ({"Variable": "$.n", "NumericLessThan": 5}, False),
    ({"Variable": "$.n", "NumericLessThanEquals": 5}, True),
    ({"Variable": "$.n", "NumericGreaterThan": 4}, True),
    ({"Variable": "$.n", "NumericGreaterThanEquals": 6}, False),
    ({"Variable": "$.null", "IsNull": True}, True),
    ({"Variable": "$.n", "IsNull": True}, False),
    ({"Variable": "$.null", "IsPresent": True}, True),
    ({"Variable": "$.none", "IsPresent": True}, False),
    ({"Variable": "$.none", "IsPresent": False}, True),
    ({"Variable": "$.n.none", "IsPresent": True}, False),
    ({"Variable": "$$.Execution.Name", "StringEquals": "walk-1"}, True),
    ({"Not": {"Variable": "$.n", "NumericEquals": 5}}, False),
    (
        {
            "And": [
                {"Variable": "$.none", "IsPresent": True},
                {"Variable": "$.none", "StringEquals": "x"},
            ]
        },
        False,
    ),
    (
        {
            "Or": [
                {"Variable": "$.n", "NumericEquals": 9},
                {"Not": {"Variable": "$.no", "BooleanEquals": True}},
            ]
        },
        True,
    ),
]


def choosing(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    choices = [{**rule, "Next": f"Take{number}"} for number, rule in enumerate(rules)]
    targets = {f"Take{number}": passing(number) for number, _ in enumerate(rules)}
    choice = {"Type": "Choice", "Choices": choices, **fields}
    return states("Choose", Choose=choice, Other=passing("other"), **targets)


@pytest.mark.parametrize(("rule", "holds"), RULES, ids=str)
def test_choice_rules(rule: dict[str, Any], holds: bool) -> None:
    assert outcome(choosing(rule, Default="Other"), DATA) == (0 if holds else "other")


def test_the_first_rule_that_holds_decides() -> None:
    some = {"Variable": "$.n", "NumericGreaterThan": 1}
    assert outcome(choosing({"Variable": "$.n", "NumericEquals": 1}, some, some), DATA) == 1


def test_no_rule_and_no_default() -> None:
    rule = {"Variable": "$.n", "NumericEquals": 1}
    assert outcome(choosing(rule), DATA)[:2] == ("FAILED", "States.NoChoiceMatched")


def test_a_variable_that_is_not_there_is_an_error_as_on_aws() -> None:
    rule = {"Variable": "$.none", "StringEquals": "x"}
    assert outcome(choosing(rule, Default="Other"), DATA)[:2] == ("FAILED", "States.Runtime")


# -- Task

WORK = invoke("work", {"x.$": "$.x"})


def test_a_task_gets_its_payload_and_answers_with_payload() -> None:
    found = outcome(only(**WORK), {"x": 2}, work=lambda payload: {"twice": payload["x"] * 2})
    assert found == {"Payload": {"twice": 4}, "StatusCode": 200}


def test_a_result_is_selected_and_placed() -> None:
    task = WORK | {"ResultSelector": {"y.$": "$.Payload.twice"}, "ResultPath": "$.last"}
    found = outcome(only(**task), {"x": 2}, work=lambda payload: {"twice": payload["x"] * 2})
    assert found == {"x": 2, "last": {"y": 4}}


def test_a_whole_payload_by_path() -> None:
    task = {**WORK, "Parameters": {"FunctionName": "work", "Payload.$": "$"}}
    assert outcome(only(**task, OutputPath="$.Payload"), {"x": 2}, work=dict) == {"x": 2}


def test_what_a_function_keeps_of_its_payload_changes_nothing() -> None:
    def work(payload: dict[str, Any]) -> Any:
        payload["x"].append(2)
        return payload["x"]

    assert outcome(only(**WORK, ResultPath=None), {"x": [1]}, work=work) == {"x": [1]}


class BankClosed(Exception):
    """An error by its class name."""


class TryAgain(Exception):
    """Another one."""


def failing(*errors: Exception | None) -> Any:
    """A function that raises these in turn and answers "done" for None and afterwards."""
    left = list(errors)

    def work(payload: object) -> str:
        error = left.pop(0) if left else None
        if error is not None:
            raise error
        return "done"

    return work


def caught(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    catch = [{"ResultPath": "$.error", **rule, "Next": "Caught"} for rule in rules]
    return states(
        "Work", Work={**WORK, "End": True, "Catch": catch, **fields}, Caught={"Type": "Succeed"}
    )


def test_an_error_that_nobody_takes_fails_by_its_class_name() -> None:
    found = outcome(only(**WORK), {"x": 1}, work=failing(BankClosed("opens at nine")))
    cause = '{"errorMessage": "opens at nine", "errorType": "BankClosed"}'
    assert found == ("FAILED", "BankClosed", cause)


CATCHES: list[tuple[list[str], Exception, bool]] = [
    (["BankClosed"], BankClosed("x"), True),
    (["Other", "BankClosed"], BankClosed("x"), True),
    (["Other"], BankClosed("x"), False),
    (["Exception"], BankClosed("x"), False),
    (["States.ALL"], BankClosed("x"), True),
    (["States.TaskFailed"], BankClosed("x"), True),
    (["States.TaskFailed"], StateFailed("States.Timeout"), False),
    (["States.Timeout"], StateFailed("States.Timeout"), True),
    (["States.ALL"], StateFailed("States.Timeout"), True),
    (["States.ALL"], StateFailed("States.Runtime"), False),
]


@pytest.mark.parametrize(("names", "error", "is_caught"), CATCHES)
def test_catch(names: list[str], error: Exception, is_caught: bool) -> None:
    found = outcome(caught({"ErrorEquals": names}), {"x": 1}, work=failing(error))
    if is_caught:
        assert found["x"] == 1
        assert found["error"]["Error"] in ("BankClosed", "States.Timeout")
    else:
        assert found[0] == "FAILED"


def test_the_first_catcher_decides_and_by_default_replaces_the_data() -> None:
    machine = states(
        "Work",
        Work={
            **WORK,
            "End": True,
            "Catch": [
                {"ErrorEquals": ["TryAgain"], "Next": "Wrong"},
                {"ErrorEquals": ["BankClosed"], "Next": "Right"},
                {"ErrorEquals": ["States.ALL"], "Next": "Wrong"},
            ],
        },
        Right={"Type": "Succeed"},
        Wrong={"Type": "Fail"},
    )
    found = outcome(machine, {"x": 1}, work=failing(BankClosed("")))
    assert set(found) == {"Error", "Cause"}


def test_the_caught_errors_place_is_in_the_raw_input() -> None:
    machine = caught({"ErrorEquals": ["States.ALL"]}, InputPath="$.in")
    found = outcome(machine, {"in": {"x": 1}}, work=failing(BankClosed("")))
    assert set(found) == {"in", "error"}


def test_an_error_without_a_place_fails() -> None:
    machine = caught(
        {"ErrorEquals": ["States.ALL"]}, Parameters={"FunctionName": "work", "Payload": {}}
    )
    found = outcome(machine, [1], work=failing(BankClosed("")))
    assert found[:2] == ("FAILED", "States.ResultPathMatchFailure")


# -- Retry

AGAIN = {"ErrorEquals": ["TryAgain"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}


@pytest.mark.parametrize(
    ("retry", "errors", "calls", "ends"),
    [
        ([AGAIN], 1, 2, "SUCCEEDED"),
        ([AGAIN], 2, 3, "SUCCEEDED"),
        ([AGAIN], 3, 3, "FAILED"),
        ([{"ErrorEquals": ["TryAgain"], "MaxAttempts": 0}], 1, 1, "FAILED"),
        ([{"ErrorEquals": ["TryAgain"]}], 3, 4, "SUCCEEDED"),
        ([{"ErrorEquals": ["TryAgain"]}], 4, 4, "FAILED"),
        ([{"ErrorEquals": ["Other"]}], 1, 1, "FAILED"),
        ([{"ErrorEquals": ["Other"]}, AGAIN], 1, 2, "SUCCEEDED"),
        # The first rule for an error decides, also when it has no attempts left.
        ([AGAIN | {"MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"]}], 2, 2, "FAILED"),
    ],
)
def test_retry(retry: list[dict[str, Any]], errors: int, calls: int, ends: str) -> None:
    rig = Rig({"work": failing(*[TryAgain("busy")] * errors)}, wait_scale=0)
    execution = rig.start(only(**WORK, Retry=retry), {"x": 1})
    assert execution.run().value == ends
    assert execution.history.count("Only") == calls


def test_pauses_grow_up_to_the_longest() -> None:
    retry = AGAIN | {"MaxAttempts": 3, "MaxDelaySeconds": 10}
    rig = Rig({"work": failing(*[TryAgain("busy")] * 3)})
    execution = rig.start(only(**WORK, Retry=[retry]), {"x": 1})
    for seconds in (2, 6, 10):
        assert execution.run() is Status.RUNNING
        rig.now += timedelta(seconds=seconds) - timedelta(microseconds=1)
        assert execution.step() is Stepped.WAITING
        rig.now += timedelta(microseconds=1)
    assert execution.run() is Status.SUCCEEDED


def test_full_jitter_draws_the_pause() -> None:
    retry = AGAIN | {"JitterStrategy": "FULL"}
    rig = Rig({"work": failing(TryAgain("busy"))})
    execution = rig.start(only(**WORK, Retry=[retry]), {"x": 1})
    execution.run()
    drawn = 2 * Rig({}).random.random()
    rig.now = NOW + timedelta(seconds=drawn, microseconds=1)
    assert execution.run() is Status.SUCCEEDED


def test_retries_are_counted_anew_on_the_next_visit() -> None:
    once = [{"ErrorEquals": ["TryAgain"], "MaxAttempts": 1}]
    machine = states(
        "Work",
        Work={
            **WORK,
            "Retry": once,
            "ResultSelector": {"r.$": "$.Payload"},
            "ResultPath": "$.last",
            "Next": "Again",
        },
        Again={
            "Type": "Choice",
            "Choices": [{"Variable": "$.last.r", "StringEquals": "first", "Next": "Work"}],
            "Default": "Done",
        },
        Done={"Type": "Succeed"},
    )
    answers: list[Any] = [TryAgain(), "first", TryAgain(), "second"]

    def work(payload: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    rig = Rig({"work": work}, wait_scale=0)
    execution = rig.start(machine, {"x": 1})
    assert execution.run() is Status.SUCCEEDED
    assert execution.output["last"] == {"r": "second"}


def test_what_is_caught_comes_after_the_last_retry() -> None:
    rig = Rig({"work": failing(*[TryAgain("busy")] * 9)}, wait_scale=0)
    machine = caught({"ErrorEquals": ["States.ALL"]}, Retry=[AGAIN])
    execution = rig.start(machine, {"x": 1})
    assert execution.run() is Status.SUCCEEDED
    assert execution.history == ["Work", "Work", "Work", "Caught"]


# -- Wait, Succeed, Fail


@pytest.mark.parametrize("fields", [{"Seconds": 60}, {"SecondsPath": "$.pause"}])
def test_wait(fields: dict[str, Any]) -> None:
    rig = Rig({})
    execution = rig.start(only(Type="Wait", **fields), {"pause": 60})
    assert execution.step() is Stepped.MOVED
    assert execution.step() is Stepped.WAITING
    rig.now += timedelta(seconds=60)
    assert execution.is_ready
    assert execution.run() is Status.SUCCEEDED
    assert execution.output == {"pause": 60}


def test_waits_can_be_skipped() -> None:
    execution = Rig({}, wait_scale=0).start(only(Type="Wait", Seconds=3600), {})
    assert execution.run() is Status.SUCCEEDED


def test_succeed_shows_what_its_paths_say() -> None:
    assert outcome(states("End", End={"Type": "Succeed", "InputPath": "$.keep"}), GIVEN) == 1


def test_fail_names_error_and_cause() -> None:
    found = outcome(states("End", End={"Type": "Fail", "Error": "Row.Bad", "Cause": "why"}))
    assert found == ("FAILED", "Row.Bad", "why")


def test_an_execution_that_ended_does_nothing_more() -> None:
    execution = Rig({}).start(only(Type="Pass"), {})
    execution.run()
    assert execution.step() is Stepped.ENDED
    execution.abort()
    assert execution.status is Status.SUCCEEDED


def test_an_endless_machine_is_noticed() -> None:
    loop = states("Again", Again={"Type": "Pass", "Next": "Again"})
    with pytest.raises(RuntimeError, match="goes on"):
        Rig({}).start(loop, {}).run(steps_max=50)
