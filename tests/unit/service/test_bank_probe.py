"""A bank that waits for a login is asked what is free, and found when it was repaired unsaid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rowcol.domain.connection import ConnectionState
from rowcol.domain.sync_run import NeededBy
from rowcol.service.ports import ConnectionBroken
from rowcol.service.reconcile import reconcile_client
from rowcol.service.sync.balance import refresh_balance
from tests.support.connecting import ConnectingDesk
from tests.support.desk import SCOPE

S = ConnectionState


@pytest.fixture
def desk() -> ConnectingDesk:
    return ConnectingDesk()


def test_what_needs_a_login_is_no_longer_read_and_heals_when_it_was_repaired(
    desk: ConnectingDesk,
) -> None:
    name = desk.linked()
    item_id = str(desk.stored(name).tenant_id)
    desk.plaid.act("login_required", item_id=item_id)
    desk.clock.pause(7200)
    for _ in range(2):
        assert refresh_balance(desk.environment, SCOPE, NeededBy.PERSON) == "unknown"
        assert desk.stored(name).state is S.NEEDS_LOGIN
        with pytest.raises(ConnectionBroken) as broken:
            desk.environment.rails.bank(SCOPE.firm, SCOPE.client)
        assert (broken.value.rail, broken.value.code) == (name, "ITEM_LOGIN_REQUIRED")
    asked = desk.plaid.calls.describe()["paths"]["POST /item/get"]["calls"]
    with pytest.raises(ConnectionBroken):
        desk.environment.rails.bank(SCOPE.firm, SCOPE.client)
    assert desk.plaid.calls.describe()["paths"]["POST /item/get"]["calls"] == asked  # just asked
    # Repaired at the bank; no notice ever comes.
    desk.plaid.act("repair", item_id=item_id)
    desk.clock.pause(300)
    refresh_balance(desk.environment, SCOPE, NeededBy.PERSON)
    assert desk.stored(name).state is S.HEALTHY
    assert desk.types().count("connection.state_changed") == 2


def test_a_disconnected_bank_is_never_asked(desk: ConnectingDesk) -> None:
    name = desk.linked()
    assert desk.books.save(replace(desk.stored(name), state=S.DISCONNECTED, access=""))
    with pytest.raises(ConnectionBroken) as broken:
        desk.environment.rails.bank(SCOPE.firm, SCOPE.client)
    assert broken.value.rail == name


def test_reconciliation_tells_a_refused_refresh_and_a_month_that_is_spent(
    desk: ConnectingDesk,
) -> None:
    desk.connect("qbo")
    reconcile_client(desk.environment, SCOPE, full=True)
    assert desk.stored("qbo").last_success_at is not None
    desk.qbo.oauth.kill(next(iter(desk.qbo.document.rows("connections"))))
    desk.clock.pause(4000)
    reconcile_client(desk.environment, SCOPE, full=True)
    assert (desk.stored("qbo").state, desk.stored("qbo").code) == (S.NEEDS_LOGIN, "invalid_grant")
    assert desk.types().count("connection.state_changed") == 1


def test_a_bank_that_does_not_answer_stumbles_once_a_run(desk: ConnectingDesk) -> None:
    name = desk.linked()
    desk.plaid.faults.add({"kind": "server_error"})
    for run in range(1, 4):
        desk.clock.pause(7200)
        reconcile_client(desk.environment, SCOPE, full=True)
        assert desk.stored(name).troubles == run
    assert desk.stored(name).state is S.DEGRADED
