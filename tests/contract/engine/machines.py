"""Short words for the requests of the state machine contract."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from local.engine.stack import Stack

Definition = dict[str, Any]
ROLE = "arn:aws:iam::000000000000:role/contract"


def states(start: str, **by_name: Definition) -> Definition:
    return {"StartAt": start, "States": by_name}


def only(**fields: Any) -> Definition:
    """A machine of one state that ends."""
    return states("Only", Only={"End": True, **fields})


def passing(result: Any) -> Definition:
    return {"Type": "Pass", "Result": result, "End": True}


def output(done: dict[str, Any]) -> Any:
    assert done["status"] == "SUCCEEDED", (done.get("error"), done.get("cause"))
    return json.loads(done["output"])


class Machines:
    """Creates machines and runs them to their end."""

    def __init__(self, emulator: Stack) -> None:
        self.emulator = emulator
        self.client = emulator.client("stepfunctions")
        self._numbers = itertools.count()

    def create(self, definition: Definition, **options: Any) -> str:
        created = self.client.create_state_machine(
            name=f"contract-{next(self._numbers)}",
            definition=json.dumps(definition),
            roleArn=ROLE,
            **options,
        )
        return str(created["stateMachineArn"])

    def start(self, machine: str, given: Any = None, **options: Any) -> str:
        started = self.client.start_execution(
            stateMachineArn=machine, input=json.dumps(given or {}), **options
        )
        return str(started["executionArn"])

    def run(
        self,
        definition: Definition,
        given: Any = None,
        *,
        meanwhile: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Start an execution, do something `meanwhile`, and return how it ended."""
        execution = self.start(self.create(definition), given)
        if meanwhile:
            meanwhile()
        return self.emulator.wait_for_execution(execution, 15)
