"""Tokens of a connection: refreshed early and once, sealed to their owner, final when refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from local.memory_store import MemoryStore
from rowcol.domain.connection import USABLE, Connection, ConnectionState
from rowcol.service.connections import (
    LEASE,
    REFRESH_LOST,
    Granted,
    KeptTokens,
    connect,
    context_of,
)
from rowcol.service.ports import ConnectionBroken, RailThrottled, RailUnavailable
from rowcol.service.store import Books
from tests.conformance.world import MovableClock
from tests.support.domain.builders import NOW
from tests.support.storage.tokens import OWNER, Endpoint, PlainVault, surroundings_of

HOUR = timedelta(hours=1)


@dataclass
class Kept:
    """One connection and everything around it."""

    clock: MovableClock
    books: Books
    vault: PlainVault
    endpoint: Endpoint

    def tokens(self, refresh: Callable[[str], Granted] | None = None) -> KeptTokens:
        """As one process sees it. A pause passes its time on the clock."""
        pauses = surroundings_of(self.clock, self._pass)
        return KeptTokens(self.books, self.vault, "qbo", refresh or self.endpoint.refresh, pauses)

    def _pass(self, seconds: float) -> None:
        self.clock.move(seconds=seconds)

    @property
    def stored(self) -> Connection:
        found = self.books.get(Connection, "qbo")
        assert found is not None
        return found

    def change(self, **changes: object) -> None:
        assert self.books.save(replace(self.stored, **changes))  # type: ignore[arg-type]  # any field


@pytest.fixture
def kept() -> Kept:
    clock, vault = MovableClock(), PlainVault()
    books = MemoryStore(clock.now).books(OWNER)
    connect(books, vault, "qbo", Granted("access-0", NOW + HOUR, "refresh-0", NOW + 100 * HOUR))
    return Kept(clock, books, vault, Endpoint(clock))


def refused(code: str) -> Callable[[str], Granted]:
    def refresh(_token: str) -> Granted:
        raise ConnectionBroken("qbo", "refused", code)

    return refresh


def test_a_fresh_token_is_used_as_it_is(kept: Kept) -> None:
    tokens = kept.tokens()
    assert [tokens.token(), tokens.token()] == ["access-0", "access-0"]
    assert kept.endpoint.asked == []
    assert kept.vault.opened == 1, "opened once, remembered"


def test_it_is_refreshed_a_minute_before_it_ends(kept: Kept) -> None:
    kept.clock.move(minutes=58, seconds=59)
    assert kept.tokens().token() == "access-0"
    kept.clock.move(seconds=1)
    assert kept.tokens().token() == "access-1"
    assert kept.endpoint.asked == ["refresh-0"]
    assert kept.stored.refreshing_until is None
    assert kept.tokens().token() == "access-1"


def test_each_refresh_uses_the_token_of_the_one_before(kept: Kept) -> None:
    for _ in range(3):
        kept.clock.move(hours=1)
        kept.tokens().token()
    assert kept.endpoint.asked == ["refresh-0", "refresh-1", "refresh-2"]


def test_a_refresh_token_that_does_not_change_is_kept(kept: Kept) -> None:
    kept.clock.move(hours=1)
    later = kept.clock.now() + HOUR
    tokens = kept.tokens(lambda _token: Granted("access-1", later))
    assert tokens.token() == "access-1"
    kept.clock.move(hours=1)
    kept.tokens().token()
    assert kept.endpoint.asked == ["refresh-0"]


def test_a_refused_token_is_renewed_once(kept: Kept) -> None:
    tokens = kept.tokens()
    assert tokens.renewed("access-0") == "access-1"
    assert tokens.renewed("access-0") == "access-1", "somebody was faster"
    assert kept.endpoint.asked == ["refresh-0"]


def test_tokens_are_stored_sealed_to_their_owner(kept: Kept) -> None:
    context = {"firm": "oak", "client": "bluebird", "connection": "qbo"}
    assert context_of(OWNER, "qbo") == context
    assert kept.vault.open(kept.stored.access, context) == "access-0"
    assert "access-0" not in repr(kept.tokens())


@pytest.mark.parametrize("code", ["invalid_grant", "token_400"])
def test_a_refused_grant_is_final(kept: Kept, code: str) -> None:
    kept.clock.move(hours=2)
    with pytest.raises(ConnectionBroken) as broken:
        kept.tokens(refused(code)).token()
    assert broken.value.code == code
    assert (kept.stored.state, kept.stored.code) == (ConnectionState.NEEDS_LOGIN, code)
    with pytest.raises(ConnectionBroken):
        kept.tokens().token()
    with pytest.raises(ConnectionBroken):
        kept.tokens().renewed("access-0")
    assert kept.endpoint.asked == []


@pytest.mark.parametrize("code", ["invalid_client", "token_401"])
def test_refused_credentials_of_the_app_break_no_connection(kept: Kept, code: str) -> None:
    kept.clock.move(hours=2)
    with pytest.raises(ConnectionBroken):
        kept.tokens(refused(code)).token()
    assert kept.stored.state is ConnectionState.HEALTHY
    kept.clock.move(seconds=LEASE.total_seconds())
    assert kept.tokens().token() == "access-1"


def test_a_person_connects_again(kept: Kept) -> None:
    kept.change(state=ConnectionState.NEEDS_LOGIN, code="invalid_grant")
    later = kept.clock.now() + HOUR
    connect(kept.books, kept.vault, "qbo", Granted("access-9", later, "refresh-9"))
    assert kept.tokens().token() == "access-9"
    assert kept.stored.code is None


def test_what_was_never_connected_is_told(kept: Kept) -> None:
    tokens = replace(kept.tokens(), connection_id="ramp")
    with pytest.raises(ConnectionBroken) as broken:
        tokens.token()
    assert broken.value.code == "not_connected"


def test_a_connection_without_refresh_needs_a_person(kept: Kept) -> None:
    kept.change(refresh=None)
    with pytest.raises(ConnectionBroken):
        kept.tokens().renewed("access-0")
    assert kept.stored.state is ConnectionState.NEEDS_LOGIN


def leased(kept: Kept) -> datetime:
    until = kept.clock.now() + LEASE
    kept.change(refreshing_until=until)
    return until


def test_who_comes_second_waits_for_the_firsts_token(kept: Kept) -> None:
    kept.clock.move(hours=2)
    leased(kept)
    first = kept.stored
    waits = 0

    def pause(seconds: float) -> None:
        nonlocal waits
        waits += 1
        kept.clock.move(seconds=seconds)
        if waits == 3:
            sealed = kept.vault.sealer(context_of(OWNER, "qbo")).seal("access-7")
            ends = kept.clock.now() + HOUR
            done = replace(first, access=sealed, access_expires_at=ends, refreshing_until=None)
            assert kept.books.save(done)

    tokens = replace(kept.tokens(), surroundings=surroundings_of(kept.clock, pause))
    assert tokens.token() == "access-7"
    assert kept.endpoint.asked == []


def test_who_has_a_token_for_a_moment_does_not_wait(kept: Kept) -> None:
    kept.clock.move(minutes=59, seconds=30)
    leased(kept)
    before = kept.clock.now()
    assert kept.tokens().token() == "access-0"
    assert kept.clock.now() == before


def test_a_holder_that_died_is_waited_for_and_then_replaced(kept: Kept) -> None:
    kept.clock.move(hours=2)
    until = leased(kept)
    while kept.clock.now() < until:
        with pytest.raises(RailUnavailable):
            kept.tokens().token()
    assert kept.tokens().token() == "access-1"


def test_a_refresh_that_outlives_its_lease_loses_to_the_later_one(kept: Kept) -> None:
    """The slow process neither overwrites what a later one was granted nor breaks anything."""
    kept.clock.move(hours=2)

    def slow(_token: str) -> Granted:
        kept.clock.move(seconds=LEASE.total_seconds())
        assert kept.tokens().token() == "access-1"
        return Granted("access-late", kept.clock.now() + HOUR, "refresh-late")

    assert kept.tokens(slow).token() == "access-1"
    assert kept.tokens().token() == "access-1"
    assert kept.stored.state is ConnectionState.HEALTHY


def test_a_refusal_that_comes_after_the_lease_breaks_nothing(kept: Kept) -> None:
    kept.clock.move(hours=2)

    def slow(_token: str) -> Granted:
        kept.clock.move(seconds=LEASE.total_seconds())
        assert kept.tokens().token() == "access-1"
        raise ConnectionBroken("qbo", "refused", "invalid_grant")

    assert kept.tokens(slow).token() == "access-1"
    assert kept.tokens().token() == "access-1"


def test_a_grant_that_comes_after_the_lease_is_kept_when_the_later_one_was_refused(
    kept: Kept,
) -> None:
    """Two refreshes at once: one is refused, and the grant of the other must not be lost."""
    kept.clock.move(hours=2)

    def refused(_token: str) -> Granted:
        raise ConnectionBroken("qbo", "refused", "invalid_grant")

    def slow(_token: str) -> Granted:
        kept.clock.move(seconds=LEASE.total_seconds())
        with pytest.raises(ConnectionBroken):
            kept.tokens(refused).token()
        return Granted("access-late", kept.clock.now() + HOUR, "refresh-late")

    assert kept.tokens(slow).token() == "access-late"
    assert kept.tokens().token() == "access-late"
    assert kept.stored.state is ConnectionState.HEALTHY


def test_an_unknown_outcome_is_not_repeated_before_the_lease_ends(kept: Kept) -> None:
    kept.clock.move(hours=2)
    asked = 0

    def lost(_token: str) -> Granted:
        nonlocal asked
        asked += 1
        raise RailUnavailable("qbo", "no answer")

    for _ in range(3):
        with pytest.raises(RailUnavailable):
            kept.tokens(lost).token()
    assert asked == 1


class Died(Exception):
    """The process ended here."""


def dying(kept: Kept) -> Callable[[str], Granted]:
    """The rail grants, and the process ends before anything is written."""

    def refresh(token: str) -> Granted:
        kept.endpoint.refresh(token)
        raise Died

    return refresh


def test_a_crash_between_answer_and_write_is_repaired_where_the_old_token_still_works(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    kept.clock.move(hours=2)
    with pytest.raises(Died):
        kept.tokens(dying(kept)).token()
    assert [kept.stored.refresh_open] == [True]
    kept.clock.move(seconds=LEASE.total_seconds())
    assert kept.tokens().token() == "access-2"
    assert kept.endpoint.asked == ["refresh-0", "refresh-0"]
    assert [kept.stored.refresh_open] == [False]
    assert "refresh repaired" in caplog.text


def test_a_crash_that_lost_the_token_is_told_as_that_and_waits_for_a_person(kept: Kept) -> None:
    kept.clock.move(hours=2)
    with pytest.raises(Died):
        kept.tokens(dying(kept)).token()
    kept.clock.move(seconds=LEASE.total_seconds())
    with pytest.raises(ConnectionBroken) as broken:
        kept.tokens(refused("invalid_grant")).token()
    assert broken.value.code == REFRESH_LOST
    stored = kept.stored
    assert (stored.state, stored.code) == (ConnectionState.NEEDS_LOGIN, REFRESH_LOST)
    # Nobody was told yet: the minute sweep will.
    assert stored.logged_state is ConnectionState.HEALTHY
    assert stored.due_at == kept.clock.now()


@pytest.mark.parametrize(
    "trouble",
    [ConnectionBroken("qbo", "app", "invalid_client"), RailThrottled("qbo", "slow", 60.0)],
)
def test_a_refusal_that_looked_at_no_token_leaves_nothing_open(
    kept: Kept, trouble: Exception
) -> None:
    kept.clock.move(hours=2)

    def busy(_token: str) -> Granted:
        raise trouble

    with pytest.raises(type(trouble)):
        kept.tokens(busy).token()
    assert not kept.stored.refresh_open
    kept.clock.move(seconds=LEASE.total_seconds())
    with pytest.raises(ConnectionBroken) as broken:
        kept.tokens(refused("invalid_grant")).token()
    assert broken.value.code == "invalid_grant"


def test_a_consent_that_has_ended_is_expired_whatever_the_rail_says(kept: Kept) -> None:
    kept.clock.move(hours=101)
    with pytest.raises(ConnectionBroken) as broken:
        kept.tokens(refused("invalid_grant")).token()
    assert broken.value.code == "consent_ended"
    assert kept.stored.state is ConnectionState.EXPIRED


def test_who_disconnects_during_a_refresh_wins(kept: Kept) -> None:
    kept.clock.move(hours=2)

    def slow(token: str) -> Granted:
        kept.change(state=ConnectionState.DISCONNECTED, access="", refresh=None)
        return kept.endpoint.refresh(token)

    with pytest.raises(ConnectionBroken) as broken:
        kept.tokens(slow).token()
    assert broken.value.code == "disconnected"
    assert (kept.stored.access, kept.stored.refresh) == ("", None)


@pytest.mark.parametrize(
    "state", [state for state in ConnectionState if state not in USABLE], ids=str
)
def test_a_connection_that_waits_for_a_person_makes_no_call(
    kept: Kept, state: ConnectionState
) -> None:
    kept.change(state=state, code="why")
    with pytest.raises(ConnectionBroken):
        kept.tokens().token()
    with pytest.raises(ConnectionBroken):
        kept.tokens().renewed("access-0")
    assert kept.endpoint.asked == []


@pytest.mark.parametrize("state", [ConnectionState.DEGRADED, ConnectionState.QUOTA], ids=str)
def test_a_refresh_says_nothing_of_calls_for_data(kept: Kept, state: ConnectionState) -> None:
    kept.change(state=state, code="why")
    kept.clock.move(hours=2)
    assert kept.tokens().token() == "access-1"
    assert (kept.stored.state, kept.stored.code) == (state, "why")
