"""Whose task a token completes, for the enforcement of policies: the emulator cannot tell.

AWS authorizes SendTaskSuccess on the state machine that handed the token out. Ours are all of the
one machine that waits for tokens; a token of an earlier start is known to nobody any more.
"""

import json
from collections.abc import Callable
from typing import Any

from local.engine import internals

WAITS = ".waitForTaskToken"


def install() -> None:
    """Give token calls the machine's ARN as their resource."""
    actions = internals.module("core.iam_actions")
    actions.extract_resource_arn = _with_tokens(actions.extract_resource_arn)


def _with_tokens(original: Callable[..., str]) -> Callable[..., str]:
    def extract(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        if service == "states" and b'"taskToken"' in (body or b""):
            return waiting_machine() or "*"
        return original(service, method, path, headers, body, *rest)

    return extract


def waiting_machine() -> str | None:
    """ARN of the only machine that waits for tokens; None when there is none, or several."""
    machines = internals.module("services.stepfunctions")._state_machines
    found = [arn for arn, machine in machines.items() if WAITS in json.dumps(machine, default=str)]
    return found[0] if len(found) == 1 else None
