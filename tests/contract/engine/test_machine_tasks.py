"""Tasks of state machines: functions failing by name, table and queue requests."""

import json

import pytest
from botocore.exceptions import ClientError

from local.engine.stack import Stack
from tests.contract.engine.machines import Machines, only, output, states
from tests.contract.engine.tables import Item, Table, key, number


def working(emulator: Stack, **fields: object) -> Item:
    """A task that calls the fixture function `steps` and ends."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {
            "FunctionName": emulator.functions["steps"],
            "Payload": {"fail.$": "$.fail", "execution.$": "$$.Execution.Name"},
        },
        "OutputPath": "$.Payload",
        "End": True,
        **fields,
    }


def test_a_class_is_caught_by_name_before_the_catch_all(
    emulator: Stack, machines: Machines
) -> None:
    catch = [
        {"ErrorEquals": ["BankClosed"], "ResultPath": "$.error", "Next": "Named"},
        {"ErrorEquals": ["States.ALL"], "Next": "Other"},
    ]
    definition = states(
        "Work",
        Work=working(emulator, Catch=catch),
        Named={"Type": "Succeed"},
        Other={"Type": "Fail", "Error": "Lost"},
    )
    error = output(machines.run(definition, {"fail": "named"}))["error"]
    assert error["Error"] == "BankClosed"
    assert json.loads(error["Cause"])["errorMessage"] == "opens at nine"


def test_only_the_named_class_is_retried(emulator: Stack, machines: Machines) -> None:
    retry = [{"ErrorEquals": ["TryAgain"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    definition = states("Work", Work=working(emulator, Retry=retry))
    assert output(machines.run(definition, {"fail": "once"})) == {"calls": 1}
    done = machines.run(definition, {"fail": "named"})
    assert (done["status"], done["error"]) == ("FAILED", "BankClosed")


def test_an_unhandled_class_fails_the_execution_under_its_name(
    emulator: Stack, machines: Machines
) -> None:
    done = machines.run(states("Work", Work=working(emulator)), {"fail": "once"})
    assert (done["status"], done["error"]) == ("FAILED", "TryAgain")


@pytest.mark.parametrize("style", ["dynamodb:updateItem", "aws-sdk:dynamodb:updateItem"])
def test_table_requests_of_a_map_all_count(machines: Machines, table: Table, style: str) -> None:
    update = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{style}",
        "Parameters": {
            "TableName": table.name,
            "Key": key(style),
            "UpdateExpression": "ADD used :one",
            "ExpressionAttributeValues": {":one": number(1)},
        },
        "End": True,
    }
    processor = states("Add", Add=update)
    rows = {"rows": list(range(20))}
    output(machines.run(only(Type="Map", ItemsPath="$.rows", ItemProcessor=processor), rows))
    assert table.get(style)["used"] == number(20)


def test_a_failed_condition_of_a_table_request_is_caught(machines: Machines, table: Table) -> None:
    table.put("taken")
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {
            "TableName": table.name,
            "Item": key("taken"),
            "ConditionExpression": "attribute_not_exists(pk)",
        },
        "Catch": [{"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Refused"}],
        "End": True,
    }
    refused = {"Type": "Pass", "Result": "refused", "End": True}
    assert output(machines.run(states("Put", Put=put, Refused=refused))) == "refused"


def test_a_child_execution_returns_its_output(machines: Machines) -> None:
    child = machines.create(only(Type="Pass", Result={"done": True}))
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child, "Input": {}},
        "OutputPath": "$.Output",
    }
    assert output(machines.run(only(**start))) == {"done": True}


@pytest.mark.xfail(raises=ClientError, reason="the emulator has no RedriveExecution")
def test_a_failed_execution_can_be_redriven(machines: Machines) -> None:
    execution = machines.start(machines.create(states("End", End={"Type": "Fail", "Error": "E"})))
    machines.emulator.wait_for_execution(execution)
    assert machines.client.redrive_execution(executionArn=execution)["redriveDate"]
