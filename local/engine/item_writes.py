"""Connects the emulator's item writes to the journal: recording them and replaying them."""

import contextvars
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.engine import internals
from local.engine.journal import Contents, Journal, Line
from local.engine.streams import StreamDelivery

Response = tuple[int, dict[str, str], Any]


@dataclass(frozen=True)
class Replay:
    """What a replay did: items put back, items whose table the template no longer has, and
    stream events that are delivered again."""

    items: int
    orphans: int
    pending: int


class ItemWrites:
    """Records every item write of the emulator's DynamoDB before its answer leaves.

    One lock spans the write and its line, so the file has the order of the writes even though
    HTTP requests and state machine tasks write from different threads.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._dynamodb = internals.module("services.dynamodb")
        self._lock = threading.RLock()
        self._collected: contextvars.ContextVar[list[Any] | None] = contextvars.ContextVar(
            "collected_changes", default=None
        )
        self._set_item: Callable[..., Any] = self._dynamodb._set_item
        self._remove_item: Callable[..., Any] = self._dynamodb._remove_item

    def install(self) -> None:
        """Wrap the emulator's functions; call once, before it serves requests."""
        for name, operation in internals.ITEM_WRITES.items():
            original = getattr(self._dynamodb, name)
            setattr(self._dynamodb, name, self._recording(operation, original))
        self._dynamodb._set_item = self._collecting_set
        self._dynamodb._remove_item = self._collecting_remove
        original_delete = self._dynamodb._delete_table
        self._dynamodb._delete_table = self._recording_table_delete(original_delete)

    def _recording(
        self, operation: str, original: Callable[[Any], Response]
    ) -> Callable[[Any], Response]:
        def write(request: Any) -> Response:
            with self._lock:
                changes: list[Any] = []
                token = self._collected.set(changes)
                try:
                    response = original(request)
                finally:
                    self._collected.reset(token)
                    if changes:
                        self._journal.append(self._line(operation, changes, request))
                return response

        return write

    def _line(self, operation: str, changes: list[Any], request: Any) -> Line:
        line: Line = {"op": operation, "changes": changes}
        client_token = request.get("ClientRequestToken")
        if client_token and operation == "TransactWriteItems":
            responses = internals.module("core.responses")
            body = {name: part for name, part in request.items() if name != "ClientRequestToken"}
            line["token"] = {
                "value": client_token,
                "account": responses.get_account_id(),
                "region": responses.get_region(),
                "at": time.time(),
                "request": body,
            }
        return line

    def _collecting_set(self, table: Any, pk: str, sk: str, item: Any) -> Any:
        previous = self._set_item(table, pk, sk, item)
        # Later writes may change nested values in place, so keep this moment's text.
        self._collect([table["TableArn"], pk, sk, json.loads(json.dumps(item))])
        return previous

    def _collecting_remove(self, table: Any, pk: str, sk: str) -> Any:
        previous = self._remove_item(table, pk, sk)
        if previous is not None:
            self._collect([table["TableArn"], pk, sk, None])
        return previous

    def _collect(self, change: list[Any]) -> None:
        changes = self._collected.get()
        if changes is not None:
            changes.append(change)
        else:
            # Outside a request: an expired row removed in the background.
            self._journal.append({"op": "Expiry", "changes": [change]})

    def _recording_table_delete(
        self, original: Callable[[Any], Response]
    ) -> Callable[[Any], Response]:
        def delete(request: Any) -> Response:
            with self._lock:
                table = self._dynamodb._tables.get(request.get("TableName", ""))
                response = original(request)
                if response[0] == 200 and table is not None:
                    self._journal.append({"op": "DeleteTable", "table": table["TableArn"]})
                return response

        return delete

    def replay(self, streams: StreamDelivery) -> Replay:
        """Put the journal's items back, resume the streams, and start recording.

        Putting items back sends no stream records; those that a consumer had not seen are sent
        again. The journal is rewritten as a snapshot. Items of tables that do not exist are kept
        in the file, in case the template gets its table back.
        """
        with self._lock:
            contents = self._journal.read()
            tables = {table["TableArn"]: table for table in self._dynamodb._tables.all_values()}
            orphans = 0
            for (arn, pk, sk), item in contents.items.items():
                if arn in tables:
                    self._set_item(tables[arn], pk, sk, item)
                else:
                    orphans += 1
            self._restore_tokens(contents)
            contents.keep_pending(streams.consumers())
            self._journal.compact(contents)
            self._journal.open()
            streams.resume(contents, self._note_delivery)
        pending = sum(map(len, contents.events.values()))
        return Replay(items=len(contents.items) - orphans, orphans=orphans, pending=pending)

    def _restore_tokens(self, contents: Contents) -> None:
        """Remember transaction tokens younger than their ten minutes and drop the others."""
        oldest = time.time() - self._dynamodb._TXN_TOKEN_TTL
        contents.tokens = [token for token in contents.tokens if token["at"] > oldest]
        for token in contents.tokens:
            entry = {"signature": token["request"], "response": {}, "sizes": {}}
            entry["completed_at"] = token["at"]
            store = self._dynamodb._txn_idempotency
            store.set_scoped(token["account"], token["region"], token["value"], entry)

    def _note_delivery(self, consumer: str, position: int) -> None:
        """A lost note only means that records are delivered twice, so it need not be durable."""
        line: Line = {"op": "Delivered", "consumer": consumer, "position": position}
        self._journal.append(line, durable=False)

    def clear(self, streams: StreamDelivery) -> None:
        """Remove every item of every table and everything journaled, without stream records."""
        with self._lock:
            for table in self._dynamodb._tables.all_values():
                table["items"].clear()
                self._dynamodb._items_replaced(table)
            self._dynamodb._txn_idempotency.clear()
            self._journal.clear()
            streams.count_from_here()
