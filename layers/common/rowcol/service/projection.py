"""Folding what the log's stream delivers: at least once, in bounded time, whatever is in it.

An entry that cannot be folded keeps nothing else back. Everything around it is folded, the client's
views are marked as behind at its position, and the tray says so; only then is it reported as
failed, so that the stream repeats it a few times and puts it aside. Entries that never come are
missed by those after them and are marked in the same way. A rebuild takes the marks away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.project import rows_of, write_rows
from rowcol.service.store import StoreUnavailable
from rowcol.service.view_ports import ViewRow
from rowcol.service.view_state import (
    NOT_DELIVERED,
    Missing,
    folded,
    keep_folded,
    mark,
    say_behind,
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One record of the stream: an entry, or what kept it from being read as one."""

    scope: Scope
    sequence: int
    entry: Entry | Exception

    @classmethod
    def of(cls, entry: Entry) -> Arrived:
        """An entry that could be read."""
        return cls(Scope(entry.firm, entry.client), entry.sequence, entry)


@dataclass
class Projected:
    """What became of a batch, by place: rows written, poison, and where the store gave out."""

    rows: int = 0
    poison: dict[int, Exception] = field(default_factory=dict)
    stopped: tuple[int, StoreUnavailable] | None = None

    @property
    def failed_from(self) -> int | None:
        """The first place to report as failed; None when all is folded."""
        failed = [*self.poison, *([self.stopped[0]] if self.stopped else [])]
        return min(failed, default=None)


def project_batch(environment: Environment, arrived: Sequence[Arrived]) -> Projected:
    """Fold a batch. Raises StoreUnavailable and Contention when its state could not be kept."""
    done = Projected()
    rows: dict[int, tuple[ViewRow, ...]] = {}
    for place, one in enumerate(arrived):
        try:
            rows[place] = _rows(one)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the entry's own fault
            done.poison[place] = error
    written = write_rows(environment.views, rows)
    done.rows, done.stopped = written.rows, written.stopped
    done.poison |= written.refused
    end = len(arrived) if done.stopped is None else done.stopped[0]
    done.poison = {place: error for place, error in done.poison.items() if place < end}
    _keep_state(environment, arrived[:end], done)
    return done


def _rows(one: Arrived) -> tuple[ViewRow, ...]:
    if isinstance(one.entry, Exception):
        raise one.entry
    return rows_of(one.entry)


def _keep_state(environment: Environment, arrived: Sequence[Arrived], done: Projected) -> None:
    """How far each client's views go now, and what they lack. All of it may be repeated."""
    parts: dict[Scope, list[tuple[int, Arrived]]] = {}
    for place, one in enumerate(arrived):
        parts.setdefault(one.scope, []).append((place, one))
    for scope, part in parts.items():
        poison = [
            Missing(one.sequence, one.sequence, type(done.poison[place]).__name__)
            for place, one in part
            if place in done.poison
        ]
        entries = [(one.sequence, _time_of(environment, one)) for _, one in part]
        _keep_state_of(environment, scope, entries, poison)


def _keep_state_of(
    environment: Environment,
    scope: Scope,
    entries: Sequence[tuple[int, datetime]],
    poison: Sequence[Missing],
) -> None:
    """Marks and tray first: the position is only moved past what has been said."""
    views = environment.views
    before = folded(views, scope)
    after, gaps = before.with_entries(entries)
    missing = [*poison, *(Missing(gap.first, gap.last, NOT_DELIVERED) for gap in gaps)]
    for one in missing:
        mark(views, scope, one)
    if missing:
        say_behind(environment, scope, min(missing, key=lambda one: one.first))
    if after != before:
        keep_folded(views, scope, after)


def _time_of(environment: Environment, one: Arrived) -> datetime:
    return one.entry.at if isinstance(one.entry, Entry) else environment.now()
