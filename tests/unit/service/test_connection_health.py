"""State, log, tray and queue of a connection move together, and only on news."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.client import Client
from rowcol.domain.connection import Connection, ConnectionState
from rowcol.domain.connection_health import (
    ACCOUNTS,
    BROKEN,
    ENDS,
    NEARLY_SPENT,
    SLOW,
    SPENT,
)
from rowcol.domain.queue import QueueKind
from rowcol.domain.scope import key_of
from rowcol.domain.tray import Severity, TrayItem, TrayState, tray_id
from rowcol.service.connection_ends import hear
from rowcol.service.connection_health import (
    BANK,
    connection_answered,
    report_connection,
    report_quota,
    report_trouble,
)
from rowcol.service.connection_quota import tell_calls_left
from rowcol.service.due_work import sweep_due
from rowcol.service.ports import ConnectionBroken, RailUnavailable
from rowcol.service.queue_facts import tray_work
from rowcol.service.rail_budget_ports import Left
from rowcol.service.snapshot import shown_in_log
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import NOW

S = ConnectionState
DAY = timedelta(days=1)
ITEM, OTHER = key_of("plaid", "item-1"), key_of("plaid", "item-2")
CHANGED = "connection.state_changed"


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(bank_item_ids=("item-1", "item-2"))
    for name in ("ramp", "qbo", ITEM, OTHER):
        assert made.books.save(Connection(name, 0, "sealed"))
    yield made
    # Whatever happened, nothing is due that was just done.
    assert sweep_due(made.environment).failed == 0
    assert [due for due in made.store.due(made.clock.now()) if due.kind == "connection"] == []


def of(desk: Desk, name: str = "qbo") -> Connection:
    found = desk.books.get(Connection, name)
    assert found is not None
    return found


def open_items(desk: Desk, subject: str) -> set[str]:
    kinds = (BROKEN, ENDS, ACCOUNTS, SLOW, SPENT, NEARLY_SPENT)
    found = {kind: desk.books.get(TrayItem, tray_id(subject, kind)) for kind in kinds}
    return {kind for kind, item in found.items() if item and item.state is TrayState.OPEN}


def refused(
    desk: Desk, connection: str = "qbo", code: str = "invalid_grant", rail: str = ""
) -> None:
    broken = ConnectionBroken(rail or connection, "refused", code)
    report_connection(desk.environment, SCOPE, connection, broken)


def test_a_refusal_is_told_once_with_the_link_to_repair(desk: Desk) -> None:
    refused(desk)
    refused(desk)
    assert (of(desk).state, of(desk).code, of(desk).since) == (S.NEEDS_LOGIN, "invalid_grant", NOW)
    assert desk.types() == ["tray.opened", CHANGED] or desk.types() == [CHANGED, "tray.opened"]
    item = desk.books.get(TrayItem, tray_id("connection-qbo", BROKEN))
    assert item is not None
    assert (item.severity, item.link) == (Severity.HIGH, "/clients/bluebird/connections")
    queued = tray_work(shown_in_log(item))
    assert queued is not None
    assert queued.kind is QueueKind.CONNECTION


def test_a_late_answer_to_a_refused_token_heals_nothing(desk: Desk) -> None:
    refused(desk)
    connection_answered(desk.environment, SCOPE, "qbo")
    assert of(desk).state is S.NEEDS_LOGIN
    assert open_items(desk, "connection-qbo") == {BROKEN}


def test_what_a_refresher_wrote_down_is_told_by_the_minute_sweep(desk: Desk) -> None:
    fresh = replace(of(desk), state=S.NEEDS_LOGIN, code="refresh_lost", since=NOW)
    assert desk.books.save(fresh)
    assert sweep_due(desk.environment).done == 1
    assert CHANGED in desk.types()
    assert open_items(desk, "connection-qbo") == {BROKEN}
    # A grant that came late made it whole again, beside the log.
    assert desk.books.save(replace(of(desk), state=S.HEALTHY, code=None))
    assert sweep_due(desk.environment).done == 1
    assert desk.types().count(CHANGED) == 2
    assert open_items(desk, "connection-qbo") == set()


def test_three_runs_in_a_row_that_stumble_are_told_and_an_answer_ends_it(desk: Desk) -> None:
    trouble = RailUnavailable("qbo", "no answer")
    for _ in range(2):
        report_trouble(desk.environment, SCOPE, "qbo", trouble)
    assert (of(desk).state, desk.types()) == (S.HEALTHY, [])
    connection_answered(desk.environment, SCOPE, "qbo")
    for _ in range(5):
        report_trouble(desk.environment, SCOPE, "qbo", trouble)
    assert (of(desk).state, of(desk).code) == (S.DEGRADED, "RailUnavailable")
    assert desk.types().count(CHANGED) == 1
    assert open_items(desk, "connection-qbo") == {SLOW}
    connection_answered(desk.environment, SCOPE, "qbo")
    assert (of(desk).state, of(desk).troubles, open_items(desk, "connection-qbo")) == (
        S.HEALTHY,
        0,
        set(),
    )


def test_used_up_calls_are_a_state_of_their_own(desk: Desk) -> None:
    report_quota(desk.environment, SCOPE, "qbo", "monthly_reads")
    assert of(desk).is_usable
    assert open_items(desk, "connection-qbo") == {SPENT}
    refused(desk)
    assert open_items(desk, "connection-qbo") == {BROKEN}


def test_from_70_percent_on_the_tray_says_so_and_nothing_else_changes(desk: Desk) -> None:
    def tell(left: Left) -> set[str]:
        tell_calls_left(desk.environment, SCOPE, "qbo", left)
        return open_items(desk, "connection-qbo")

    assert tell(Left.PLENTY) == set()
    before = len(desk.types())
    assert tell(Left.LITTLE) == {NEARLY_SPENT}
    told = len(desk.types())
    assert told > before
    assert tell(Left.LITTLE) == {NEARLY_SPENT}
    connection_answered(desk.environment, SCOPE, "qbo")
    assert open_items(desk, "connection-qbo") == {NEARLY_SPENT}
    assert of(desk).state is S.HEALTHY
    report_quota(desk.environment, SCOPE, "qbo", "monthly_reads")
    assert tell(Left.LAST) == {SPENT}
    connection_answered(desk.environment, SCOPE, "qbo")
    assert tell(Left.PLENTY) == set()


def test_one_item_of_two_is_broken_and_the_bank_is_well_when_both_are(desk: Desk) -> None:
    refused(desk, BANK, "ITEM_LOGIN_REQUIRED", rail=ITEM)
    assert (of(desk, ITEM).state, of(desk, OTHER).state) == (S.NEEDS_LOGIN, S.HEALTHY)
    refused(desk, BANK, "USER_PERMISSION_REVOKED", rail=OTHER)
    assert of(desk, OTHER).state is S.REVOKED
    assert open_items(desk, "connection-bank") == {BROKEN}
    connection_answered(desk.environment, SCOPE, BANK)
    assert {of(desk, name).state for name in (ITEM, OTHER)} == {S.HEALTHY}
    assert open_items(desk, "connection-bank") == set()


def test_of_two_items_without_a_name_neither_is_blamed(desk: Desk) -> None:
    refused(desk, BANK, "ITEM_LOGIN_REQUIRED")
    assert {of(desk, name).state for name in (ITEM, OTHER)} == {S.HEALTHY}
    assert open_items(desk, "connection-bank") == {BROKEN}
    connection_answered(desk.environment, SCOPE, BANK)
    assert open_items(desk, "connection-bank") == set()


def test_notices_of_an_item(desk: Desk) -> None:
    hear(desk.environment, SCOPE, "item-1", "ITEM_LOGIN_REQUIRED")
    assert of(desk, ITEM).state is S.NEEDS_LOGIN
    hear(desk.environment, SCOPE, "item-2", "ITEM.PENDING_DISCONNECT", NOW + 6 * DAY)
    assert of(desk, OTHER).state is S.HEALTHY
    assert open_items(desk, "connection-bank") == {BROKEN, ENDS}
    hear(desk.environment, SCOPE, "item-9", "ITEM.ERROR")
    assert open_items(desk, "connection-bank") == {BROKEN, ENDS}
    for code in ("ITEM.NEW_ACCOUNTS_AVAILABLE", "ITEM.USER_ACCOUNT_REVOKED"):
        hear(desk.environment, SCOPE, "item-2", code)
    hear(desk.environment, SCOPE, "item-2", "INSTITUTION_DOWN")
    assert of(desk, OTHER).state is S.DEGRADED
    assert open_items(desk, "connection-bank") == {BROKEN, ENDS, ACCOUNTS, SLOW}


def test_a_rail_that_was_never_connected_is_in_the_tray(desk: Desk) -> None:
    assert desk.books.get(Client, SCOPE.client) is not None
    lonely = Desk()
    refused(lonely, "ramp", "not_connected")
    assert open_items(lonely, "connection-ramp") == {BROKEN}
    connection_answered(lonely.environment, SCOPE, "ramp")
    assert open_items(lonely, "connection-ramp") == set()


def test_the_end_of_a_consent_is_told_at_thirty_fourteen_seven_and_one_day(desk: Desk) -> None:
    ends = NOW + 40 * DAY
    assert desk.books.save(replace(of(desk), ends_at=ends, refresh_expires_at=ends + DAY))
    told: dict[int, tuple[Severity, ...]] = {}
    for day in range(45):
        desk.clock.pause(DAY.total_seconds() if day else 0)
        before = desk.types().count("connection.ends_soon")
        sweep_due(desk.environment)
        item = desk.books.get(TrayItem, tray_id("connection-qbo", ENDS))
        if desk.types().count("connection.ends_soon") > before:
            assert item is not None
            told[40 - day] = (item.severity,)
    assert told == {
        30: (Severity.LOW,),
        14: (Severity.MEDIUM,),
        7: (Severity.HIGH,),
        1: (Severity.HIGH,),
    }
    assert (of(desk).state, of(desk).code) == (S.EXPIRED, "consent_ended")
    assert open_items(desk, "connection-qbo") == {BROKEN}


def test_a_renewed_consent_takes_the_warning_back(desk: Desk) -> None:
    assert desk.books.save(replace(of(desk), refresh_expires_at=NOW + 5 * DAY))
    sweep_due(desk.environment)
    assert open_items(desk, "connection-qbo") == {ENDS}
    # A refresh moves the rolling end on, beside the log.
    assert desk.books.save(replace(of(desk), refresh_expires_at=NOW + 105 * DAY))
    sweep_due(desk.environment)
    assert open_items(desk, "connection-qbo") == set()
    assert of(desk).warned is None


def test_answers_without_news_write_little(desk: Desk) -> None:
    for _ in range(11):
        connection_answered(desk.environment, SCOPE, "qbo")
        desk.clock.pause(3600)
    assert of(desk).version == 2
    assert desk.types() == []
