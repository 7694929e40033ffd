"""Custody executions on Step Functions, and work started beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from rowcol.domain.scope import Scope
from rowcol.storage.calls import code_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# The token's execution is over or was never this engine's: the minute sweep starts another one.
_TOKEN_GONE = frozenset({"TaskTimedOut", "InvalidToken", "TaskDoesNotExist"})


class Invoker(Protocol):
    """The one call of the Lambda client that is used."""

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> object:  # noqa: N803 - AWS's names
        """Invoke a function."""
        ...


@dataclass(frozen=True, slots=True)
class Targets:
    """ARNs of the machines, and names of the functions invoked beside them."""

    custody_machine_arn: str
    payment_execution_function: str
    balance_refresh_function: str
    payment_batch_function: str
    decision_batch_machine_arn: str
    digest_function: str


class StepFunctionsExecutions:
    """Port Executions. Clients are made at the first call."""

    def __init__(
        self,
        targets: Targets,
        machines: Callable[[], SFNClient],
        functions: Callable[[], Invoker],
    ) -> None:
        self._targets = targets
        self._machines = machines
        self._functions = functions

    def start(self, scope: Scope, payment_id: str, attempt: int) -> None:
        """Start `<payment>-<attempt>` with keys only; the same name again is the same execution."""
        given = {
            "firm": scope.firm,
            "client": scope.client,
            "payment": payment_id,
            "attempt": attempt,
        }
        self._start(self._targets.custody_machine_arn, f"{payment_id}-{attempt}", given)

    def resume(self, token: str, output: dict[str, object]) -> bool:
        """Complete a waiting task; False when nobody waits with this token any more."""
        try:
            self._machines().send_task_success(taskToken=token, output=json.dumps(output))
        except ClientError as error:
            if code_of(error) in _TOKEN_GONE:
                return False
            raise
        return True

    def clear_date(self, scope: Scope, bill_id: str) -> None:
        """Have payment_execution clear a date, asynchronously."""
        event: dict[str, object] = {
            "step": "clear_date",
            "firm": scope.firm,
            "client": scope.client,
            "bill": bill_id,
        }
        self._invoke(self._targets.payment_execution_function, event)

    def refresh_balance(self, scope: Scope) -> None:
        """Have plaid_balance_refresh read live, asynchronously."""
        event: dict[str, object] = {"firm": scope.firm, "client": scope.client, "live": True}
        self._invoke(self._targets.balance_refresh_function, event)

    def advance_batch(self, scope: Scope, batch_id: str) -> None:
        """Have payment_batch carry a batch on, asynchronously."""
        event: dict[str, object] = {
            "firm": scope.firm,
            "client": scope.client,
            "batch": batch_id,
        }
        self._invoke(self._targets.payment_batch_function, event)

    def run_decisions(self, scope: Scope, batch_id: str, attempt: int) -> None:
        """Start `<batch>-<attempt>` with keys only; the same name again is the same execution."""
        given = {"firm": scope.firm, "batch": batch_id}
        self._start(self._targets.decision_batch_machine_arn, f"{batch_id}-{attempt}", given)

    def send_digest(self, scope: Scope, member_id: str) -> None:
        """Have the function of digests send one, asynchronously."""
        event: dict[str, object] = {"step": "send", "firm": scope.firm, "member": member_id}
        self._invoke(self._targets.digest_function, event)

    def _start(self, machine: str, name: str, given: Mapping[str, object]) -> None:
        try:
            self._machines().start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(given)
            )
        except ClientError as error:
            if code_of(error) != "ExecutionAlreadyExists":
                raise

    def _invoke(self, function: str, event: dict[str, object]) -> None:
        invoke_later(self._functions(), function, event)


def invoke_later(functions: Invoker, function: str, event: Mapping[str, object]) -> None:
    """Have a function take an event, asynchronously."""
    functions.invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
    )
