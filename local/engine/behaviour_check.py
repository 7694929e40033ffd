"""Tries at start, in an account of its own, the emulator features the product leans on most.

The full list is the contract suite in `tests/contract/engine`; this is the part that must hold
before any money-shaped data is written.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.engine.safety import REGION, require_loopback

# Twelve digits as access key select a separate account of the emulator.
CHECK_ACCOUNT = "999999999999"
TABLE = "behaviour-check"
EXECUTION_LIMIT_SECONDS = 10
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
LONG_NUMBER = "12345678901234567890123456789012.345678"
LONG_SUM = "12345678901234567890123456789012.345679"
MACHINE = {
    "StartAt": "Fan",
    "States": {
        "Fan": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Break", "States": {"Break": {"Type": "Fail", "Error": "Check.Named"}}}
            ],
            "Catch": [{"ErrorEquals": ["Check.Named"], "ResultPath": "$.caught", "Next": "Choose"}],
            "End": True,
        },
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.caught.Error", "StringEquals": "Check.Named", "Next": "Done"}
            ],
            "Default": "Lost",
        },
        "Done": {"Type": "Succeed"},
        "Lost": {"Type": "Fail", "Error": "Check.Lost"},
    },
}


class BehaviourChanged(Exception):
    """The emulator no longer does what the product relies on; the text names each feature."""


class BehaviourCheck:
    """Runs beside the deployment; `finish` waits for the outcome."""

    def __init__(self, endpoint: str) -> None:
        self._dynamodb = _client("dynamodb", endpoint)
        self._machines = _client("stepfunctions", endpoint)
        self._roles = _client("iam", endpoint)
        self._failures: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True, name="behaviour-check")

    def begin(self) -> None:
        """Start checking."""
        self._thread.start()

    def finish(self) -> None:
        """Wait for the checks; raises BehaviourChanged with everything that failed."""
        self._thread.join()
        if self._failures:
            raise BehaviourChanged("the emulator changed: " + "; ".join(self._failures))

    def _run(self) -> None:
        checks: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("state machine errors are caught by name", self._catches_by_name),
            ("a conditional put is refused with the stored item", self._refuses_conditional_put),
            ("a transaction is cancelled with ordered reasons", self._cancels_with_reasons),
            ("a request token is applied once", self._applies_token_once),
            ("38 digit sums are exact", self._adds_exactly),
        )
        self._create_table()
        for name, check in checks:
            try:
                if not check():
                    self._failures.append(f"{name}: no")
            except Exception as error:  # noqa: BLE001 - whatever breaks is the finding
                self._failures.append(f"{name}: {type(error).__name__} {error}")
        self._dynamodb.delete_table(TableName=TABLE)

    def _create_table(self) -> None:
        self._dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )

    def _put(self, key: str, **condition: Any) -> None:
        self._dynamodb.put_item(TableName=TABLE, Item=_item(key), **condition)

    def _refuses_conditional_put(self) -> bool:
        self._put("taken")
        try:
            self._put(
                "taken",
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            stored = error.response.get("Item", {})
            return code == "ConditionalCheckFailedException" and stored == _item("taken")
        return False

    def _cancels_with_reasons(self) -> bool:
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        writes = [
            {"Put": {"TableName": TABLE, "Item": _item("new")}},
            {"Put": {"TableName": TABLE, "Item": _item("taken"), **condition}},
        ]
        try:
            self._dynamodb.transact_write_items(TransactItems=writes)
        except self._dynamodb.exceptions.TransactionCanceledException as error:
            codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
            return codes == ["None", "ConditionalCheckFailed"] and not self._get("new")
        return False

    def _applies_token_once(self) -> bool:
        update = {
            "TableName": TABLE,
            "Key": _item("counter"),
            "UpdateExpression": "ADD amount :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        for _ in range(2):
            self._dynamodb.transact_write_items(
                TransactItems=[{"Update": update}], ClientRequestToken="behaviour-check-token"
            )
        return bool(self._get("counter").get("amount") == {"N": "1"})

    def _adds_exactly(self) -> bool:
        for number in (LONG_NUMBER, "0.000001"):
            self._dynamodb.update_item(
                TableName=TABLE,
                Key=_item("sum"),
                UpdateExpression="ADD amount :number",
                ExpressionAttributeValues={":number": {"N": number}},
            )
        return bool(self._get("sum").get("amount") == {"N": LONG_SUM})

    def _get(self, key: str) -> dict[str, Any]:
        answer = self._dynamodb.get_item(TableName=TABLE, Key=_item(key))
        stored: dict[str, Any] = answer.get("Item", {})
        return stored

    def _catches_by_name(self) -> bool:
        role = self._roles.create_role(RoleName="check", AssumeRolePolicyDocument=TRUST)["Role"]
        machine = self._machines.create_state_machine(
            name="behaviour-check", definition=json.dumps(MACHINE), roleArn=role["Arn"]
        )["stateMachineArn"]
        started = self._machines.start_execution(stateMachineArn=machine, input="{}")
        give_up_at = time.monotonic() + EXECUTION_LIMIT_SECONDS
        status = "RUNNING"
        while status == "RUNNING" and time.monotonic() < give_up_at:
            time.sleep(0.02)
            status = self._machines.describe_execution(executionArn=started["executionArn"])[
                "status"
            ]
        self._machines.delete_state_machine(stateMachineArn=machine)
        return status == "SUCCEEDED"


def _item(key: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": key}}


def _client(service: str, endpoint: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=require_loopback(endpoint),
        region_name=REGION,
        aws_access_key_id=CHECK_ACCOUNT,
        aws_secret_access_key=CHECK_ACCOUNT,
        config=Config(retries={"max_attempts": 1}, inject_host_prefix=False),
    )
