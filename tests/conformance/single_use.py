"""What may be used once: nonces of signed requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rowcol.domain.scope import ScopeError
from tests.conformance.races import together
from tests.conformance.world import BLUEBIRD, FIRM, RIVAL, World


class SingleUse:
    """One use of a name, until its time is over."""

    def test_only_the_first_use_counts(self, world: World) -> None:
        books, until = world.books(), world.clock.now() + timedelta(minutes=10)
        name = f"once-{world.token}"
        assert books.is_first_use(name, until)
        assert not books.is_first_use(name, until)
        assert books.is_first_use(f"other-{world.token}", until)

    def test_other_books_have_uses_of_their_own(self, world: World) -> None:
        until, name = world.clock.now() + timedelta(minutes=10), f"own-{world.token}"
        asked = [world.books(scope).is_first_use(name, until) for scope in (BLUEBIRD, FIRM, RIVAL)]
        assert asked == [True, True, True]
        assert not world.books(FIRM).is_first_use(name, until)

    def test_it_may_be_used_again_when_its_time_is_over(self, world: World) -> None:
        books, name = world.books(), f"again-{world.token}"
        until = world.clock.now() + timedelta(minutes=10)
        assert books.is_first_use(name, until)
        world.clock.move(minutes=9, seconds=59)
        assert not books.is_first_use(name, until)
        world.clock.move(seconds=1)
        assert books.is_first_use(name, until + timedelta(minutes=10))
        assert not books.is_first_use(name, until + timedelta(minutes=10))

    @pytest.mark.parametrize("name", ["", "a/b", "x" * 65, "-/command/key"])
    def test_a_name_cannot_leave_its_books(self, world: World, name: str) -> None:
        with pytest.raises(ScopeError):
            world.books().is_first_use(name, world.clock.now() + timedelta(minutes=10))


class SingleUseRaces:
    """Several who ask at once."""

    def test_one_of_many_wins(self, world: World) -> None:
        until = world.clock.now() + timedelta(minutes=10)
        won = together(lambda _: world.books().is_first_use(f"race-{world.token}", until))
        assert sorted(won, key=bool) == [False] * (len(won) - 1) + [True]
