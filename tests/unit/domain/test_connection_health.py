"""The table of a connection's states, and when its end is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from local.connections_page import page
from rowcol.domain.connection import (
    USABLE,
    WARN_DAYS,
    Connection,
    ConnectionState,
    EndWarning,
    ShownConnection,
)
from rowcol.domain.connection_health import ITEMS, TABLE, TO_DO, Event, after, event_of
from rowcol.domain.plain import to_plain
from tests.support.domain.builders import NOW

S = ConnectionState
DAY = timedelta(days=1)
ENDS = NOW + 100 * DAY


def connection(**fields: object) -> Connection:
    return replace(
        Connection("qbo", 1, "sealed-access", refresh="sealed-refresh", refresh_expires_at=ENDS),
        **fields,  # type: ignore[arg-type]  # any field
    )


def test_every_event_is_answered_in_every_state() -> None:
    assert set(TABLE) == set(S) == set(TO_DO)
    assert all(set(row) == set(Event) for row in TABLE.values())
    assert set(ITEMS) == set(S) - {S.HEALTHY, S.DISCONNECTED}


@pytest.mark.parametrize("state", S)
def test_a_consent_heals_and_a_disconnection_ends_whatever_was_before(state: S) -> None:
    assert after(state, Event.CONNECTED) is S.HEALTHY
    assert after(state, Event.DISCONNECTED) is S.DISCONNECTED


@pytest.mark.parametrize("state", [state for state in S if state not in USABLE])
@pytest.mark.parametrize(
    "event", [Event.ANSWERED, Event.TROUBLED, Event.APP_REFUSED, Event.OUT_OF_QUOTA]
)
def test_what_calls_find_moves_nothing_while_a_person_is_waited_for(state: S, event: Event) -> None:
    assert after(state, event) is state


@pytest.mark.parametrize("event", [event for event in Event if event is not Event.CONNECTED])
def test_nothing_but_a_consent_brings_a_disconnected_one_back(event: Event) -> None:
    assert after(S.DISCONNECTED, event) is S.DISCONNECTED


@pytest.mark.parametrize("state", sorted(USABLE))
def test_an_answer_heals_what_only_stumbled(state: S) -> None:
    assert after(state, Event.ANSWERED) is S.HEALTHY


@pytest.mark.parametrize("state", [S.NEEDS_LOGIN, S.EXPIRED, S.REVOKED])
def test_a_login_repaired_at_the_rail_keeps_the_token(state: S) -> None:
    assert after(state, Event.REPAIRED) is S.HEALTHY


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("invalid_grant", S.NEEDS_LOGIN),
        ("refresh_lost", S.NEEDS_LOGIN),
        ("ITEM_LOGIN_REQUIRED", S.NEEDS_LOGIN),
        ("something new", S.NEEDS_LOGIN),
        ("USER_PERMISSION_REVOKED", S.REVOKED),
        ("OAUTH_CONSENT_EXPIRED", S.EXPIRED),
        ("consent_ended", S.EXPIRED),
        ("invalid_client", S.DEGRADED),
    ],
)
def test_a_code_says_where_to(code: str, state: S) -> None:
    assert after(S.HEALTHY, event_of(code)) is state


def test_the_nearer_end_counts() -> None:
    assert connection().end == ENDS
    assert connection(ends_at=NOW + DAY).end == NOW + DAY
    assert connection(refresh_expires_at=None).end is None
    assert connection(refresh_expires_at=None).due_at is None


def test_it_is_due_at_each_warning_and_at_the_end() -> None:
    warned = [connection(warned=EndWarning(days, ENDS, NOW)) for days in WARN_DAYS]
    assert [one.due_at for one in (connection(), *warned)] == [
        ENDS - days * DAY for days in (30, 14, 7, 1, 0)
    ]


@pytest.mark.parametrize(
    ("left", "days"),
    [(31, None), (30, 30), (20, 30), (14, 14), (3, 7), (1, 1), (0.5, 1), (0, 0), (-5, 0)],
)
def test_the_nearest_warning_is_given(left: float, days: int | None) -> None:
    assert connection().warning_due(ENDS - left * DAY) == days


def test_an_end_that_moved_is_looked_at_at_once_and_a_few_seconds_are_no_move() -> None:
    warned = EndWarning(30, ENDS, NOW)
    assert connection(warned=warned, refresh_expires_at=ENDS + 70 * DAY).due_at == NOW
    jitter = connection(warned=warned, refresh_expires_at=ENDS + timedelta(seconds=9))
    assert jitter.due_at == ENDS - 14 * DAY + timedelta(seconds=9)


def test_a_state_that_nobody_was_told_of_is_due_since_it_is() -> None:
    untold = connection(state=S.NEEDS_LOGIN, since=NOW)
    assert untold.due_at == NOW
    assert replace(untold, logged_state=S.NEEDS_LOGIN).due_at is None


def test_what_is_told_has_no_token() -> None:
    one = connection(tenant_id="9341")
    for text in (repr(one), repr(ShownConnection.of(one)), str(to_plain(ShownConnection.of(one)))):
        assert "sealed-" not in text


def test_the_page_in_docs_is_what_the_table_says() -> None:
    written = Path(__file__).parents[3] / "docs" / "connections.md"
    assert written.read_text(encoding="utf-8") == page() + "\n"
