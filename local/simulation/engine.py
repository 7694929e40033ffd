"""The workflow engine of a simulated run: real machines on walkers, and invocations beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from local.walker.definition import Machine
from local.walker.execution import Execution
from local.walker.runs import Platform, Status
from rowcol.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function invoked asynchronously.

    `kind`: clear_date (of `bill_id`), refresh_balance, or advance_batch (of `batch_id`).
    """

    kind: str
    scope: Scope
    bill_id: str = ""
    batch_id: str = ""


@dataclass
class WalkedExecutions:
    """Port Executions over walkers. `on_call` is told before and after each call."""

    machine: Machine
    decisions: Machine
    platform: Platform
    on_call: Callable[[str], None]
    running: dict[str, Execution] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    asked: list[Invocation] = field(default_factory=list)

    def start(self, scope: Scope, payment_id: str, attempt: int) -> None:
        """Start once by name."""
        self.on_call("start:before")
        name = f"{payment_id}-{attempt}"
        if name not in self.started:
            self.started.add(name)
            given = {
                "firm": scope.firm,
                "client": scope.client,
                "payment": payment_id,
                "attempt": attempt,
            }
            self.running[name] = Execution(self.machine, name, given, self.platform)
        self.on_call("start:after")

    def resume(self, token: str, output: dict[str, object]) -> bool:
        """Answer a token; False when nobody waits with it."""
        self.on_call("resume:before")
        execution = self.running.get(token.split("/")[1])
        known = execution is not None and execution.succeed(token, output)
        self.on_call("resume:after")
        return known

    def clear_date(self, scope: Scope, bill_id: str) -> None:
        """Ask for an asynchronous invocation."""
        self.on_call("invoke:before")
        self.asked.append(Invocation("clear_date", scope, bill_id))
        self.on_call("invoke:after")

    def refresh_balance(self, scope: Scope) -> None:
        """Ask for an asynchronous invocation."""
        self.on_call("invoke:before")
        self.asked.append(Invocation("refresh_balance", scope))
        self.on_call("invoke:after")

    def advance_batch(self, scope: Scope, batch_id: str) -> None:
        """Ask for an asynchronous invocation."""
        self.on_call("invoke:before")
        self.asked.append(Invocation("advance_batch", scope, batch_id=batch_id))
        self.on_call("invoke:after")

    def send_digest(self, scope: Scope, member_id: str) -> None:
        """Nobody of the simulated firm has one."""

    def run_decisions(self, scope: Scope, batch_id: str, attempt: int) -> None:
        """Start once by name."""
        self.on_call("start:before")
        name = f"{batch_id}-{attempt}"
        if name not in self.started:
            self.started.add(name)
            given = {"firm": scope.firm, "batch": batch_id}
            self.running[name] = Execution(self.decisions, name, given, self.platform)
        self.on_call("start:after")

    def forget_ended(self) -> None:
        """Drop executions that are over."""
        over = [
            name
            for name, execution in self.running.items()
            if execution.status is not Status.RUNNING
        ]
        for name in over:
            del self.running[name]
