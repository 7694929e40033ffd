"""The walker and the local engine bring the same machine to the same end.

Where the engine differs from AWS, the walker keeps to AWS; those cases are marked.
"""

from __future__ import annotations

import importlib.util
import json
import random
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.engine.stack import Stack
from local.walker.definition import parse
from local.walker.execution import Execution
from local.walker.runs import Platform, Status
from tests.contract.engine.machines import Machines
from tests.support.walker import invoke, only, passing, states

Definition = dict[str, Any]
# How an execution ended: status, output, error, cause.
End = tuple[str, Any, str | None, str | None]

GIVEN: Definition = {
    "a": {"b": [10, 20]},
    "n": 5,
    "s": "pay-9",
    "yes": True,
    "fail": "",
    "rows": [3, 1, 2],
    "none": [],
}
STEPS = invoke("steps", {"fail.$": "$.fail", "execution.$": "$$.Execution.Name"})
ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
CAUGHT = {"Type": "Succeed"}


def choosing(*rules: Definition) -> Definition:
    choices = [{**rule, "Next": f"Take{number}"} for number, rule in enumerate(rules)]
    targets = {f"Take{number}": passing(number) for number, _ in enumerate(rules)}
    choice = {"Type": "Choice", "Choices": choices, "Default": "Other"}
    return states("Choose", Choose=choice, Other=passing("other"), **targets)


def working(**fields: Any) -> Definition:
    return states("Work", Work={**STEPS, "End": True, **fields}, Caught=CAUGHT)


def branch(name: str, **fields: Any) -> Definition:
    return {"StartAt": name, "States": {name: {"End": True, **fields}}}


def mapping(processor: Definition, **fields: Any) -> Definition:
    return only(Type="Map", ItemsPath="$.rows", ItemProcessor=processor, **fields)


PASS = {"Type": "Pass"}
BAD = states("Bad", Bad={"Type": "Fail", "Error": "Row.Bad", "Cause": "why"})
PRESENT = {"Variable": "$.missing", "IsPresent": True}
BUSY_TWICE_AT_MOST = [{"ErrorEquals": ["TryAgain"], "IntervalSeconds": 1, "MaxAttempts": 3}]
CASES: dict[str, tuple[Definition, Definition]] = {
    "pass": (only(**PASS), {}),
    "input path": (only(**PASS, InputPath="$.a"), {}),
    "output path": (only(**PASS, OutputPath="$.a.b[1]"), {}),
    "result": (only(**PASS, Result={"x": [1, None, "é"]}), {}),
    "result path": (only(**PASS, Result=7, ResultPath="$.a.c"), {}),
    "result path, new": (only(**PASS, Result=7, ResultPath="$.x.y"), {}),
    "no result": (only(**PASS, Result=7, ResultPath=None), {}),
    "result in raw input": (only(**PASS, InputPath="$.a", Result=7, ResultPath="$.r"), {}),
    "parameters": (only(**PASS, Parameters={"x": [1], "y.$": "$.a.b", "z": {"n.$": "$.n"}}), {}),
    "parameters of input path": (only(**PASS, InputPath="$.a", Parameters={"y.$": "$.b"}), {}),
    "context": (only(**PASS, Parameters={"s.$": "$$.State.Name"}), {}),
    "string equals": (choosing({"Variable": "$.s", "StringEquals": "pay-9"}), {}),
    "string differs": (choosing({"Variable": "$.s", "StringEquals": "pay"}), {}),
    "boolean equals": (choosing({"Variable": "$.yes", "BooleanEquals": True}), {}),
    "numeric equals": (choosing({"Variable": "$.n", "NumericEquals": 5}), {}),
    "numeric compares": (choosing({"Variable": "$.n", "NumericGreaterThan": 5}), {}),
    "is present": (choosing(PRESENT, {"Not": PRESENT}), {}),
    "and stops early": (
        choosing({"And": [PRESENT, {"Variable": "$.missing", "StringEquals": "x"}]}),
        {},
    ),
    "or": (choosing({"Or": [PRESENT, {"Variable": "$.n", "NumericEquals": 5}]}), {}),
    "task": (working(), {}),
    "selected and placed": (
        working(ResultSelector={"c.$": "$.Payload.calls"}, ResultPath="$.last"),
        {},
    ),
    "task's output path": (working(OutputPath="$.Payload"), {}),
    "failed by class": (working(), {"fail": "named"}),
    "caught by class": (
        working(Catch=[{"ErrorEquals": ["BankClosed"], "ResultPath": "$.error", "Next": "Caught"}]),
        {"fail": "named"},
    ),
    "caught as task failed": (
        working(Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]),
        {"fail": "named"},
    ),
    "caught by all": (working(Catch=ALL), {"fail": "named"}),
    "caught by nobody": (
        working(Catch=[{"ErrorEquals": ["States.Timeout", "TryAgain"], "Next": "Caught"}]),
        {"fail": "named"},
    ),
    "retried": (working(Retry=BUSY_TWICE_AT_MOST, ResultPath=None), {"fail": "once"}),
    "retried in vain": (
        working(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}], Catch=ALL),
        {"fail": "named"},
    ),
    "never retried": (
        working(Retry=[{"ErrorEquals": ["BankClosed"], "MaxAttempts": 0}]),
        {"fail": "named"},
    ),
    "waited": (only(Type="Wait", Seconds=3600), {}),
    "failed": (states("End", End={"Type": "Fail", "Error": "E", "Cause": "why"}), {}),
    "no choice": (
        states(
            "Choose",
            Choose={
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "Yes"}],
            },
            Yes=CAUGHT,
        ),
        {},
    ),
    "parallel": (
        only(
            Type="Parallel",
            Branches=[branch("A", **PASS, Result=1), branch("B", **PASS, OutputPath="$.n")],
            ResultPath="$.both",
        ),
        {},
    ),
    "parallel selected": (
        only(
            Type="Parallel",
            Branches=[branch("A", **PASS, Result=1), branch("B", **PASS, Result=2)],
            ResultSelector={"second.$": "$[1]"},
        ),
        {},
    ),
    "parallel fails": (only(Type="Parallel", Branches=[BAD]), {}),
    "parallel caught": (
        states(
            "Both",
            Both={"Type": "Parallel", "Branches": [BAD, BAD], "Catch": ALL, "End": True},
            Caught=CAUGHT,
        ),
        {},
    ),
    "map": (mapping(branch("Each", **PASS), MaxConcurrency=2), {}),
    "map over nothing": (mapping(branch("Each", **PASS), ResultPath="$.done"), {"rows": []}),
    "map selects": (
        mapping(
            branch("Each", **PASS),
            ItemSelector={
                "item.$": "$$.Map.Item.Value",
                "index.$": "$$.Map.Item.Index",
                "n.$": "$.n",
            },
        ),
        {},
    ),
    "map fails": (mapping(BAD), {}),
    "map caught": (
        states(
            "Rows",
            Rows={
                "Type": "Map",
                "ItemsPath": "$.rows",
                "ItemProcessor": BAD,
                "Catch": ALL,
                "End": True,
            },
            Caught=CAUGHT,
        ),
        {},
    ),
    "map over tasks": (
        mapping(
            branch("Each", **invoke("steps", {"fail": "", "execution.$": "$$.Execution.Name"})),
            MaxConcurrency=2,
        ),
        {},
    ),
}
# The engine reads nothing as null; AWS and the walker fail the execution.
STRICTER: dict[str, Definition] = {
    "missing parameter": only(**PASS, Parameters={"x.$": "$.missing"}),
    "missing input": only(**PASS, InputPath="$.missing"),
    "missing variable": choosing({"Variable": "$.missing", "StringEquals": "x"}),
    "missing answer": working(ResultSelector={"x.$": "$.Payload.missing"}),
}


def steps_handler() -> Callable[[Definition], Any]:
    """The fixture function's own code, loaded here once more."""
    path = Path(__file__).with_name("fixtures") / "steps" / "handler.py"
    spec = importlib.util.spec_from_file_location("walker_steps", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = module.handler
    return lambda payload: handler(payload, None)


class Both:
    """Runs one machine twice."""

    def __init__(self, app: Stack) -> None:
        self.app = app
        self.machines = Machines(app)
        self.tokens: list[str] = []
        self._number = 0

    def on_engine(self, definition: Definition, given: Definition) -> str:
        """Start it there, with the functions' addresses filled in."""
        text = json.dumps(definition)
        for name, address in self.app.functions.items():
            text = text.replace(f'"FunctionName": "{name}"', f'"FunctionName": "{address}"')
        return self.machines.start(self.machines.create(json.loads(text)), given)

    def on_walker(self, definition: Definition, given: Definition) -> Execution:
        """Walk it until it ends or waits."""
        self._number += 1
        functions = {
            "steps": steps_handler(),
            "echo": lambda payload: self.tokens.append(payload["say"]),
        }
        platform = Platform(
            functions,
            lambda: datetime.now(UTC),
            random.Random(self._number),  # noqa: S311  # any order will do
            wait_scale=0,
        )
        execution = Execution(parse("machine", definition), f"w-{self._number}", given, platform)
        execution.run()
        return execution

    def engine_token(self) -> str:
        """The token that the engine's last waiting task printed."""
        give_up_at = time.monotonic() + 10
        seen = len(re.findall(r"echo ([0-9a-f-]{36})", self.app.log()))
        while time.monotonic() < give_up_at:
            found = re.findall(r"echo ([0-9a-f-]{36})", self.app.log())
            if found and found[-1] not in self.tokens:
                self.tokens.append(found[-1])
                return str(found[-1])
            time.sleep(0.02)
        raise AssertionError(f"no new token after {seen}")


@pytest.fixture(scope="module")
def both(session_app: Stack) -> Both:
    return Both(session_app)


def engine_end(done: Definition) -> End:
    output = json.loads(done["output"]) if done["status"] == "SUCCEEDED" else None
    return done["status"], bare(output), done.get("error"), cause_of(done.get("cause"))


def walker_end(execution: Execution) -> End:
    failure = execution.failure
    return (
        execution.status.value,
        bare(execution.output),
        failure.error if failure else None,
        cause_of(failure.cause) if failure else None,
    )


def cause_of(text: str | None) -> str | None:
    """The message of a function's error; the trace of its lines is the engine's own."""
    if text and text.startswith("{"):
        return str(json.loads(text)["errorMessage"])
    return text or None


def bare(value: Any) -> Any:
    """An output whose caught error shows its message only."""
    if isinstance(value, dict):
        return {
            key: cause_of(item) if key == "Cause" else bare(item) for key, item in value.items()
        }
    return [bare(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", CASES)
def test_both_end_alike(both: Both, name: str) -> None:
    definition, changes = CASES[name]
    given = GIVEN | changes
    engine = both.app.wait_for_execution(both.on_engine(definition, given), 15)
    walker = both.on_walker(definition, given)
    if name == "no choice":  # each words the cause in its own way
        assert engine["error"] == walker_end(walker)[2] == "States.NoChoiceMatched"
    else:
        assert walker_end(walker) == engine_end(engine)


@pytest.mark.parametrize("name", STRICTER)
def test_what_is_missing_fails_on_the_walker_as_on_aws(both: Both, name: str) -> None:
    walker = both.on_walker(STRICTER[name], GIVEN)
    assert walker_end(walker)[:3] == ("FAILED", None, "States.Runtime")
    engine = both.app.wait_for_execution(both.on_engine(STRICTER[name], GIVEN), 15)
    assert engine["status"] == "SUCCEEDED"


def awaiting(**fields: Any) -> Definition:
    task = invoke("echo", {"say.$": "$$.Task.Token"}, waits=True)
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
    return states("Await", Await={**task, "Catch": catch, "End": True, **fields}, Caught=CAUGHT)


@pytest.mark.parametrize("fields", [{}, {"ResultPath": "$.last"}], ids=str)
def test_both_go_on_with_an_answer(both: Both, fields: Definition) -> None:
    engine = both.on_engine(awaiting(**fields), {"kept": 1})
    token = both.engine_token()
    both.machines.client.send_task_success(taskToken=token, output='{"outcome": "verify"}')
    walker = both.on_walker(awaiting(**fields), {"kept": 1})
    assert walker.status is Status.RUNNING
    assert walker.succeed(both.tokens[-1], {"outcome": "verify"})
    walker.run()
    assert walker_end(walker) == engine_end(both.app.wait_for_execution(engine, 15))


def test_both_catch_an_answered_failure(both: Both) -> None:
    engine = both.on_engine(awaiting(), {"kept": 1})
    token = both.engine_token()
    both.machines.client.send_task_failure(taskToken=token, error="Bank.Hold", cause="review")
    walker = both.on_walker(awaiting(), {"kept": 1})
    assert walker.fail(both.tokens[-1], "Bank.Hold", "review")
    walker.run()
    assert walker_end(walker) == engine_end(both.app.wait_for_execution(engine, 15))


def test_both_end_a_wait_at_its_time_limit(both: Both) -> None:
    definition = awaiting(TimeoutSeconds=1)
    walker = both.on_walker(definition, {"kept": 1})
    engine = both.app.wait_for_execution(both.on_engine(definition, {"kept": 1}), 15)
    assert json.loads(engine["output"])["error"]["Error"] == "States.Timeout"
    give_up_at = time.monotonic() + 5
    while walker.run() is Status.RUNNING and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert walker.output["error"]["Error"] == "States.Timeout"


def test_a_waiting_task_whose_function_fails_ends_at_once_on_the_walker_as_on_aws(
    both: Both,
) -> None:
    payload = {"fail": "named", "execution.$": "$$.Execution.Name", "token.$": "$$.Task.Token"}
    task = invoke("steps", payload, waits=True, TimeoutSeconds=1, Catch=ALL, End=True)
    definition = states("Await", Await=task, Caught=CAUGHT)
    walker = both.on_walker(definition, {})
    assert walker.output["error"]["Error"] == "BankClosed"
    # The engine drops the function's error and waits for an answer that nobody will give.
    engine = both.app.wait_for_execution(both.on_engine(definition, {}), 15)
    assert json.loads(engine["output"])["error"]["Error"] == "States.Timeout"
