"""Batches of independent items: each as its single command, in chunks, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.batch import Batch, BatchState, Mode
from rowcol.domain.batch_items import BatchInput, BatchResults, ItemOutcome
from rowcol.domain.payment import Payment
from rowcol.domain.plain import canonical
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Role
from rowcol.service.bulk.items import Work, refused
from rowcol.service.bulk.submit import Submitted, cut_ids
from tests.support.bulk import VERBS, BulkDesk, note
from tests.support.desk import SCOPE

LONG = "x" * 80


def test_every_item_is_done_and_told_in_the_order_asked() -> None:
    desk = BulkDesk()
    names = desk.records(70)
    asked = list(reversed(names))
    batch = desk.advance(desk.submitted(asked))
    assert (batch.state, batch.ok, batch.failed, batch.pending) == (BatchState.DONE, 70, 0, 0)
    results = desk.results(batch.id)
    assert [each.index for each in results] == list(range(70))
    assert [each.id for each in results] == asked
    assert {each.outcome for each in results} == {ItemOutcome.OK}
    assert all(desk.payment(name).memo == "noted" for name in names)
    assert [each.version for each in results] == [desk.payment(name).version for name in asked]
    assert batch.due is None


def test_a_refused_item_has_the_code_of_the_single_command_and_stops_no_other() -> None:
    desk = BulkDesk()
    done = desk.records(2)
    noted = desk.records(1, first=2, memo="before")
    items = [done[0], noted[0], "pay_9999", "not an id", done[1], done[0], *cut_ids([LONG])]
    batch = desk.advance(desk.submitted(items))
    results = desk.results(batch.id)
    assert [each.code for each in results] == [
        None, Code.WRONG_STATE, Code.NOT_FOUND, Code.NOT_FOUND, None, Code.DUPLICATE_ITEM,
        Code.NOT_FOUND,
    ]  # fmt: skip
    assert results[1].numbers == {"memo": "before"}
    assert (batch.ok, batch.failed, batch.skipped) == (2, 5, 0)
    alone = desk.act(lambda change: note(desk.environment, change, noted[0]))
    assert isinstance(alone, Refusal)
    assert (alone.code, alone.detail) == (results[1].code, results[1].detail)


def test_failed_items_are_one_log_entry_a_chunk_and_never_a_denial() -> None:
    desk = BulkDesk()
    names = desk.records(150, memo="before")
    desk.advance(desk.submitted(names))
    assert Counter(desk.types()) == {"batch.submitted": 1, "batch.advanced": 2}
    told = desk.books.entries()[-1].data["refused"]
    assert isinstance(told, list)
    assert told[0] == {"index": 100, "id": names[100], "code": "wrong_state"}


def test_nothing_is_written_for_too_many_items_or_none() -> None:
    desk = BulkDesk()
    before = dict(desk.store.items)
    many = desk.submit([f"pay_{number}" for number in range(1001)])
    none = desk.submit([])
    assert isinstance(many, Refusal)
    assert (many.code, many.numbers) == (Code.TOO_MANY_ITEMS, {"items": 1001, "items_max": 1000})
    assert isinstance(none, Refusal)
    assert none.code is Code.INVALID_INPUT
    assert desk.store.items == before
    assert desk.types() == []


def test_a_thousand_items_need_few_calls_and_the_row_stays_small() -> None:
    desk = BulkDesk()
    names = desk.records(1000)
    desk.boundary.names = []
    batch = desk.advance(desk.submitted(names))
    calls = Counter(desk.boundary.names)
    assert batch.ok == 1000
    assert calls["commit:after"] <= 25
    # A chunk reads client, head, member and batch; its payments 25 at a time.
    assert calls["get"] <= 4 * calls["commit:after"] + 5
    assert calls["get_many"] <= 3 * calls["commit:after"]
    assert sum(len(row.items) for row in inputs(desk)) == 1000


def inputs(desk: BulkDesk) -> list[BatchInput]:
    return [item for key, item in desk.store.items.items() if key[2] == BatchInput.kind]


def test_calls_grow_as_the_items_do() -> None:
    def calls(count: int) -> int:
        desk = BulkDesk()
        names = desk.records(count)
        before = desk.boundary.count
        desk.advance(desk.submitted(names))
        return desk.boundary.count - before

    few, some, many = calls(100), calls(300), calls(1000)
    assert some <= 3.2 * few
    assert many <= 10.5 * few


def test_the_same_key_is_the_same_batch_and_another_input_is_refused() -> None:
    desk = BulkDesk()
    names = desk.records(3)
    first = desk.submitted(names)
    again = desk.submit(names)
    assert isinstance(again, Submitted)
    assert (again.batch.id, again.is_repeat) == (first, True)
    other = desk.submit(names[:2])
    assert isinstance(other, Refusal)
    assert other.code is Code.IDEMPOTENCY_MISMATCH
    # The record of the command expires; the batch does not.
    desk.pass_days(40)
    much_later = desk.submit(names)
    assert isinstance(much_later, Submitted)
    assert (much_later.batch.id, much_later.is_repeat) == (first, True)
    other = desk.submit(names[:2])
    assert isinstance(other, Refusal)
    assert other.code is Code.IDEMPOTENCY_MISMATCH


def test_no_step_begins_after_the_deadline_and_the_rest_is_done_later() -> None:
    desk = BulkDesk()
    names = desk.records(120)
    name = desk.submitted(names)
    batch = desk.advance(name, until=desk.clock.now())
    assert (batch.state, batch.done) == (BatchState.RUNNING, 0)
    took = desk.clock.now() + timedelta(seconds=1)
    desk.boundary.between = lambda call: desk.clock.pause(0.6) if call == "commit:after" else None
    batch = desk.advance(name, until=took)
    assert 0 < batch.done < 120
    assert batch.due is not None
    desk.boundary.between = lambda _call: None
    assert desk.swept(name).state is BatchState.DONE
    assert [each.id for each in desk.results(name)] == names


def test_the_time_left_follows_from_the_pace() -> None:
    desk = BulkDesk()
    name = desk.submitted(desk.records(300))
    assert desk.batch(name).seconds_left(desk.clock.now()) is None
    desk.boundary.between = lambda call: desk.clock.pause(2) if call == "commit:after" else None
    batch = desk.advance(name, until=desk.clock.now() + timedelta(seconds=5))
    left = batch.seconds_left(desk.clock.now())
    assert left is not None
    spent = (desk.clock.now() - batch.created_at).total_seconds()
    assert left == pytest.approx(spent * batch.pending / batch.done, rel=0.5)
    assert desk.swept(name).seconds_left(desk.clock.now()) == 0


def test_the_sweep_asks_for_a_worker_once_a_minute() -> None:
    desk = BulkDesk()
    name = desk.submitted(desk.records(2))
    desk.sweep()
    assert desk.executions.asked == []
    desk.clock.pause(61)
    desk.sweep()
    desk.sweep()
    assert desk.executions.asked == [f"batch {name}"]
    desk.advance(name)
    desk.clock.pause(3600)
    desk.sweep()
    assert desk.executions.asked == [f"batch {name}"]


def test_what_is_not_done_when_it_is_cancelled_is_skipped() -> None:
    desk = BulkDesk()
    names = desk.records(120)
    name = desk.submitted(names)
    desk.boundary.between = lambda call: desk.clock.pause(1) if call == "commit:after" else None
    some = desk.advance(name, until=desk.clock.now() + timedelta(seconds=1)).done
    desk.cancel(name)
    batch = desk.advance(name)
    assert (batch.state, batch.ok, batch.skipped) == (BatchState.CANCELLED, some, 120 - some)
    outcomes = [each.outcome for each in desk.results(name)]
    assert outcomes == [ItemOutcome.OK] * some + [ItemOutcome.SKIPPED] * (120 - some)
    assert desk.payment(names[-1]).memo is None
    again = desk.cancel(name)
    assert isinstance(again, Refusal)
    assert again.code is Code.WRONG_STATE


def test_rights_that_are_taken_away_stop_the_rest() -> None:
    desk = BulkDesk()
    names = desk.records(120)
    name = desk.submitted(names)
    desk.boundary.between = lambda call: desk.clock.pause(1) if call == "commit:after" else None
    some = desk.advance(name, until=desk.clock.now() + timedelta(seconds=1)).done
    desk.member(Role.VIEWER)
    batch = desk.advance(name)
    assert (batch.state, batch.ok, batch.failed) == (BatchState.DONE, some, 120 - some)
    last = desk.results(name)[-1]
    assert (last.code, last.numbers) == (
        Code.FORBIDDEN,
        {
            "held": ["viewer"],
            "needed": "record",
            "roles": ["preparer", "approver", "releaser", "client_owner", "firm_admin"],
        },
    )


def test_an_item_that_is_a_defect_stops_the_others_only_for_a_while() -> None:
    desk = BulkDesk()
    names = desk.records(6)
    bad = desk.books.get(Payment, names[3])
    assert bad is not None
    assert desk.books.save(replace(bad, memo="defect"))
    name = desk.submitted(names)
    for _ in range(12):
        if desk.batch(name).is_over:
            break
        try:
            desk.advance(name)
        except ValueError:
            assert desk.batch(name).due == desk.clock.now() + timedelta(seconds=60)
    codes = [each.code for each in desk.results(name)]
    assert codes == [None, None, None, Code.CONFLICT, None, None]
    assert desk.batch(name).troubles == 0


def test_a_conflict_with_somebody_else_is_planned_again() -> None:
    desk = BulkDesk()
    names = desk.records(10)
    name = desk.submitted(names)

    def interfere(call: str) -> None:
        if call != "commit:before":
            return
        desk.boundary.between = lambda _call: None
        desk.act(lambda change: note(desk.environment, change, names[4]))

    desk.boundary.between = interfere
    batch = desk.advance(name)
    assert (batch.ok, batch.failed) == (9, 1)
    assert desk.results(name)[4].code is Code.WRONG_STATE


def test_two_workers_at_once_do_each_item_once() -> None:
    desk = BulkDesk()
    names = desk.records(100)
    name = desk.submitted(names)

    def second_worker(call: str) -> None:
        if call == "commit:before":
            desk.boundary.between = lambda _call: None
            desk.advance(name)

    desk.boundary.between = second_worker
    assert desk.advance(name).ok == 100
    assert Counter(desk.types())["payment.noted"] == 100
    assert len(desk.results(name)) == 100


@pytest.mark.parametrize("mode", list(Mode))
def test_a_batch_of_another_client_is_not_there(mode: Mode) -> None:
    desk = BulkDesk()
    name = desk.submitted(desk.records(1), mode)
    other = desk.store.books(replace(SCOPE, client="cedar"))
    assert other.get(Batch, name) is None


def test_every_row_stays_far_below_what_an_item_may_hold() -> None:
    desk = BulkDesk()
    names = [f"pay_{number:060d}" for number in range(1000)]
    name = desk.submitted(names)
    assert max(len(canonical(row)) for row in inputs(desk)) < 100_000
    worst = replace(desk.batch(name), ends=tuple(range(1, 1001)), ok=1000)
    assert len(canonical(worst)) < 10_000
    refusal = Refusal(Code.WRONG_STATE, "x" * 5000, {"text": "y" * 1900})
    work = Work.of(desk.environment, VERBS["note"], names)
    results = tuple(refused(work, index, refusal) for index in range(100))
    assert len(canonical(BatchResults("bat_1-r0", 0, 0, results))) < 300_000
    huge = refused(work, 0, Refusal(Code.WRONG_STATE, "no", {"text": "y" * 3000}))
    assert (huge.code, huge.numbers) == (Code.WRONG_STATE, {})
