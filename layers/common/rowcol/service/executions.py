"""The port of work that goes on elsewhere: custody machines, and functions asked for later."""

from __future__ import annotations

from typing import Protocol

from rowcol.domain.scope import Scope


class Executions(Protocol):
    """The workflow engine: executions are disposable, the store is the truth."""

    def start(self, scope: Scope, payment_id: str, attempt: int) -> None:
        """Start the custody execution named by payment and attempt; a repeat is harmless."""
        ...

    def resume(self, token: str, output: dict[str, object]) -> bool:
        """Complete a waiting task. False when the token is gone (the sweep starts again)."""
        ...

    def clear_date(self, scope: Scope, bill_id: str) -> None:
        """Have what was asked of a bill at Ramp done soon, elsewhere; repeats are safe."""
        ...

    def refresh_balance(self, scope: Scope) -> None:
        """Have a client's balance read live soon, beside this process."""
        ...

    def advance_batch(self, scope: Scope, batch_id: str) -> None:
        """Have a batch carried on soon, elsewhere; repeats are safe."""
        ...

    def run_decisions(self, scope: Scope, batch_id: str, attempt: int) -> None:
        """Start the execution of decisions over many clients, named by both; repeats are safe."""
        ...

    def send_digest(self, scope: Scope, member_id: str) -> None:
        """Have a member's digest sent soon, elsewhere; repeats send it once."""
        ...
