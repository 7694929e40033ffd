"""A batch's row: counters that add up, results in rows, what was asked in rows, the time left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.batch import (
    Batch,
    BatchState,
    MissingResults,
    Mode,
    progress,
    rows_between,
    with_all_results,
    with_results,
)
from rowcol.domain.batch_items import (
    INPUT_ROW_BYTES_MAX,
    ItemOutcome,
    ItemResult,
    input_rows,
    refused_items,
    repeated,
)
from rowcol.domain.refusal import Code
from rowcol.domain.scope import SYSTEM
from tests.support.domain.builders import NOW

OK, FAILED, SKIPPED = ItemOutcome


def batch(submitted: int = 10, mode: Mode = Mode.INDEPENDENT) -> Batch:
    return Batch("bat_1", 0, "confirm", mode, BatchState.RUNNING, SYSTEM, "hash", submitted, 1, NOW)


def results(first: int, *outcomes: ItemOutcome) -> list[ItemResult]:
    return [ItemResult(first + place, f"pay_{place}", each) for place, each in enumerate(outcomes)]


def test_counters_add_up_after_every_chunk() -> None:
    found = batch(6)
    for first, outcomes in ((0, (OK, FAILED)), (2, (SKIPPED,)), (3, (OK, OK, SKIPPED))):
        found, row = with_results(found, results(first, *outcomes))
        assert (row.first, len(row.items)) == (first, len(outcomes))
        assert found.submitted == found.ok + found.failed + found.pending
    assert (found.ok, found.failed, found.skipped, found.pending) == (3, 3, 2, 0)
    assert found.ends == (2, 3, 6)
    shown = progress(found)
    assert (shown.ok, shown.failed, shown.skipped, shown.pending) == (3, 3, 2, 0)


@pytest.mark.parametrize(
    "given", [[], results(1, OK), results(0, *[OK] * 11), [*results(0, OK), *results(0, OK)]]
)
def test_results_that_do_not_follow_are_a_defect(given: list[ItemResult]) -> None:
    with pytest.raises(MissingResults):
        with_results(batch(), given)


def test_many_results_are_several_rows() -> None:
    found, rows = with_all_results(batch(250), results(0, *[OK] * 250))
    assert [len(row.items) for row in rows] == [100, 100, 50]
    assert [row.id for row in rows] == ["bat_1-r0", "bat_1-r1", "bat_1-r2"]
    assert found.pending == 0


def test_only_rows_that_hold_what_is_asked_are_read() -> None:
    found, _ = with_all_results(batch(250), results(0, *[OK] * 250))
    assert rows_between(found, 0, 250) == ("bat_1-r0", "bat_1-r1", "bat_1-r2")
    assert rows_between(found, 99, 101) == ("bat_1-r0", "bat_1-r1")
    assert rows_between(found, 100, 200) == ("bat_1-r1",)
    assert rows_between(found, 250, 300) == ()
    assert rows_between(batch(), 0, 10) == ()


def test_what_was_asked_fits_into_rows_in_order() -> None:
    items = ["x" * (INPUT_ROW_BYTES_MAX // 3)] * 7 + ["", "é" * 10]
    rows = input_rows("bat_1", items)
    assert [item for row in rows for item in row.items] == items
    assert [row.id for row in rows] == [f"bat_1-i{place}" for place in range(len(rows))]
    for row in rows:
        assert sum(len(item.encode()) for item in row.items) <= INPUT_ROW_BYTES_MAX
    assert len(input_rows("bat_1", [""])) == 1


def test_a_repeated_item_is_known_by_its_later_places() -> None:
    assert repeated(["a", "b", "a", "a", "c", "b"]) == frozenset({2, 3, 5})


def test_the_log_names_what_was_refused() -> None:
    given = [*results(0, OK), ItemResult(1, "pay_1", FAILED, Code.NOT_DRAFT, "no", {"a": 1})]
    [named] = refused_items(given)
    assert (named.index, named.id, named.code) == (1, "pay_1", Code.NOT_DRAFT)


def test_it_is_over_when_it_has_ended_and_holds_no_claim() -> None:
    ended = replace(batch(), state=BatchState.FAILED, claimed=4)
    assert not ended.is_over
    assert replace(ended, claimed=0).is_over
    assert not replace(ended, state=BatchState.COMMITTED, claimed=0).is_over


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, None),
        ({"ok": 0, "progressed_at": NOW + timedelta(seconds=9)}, None),
        ({"ok": 4, "progressed_at": NOW + timedelta(seconds=8)}, 12),
        ({"ok": 9, "progressed_at": NOW + timedelta(seconds=1)}, 1),
        ({"ok": 10, "state": BatchState.DONE, "progressed_at": NOW}, 0),
    ],
)
def test_the_time_left_follows_the_pace(changes: dict[str, object], left: int | None) -> None:
    assert replace(batch(), **changes).seconds_left(NOW) == left  # type: ignore[arg-type]  # by name


def test_a_claim_is_half_the_work_of_all_or_nothing() -> None:
    at = NOW + timedelta(seconds=10)
    claiming = replace(batch(10, Mode.ALL_OR_NOTHING), claimed=5, progressed_at=at)
    assert claiming.seconds_left(at) == 30
    letting_go = replace(claiming, state=BatchState.FAILED, failed=10)
    assert letting_go.seconds_left(at) == 10
