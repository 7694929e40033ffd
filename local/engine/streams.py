"""Delivers table streams to functions the way AWS does.

The emulator's own poller ignores partial batch answers and the retry settings of a mapping, and
delivers all streams one after another on one thread. Here each mapping is delivered on its own,
in order, with: `ReportBatchItemFailures`, `BisectBatchOnFunctionError`, `MaximumRetryAttempts`,
`MaximumRecordAgeInSeconds`, the on-failure destination and `FilterCriteria`.
Source: AWS Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB".
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine import internals
from local.engine.journal import Contents

Record = dict[str, Any]
OnDelivery = Callable[[str, int], None]
RETRY_PAUSE_SECONDS = 0.2
MAXIMUM_RETRY_PAUSE_SECONDS = 10.0
PARTIAL_ANSWERS = "ReportBatchItemFailures"


@dataclass
class Progress:
    """How the delivery of one mapping stands."""

    busy: bool = False
    attempts: int = 0
    retry_at: float = 0.0
    batch_limit: int = 0
    """A smaller batch while a failing one is being bisected; 0 means the mapping's own size."""

    def succeeded(self) -> None:
        """Forget the failures of the batch that is now behind us."""
        self.attempts, self.retry_at, self.batch_limit = 0, 0.0, 0

    def failed(self) -> None:
        """Pace the next attempt, longer each time."""
        self.attempts += 1
        pause = min(RETRY_PAUSE_SECONDS * 2 ** (self.attempts - 1), MAXIMUM_RETRY_PAUSE_SECONDS)
        self.retry_at = time.monotonic() + pause


class StreamDelivery:
    """Replaces the emulator's delivery of table streams."""

    def __init__(self) -> None:
        self._functions = internals.module("services.lambda_svc")
        self._dynamodb = internals.module("services.dynamodb")
        self._scope = internals.module("core.responses").request_scope
        self._progress: dict[str, Progress] = {}
        self._lock = threading.Lock()
        self._on_delivery: OnDelivery = lambda _consumer, _position: None
        self._origins: dict[str, int] = {}
        """Stream position of each table at which the journal's own count of events begins."""

    def install(self) -> None:
        """Take over from the emulator's poller, which keeps calling `poll` when work arrives."""
        self._functions._poll_dynamodb_streams = self.poll

    @property
    def busy(self) -> bool:
        """Whether some batch is being delivered right now."""
        return any(progress.busy for progress in self._progress.values())

    def poll(self) -> bool:
        """Start a delivery for each mapping that has records; whether one was started."""
        started = False
        for account, region, mapping in self._functions._iter_all_esms():
            source = mapping.get("EventSourceArn", "")
            if ":dynamodb:" in source and mapping.get("Enabled", True):
                with self._scope(account, region):
                    started = self._start(account, region, mapping) or started
        return started

    def skip_everything(self) -> None:
        """Move every mapping to the end of its stream: what is pending is not delivered."""
        for _, _, account, region, mapping in self._consumers():
            with self._scope(account, region):
                name = _table_of(mapping["EventSourceArn"])
                self._move(mapping, self._dynamodb.stream_end_position(name))
                self._of(mapping).succeeded()

    def consumers(self) -> dict[str, str]:
        """The table's ARN by the name of each consumer; names are equal in every run."""
        return {name: table for name, table, _, _, _ in self._consumers()}

    def _consumers(self) -> Iterator[tuple[str, str, str, str, Mapping[str, Any]]]:
        """Name, table ARN, account, region and mapping of every stream consumer."""
        for account, region, mapping in self._functions._iter_all_esms():
            table = mapping.get("EventSourceArn", "").partition("/stream/")[0]
            if ":dynamodb:" in table:
                yield _consumer_of(mapping), table, account, region, mapping

    def resume(self, contents: Contents, on_delivery: OnDelivery) -> None:
        """Send the pending events of `contents` again and report deliveries from now on."""
        self._on_delivery = on_delivery
        for name, _, account, region, mapping in self._consumers():
            with self._scope(account, region):
                self._set_position(mapping, contents.delivered.get(name, 0))
        for table in self._dynamodb._tables.all_values():
            arn = table["TableArn"]
            with self._scope(*_account_and_region(arn)):
                for kind, before, after in contents.events.get(arn, ()):
                    name = table["TableName"]
                    self._dynamodb._emit_stream_event(name, kind, before, after)

    def count_from_here(self) -> None:
        """The journal was emptied: its count of events starts at the present end of each stream."""
        for _, table, account, region, mapping in self._consumers():
            with self._scope(account, region):
                name = _table_of(mapping["EventSourceArn"])
                self._origins[table] = self._dynamodb.stream_end_position(name)

    def _of(self, mapping: Mapping[str, Any]) -> Progress:
        with self._lock:
            return self._progress.setdefault(mapping["UUID"], Progress())

    def _start(self, account: str, region: str, mapping: dict[str, Any]) -> bool:
        progress = self._of(mapping)
        if progress.busy or progress.retry_at > time.monotonic():
            return False
        position, batch = self._next_batch(mapping, progress)
        if not batch:
            return False
        progress.busy = True

        def run() -> None:
            try:
                with self._scope(account, region):
                    self._deliver(mapping, progress, position, batch)
            finally:
                progress.busy = False
                self._functions._esm_wake.set()

        threading.Thread(target=run, daemon=True, name="stream-delivery").start()
        return True

    def _next_batch(
        self, mapping: Mapping[str, Any], progress: Progress
    ) -> tuple[int, list[Record]]:
        table = _table_of(mapping["EventSourceArn"])
        start = self._dynamodb.stream_start_position(table)
        positions = self._functions._dynamodb_stream_positions
        with self._functions._dynamodb_stream_positions_lock:
            if mapping["UUID"] not in positions:
                latest = mapping.get("StartingPosition", "LATEST") == "LATEST"
                end = self._dynamodb.stream_end_position(table)
                positions[mapping["UUID"]] = end if latest else start
            position = max(positions[mapping["UUID"]], start)
        size = progress.batch_limit or mapping.get("BatchSize", 100)
        return position, self._dynamodb.stream_records_since(table, position, size)

    def _move(self, mapping: Mapping[str, Any], position: int) -> None:
        self._set_position(mapping, position)
        table = mapping["EventSourceArn"].partition("/stream/")[0]
        counted = max(0, position - self._origins.get(table, 0))
        self._on_delivery(_consumer_of(mapping), counted)

    def _set_position(self, mapping: Mapping[str, Any], position: int) -> None:
        with self._functions._dynamodb_stream_positions_lock:
            self._functions._dynamodb_stream_positions[mapping["UUID"]] = position

    def _deliver(
        self, mapping: dict[str, Any], progress: Progress, position: int, batch: list[Record]
    ) -> None:
        function, _ = self._functions._get_func_record_for_qualifier(
            mapping["FunctionName"], mapping.get("Qualifier")
        )
        if function is None:
            progress.failed()
            return
        wanted = self._functions._apply_filter_criteria(batch, mapping)
        if not wanted:
            self._move(mapping, position + len(batch))
            return
        result = self._functions._execute_function(function, {"Records": wanted})
        handled = _handled(result, mapping, batch)
        if handled:
            self._move(mapping, position + handled)
        if handled == len(batch):
            mapping["LastProcessingResult"] = f"OK - {len(wanted)} records"
            progress.succeeded()
            return
        mapping["LastProcessingResult"] = "FAILED"
        if handled:
            progress.succeeded()
        progress.failed()
        self._after_failure(
            mapping, progress, function, position + handled, batch[handled:], result
        )

    def _after_failure(
        self,
        mapping: dict[str, Any],
        progress: Progress,
        function: Any,
        position: int,
        rest: list[Record],
        result: Mapping[str, Any],
    ) -> None:
        """Bisect, give the batch up, or leave it for the next attempt."""
        condition = _given_up(mapping, progress, rest)
        if condition and not (mapping.get("BisectBatchOnFunctionError") and len(rest) > 1):
            self._functions._send_ddb_stream_failure_record(
                mapping, function, rest, mapping["EventSourceArn"], result, condition
            )
            self._move(mapping, position + len(rest))
            progress.succeeded()
        elif mapping.get("BisectBatchOnFunctionError") and len(rest) > 1:
            progress.batch_limit = len(rest) // 2


def _consumer_of(mapping: Mapping[str, Any]) -> str:
    table = mapping["EventSourceArn"].partition("/stream/")[0]
    return f"{mapping['FunctionName']} of {table}"


def _account_and_region(arn: str) -> tuple[str, str]:
    _, _, _, region, account, _ = arn.split(":", 5)
    return account, region


def _table_of(stream_arn: str) -> str:
    return stream_arn.partition("/stream/")[0].rpartition("/")[2]


def _handled(result: Mapping[str, Any], mapping: Mapping[str, Any], batch: Sequence[Record]) -> int:
    """How many leading records of the batch are done.

    A partial answer names the first failed sequence number: everything from it on is retried. An
    answer that names an unknown one counts as failed as a whole, as on AWS.
    """
    if result.get("error"):
        return 0
    answer = result.get("body")
    if PARTIAL_ANSWERS not in (mapping.get("FunctionResponseTypes") or []):
        return len(batch)
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return len(batch)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    failed = [failure.get("itemIdentifier") for failure in failures]
    if any(number not in numbers for number in failed):
        return 0
    return min(numbers.index(number) for number in failed)


def _given_up(mapping: Mapping[str, Any], progress: Progress, rest: Sequence[Record]) -> str | None:
    """Why the batch is not tried again, or None when it is. -1 means without limit."""
    retries = int(mapping.get("MaximumRetryAttempts", -1))
    if 0 <= retries < progress.attempts:
        return "RetryAttemptsExhausted"
    age_seconds = int(mapping.get("MaximumRecordAgeInSeconds", -1))
    oldest = float(rest[0]["dynamodb"]["ApproximateCreationDateTime"])
    if 0 <= age_seconds < time.time() - oldest:
        return "MaxRecordAgeExceeded"
    return None
