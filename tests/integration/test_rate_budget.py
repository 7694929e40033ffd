"""A full budget of a rail's calls on the real custody machine."""

from __future__ import annotations

import pytest

from local.demo.firm import DemoClient
from tests.support.rig.custody import commanded, executions, open_kinds
from tests.support.rig.stack import Rig


@pytest.fixture(autouse=True)
def _bank_morning(rig: Rig) -> None:
    rig.early()


@pytest.fixture
def client(rig: Rig) -> DemoClient:
    return rig.client(("120.50",))


def test_a_full_budget_of_calls_is_waited_for_and_never_a_hold(
    rig: Rig, client: DemoClient
) -> None:
    # More often than any bounded retry would come back.
    full = rig.fault("ramp", "throttle", match={"method": "PATCH"}, times=12)
    payment = commanded(rig, client)
    rig.remove_fault("ramp", full)
    statuses = [status for _, status in rig.commands(client)]
    assert statuses == [429] * 12 + [200]
    assert len(executions(rig, payment)) == 1
    assert rig.payment(client, payment).custody.attempt == 1
    assert open_kinds(rig, client) == set()
    types = [entry.type for entry in rig.books(client).entries_of_payment(payment)]
    assert "payment.held" not in types
