"""Empties the stack between tests in milliseconds, without deploying it again."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from local.engine import internals
from local.engine.host import Host

QUIET_LIMIT_SECONDS = 5.0


class Reset:
    """Stops executions, forgets pending stream records and queue messages, empties all tables."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._machines = internals.module("services.stepfunctions")
        self._queues = internals.module("services.sqs")

    async def control(self) -> Mapping[str, Any]:
        """The reset as a control of the front door."""
        started = time.monotonic()
        stopped = await asyncio.to_thread(self.run)
        return {
            "stopped_executions": stopped,
            "milliseconds": round((time.monotonic() - started) * 1000, 1),
        }

    def run(self) -> int:
        """Reset; returns how many executions were stopped."""
        stopped = self._stop_executions()
        self._host.streams.skip_everything()
        self._wait_until_quiet()
        self._host.writes.clear(self._host.streams)
        self._host.streams.skip_everything()
        for queue in self._queues._queues.all_values():
            queue["messages"].clear()
        return stopped

    def _stop_executions(self) -> int:
        stopped = 0
        scope = internals.module("core.responses").request_scope
        for (account, region, arn), execution in list(self._machines._executions.all_items()):
            if execution["status"] == "RUNNING":
                with scope(account, region):
                    self._machines._stop_execution({"executionArn": arn, "error": "Local.Reset"})
                stopped += 1
        return stopped

    def _wait_until_quiet(self) -> None:
        """Let the batches that are being delivered end, so they cannot write afterwards."""
        give_up_at = time.monotonic() + QUIET_LIMIT_SECONDS
        while self._host.streams.busy and time.monotonic() < give_up_at:
            time.sleep(0.005)
