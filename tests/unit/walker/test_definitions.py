"""What the walker does not know it refuses; what the product deploys it walks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.walker.definition import load, parse
from local.walker.errors import UnsupportedMachine
from local.walker.execution import Execution
from local.walker.runs import Status
from tests.support.walker import Rig, invoke, only, passing, states

MACHINES = Path(__file__).parents[3] / "statemachines"
TASK = invoke("work", {})
CHOICE: dict[str, Any] = {"Variable": "$.x", "IsPresent": True, "Next": "Only"}


def choosing(**rule: Any) -> dict[str, Any]:
    return states("Only", Only={"Type": "Choice", "Choices": [CHOICE | rule], "Default": "Only"})


UNSUPPORTED: dict[str, dict[str, Any]] = {
    "machine field": {**only(Type="Pass"), "TimeoutSeconds": 5},
    "query language": {**only(Type="Pass"), "QueryLanguage": "JSONata"},
    "no first state": {"StartAt": "None", "States": {"Only": passing(1)}},
    "no such next state": states("Only", Only={"Type": "Pass", "Next": "None"}),
    "no such default": states("Only", Only={"Type": "Choice", "Choices": [], "Default": "None"}),
    "type": only(Type="Magic"),
    "no type": only(),
    "state field": only(Type="Pass", Assign={"x": 1}),
    "neither next nor end": states("Only", Only={"Type": "Pass"}),
    "next and end": only(Type="Pass", Next="Only"),
    "heartbeat": only(**TASK, HeartbeatSeconds=5),
    "resource": only(**TASK | {"Resource": "arn:aws:states:::sqs:sendMessage"}),
    "function as resource": only(**TASK | {"Resource": "arn:aws:lambda:::function:work"}),
    "no parameters": only(Type="Task", Resource=TASK["Resource"]),
    "no payload": only(**TASK | {"Parameters": {"FunctionName": "work"}}),
    "parameter": only(**TASK | {"Parameters": TASK["Parameters"] | {"Qualifier": "1"}}),
    "wildcard path": only(Type="Pass", OutputPath="$.rows[*]"),
    "filter path": only(Type="Pass", InputPath="$.rows[?(@.x)]"),
    "no path": only(Type="Pass", InputPath="rows"),
    "intrinsic": only(Type="Pass", Parameters={"x.$": "States.Format('{}', $.x)"}),
    "deep intrinsic": only(Type="Pass", Parameters={"a": [{"x.$": "States.UUID()"}]}),
    "context": only(Type="Pass", Parameters={"x.$": "$$.Execution.StartTime"}),
    "whole context": only(Type="Pass", Parameters={"x.$": "$$"}),
    "result into a list": only(Type="Pass", ResultPath="$.x[0]"),
    "retry field": only(**TASK, Retry=[{"ErrorEquals": ["E"], "Assign": {}}]),
    "retry without names": only(**TASK, Retry=[{"MaxAttempts": 1}]),
    "jitter": only(**TASK, Retry=[{"ErrorEquals": ["E"], "JitterStrategy": "HALF"}]),
    "catch field": only(**TASK, Catch=[{"ErrorEquals": ["E"], "Next": "Only", "Output": 1}]),
    "catch without next": only(**TASK, Catch=[{"ErrorEquals": ["E"]}]),
    "choice operator": choosing(IsPresent=True, StringGreaterThan="a"),
    "unknown choice operator": states(
        "Only",
        Only={
            "Type": "Choice",
            "Choices": [{"Variable": "$.x", "TimestampEquals": "x", "Next": "Only"}],
        },
    ),
    "choice without next": states(
        "Only", Only={"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True}]}
    ),
    "next inside": states(
        "Only",
        Only={"Type": "Choice", "Choices": [{"Not": CHOICE, "Next": "Only"}]},
    ),
    "wait until": only(Type="Wait", Timestamp="2026-11-20T00:00:00Z"),
    "wait for nothing": only(Type="Wait"),
    "distributed": only(
        Type="Map",
        ItemProcessor={
            **states("Each", Each=passing(1)),
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        },
    ),
    "map tolerance": only(
        Type="Map", ItemProcessor=states("Each", Each=passing(1)), ToleratedFailureCount=1
    ),
    "inside a branch": only(Type="Parallel", Branches=[only(Type="Magic")]),
    "inside a map": only(Type="Map", ItemProcessor=only(Type="Magic")),
    "out of a branch": states(
        "Both",
        Both={
            "Type": "Parallel",
            "Branches": [only(Type="Pass") | {"StartAt": "Both"}],
            "End": True,
        },
    ),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_nothing_unknown_is_passed_over(name: str) -> None:
    with pytest.raises(UnsupportedMachine):
        parse("machine", UNSUPPORTED[name])


def names_in(path: Path) -> set[str]:
    return set(re.findall(r"\$\{([A-Za-z0-9]+)\}", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(MACHINES.glob("*.asl.json")), ids=lambda path: path.name)
def test_the_deployed_machines_are_walked_as_they_are(path: Path) -> None:
    names = names_in(path)
    assert names
    machine = load(path, {name: name for name in names})
    assert machine.name == path.name.removesuffix(".asl.json")
    assert set(machine.block.states) == set(json.loads(path.read_text(encoding="utf-8"))["States"])


def test_a_substitution_nobody_gave_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        load(MACHINES / "payment_custody.asl.json", {})


def test_one_payment_walks_the_custody_machine_from_load_to_record() -> None:
    path = MACHINES / "payment_custody.asl.json"
    asked: list[str] = []
    tokens: list[str] = []

    def answer(payload: dict[str, Any]) -> dict[str, object]:
        step = str(payload.get("step", "read"))
        asked.append(step)
        if "token" in payload:
            tokens.append(payload["token"])
        outcomes = {
            "load": "refresh_balance",
            "recheck": "go",
            "execute": "go",
            "judge": "verified",
        }
        return {"outcome": outcomes.get(step, "done"), "seconds": 0}

    names = names_in(path)
    machine = load(path, {name: name for name in names})
    rig = Rig(dict.fromkeys(names, answer))
    given = {"firm": "firm-1", "client": "bluebird", "payment": "pay_1", "attempt": 1}
    execution = Execution(machine, "pay_1-1", given, rig.platform)
    assert execution.run() is Status.RUNNING
    assert execution.succeed(tokens[0], {"outcome": "verify"})
    assert execution.run() is Status.SUCCEEDED
    assert [name for name in asked if name != "read"] == [
        *("load", "recheck", "execute", "await_rail", "judge", "record")
    ]
    assert asked.count("read") == 3  # the balance, the ledger, the bank
