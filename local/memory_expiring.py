"""What expires by itself, in memory as the table keeps it: single uses, and runs of feeds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import SyncRun
from rowcol.service.store import SyncPage
from rowcol.storage import keys
from rowcol.storage.sync_runs import key_of_run

if TYPE_CHECKING:
    from local.memory_store import MemoryStore

Runs = dict[Scope, dict[str, tuple[SyncRun, datetime]]]


class ExpiringRows:
    """The part of a scope's books that expires. A table keeps whole seconds of an expiry."""

    _store: MemoryStore
    _scope: Scope

    def is_first_use(self, name: str, until: datetime) -> bool:
        """True for one caller only until then."""
        self._store.on_call("use:before")
        keys.use_key(self._scope, name)
        with self._store.lock:
            known = self._store.uses.get((self._scope, name))
            if known is not None and known > self._store.clock().replace(microsecond=0):
                return False
            self._store.uses[self._scope, name] = until.replace(microsecond=0)
        self._store.on_call("use:after")
        return True

    def note_sync(self, run: SyncRun, until: datetime) -> None:
        """Keep a run of a feed beside the log."""
        self._store.on_call("note:before")
        with self._store.lock:
            runs = self._store.runs.setdefault(self._scope, {})
            runs[key_of_run(run)] = (run, until.replace(microsecond=0))
        self._store.on_call("note:after")

    def syncs(self, after: str | None = None, limit: int = 50) -> SyncPage:
        """Runs of feeds, the latest first."""
        self._store.on_call("syncs")
        with self._store.lock:
            kept = dict(self._store.runs.get(self._scope, {}))
        names = sorted((key for key in kept if not after or key < after), reverse=True)
        shown, now = names[:limit], self._store.clock()
        runs = tuple(kept[key][0] for key in shown if kept[key][1] > now)
        return SyncPage(runs, shown[-1] if len(names) > limit else None)
