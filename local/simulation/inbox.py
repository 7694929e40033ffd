"""The inbox in memory with the boundary's hooks, and the list that its stream would carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import AlreadyThere, InboxEntry, Stored
from rowcol.storage.inbox_memory import MemoryInbox


class BoundaryInbox(MemoryInbox):
    """`inserted`: keys that the table's stream has yet to deliver."""

    def __init__(self, on_call: Callable[[str], None]) -> None:
        super().__init__()
        self._on_call = on_call
        self.inserted: list[str] = []

    def put(self, entry: InboxEntry) -> Stored | AlreadyThere:
        """Store unless the key exists."""
        self._on_call("inbox:before")
        outcome = super().put(entry)
        if isinstance(outcome, Stored):
            self.inserted.append(outcome.inbox_key)
        self._on_call("inbox:after")
        return outcome

    def read(self, inbox_keys: Sequence[str]) -> tuple[InboxRow, ...]:
        """The rows that exist."""
        self._on_call("inbox:read")
        return super().read(inbox_keys)

    def _close(self, key: str, state: str, attribute: str, value: str) -> bool:
        self._on_call("inbox-close:before")
        closed = super()._close(key, state, attribute, value)
        self._on_call("inbox-close:after")
        return closed

    @property
    def open_keys(self) -> tuple[str, ...]:
        """Rows that are neither applied nor quarantined."""
        return tuple(key for key, item in self.items.items() if "unapplied_shard" in item)

    def put_back(self, inbox_key: str) -> bool:
        """Have a quarantined row looked at again."""
        self._on_call("inbox:before")
        done = super().put_back(inbox_key)
        self._on_call("inbox:after")
        return done


class BoundaryReplays:
    """Replays of events; the call of event_application is a delivery that may still be lost."""

    def __init__(self, inbox: BoundaryInbox) -> None:
        self._inbox = inbox

    def put_back(self, inbox_key: str) -> bool:
        """One conditional write."""
        return self._inbox.put_back(inbox_key)

    def apply_soon(self, inbox_keys: Sequence[str]) -> None:
        """Beside this process."""
        self._inbox.inserted.extend(inbox_keys)

    def waiting(self, inbox_keys: Sequence[str]) -> tuple[InboxRow, ...]:
        """Reads."""
        return tuple(row for row in self._inbox.read(inbox_keys) if not row.handled)

    def run_again(self, worker: str, payload: Mapping[str, object]) -> None:
        """No queue of dead letters is simulated."""
        raise KeyError(worker)
