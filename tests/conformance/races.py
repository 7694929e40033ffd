"""Several writers at once: nobody's acknowledged write is lost, and only one of two rivals wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.chain import verify
from rowcol.domain.log import Fact
from rowcol.domain.tray import TrayItem
from rowcol.service.store import Books, Command, Committed
from tests.conformance.world import BLUEBIRD, Planned, World, next_commit
from tests.support.domain.builders import NOW
from tests.support.storage import samples

WRITERS = 8
ROUNDS = 6
TRIES_MAX = 400


def together(work: Callable[[int], object], writers: int = WRITERS) -> list[object]:
    """Run `work(number)` in threads that start at once; what they return, in order of number."""
    results: list[object] = [None] * writers
    barrier = threading.Barrier(writers)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work(number)
        except Exception as error:  # noqa: BLE001 - shown by the assertion on the results
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def count_up(books: Books, writer: int) -> int:
    """Raise a counter in one commit with a log entry, however often it takes. Gives the tries."""
    for tried in range(1, TRIES_MAX):
        item = books.get(TrayItem, "counter")
        assert item is not None
        counted = replace(item, occurrence=item.occurrence + 1)
        planned = Planned((counted,), (Fact("counted", {"by": writer}),))
        if books.commit(next_commit(books, planned)) == Committed():
            return tried
    raise AssertionError("never won")


def check_counted(books: Books, acknowledged: int) -> None:
    """Counter, log and head agree with the number of acknowledged commits."""
    item, head = books.get(TrayItem, "counter"), books.head("USD")
    assert item is not None
    assert item.occurrence == acknowledged
    assert head.sequence == head.version == acknowledged
    entries = books.entries(limit=acknowledged + 10)
    assert verify(BLUEBIRD, entries, head.sequence, head.chain).intact
    assert len(entries) == acknowledged


class Races:
    def test_no_acknowledged_commit_is_lost(self, world: World) -> None:
        world.save(replace(samples.tray_item("counter"), occurrence=0))

        def work(writer: int) -> list[int]:
            return [count_up(world.books(), writer) for _ in range(ROUNDS)]

        results = together(work)
        assert all(isinstance(result, list) for result in results), results
        check_counted(world.books(), WRITERS * ROUNDS)

    def test_one_of_many_creates(self, world: World) -> None:
        for number in range(ROUNDS):
            name = f"b{number}"
            won = together(
                lambda writer, name=name: world.books().save(  # type: ignore[misc]  # a lambda's default
                    samples.bill(name, live_payment_id=f"pay_{writer}")
                )
            )
            assert sorted(map(bool, won)) == [False] * (WRITERS - 1) + [True]

    def test_one_of_many_saves_at_a_version(self, world: World) -> None:
        world.save(samples.feed())
        for version in range(1, ROUNDS + 1):
            known = replace(samples.feed(cursor="same for all"), version=version)
            won = together(lambda _, known=known: world.books().save(known))  # type: ignore[misc]  # a lambda's default
            assert sorted(map(bool, won)) == [False] * (WRITERS - 1) + [True], "even if all agree"

    def test_a_command_is_answered_to_one_of_many(self, world: World) -> None:
        def work(writer: int) -> bool:
            answer: dict[str, object] = {"writer": writer}
            command = Command("key-1", "f" * 64, answer, NOW + timedelta(days=1))
            commit = next_commit(world.books(), Planned(command=command))
            return world.books().commit(commit) == Committed()

        won = together(work)
        assert won.count(True) == 1
        stored = world.books().command("key-1")
        assert stored is not None
        assert stored.answer == {"writer": won.index(True)}
        assert len(world.books().entries()) == 1

    def test_one_request_sent_by_many_is_applied_once(self, world: World) -> None:
        """Who repeats a commit while it is under way is told so, or meets its effect."""
        planned = Planned((samples.bill("b1"),), token=world.token)
        commit = next_commit(world.books(), planned)
        results = together(lambda _: world.books().commit(commit))
        assert Committed() in results
        assert len(world.books().entries()) == 1
        assert world.books().commit(commit) == Committed()
