"""Usage counters: exact sums under a ceiling, in the same write as all else or not at all."""

from __future__ import annotations

import pytest

from rowcol.domain.scope import Scope, ScopeError
from rowcol.domain.tray import TrayItem
from rowcol.service.commit_rules import ITEMS_MAX, BrokenCommit, room
from rowcol.service.counter_rules import CounterOverdrawn
from rowcol.service.store import (
    Committed,
    Conflict,
    Counter,
    CounterMove,
    TransactionTooLarge,
    VersionCheck,
)
from tests.conformance.aggregates import BAD_IDS
from tests.conformance.world import (
    BLUEBIRD,
    CEDAR,
    FIRM,
    RIVAL,
    Planned,
    World,
    commit_on,
    next_commit,
)
from tests.support.domain.builders import NOW
from tests.support.storage import samples

DAY = "lim_1-2026-11-20"


def move(
    total: int, used: int = 0, ceiling: int | None = None, name: str = DAY, scope: Scope = BLUEBIRD
) -> CounterMove:
    return CounterMove(scope, name, total, used, ceiling)


def commit(
    world: World, *moves: CounterMove, scope: Scope = BLUEBIRD, **more: object
) -> Committed | Conflict:
    """One change on the books as they are now."""
    books = world.books(scope)
    return books.commit(next_commit(books, Planned(counters=moves, **more)))  # type: ignore[arg-type]  # the rest of a plan


def counter(world: World, name: str = DAY, scope: Scope = BLUEBIRD) -> Counter:
    return world.books(scope).counters([name])[name]


class Counters:
    def test_one_that_never_moved_is_zero(self, world: World) -> None:
        assert world.books().counters([DAY, "other"]) == {DAY: Counter(0, 0), "other": Counter()}
        assert world.books().counters([]) == {}

    def test_reserved_then_used_then_given_back(self, world: World) -> None:
        for one, after in (
            (move(500), Counter(500, 0)),
            (move(250), Counter(750, 0)),
            (move(0, 500), Counter(750, 500)),
            (move(-250), Counter(500, 500)),
            (move(-200, -200), Counter(300, 300)),
        ):
            assert commit(world, one) == Committed()
            assert counter(world) == after
        assert counter(world).reserved == 0

    def test_used_at_once(self, world: World) -> None:
        assert commit(world, move(500, 500, ceiling=500)) == Committed()
        assert counter(world) == Counter(500, 500)

    def test_many_counters_are_read_in_the_order_asked_for(self, world: World) -> None:
        names = [f"lim-{number:03d}" for number in range(130)]
        moves = [move(number + 1, name=name) for number, name in enumerate(names)]
        assert commit(world, *moves[:90]) == commit(world, *moves[90:]) == Committed()
        asked = ["missing", *reversed(names), names[3]]
        found = world.books().counters(iter(asked))
        assert list(found) == ["missing", *reversed(names)]
        assert found["missing"] == Counter()
        assert [found[name].total for name in names] == list(range(1, 131))

    @pytest.mark.parametrize("ceiling", [0, 1, 99, 100, 101])
    def test_the_first_move_is_held_to_the_ceiling(self, world: World, ceiling: int) -> None:
        outcome = commit(world, move(100, ceiling=ceiling))
        assert outcome == (Committed() if ceiling >= 100 else Conflict((f"counter/{DAY}",)))
        assert counter(world).total == (100 if ceiling >= 100 else 0)

    @pytest.mark.parametrize("ceiling", [0, 50, 149, 150, 151])
    def test_every_later_move_is_held_to_its_ceiling(self, world: World, ceiling: int) -> None:
        assert commit(world, move(100)) == Committed()
        outcome = commit(world, move(50, ceiling=ceiling))
        assert outcome == (Committed() if ceiling >= 150 else Conflict((f"counter/{DAY}",)))
        assert counter(world).total == (150 if ceiling >= 150 else 100)

    def test_under_a_lowered_ceiling_what_is_taken_can_be_used_and_given_back(
        self, world: World
    ) -> None:
        assert commit(world, move(100, ceiling=100)) == Committed()
        assert commit(world, move(1, ceiling=10)) == Conflict((f"counter/{DAY}",))
        assert commit(world, move(0, 60, ceiling=10)) == Committed()
        assert commit(world, move(-40, ceiling=10)) == Committed()
        assert counter(world) == Counter(60, 60)

    def test_a_refused_move_writes_nothing_else(self, world: World) -> None:
        moves = (move(10, name="fits", ceiling=10), move(11, name="full", ceiling=10))
        outcome = commit(world, *moves, puts=(samples.tray_item(),))
        assert outcome == Conflict(("counter/full",))
        assert counter(world, "fits") == counter(world, "full") == Counter()
        assert world.books().get(TrayItem, "item-1") is None
        assert world.books().entries() == ()

    def test_each_full_counter_is_named_and_a_stale_item_too(self, world: World) -> None:
        world.save(samples.tray_item())
        full = [move(2, ceiling=1, name=name) for name in ("a", "b")]
        moves = (full[0], move(1, name="fits"), full[1])
        assert commit(world, *moves) == Conflict(("counter/a", "counter/b"))
        outcome = commit(world, *moves, puts=(samples.tray_item(),))
        assert outcome == Conflict(("tray/item-1", "counter/a", "counter/b"))

    @pytest.mark.parametrize(
        "back", [move(-31), move(0, 31), move(-30, 1), move(-71, -71), move(0, -71), move(30, 61)]
    )
    def test_more_than_was_taken_is_a_defect_not_a_conflict(
        self, world: World, back: CounterMove
    ) -> None:
        assert commit(world, move(100, 70)) == Committed()
        with pytest.raises(CounterOverdrawn):
            commit(world, back, puts=(samples.tray_item(),))
        assert counter(world) == Counter(100, 70)
        assert world.books().get(TrayItem, "item-1") is None
        assert len(world.books().entries()) == 1

    @pytest.mark.parametrize("back", [move(-1), move(-1, -1), move(0, 1), move(5, 6, ceiling=9)])
    def test_nothing_is_given_back_to_a_counter_that_never_moved(
        self, world: World, back: CounterMove
    ) -> None:
        with pytest.raises(CounterOverdrawn):
            commit(world, back)
        assert counter(world) == Counter()

    def test_a_defect_shows_beside_a_full_counter(self, world: World) -> None:
        with pytest.raises(CounterOverdrawn):
            commit(world, move(2, ceiling=1, name="full"), move(-1, name="empty"))

    def test_what_was_given_back_meanwhile_is_a_conflict_not_a_defect(self, world: World) -> None:
        """Two cancel one payment: the later planned on books that have changed."""
        books = world.books()
        assert commit(world, move(100)) == Committed()
        seen = books.head("USD")
        assert commit(world, move(-100)) == Committed()
        again = commit_on(BLUEBIRD, seen, Planned(facts=(), counters=(move(-100),)), NOW)
        assert books.commit(again) == Conflict(("head", f"counter/{DAY}"))
        assert counter(world) == Counter()

    def test_a_right_that_was_revoked_comes_before_a_defect(self, world: World) -> None:
        check = VersionCheck(FIRM, "member", "anna", 1)
        outcome = commit(world, move(-1), checks=(check,))
        assert outcome == Conflict(("member/anna", f"counter/{DAY}"))

    def test_clients_share_the_firms_counter_and_have_their_own(self, world: World) -> None:
        for scope in (BLUEBIRD, CEDAR):
            own, shared = move(7, scope=scope), move(60, ceiling=100, scope=FIRM)
            outcome = commit(world, own, shared, scope=scope)
            assert outcome == (Committed() if scope == BLUEBIRD else Conflict((f"counter/{DAY}",)))
        assert counter(world) == Counter(7, 0)
        assert counter(world, scope=FIRM) == Counter(60, 0)
        assert counter(world, scope=CEDAR) == counter(world, scope=RIVAL) == Counter()

    @pytest.mark.parametrize("other", [CEDAR, RIVAL, Scope("elm")], ids=["client", "rival", "elm"])
    def test_a_counter_of_another_scope_is_refused(self, world: World, other: Scope) -> None:
        with pytest.raises(ScopeError):
            commit(world, move(1, scope=other))
        assert counter(world, scope=other) == Counter()

    @pytest.mark.parametrize("name", BAD_IDS)
    def test_a_counters_id_that_could_leave_the_scope_is_refused(
        self, world: World, name: str
    ) -> None:
        with pytest.raises(ScopeError):
            commit(world, move(1, name=name))
        with pytest.raises(ScopeError):
            world.books().counters(["good", name])

    def test_a_senseless_move_is_refused(self, world: World) -> None:
        for moves in (
            (move(1), move(2)),
            (move(1), move(0, 1)),
            (move(0, 0),),
            (move(1, ceiling=-1),),
        ):
            with pytest.raises(BrokenCommit):
                commit(world, *moves)
        assert counter(world) == Counter()

    def test_counters_are_among_the_hundred_items(self, world: World) -> None:
        moves = [move(1, name=f"lim-{number}") for number in range(ITEMS_MAX - 1)]
        assert commit(world, *moves[:-1]) == Committed()
        with pytest.raises(TransactionTooLarge):
            commit(world, *moves)
        check = VersionCheck(BLUEBIRD, "bill", "b1", 0)
        free = room(checks=1, counters=3)
        puts = tuple(samples.line(f"line-{number}") for number in range(free - 1))
        assert commit(world, *moves[:3], checks=(check,), puts=puts) == Committed()
        with pytest.raises(TransactionTooLarge):
            commit(world, *moves[:4], checks=(check,), puts=puts)
        assert counter(world, "lim-0") == Counter(2, 0)

    def test_the_largest_sums_stay_exact(self, world: World) -> None:
        large = 10**15
        for _ in range(9):
            assert commit(world, move(large, large)) == Committed()
        assert commit(world, move(1, 1, ceiling=9 * large)) == Conflict((f"counter/{DAY}",))
        assert commit(world, move(1, 1, ceiling=9 * large + 1)) == Committed()
        assert counter(world) == Counter(9 * large + 1, 9 * large + 1)


class CounterTokens:
    """A repeated request moves a counter once: what a lost answer needs."""

    def test_a_repeated_commit_moves_once(self, world: World) -> None:
        books = world.books()
        planned = Planned(counters=(move(60, ceiling=100),), token=world.token)
        request = next_commit(books, planned)
        assert books.commit(request) == books.commit(request) == Committed()
        assert counter(world) == Counter(60, 0)

    def test_without_a_token_the_head_stops_a_repeat(self, world: World) -> None:
        """An addition is not repeatable by itself; it never travels without a version."""
        books = world.books()
        request = next_commit(books, Planned(facts=(), counters=(move(60),)))
        assert books.commit(request) == Committed()
        assert books.commit(request) == Conflict(("head",))
        assert counter(world) == Counter(60, 0)
