"""What is due is found, once its time has come, after any downtime, and whatever else is stuck."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rowcol.domain.bill import Bill
from rowcol.service.store import Committed, Due
from tests.conformance.world import BLUEBIRD, CEDAR, RIVAL, Planned, World, next_commit
from tests.support.domain.builders import NOW
from tests.support.storage import samples

# A sweep runs every minute; a long backlog may take several of them.
SWEEPS_MAX = 8


def sweep(world: World, limit: int = 200) -> tuple[Due, ...]:
    world.settle()
    return world.store.due(world.clock.now(), limit)


def found_in_time(world: World, names: list[str]) -> list[str]:
    """What is found until all of these are, or the last sweep that may be needed."""
    found: set[str] = set()
    for _ in range(SWEEPS_MAX):
        found |= {due.id for due in sweep(world)}
        if found >= set(names):
            break
    return sorted(found)


def cleared(world: World, name: str) -> None:
    bill = world.books().get(Bill, name)
    assert bill is not None
    world.save(replace(bill, due=None))


class WhatIsDue:
    def test_nothing_is_due_of_what_has_no_time(self, world: World) -> None:
        world.save(samples.bill(), samples.feed())
        assert sweep(world) == ()

    def test_it_is_found_when_its_time_has_come(self, world: World) -> None:
        due = NOW + timedelta(minutes=5)
        world.save(samples.bill("b1", due))
        assert sweep(world) == ()
        world.clock.move(minutes=5)
        assert sweep(world) == (Due(BLUEBIRD, "bill", "b1", due),)
        assert sweep(world) == (Due(BLUEBIRD, "bill", "b1", due),), "until it was looked at"
        cleared(world, "b1")
        assert sweep(world) == ()

    def test_a_commit_makes_due_as_a_save_does(self, world: World) -> None:
        books = world.books()
        planned = Planned(puts=(samples.bill("b1", NOW), replace(samples.full_payment(), due=NOW)))
        assert books.commit(next_commit(books, planned)) == Committed()
        assert {(due.kind, due.id) for due in sweep(world)} == {
            ("bill", "b1"),
            ("payment", "pay_1"),
        }

    def test_of_all_firms_the_oldest_first(self, world: World) -> None:
        minutes = {"b1": 70, "b2": 10, "b3": 130, "b4": 11}
        scopes = (BLUEBIRD, RIVAL, CEDAR, BLUEBIRD)
        for (name, minute), scope in zip(minutes.items(), scopes, strict=True):
            world.save(samples.bill(name, NOW + timedelta(minutes=minute)), scope=scope)
        world.clock.move(minutes=130)
        found = sweep(world)
        assert [due.id for due in found] == ["b2", "b4", "b1", "b3"]
        assert [due.scope for due in found] == [RIVAL, BLUEBIRD, BLUEBIRD, CEDAR]

    def test_a_time_long_past_is_due_at_once(self, world: World) -> None:
        assert sweep(world) == ()
        long_ago = NOW - timedelta(days=200)
        world.save(samples.bill("b1", long_ago))
        assert sweep(world) == (Due(BLUEBIRD, "bill", "b1", long_ago),)

    def test_a_moved_time_replaces_the_old_one(self, world: World) -> None:
        world.save(samples.bill("b1", NOW + timedelta(hours=1)))
        bill = world.books().get(Bill, "b1")
        assert bill is not None
        world.save(replace(bill, due=NOW + timedelta(hours=5)))
        world.clock.move(hours=2)
        assert sweep(world) == ()
        world.clock.move(hours=3)
        assert [due.id for due in sweep(world)] == ["b1"]

    def test_no_more_than_asked_for(self, world: World) -> None:
        for number in range(7):
            world.save(samples.bill(f"b{number}", NOW - timedelta(minutes=number)))
        assert [due.id for due in sweep(world, 3)] == ["b6", "b5", "b4"]


class AfterDowntime:
    """Long stretches of time: hundreds of queries each on a real table."""

    def test_after_days_of_downtime_everything_is_found(self, world: World) -> None:
        assert sweep(world) == ()
        names = [f"b{day:02d}" for day in range(30)]
        for day, name in enumerate(names):
            world.save(samples.bill(name, NOW + timedelta(days=day, minutes=7)))
        world.clock.move(days=30)
        assert found_in_time(world, names) == names

    def test_the_first_sweep_ever_may_come_days_late(self, world: World) -> None:
        world.save(samples.bill("b1", NOW + timedelta(hours=1)))
        world.clock.move(days=13)
        assert found_in_time(world, ["b1"]) == ["b1"]

    def test_what_is_stuck_for_weeks_stops_nothing(self, world: World) -> None:
        assert sweep(world) == ()
        world.save(samples.bill("stuck", NOW + timedelta(minutes=1)))
        for day in (1, 5, 20):
            world.save(samples.bill(f"late-{day}", NOW + timedelta(days=day)))
        world.clock.move(days=40)
        world.save(samples.bill("fresh", world.clock.now()))
        assert "fresh" in [due.id for due in sweep(world)], "recent work is met in each sweep"
        names = ["fresh", "late-1", "late-20", "late-5", "stuck"]
        assert found_in_time(world, names) == names

    def test_hours_go_by_and_nothing_is_lost(self, world: World) -> None:
        """Five days with work in each hour. Sweeps pause for hours, and each finding is done."""
        names = [f"h{hour:03d}" for hour in range(5 * 24)]
        found: list[str] = []
        for hour, name in enumerate(names):
            world.save(samples.bill(name, world.clock.now() + timedelta(minutes=59)))
            world.clock.move(hours=1)
            if hour % 7 < 3 or hour == len(names) - 1:
                for due in sweep(world):
                    found.append(due.id)
                    cleared(world, due.id)
        for _ in range(SWEEPS_MAX):
            found += [due.id for due in sweep(world) if due.id not in found]
        assert len(found) == len(set(found)), "each was done once"
        assert sorted(found) == names

    def test_a_heap_of_stuck_work_leaves_room_for_recent_work(self, world: World) -> None:
        for number in range(6):
            world.save(samples.bill(f"stuck-{number}", NOW + timedelta(minutes=number)))
        world.clock.move(days=2)
        for number in range(3):
            world.save(samples.bill(f"fresh-{number}", world.clock.now()))
        seen: set[str] = set()
        for _ in range(4):
            found = [due.id for due in sweep(world, 4)]
            seen |= set(found)
            assert [name[:5] for name in found[-2:]] == ["fresh", "fresh"]
        assert seen >= {"stuck-0", "stuck-1"}
