"""State machines: flow, data, names, waiting for tokens and time limits."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.engine.stack import Stack
from tests.contract.engine.machines import Machines, only, output, passing, states
from tests.contract.engine.tables import Item, code, refusal

YES, NO = passing("yes"), passing("no")


def choosing(rule: Item) -> Item:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"}
    return states("Choose", Choose=choice, Yes=YES, No=NO)


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ({"Not": {"Variable": "$.a", "IsPresent": True}}, "no"),
        ({"Variable": "$.a", "NumericLessThanPath": "$.b"}, "yes"),
        ({"Variable": "$.s", "StringMatches": "pay-*"}, "yes"),
        ({"Variable": "$.flag", "BooleanEquals": True}, "yes"),
        (
            {
                "And": [
                    {"Variable": "$.none", "IsPresent": True},
                    {"Variable": "$.none", "StringEquals": "x"},
                ]
            },
            "no",
        ),
        (
            {
                "Or": [
                    {"Variable": "$.a", "NumericEquals": 9},
                    {"Variable": "$.s", "StringEquals": "pay-9"},
                ]
            },
            "yes",
        ),
    ],
)
def test_choice(machines: Machines, rule: Item, chosen: str) -> None:
    given = {"a": 5, "b": 6, "s": "pay-9", "flag": True}
    assert output(machines.run(choosing(rule), given)) == chosen


def without_default(rule: Item) -> Item:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}]}
    return states("Choose", Choose=choice, Yes=YES)


def test_a_choice_without_match_has_a_name(machines: Machines) -> None:
    done = machines.run(without_default({"Variable": "$.a", "NumericEquals": 1}), {"a": 2})
    assert done["error"] == "States.NoChoiceMatched"


@pytest.mark.xfail(raises=AssertionError, reason="the emulator reports States.NoChoiceMatched")
def test_a_choice_on_a_missing_variable_is_a_runtime_error(machines: Machines) -> None:
    done = machines.run(without_default({"Variable": "$.a", "NumericEquals": 1}))
    assert done.get("error") == "States.Runtime"


def test_intrinsic_functions(machines: Machines) -> None:
    parameters = {
        "text.$": "States.Format('{}-{}', $.x, 'y')",
        "parts.$": "States.ArrayPartition($.l, 2)",
        "sum.$": "States.MathAdd($.n, 1)",
        "has.$": "States.ArrayContains($.l, 2)",
        "length.$": "States.ArrayLength($.l)",
        "one.$": "States.ArrayGetItem($.l, 1)",
        "merged.$": "States.JsonMerge($.o, $.p, false)",
        "json.$": "States.StringToJson($.j)",
    }
    given = {"x": "q", "l": [1, 2, 3], "n": 1, "o": {"a": 1}, "p": {"b": 2}, "j": '{"k": 1}'}
    done = machines.run(only(Type="Pass", Parameters=parameters), given)
    assert output(done) == {
        "text": "q-y",
        "parts": [[1, 2], [3]],
        "sum": 2,
        "has": True,
        "length": 3,
        "one": 2,
        "merged": {"a": 1, "b": 2},
        "json": {"k": 1},
    }


def test_the_context_names_execution_and_state(machines: Machines) -> None:
    names = {"execution.$": "$$.Execution.Name", "state.$": "$$.State.Name"}
    arn = machines.start(machines.create(only(Type="Pass", Parameters=names)), name="named-1")
    done = machines.emulator.wait_for_execution(arn)
    assert output(done) == {"execution": "named-1", "state": "Only"}


def test_a_map_keeps_order_and_its_error_is_caught(machines: Machines) -> None:
    good = states("Each", Each={"Type": "Pass", "End": True})
    bad = states("Each", Each={"Type": "Fail", "Error": "Row.Bad"})
    items = {"Type": "Map", "ItemsPath": "$.rows", "MaxConcurrency": 3, "End": True}
    rows = {"rows": list(range(10))}
    assert output(machines.run(only(**items, ItemProcessor=good), rows)) == rows["rows"]
    catch = [{"ErrorEquals": ["Row.Bad"], "ResultPath": "$.caught", "Next": "After"}]
    caught = states(
        "Rows", Rows={**items, "ItemProcessor": bad, "Catch": catch}, After={"Type": "Succeed"}
    )
    assert output(machines.run(caught, rows))["caught"]["Error"] == "Row.Bad"


def test_a_distributed_map_runs(machines: Machines) -> None:
    processor = states("Each", Each={"Type": "Pass", "End": True})
    processor["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    definition = only(Type="Map", ItemsPath="$.rows", ItemProcessor=processor)
    assert output(machines.run(definition, {"rows": [1, 2, 3]})) == [1, 2, 3]


def test_parallel_branches_join_in_order(machines: Machines) -> None:
    branches = [states("One", One=passing(1)), states("Two", Two=passing(2))]
    assert output(machines.run(only(Type="Parallel", Branches=branches))) == [1, 2]


def test_an_execution_name_is_used_once(machines: Machines) -> None:
    machine = machines.create(only(Type="Pass"))
    machines.start(machine, {"n": 1}, name="payment-1-attempt-1")
    again = code(machines.start, machine, {"n": 2}, name="payment-1-attempt-1")
    assert again == "ExecutionAlreadyExists"
    machines.start(machine, {"n": 2}, name="payment-1-attempt-2")


def test_a_stopped_execution_says_why(machines: Machines) -> None:
    machine = machines.create(only(Type="Wait", Seconds=60))
    execution = machines.start(machine)
    machines.client.stop_execution(executionArn=execution, error="Cancelled", cause="advisor")
    done = machines.emulator.wait_for_execution(execution)
    assert (done["status"], done["error"]) == ("ABORTED", "Cancelled")


def awaiting(queue: str, **fields: Any) -> Item:
    """Sends its task token to a queue and waits for an answer; failures become output."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Failed"}],
        "End": True,
        **fields,
    }
    return states("Await", Await=task, Failed={"Type": "Succeed"})


@pytest.fixture(scope="module")
def queue(emulator: Stack) -> str:
    return str(emulator.client("sqs").create_queue(QueueName="tokens")["QueueUrl"])


def next_token(emulator: Stack, queue: str) -> str:
    sqs = emulator.client("sqs")
    give_up_at = time.monotonic() + 5
    while time.monotonic() < give_up_at:
        for message in sqs.receive_message(QueueUrl=queue).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return str(json.loads(message["Body"])["token"])
        time.sleep(0.02)
    raise AssertionError("no token was sent")


def test_a_token_brings_the_result_once(machines: Machines, queue: str) -> None:
    execution = machines.start(machines.create(awaiting(queue)))
    token = next_token(machines.emulator, queue)
    machines.client.send_task_success(taskToken=token, output='{"paid": true}')
    assert output(machines.emulator.wait_for_execution(execution)) == {"paid": True}
    again = refusal(machines.client.send_task_success, taskToken=token, output="{}")
    assert again["Error"]["Code"] in ("TaskTimedOut", "InvalidToken", "TaskDoesNotExist")


def test_a_token_brings_a_failure_with_its_cause(machines: Machines, queue: str) -> None:
    execution = machines.start(machines.create(awaiting(queue)), {"kept": 1})
    token = next_token(machines.emulator, queue)
    machines.client.send_task_failure(taskToken=token, error="Bank.Hold", cause="review")
    done = machines.emulator.wait_for_execution(execution)
    assert output(done) == {"kept": 1, "failure": {"Error": "Bank.Hold", "Cause": "review"}}


def test_a_made_up_token_is_refused(machines: Machines) -> None:
    with pytest.raises(ClientError):
        machines.client.send_task_success(taskToken="made-up", output="{}")


def test_a_task_ends_at_its_time_limit(machines: Machines, queue: str) -> None:
    started = time.monotonic()
    done = machines.run(awaiting(queue, TimeoutSeconds=1), {})
    next_token(machines.emulator, queue)
    assert output(done)["failure"]["Error"] == "States.Timeout"
    assert 0.9 < time.monotonic() - started < 4


@pytest.mark.xfail(raises=AssertionError, reason="the emulator ignores HeartbeatSeconds")
def test_a_silent_task_misses_its_heartbeat(machines: Machines, queue: str) -> None:
    done = machines.run(awaiting(queue, HeartbeatSeconds=1, TimeoutSeconds=2), {})
    next_token(machines.emulator, queue)
    assert output(done)["failure"]["Error"] == "States.HeartbeatTimeout"


@pytest.mark.xfail(
    raises=AssertionError, reason="the emulator ignores the machine's own time limit"
)
def test_a_machine_ends_at_its_time_limit(machines: Machines) -> None:
    definition = {**only(Type="Wait", Seconds=2), "TimeoutSeconds": 1}
    assert machines.run(definition)["status"] == "TIMED_OUT"


@pytest.mark.xfail(
    raises=AssertionError, reason="the emulator accepts a definition without its first state"
)
def test_an_impossible_definition_is_refused(machines: Machines) -> None:
    impossible = {"StartAt": "Nowhere", "States": {"Only": {"Type": "Succeed"}}}
    assert code(machines.create, impossible) == "InvalidDefinition"


@pytest.mark.xfail(raises=AssertionError, reason="the emulator has no limit of 256 KB on data")
def test_data_ends_at_256_kilobytes(machines: Machines) -> None:
    done = machines.run(only(Type="Pass", Result="x" * 300_000))
    assert done.get("error") == "States.DataLimitExceeded"


@pytest.mark.xfail(raises=AssertionError, reason="the emulator ignores Output of a Succeed state")
def test_succeed_shapes_its_output(machines: Machines) -> None:
    definition = states("End", End={"Type": "Succeed", "Output": "{% {'n': 1} %}"})
    assert output(machines.run({**definition, "QueryLanguage": "JSONata"})) == {"n": 1}
