"""A bounded, waiting pool of function workers.

The emulator starts a process for every concurrent invocation without limit. Here an invocation
waits for a free worker of its function; when the wait runs out it is throttled, as on AWS.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from local.engine import internals

THROTTLE_ERROR = "Lambda.TooManyRequestsException"


class WorkerPool:
    """Limits workers per function and in total; waits are in seconds."""

    def __init__(self, per_function: int, total: int, wait_seconds: float) -> None:
        self._runtime = internals.module("core.lambda_runtime")
        self._per_function = per_function
        self._total = total
        self._wait_seconds = wait_seconds
        self._freed = threading.Condition()
        self._acquire: Callable[..., tuple[Any, str]] = self._runtime.acquire_worker
        self._release: Callable[[Any], None] = self._runtime.release_worker

    def install(self) -> None:
        """Replace the emulator's acquire and release functions wherever they were imported."""
        functions = internals.module("services.lambda_svc")
        for target in (self._runtime, functions):
            target.acquire_worker = self.acquire
            target.release_worker = self.release
        _name_throttles(functions)

    def acquire(
        self,
        func_name: str,
        config: dict[str, Any],
        code_zip: bytes,
        qualifier: str = "$LATEST",
        max_concurrency: int | None = None,
    ) -> tuple[Any, str]:
        """Lease a worker, waiting for one to be free; (None, reason) when the wait runs out."""
        limit = min(max_concurrency or self._per_function, self._per_function)
        give_up_at = time.monotonic() + self._wait_seconds
        key = self._runtime._worker_key(func_name, config, qualifier)
        while True:
            evicted: list[Any] = []
            with self._freed:
                worker: Any = None
                reason = "func_cap"
                if self._can_lease(key, limit, evicted):
                    worker, reason = self._acquire(
                        func_name, config, code_zip, qualifier=qualifier, max_concurrency=limit
                    )
                if worker is None:
                    remaining = give_up_at - time.monotonic()
                    if remaining <= 0:
                        return None, reason
                    if not evicted:
                        self._freed.wait(remaining)
            self._runtime.kill_workers(evicted)
            if worker is not None:
                return worker, reason

    def release(self, worker: Any) -> None:
        """Return a leased worker and wake those who wait."""
        with self._freed:
            self._release(worker)
            self._freed.notify_all()

    def stop(self) -> None:
        """End every worker process."""
        self._runtime.reset()

    def _can_lease(self, key: str, limit: int, evicted: list[Any]) -> bool:
        """Whether a worker is idle or one more fits; another function's idle one gives way."""
        with self._runtime._lock:
            groups = self._runtime._workers
            own = groups.get(key, [])
            if any(not worker.in_use for worker in own):
                return True
            if len(own) >= limit:
                return False
            if sum(map(len, groups.values())) < self._total:
                return True
            idle = [
                (worker.last_used, other, position)
                for other, workers in groups.items()
                for position, worker in enumerate(workers)
                if not worker.in_use
            ]
            if not idle:
                return False
            _, other, position = min(idle)
            evicted.append(groups[other].pop(position))
            return True


def _name_throttles(functions: Any) -> None:
    """Give throttles the error name AWS gives a state machine; the emulator sends an unknown."""
    original = functions._throttle_response

    def throttle_response(*arguments: Any, **options: Any) -> Any:
        response = original(*arguments, **options)
        response["body"]["errorType"] = THROTTLE_ERROR
        return response

    functions._throttle_response = throttle_response
