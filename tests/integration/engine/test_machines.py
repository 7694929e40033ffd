"""State machines run as written, with waits skipped."""

import json
from typing import Any

import pytest

from local.engine.stack import Stack


def execute(app: Stack, fail: str) -> dict[str, Any]:
    started = app.client("stepfunctions").start_execution(
        stateMachineArn=app.machines["Machine"], input=json.dumps({"fail": fail})
    )
    return app.wait_for_execution(started["executionArn"])


@pytest.mark.parametrize(("fail", "retries"), [("", 0), ("once", 1)])
def test_retry_by_class_name_and_an_hour_of_waiting(app: Stack, fail: str, retries: int) -> None:
    done = execute(app, fail)
    assert done["status"] == "SUCCEEDED"
    assert json.loads(done["output"]) == {"answer": {"calls": retries}}


def test_catch_by_class_name(app: Stack) -> None:
    caught = json.loads(execute(app, "named")["output"])["error"]
    assert caught["Error"] == "BankClosed"
    assert json.loads(caught["Cause"])["errorMessage"] == "opens at nine"
