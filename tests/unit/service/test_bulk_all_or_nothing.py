"""All or nothing: one write when it fits; else claims, one moment that decides, and the items."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.batch import Batch, BatchState, Mode
from rowcol.domain.batch_items import ItemOutcome
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Role
from tests.support.bulk import BulkDesk, note

ALL = Mode.ALL_OR_NOTHING
MANY = 250


def memos(desk: BulkDesk, names: list[str]) -> set[str | None]:
    return {desk.payment(name).memo for name in names}


def claims(desk: BulkDesk, names: list[str]) -> set[str | None]:
    return {desk.payment(name).batch_id for name in names}


def step(desk: BulkDesk, name: str) -> Batch:
    """One step only."""
    desk.boundary.between = lambda call: desk.clock.pause(1) if call == "commit:after" else None
    batch = desk.advance(name, until=desk.clock.now() + timedelta(seconds=1))
    desk.boundary.between = lambda _call: None
    return batch


def until(desk: BulkDesk, name: str, state: BatchState) -> Batch:
    """Step by step until a state is reached."""
    for _ in range(60):
        batch = step(desk, name)
        if batch.state is state:
            return batch
    raise AssertionError(f"never {state}")


def test_what_fits_into_one_write_is_one_write() -> None:
    desk = BulkDesk()
    names = desk.records(40)
    batch = step(desk, desk.submitted(names, ALL))
    assert (batch.state, batch.ok) == (BatchState.DONE, 40)
    assert memos(desk, names) == {"noted"}
    assert [each.index for each in desk.results(batch.id)] == list(range(40))


def test_one_failed_item_leaves_all_as_they_were() -> None:
    desk = BulkDesk()
    names = desk.records(39)
    noted = desk.records(1, first=39, memo="before")
    versions = [desk.payment(name).version for name in names]
    batch = step(desk, desk.submitted([*names[:20], *noted, *names[20:], "pay_9999"], ALL))
    assert (batch.state, batch.ok, batch.failed) == (BatchState.FAILED, 0, 41)
    assert batch.is_over
    codes = [each.code for each in desk.results(batch.id)]
    assert codes[20] is Code.WRONG_STATE
    assert codes[40] is Code.NOT_FOUND
    assert {code for place, code in enumerate(codes) if place not in (20, 40)} == {Code.ITEM_FAILED}
    assert memos(desk, names) == {None}
    assert [desk.payment(name).version for name in names] == versions


def test_an_item_twice_is_a_failed_item() -> None:
    desk = BulkDesk()
    [name] = desk.records(1)
    batch = desk.advance(desk.submitted([name, name], ALL))
    codes = [each.code for each in desk.results(batch.id)]
    assert codes == [Code.ITEM_FAILED, Code.DUPLICATE_ITEM]
    assert memos(desk, [name]) == {None}


def test_many_are_claimed_committed_and_done_in_few_writes() -> None:
    desk = BulkDesk()
    names = desk.records(1000)
    desk.boundary.names = []
    batch = desk.advance(desk.submitted(names, ALL))
    writes = desk.boundary.names.count("commit:after")
    assert (batch.state, batch.ok, batch.claimed) == (BatchState.DONE, 1000, 0)
    assert memos(desk, names) == {"noted"}
    assert claims(desk, names) == {None}
    # One to submit, eleven to claim, one to commit, and the same as independent ones.
    assert writes <= 1 + 11 + 1 + 22
    assert [each.id for each in desk.results(batch.id)] == names
    types = desk.types()
    assert types[:2] == ["batch.submitted", "batch.claimed"]
    assert types.count("batch.committed") == 1
    assert types.index("batch.committed") < types.index("payment.noted")


def test_a_failed_item_among_many_is_found_before_anything_is_claimed() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    batch = step(desk, desk.submitted([*names, "pay_9999"], ALL))
    assert (batch.state, batch.claimed) == (BatchState.FAILED, 0)
    assert len(desk.results(batch.id)) == MANY + 1
    assert claims(desk, names) == {None}


def test_nobody_commands_a_claimed_payment_and_facts_still_come() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    name = desk.submitted(names, ALL)
    assert until(desk, name, BatchState.PREPARED).claimed == MANY
    assert claims(desk, names) == {name}
    answer = desk.act(lambda change: note(desk.environment, change, names[3]), person="ben")
    assert isinstance(answer, Refusal)
    assert answer.code is Code.BATCH_MEMBER
    assert answer.numbers == {"payment_id": names[3], "batch_id": name}
    assert desk.types()[-1] == "command.denied"
    assert isinstance(desk.work(lambda change: note(desk.environment, change, names[4])), Payment)


def test_another_batch_meets_the_claim_as_a_single_command_does() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    free = desk.records(1, first=900)
    first = desk.submitted(names, ALL)
    until(desk, first, BatchState.PREPARED)
    independent = desk.advance(desk.submitted([names[0], free[0]], key="key-0002"))
    assert [each.code for each in desk.results(independent.id)] == [Code.BATCH_MEMBER, None]
    together = desk.advance(desk.submitted(names[:2], ALL, key="key-0003"))
    assert [each.code for each in desk.results(together.id)] == [Code.BATCH_MEMBER] * 2
    assert desk.advance(first).state is BatchState.DONE


def test_what_changes_between_claim_and_commit_lets_all_go() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    name = desk.submitted(names, ALL)
    until(desk, name, BatchState.PREPARED)
    desk.work(lambda change: note(desk.environment, change, names[7]))
    batch = step(desk, name)
    assert (batch.state, batch.pending, batch.claimed) == (BatchState.FAILED, 0, MANY)
    codes = [each.code for each in desk.results(name)]
    assert codes.count(Code.ITEM_FAILED) == MANY - 1
    assert codes[7] is Code.WRONG_STATE
    batch = desk.advance(name)
    assert batch.is_over
    assert claims(desk, names) == {None}
    assert memos(desk, names[8:]) == {None}


def test_a_fact_between_commit_and_its_turn_fails_that_item_alone() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    name = desk.submitted(names, ALL)
    until(desk, name, BatchState.COMMITTED)
    desk.work(lambda change: note(desk.environment, change, names[200]))
    batch = desk.advance(name)
    assert (batch.state, batch.ok, batch.failed) == (BatchState.DONE, MANY - 1, 1)
    assert desk.results(name)[200].code is Code.WRONG_STATE
    assert claims(desk, names) == {None}


def test_rights_taken_away_before_the_commit_let_all_go_and_after_it_nothing() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    name = desk.submitted(names, ALL)
    until(desk, name, BatchState.PREPARED)
    desk.member(Role.VIEWER)
    batch = desk.advance(name)
    assert (batch.state, batch.failed) == (BatchState.FAILED, MANY)
    assert {each.code for each in desk.results(name)} == {Code.FORBIDDEN}
    assert claims(desk, names) == {None}
    desk.member(Role.PREPARER)
    again = desk.submitted(names, ALL, key="key-0002")
    until(desk, again, BatchState.COMMITTED)
    desk.member(Role.VIEWER)
    assert desk.advance(again).ok == MANY


def test_it_can_be_cancelled_until_it_is_committed() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    name = desk.submitted(names, ALL)
    until(desk, name, BatchState.PREPARED)
    desk.cancel(name)
    batch = desk.advance(name)
    assert (batch.state, batch.skipped, batch.is_over) == (BatchState.CANCELLED, MANY, True)
    assert {each.outcome for each in desk.results(name)} == {ItemOutcome.SKIPPED}
    assert claims(desk, names) == {None}
    again = desk.submitted(names, ALL, key="key-0002")
    until(desk, again, BatchState.COMMITTED)
    late = desk.cancel(again)
    assert isinstance(late, Refusal)
    assert late.code is Code.TOO_LATE
    assert desk.advance(again).ok == MANY


def test_a_batch_that_nobody_carries_on_lets_its_payments_go() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    name = desk.submitted(names, ALL)
    step(desk, name)
    assert 0 < desk.batch(name).claimed < MANY
    desk.clock.pause(16 * 60)
    batch = desk.swept(name)
    assert (batch.state, batch.is_over) == (BatchState.FAILED, True)
    assert {each.code for each in desk.results(name)} == {Code.CONFLICT}
    assert claims(desk, names) == {None}


def test_a_defect_lets_all_go_after_some_tries() -> None:
    desk = BulkDesk()
    names = desk.records(MANY)
    name = desk.submitted(names, ALL)
    step(desk, name)
    bad = desk.payment(names[5])
    assert desk.books.save(replace(bad, memo="defect"))
    for _ in range(5):
        with pytest.raises(ValueError, match=names[5]):
            desk.advance(name)
    batch = desk.advance(name)
    assert (batch.state, batch.is_over) == (BatchState.FAILED, True)
    assert claims(desk, names) == {None}
