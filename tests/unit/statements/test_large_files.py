"""50,000 lines are previewed in seconds and within a function's memory."""

from __future__ import annotations

import time
import tracemalloc
from datetime import date

import pytest

from bench.statements import large_csv, previewed
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import Reading
from rowcol.edge.statements.read import read_statement
from tests.support.statement_files import FORMATS, Entry

LINES = 50_000


def test_a_large_csv_is_previewed_in_seconds() -> None:
    content = large_csv(LINES)
    began = time.process_time()
    assert previewed(content) == LINES
    assert time.process_time() - began < 20  # 2 to 3 on a slow machine


def test_a_large_csv_is_previewed_within_256_megabytes() -> None:
    content = large_csv(LINES)
    tracemalloc.start()
    try:
        assert previewed(content) == LINES
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 192_000_000


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"csv"}))
def test_other_formats_grow_with_their_size_only(name: str) -> None:
    day = date(2026, 10, 13)
    small, large = (
        FORMATS[name]([Entry(day, -100 - at, f"ENTRY {at}") for at in range(count)], 0)
        for count in (500, 5_000)
    )
    taken: list[float] = []
    for content in (small, large):
        began = time.process_time()
        assert isinstance(read_statement(content, Hints()), Reading)
        taken.append(time.process_time() - began)
    assert taken[1] < 40 * taken[0] + 1
