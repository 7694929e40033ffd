"""A bank statement of 50,000 lines: previewed, brought into a client's books, and taken back.

Memory is what Python has allocated at the worst moment, the file and the store not counted.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.result import Figure, Section, under
from local.memory_files import MemoryFiles
from local.memory_store import MemoryStore
from local.memory_views import MemoryViews
from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.domain.client import Client
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, ActorKind, Scope
from rowcol.domain.statements.file import Answers, StatementFile
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.importing import Known, preview
from rowcol.domain.statements.reading import Reading
from rowcol.edge.statements.read import read_statement
from rowcol.service.change import Asked
from rowcol.service.environment import Environment
from rowcol.service.onboard import register_client, register_firm
from rowcol.service.ports import Surroundings
from rowcol.service.statements import command
from rowcol.service.statements.files import Who
from rowcol.service.statements.ports import StatementDesk
from rowcol.service.statements.submit import NewFile
from rowcol.service.statements.submit import preview as preview_file

LINES = 50_000
HINTS = Hints(ending="5678")
SCOPE = Scope("bench", "client")
NOW = datetime(2026, 12, 30, 12, tzinfo=UTC)


def large_csv(lines: int = LINES) -> bytes:
    """A year of a busy account, oldest first, with its running balance in cents."""
    start, balance = date(2026, 1, 1), 0
    rows = ["Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #"]
    for place in range(lines):
        minor = (place * 7_919) % 200_000 - 99_999
        balance += minor
        day = start + timedelta(place * 360 // lines)
        rows.append(
            f'DEBIT,{day:%m/%d/%Y},"PAYEE {place % 977} INVOICE {place}",{_major(minor)},ACH_DEBIT,'
            f"{_major(balance)},,"
        )
    return "\n".join(rows).encode()


def _major(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def previewed(content: bytes) -> int:
    """How many lines are new to an empty account."""
    outcome = read_statement(content, HINTS)
    if not isinstance(outcome, Reading):
        raise TypeError(f"it is not read: {outcome.code}")
    return len(preview(outcome.statements[0], HINTS.ending, Known.nothing()).new)


class _Books:
    """A client with one account in memory; writes are counted, answers of rails are none."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._keys = 0
        clock = SimulatedClock(NOW)
        self.store = MemoryStore(clock.now)
        self.store.on_call = self._count
        surroundings = Surroundings(clock, CountingIds(), random.Random(1), clock.pause)
        nothing: Any = None
        desk = StatementDesk(MemoryFiles(clock.now), read_statement)
        self.environment = Environment(
            self.store, MemoryViews(), nothing, nothing, surroundings, statements=desk
        )
        client = Client(SCOPE.client, 0, "Bench", "USD", operating_account_ids=("checking",))
        register_firm(self.store, SCOPE.firm, "Bench")
        register_client(self.store, SCOPE.firm, client)

    def _count(self, call: str) -> None:
        self.calls[call] += 1

    def who(self) -> Who:
        """The next command of one person."""
        self._keys += 1
        return Who(Actor(ActorKind.PERSON, "ann"), Asked.by("ann", str(self._keys), None), ())

    def previewed(self, content: bytes) -> StatementFile:
        """A file that was looked at."""
        new = NewFile("large.csv", Answers(bank_account_id="checking"))
        return _file(preview_file(self.environment, SCOPE, self.who(), new, content))

    def applied(self, name: str) -> StatementFile:
        """All its lines in the books."""
        return _file(command.apply(self.environment, SCOPE, self.who(), name, None))

    def undone(self, name: str) -> StatementFile:
        """None of them."""
        return _file(
            command.undo(self.environment, SCOPE, self.who(), name, None, free_matches=False)
        )


def _file(found: StatementFile | Refusal) -> StatementFile:
    if isinstance(found, Refusal):
        raise TypeError(f"it is refused: {found}")
    return found


def _timed(work: Callable[[], StatementFile]) -> tuple[StatementFile, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def _books_figures(content: bytes) -> tuple[Figure, ...]:
    """CPU and writes for the way into the books and out again, over a store in memory."""
    books = _Books()
    file, preview_seconds = _timed(lambda: books.previewed(content))
    books.calls.clear()
    file, apply_seconds = _timed(lambda: books.applied(file.id))
    writes = books.calls["commit:after"]
    if file.added != LINES:
        raise TypeError(f"{file.added} lines were added")
    again, again_seconds = _timed(lambda: books.previewed(content + b"\n"))
    books.calls.clear()
    undone, undo_seconds = _timed(lambda: books.undone(file.id))
    if undone.removed != LINES or again.seen is None:
        raise TypeError(f"{undone.removed} lines were taken back")
    return (
        under("CPU for a preview over empty books", preview_seconds, 15, " s"),
        under("CPU for a preview over as many lines", again_seconds, 20, " s"),
        under("CPU for applying", apply_seconds, 60, " s"),
        Figure("transactions for applying", f"{writes:,}"),
        under("CPU for undoing", undo_seconds, 60, " s"),
        Figure("transactions for undoing", f"{books.calls['commit:after']:,}"),
    )


def section(times: int) -> Section:
    """Seconds of CPU and megabytes for the preview of a large CSV file, and for its lines."""
    content = large_csv()
    seconds: list[float] = []
    for _ in range(times):
        began = time.process_time()
        previewed(content)
        seconds.append(time.process_time() - began)
    tracemalloc.start()
    previewed(content)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Section(
        f"Bank statement of {LINES:,} lines as CSV, {len(content) / 1e6:.1f} MB",
        (
            under("CPU for a preview, fastest", min(seconds), 10, " s"),
            under("memory at the worst moment", peak_bytes / 1e6, 192, " MB", 0),
            Figure("lines a second", f"{LINES / min(seconds):,.0f}"),
            *_books_figures(content),
        ),
        ("A function has 256 MB, of which Python and the layer take about 60.",),
    )
