"""Answers of Step Functions and Lambda that no emulator can be asked to give."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rowcol.domain.scope import Scope
from rowcol.storage.executions import StepFunctionsExecutions, Targets

SCOPE = Scope("oak", "bluebird")
TARGETS = Targets(
    "arn:machine",
    "payment_execution",
    "balance_refresh",
    "payment_batch",
    "arn:decisions",
    "digest",
)


class Machines:
    """Step Functions that answers with an error, if told one."""

    def __init__(self, code: str | None = None) -> None:
        self.code = code
        self.calls: list[dict[str, Any]] = []

    def start_execution(self, **given: Any) -> object:
        return self._answer(given)

    def send_task_success(self, **given: Any) -> object:
        return self._answer(given)

    def _answer(self, given: dict[str, Any]) -> object:
        self.calls.append(given)
        if self.code is not None:
            raise ClientError({"Error": {"Code": self.code, "Message": ""}}, "Call")
        return {}


class Functions:
    """Lambda that notes what it was asked."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def invoke(self, **given: Any) -> object:
        self.calls.append(given)
        return {"StatusCode": 202}


def executions(machines: Machines, functions: Functions | None = None) -> StepFunctionsExecutions:
    client: Any = machines
    return StepFunctionsExecutions(TARGETS, lambda: client, lambda: functions or Functions())


@pytest.mark.parametrize("code", ["TaskTimedOut", "InvalidToken", "TaskDoesNotExist"])
def test_a_task_that_nobody_waits_for_is_told_by_false(code: str) -> None:
    assert executions(Machines(code)).resume("token", {}) is False


def test_an_execution_that_exists_is_fine() -> None:
    machines = Machines("ExecutionAlreadyExists")
    executions(machines).start(SCOPE, "pay_1", 3)
    assert machines.calls[0]["name"] == "pay_1-3"


@pytest.mark.parametrize("code", ["ThrottlingException", "StateMachineDoesNotExist"])
def test_anything_else_is_raised(code: str) -> None:
    with pytest.raises(ClientError):
        executions(Machines(code)).start(SCOPE, "pay_1", 1)
    with pytest.raises(ClientError):
        executions(Machines(code)).resume("token", {})


def test_the_longest_payment_id_still_makes_a_name() -> None:
    machines = Machines()
    executions(machines).start(SCOPE, "p" * 64, 999_999)
    assert len(machines.calls[0]["name"]) <= 80


def test_work_beside_this_process_is_started_without_waiting_for_it() -> None:
    functions = Functions()
    work = executions(Machines(), functions)
    work.clear_date(SCOPE, "bill-1")
    work.refresh_balance(SCOPE)
    work.advance_batch(SCOPE, "bat_1")
    assert [call["FunctionName"] for call in functions.calls] == [
        "payment_execution",
        "balance_refresh",
        "payment_batch",
    ]
    assert {call["InvocationType"] for call in functions.calls} == {"Event"}
    assert [json.loads(call["Payload"]) for call in functions.calls] == [
        {"step": "clear_date", "firm": "oak", "client": "bluebird", "bill": "bill-1"},
        {"firm": "oak", "client": "bluebird", "live": True},
        {"firm": "oak", "client": "bluebird", "batch": "bat_1"},
    ]
