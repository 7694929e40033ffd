"""What every keeper of consents promises: one use, ten minutes, nothing but the digest."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from rowcol.domain.scope import ScopeError
from rowcol.service.connection_ports import Consent, Consents
from tests.conformance.races import together
from tests.support.domain.builders import NOW

MINUTES = timedelta(minutes=10)


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def consent(client: str = "bluebird") -> Consent:
    back = "https://api.example.com/live/connections/ramp/callback"
    return Consent("maple", client, "ramp", back, "owen", NOW + MINUTES)


class ConsentSuite:
    """A subclass gives the fixture `consents`."""

    def test_a_consent_comes_back_whole_and_once(self, consents: Consents) -> None:
        consents.put(digest("one"), consent())
        assert consents.take(digest("other"), NOW) is None
        assert consents.take(digest("one"), NOW) == consent()
        assert consents.take(digest("one"), NOW) is None

    def test_it_ends_after_its_time(self, consents: Consents) -> None:
        consents.put(digest("late"), consent())
        assert consents.take(digest("late"), NOW + MINUTES) is None
        assert consents.take(digest("late"), NOW + MINUTES - timedelta(seconds=1)) == consent()

    def test_a_digest_is_never_used_for_two(self, consents: Consents) -> None:
        consents.put(digest("twice"), consent())
        with pytest.raises(Exception, match=r"twice|ConditionalCheckFailed"):
            consents.put(digest("twice"), consent("cedar"))
        assert consents.take(digest("twice"), NOW) == consent()

    def test_one_of_many_takes_it(self, consents: Consents) -> None:
        consents.put(digest("race"), consent())
        found = together(lambda _: consents.take(digest("race"), NOW))
        assert sorted(map(bool, found)) == [False] * (len(found) - 1) + [True]


class OnTables(ConsentSuite):
    """Besides, where keys could be broken out of."""

    @pytest.mark.parametrize("odd", ["", "x", "../maple", "a" * 63, "A" * 64, "maple/-/command"])
    def test_what_is_no_digest_is_no_key(self, consents: Consents, odd: str) -> None:
        with pytest.raises(ScopeError):
            consents.take(odd, NOW)
