"""Log entries on the EventBridge bus, for the firm's own systems. Schema: docs/events.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rowcol.domain.log import Entry
from rowcol.domain.plain import to_plain
from rowcol.service.bus_event import bus_event
from rowcol.service.store import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "rowcol"
PER_CALL_MAX = 10


class EventBridgeBus:
    """Port Bus. The detail carries ids, position and hash; the rest is read through the API."""

    def __init__(self, name: str, connect: Callable[[], EventBridgeClient]) -> None:
        self._name = name
        self._connect = connect

    def publish(self, entries: Sequence[Entry]) -> None:
        """Put entries, ten a call. Raises StoreUnavailable when one was not taken."""
        for start in range(0, len(entries), PER_CALL_MAX):
            chunk: list[Any] = [
                {
                    "EventBusName": self._name,
                    "Source": SOURCE,
                    "DetailType": entry.type,
                    "Time": entry.at,
                    "Detail": json.dumps(to_plain(bus_event(entry))),
                }
                for entry in entries[start : start + PER_CALL_MAX]
            ]
            answer = self._connect().put_events(Entries=chunk)
            if answer.get("FailedEntryCount"):
                raise StoreUnavailable(f"{answer['FailedEntryCount']} events not taken by the bus")
