"""The day's checkpoint: all heads, once a day, chained; what was changed since is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from local.memory_checkpoints import MemoryCheckpoints
from rowcol.domain.checkpoint import BadCheckpoint, checkpoint_read, entry_leaf
from rowcol.domain.log import Fact, sealed
from rowcol.domain.merkle import Tree, root_by
from rowcol.domain.scope import Scope
from rowcol.service.checkpoints import latest_checkpoint, take_checkpoint
from rowcol.service.onboard import register_client
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import client
from tests.support.furnished import CLIENT, FIRM, OTHER, OTHER_FIRM, SECOND, Furnished


@pytest.fixture
def house() -> Furnished:
    return Furnished()


def next_day(desk: Desk) -> None:
    desk.clock.pause(timedelta(days=1).total_seconds())


def test_it_holds_every_chain_of_every_firm_and_the_trees_of_their_entries(
    house: Furnished,
) -> None:
    kept = MemoryCheckpoints()
    taken = take_checkpoint(house.environment, kept)
    assert taken.is_new
    assert not taken.broken
    found = latest_checkpoint(kept)
    assert found == taken.checkpoint
    assert {head.scope for head in found.heads} == {
        Scope(FIRM), Scope(FIRM, CLIENT), Scope(FIRM, SECOND),
        Scope(OTHER_FIRM), Scope(OTHER_FIRM, OTHER),
    }  # fmt: skip
    for head in found.heads:
        log = house.store.logs.get(head.scope, [])
        assert head.sequence == len(log)
        assert head.root == Tree(entry_leaf(entry.hash) for entry in log).root
        place = found.places[head.scope]
        path = found.tree.path(place)
        assert root_by(head.leaf, place, len(found.heads), path) == found.statement.root


def test_a_day_has_one_whoever_asks_and_how_often(house: Furnished) -> None:
    kept = MemoryCheckpoints()
    first = take_checkpoint(house.environment, kept)
    register_client(house.store, FIRM, client(id="dogwood", version=0))
    again = take_checkpoint(house.environment, kept)
    assert (again.is_new, again.checkpoint) == (False, first.checkpoint)


def test_of_two_that_take_it_at_once_the_first_stays(house: Furnished) -> None:
    kept = MemoryCheckpoints()
    rival = MemoryCheckpoints()
    first = take_checkpoint(house.environment, rival)

    class Late(MemoryCheckpoints):
        def put(self, day, text):  # type: ignore[no-untyped-def]  # as its base
            kept.kept.update(rival.kept)  # the other one was quicker
            return kept.put(day, text)

        def read(self, day):  # type: ignore[no-untyped-def]  # as its base
            return kept.read(day)

    house.clock.pause(5)
    taken = take_checkpoint(house.environment, Late())
    assert (taken.is_new, taken.checkpoint) == (False, first.checkpoint)


def test_each_is_chained_to_the_one_before_and_grows_from_it(house: Furnished) -> None:
    kept = MemoryCheckpoints()
    first = take_checkpoint(house.environment, kept).checkpoint
    next_day(house)
    before = first.head_of(SCOPE)
    assert before is not None
    reads: list[str] = []
    house.store.on_call = reads.append
    second = take_checkpoint(house.environment, kept).checkpoint
    assert second.statement.previous == first.statement.hash
    assert second.head_of(SCOPE) == before  # nothing was written
    assert len([call for call in reads if call == "entries"]) == 0
    next_day(house)
    next_day(house)
    third = take_checkpoint(house.environment, kept).checkpoint
    assert third.statement.previous_day == second.statement.day


@pytest.mark.parametrize("change", ["edited", "deleted", "cut"])
def test_what_was_changed_since_the_last_is_found_and_does_not_go_in(
    house: Furnished, change: str
) -> None:
    kept = MemoryCheckpoints()
    log = house.store.logs[SCOPE]
    whole = list(log)
    head = house.store.books(SCOPE).head("USD")
    assert house.store.books(SCOPE).save(
        replace(head, sequence=len(whole) - 4, chain=whole[-5].hash)
    )
    house.store.logs[SCOPE] = whole[:-4]
    first = take_checkpoint(house.environment, kept).checkpoint
    again = house.store.books(SCOPE).head("USD")
    assert house.store.books(SCOPE).save(replace(again, sequence=head.sequence, chain=head.chain))
    place = len(whole) - 2
    if change == "edited":
        old = whole[place - 1]
        forged = sealed(SCOPE, old.sequence, old.at, old.actor, Fact(old.type, {}), old.previous)
        whole[place - 1] = replace(forged, hash=old.hash)
    elif change == "deleted":
        del whole[place - 1]
    else:
        del whole[place - 1 :]
    house.store.logs[SCOPE] = whole
    next_day(house)
    taken = take_checkpoint(house.environment, kept)
    [broken] = taken.broken
    assert (broken.scope, broken.broken_at, broken.sequence) == (SCOPE, place, place - 1)
    assert taken.checkpoint.statement.previous == first.statement.hash


def test_a_chain_that_shrank_below_the_last_one_is_broken(house: Furnished) -> None:
    kept = MemoryCheckpoints()
    take_checkpoint(house.environment, kept)
    log = house.store.logs[SCOPE]
    head = house.store.books(SCOPE).head("USD")
    del log[-3:]
    assert house.store.books(SCOPE).save(replace(head, sequence=len(log), chain=log[-1].hash))
    next_day(house)
    [broken] = take_checkpoint(house.environment, kept).broken
    assert broken.broken_at == len(log) + 1


def test_every_edit_of_a_byte_is_refused(house: Furnished) -> None:
    text = take_checkpoint(house.environment, MemoryCheckpoints()).checkpoint.text()
    whole = checkpoint_read(text)
    for place, byte in enumerate(text):
        edited = text[:place] + bytes((byte ^ 1,)) + text[place + 1 :]
        try:
            found = checkpoint_read(edited)
        except BadCheckpoint:
            continue
        # Only what the text does not say in these words: a space, a key that is not read.
        assert found == whole, place
