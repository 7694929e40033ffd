"""Custody executions on a real machine: named once, resumed once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.engine.stack import Stack
from rowcol.domain.scope import Scope
from rowcol.storage.executions import StepFunctionsExecutions, Targets

SCOPE = Scope("oak", "bluebird")
WAITS_FOR_TOKEN = {
    "StartAt": "Wait",
    "States": {
        "Wait": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "", "MessageBody": {"token.$": "$$.Task.Token"}},
            "TimeoutSeconds": 60,
            "End": True,
        }
    },
}


class NoFunctions:
    def invoke(self, **given: Any) -> object:
        raise AssertionError(given)


class Machine:
    """One machine whose only state sends its token to a queue and waits."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.states, self.queues = stack.client("stepfunctions"), stack.client("sqs")
        self.queue = self.queues.create_queue(QueueName=name)["QueueUrl"]
        definition = json.loads(json.dumps(WAITS_FOR_TOKEN))
        definition["States"]["Wait"]["Parameters"]["QueueUrl"] = self.queue
        self.arn = self.states.create_state_machine(
            name=name,
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/none",
        )["stateMachineArn"]
        targets = Targets(
            self.arn,
            "payment_execution",
            "balance_refresh",
            "payment_batch",
            "arn:decisions",
            "digest",
        )
        self.executions = StepFunctionsExecutions(targets, lambda: self.states, NoFunctions)

    def listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.states.list_executions(stateMachineArn=self.arn)[
            "executions"
        ]
        return found

    def token(self) -> str:
        """The token of the waiting execution."""
        answer = self.queues.receive_message(QueueUrl=self.queue, WaitTimeSeconds=5)
        return str(json.loads(answer["Messages"][0]["Body"])["token"])


@pytest.fixture
def machine(storage_engine: Stack, request: pytest.FixtureRequest) -> Machine:
    return Machine(storage_engine, request.node.name[:70].replace("[", "-").replace("]", ""))


def eventually(ready: Callable[[], bool]) -> bool:
    """Wait, a bounded time, for something asynchronous."""
    give_up_at = time.monotonic() + 10
    while not ready() and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return ready()


def test_an_execution_is_named_by_payment_and_attempt_and_given_keys_only(
    machine: Machine,
) -> None:
    machine.executions.start(SCOPE, "pay_1", 2)
    [execution] = machine.listed()
    assert execution["name"] == "pay_1-2"
    given = machine.states.describe_execution(executionArn=execution["executionArn"])["input"]
    assert json.loads(given) == {
        "firm": "oak",
        "client": "bluebird",
        "payment": "pay_1",
        "attempt": 2,
    }


def test_the_same_start_again_is_harmless_even_when_it_is_over(machine: Machine) -> None:
    machine.executions.start(SCOPE, "pay_1", 1)
    machine.executions.start(SCOPE, "pay_1", 1)
    assert machine.executions.resume(machine.token(), {"outcome": "verify"})
    assert eventually(lambda: machine.listed()[0]["status"] == "SUCCEEDED")
    machine.executions.start(SCOPE, "pay_1", 1)
    assert len(machine.listed()) == 1
    machine.executions.start(SCOPE, "pay_1", 2)
    assert len(machine.listed()) == 2


def test_a_waiting_execution_is_resumed_once(machine: Machine) -> None:
    machine.executions.start(SCOPE, "pay_1", 1)
    token = machine.token()
    assert machine.executions.resume(token, {"outcome": "verify"})
    [execution] = machine.listed()
    assert eventually(lambda: machine.listed()[0]["status"] == "SUCCEEDED")
    output = machine.states.describe_execution(executionArn=execution["executionArn"])["output"]
    assert json.loads(output) == {"outcome": "verify"}
    assert not machine.executions.resume(token, {"outcome": "verify"})


def test_a_token_nobody_knows_is_told_by_false(machine: Machine) -> None:
    assert not machine.executions.resume("AQCEAAAAKgAAAAMAAAAAAAAAA" * 8, {"outcome": "verify"})


@pytest.mark.xfail(reason="ministack 1.5.33 keeps a stopped execution's token", strict=True)
def test_a_token_of_a_stopped_execution_is_told_by_false(machine: Machine) -> None:
    machine.executions.start(SCOPE, "pay_1", 1)
    token = machine.token()
    [execution] = machine.listed()
    machine.states.stop_execution(executionArn=execution["executionArn"])
    assert eventually(lambda: machine.listed()[0]["status"] == "ABORTED")
    assert not machine.executions.resume(token, {"outcome": "verify"})
