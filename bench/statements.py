"""A bank statement of 50,000 lines, read and compared with the books, in each format that streams.

Memory is what Python has allocated at the worst moment, the file itself not counted.
"""

from __future__ import annotations

import time
import tracemalloc
from datetime import date, timedelta

from bench.result import Figure, Section, under
from rowcol.domain.statements.importing import Known, preview
from rowcol.domain.statements.reading import Reading
from rowcol.edge.statements.common import Hints
from rowcol.edge.statements.read import read_statement

LINES = 50_000
HINTS = Hints(ending="5678")


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


def section(times: int) -> Section:
    """Seconds of CPU and megabytes for the preview of a large CSV file."""
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
        ),
        ("A function has 256 MB, of which Python and the layer take about 60.",),
    )
