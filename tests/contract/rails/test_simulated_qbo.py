"""The client against the simulator of QuickBooks Online."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.ledger_note import note_request_id
from rowcol.domain.money import Money
from rowcol.rails.qbo.query import Condition
from rowcol.service.ports import (
    ConnectionBroken,
    LedgerWriteUncertain,
    RailThrottled,
    RailUnavailable,
)
from tests.contract.rails.conftest import World
from tests.unit.simulators.conftest import START

FRIDAY = date(2026, 11, 6)


def paid_in_the_ledger(world: World) -> str:
    """Lets a bill be paid and booked; gives its id in the ledger."""
    world.ramp().set_payment_date(world.who.bill_id(1), FRIDAY)
    world.bench.to(START + timedelta(days=12))
    bill = world.ramp().read_bill(world.who.bill_id(1))
    assert bill is not None
    assert bill.ledger_bill_id is not None
    return bill.ledger_bill_id


def test_the_ledger_shows_bill_and_payment(world: World) -> None:
    key, ledger = paid_in_the_ledger(world), world.ledger()
    bill = ledger.read_bill(key)
    assert bill is not None
    assert (bill.amount, bill.balance) == (Money(10000, "USD"), Money(0, "USD"))
    payment = ledger.read_payment(bill.payment_ids[0])
    assert payment is not None
    assert (payment.amount, payment.account_id, payment.voided) == (
        Money(10000, "USD"),
        "35",
        False,
    )
    assert [(part.bill_id, part.amount) for part in payment.allocations] == [
        (key, Money(10000, "USD"))
    ]
    number = bill.doc_number or ""
    assert [row.bill_id for row in ledger.bills_where([Condition("DocNumber", "=", number)])] == [
        key
    ]
    assert ledger.bills_where([Condition("DocNumber", "=", "it's not there")]) == ()
    assert ledger.read_bill("999999") is None
    vendor = ledger.read_vendor(bill.vendor_id)
    assert vendor is not None
    assert vendor.active


def test_changes_voids_and_deletions(world: World) -> None:
    key, ledger = paid_in_the_ledger(world), world.ledger()
    since = world.bench.base.at - timedelta(days=15)
    changes = ledger.changes(since)
    assert key in [bill.bill_id for bill in changes.bills]
    assert changes.deleted_payment_ids == ()
    payment = changes.payments[0]
    params = {"operation": "update", "include": "void"}
    body = {"Id": payment.payment_id, "SyncToken": payment.sync_token, "sparse": True}
    assert world.bench.qbo_call("POST", "/billpayment", body, params).status_code == 200
    voided = ledger.read_payment(payment.payment_id)
    assert voided is not None
    assert voided.voided
    reopened = ledger.read_bill(key)
    assert reopened is not None
    assert reopened.balance == Money(10000, "USD")
    params = {"operation": "delete"}
    body = {"Id": payment.payment_id, "SyncToken": voided.sync_token}
    assert world.bench.qbo_call("POST", "/billpayment", body, params).status_code == 200
    assert ledger.read_payment(payment.payment_id) is None
    assert ledger.changes(since).deleted_payment_ids == (payment.payment_id,)


def test_a_note_is_written_once(world: World) -> None:
    key, ledger = paid_in_the_ledger(world), world.ledger()
    request_id = note_request_id(world.who.realm_id, key, "event-1")
    first = ledger.attach_note("Bill", key, "[rowcol] verified", request_id)
    world.bench.qbo.faults.add(
        {"kind": "timeout_with_effect", "times": 1, "match": {"method": "POST"}}
    )
    other = note_request_id(world.who.realm_id, key, "event-2")
    since = START - timedelta(minutes=10)
    with pytest.raises(LedgerWriteUncertain):
        ledger.attach_note("Bill", key, "[rowcol] again", other)
    second = ledger.find_note("again", since)
    assert second is not None
    assert ledger.attach_note("Bill", key, "[rowcol] again", other) == second
    assert ledger.attach_note("Bill", key, "[rowcol] verified", request_id) == first
    assert first != second
    notes = world.bench.query("select * from Attachable")["Attachable"]
    assert sorted(note["Id"] for note in notes) == sorted([first, second])
    before = ledger.read_bill(key)
    assert before is not None


def test_the_ledgers_trouble(world: World) -> None:
    key = paid_in_the_ledger(world)
    ledger, faults = world.ledger(), world.bench.qbo.faults
    faults.add({"kind": "throttle", "times": 1})
    with pytest.raises(RailThrottled) as slow:
        ledger.read_bill(key)
    assert slow.value.retry_after_seconds >= 60
    faults.add({"kind": "fault_in_200"})
    with pytest.raises(RailUnavailable) as system_fault:
        ledger.read_bill(key)
    assert not isinstance(system_fault.value, RailThrottled)
    faults.remove()
    assert ledger.read_bill(key) is not None


def test_ledger_tokens_expire_and_rotate(world: World) -> None:
    tokens = world.qbo_tokens()
    ledger, first = world.ledger(tokens), tokens.refresh_token
    world.bench.to(START + timedelta(hours=30))
    assert ledger.read_bill("999999") is None
    assert tokens.renewals == 1
    assert tokens.refresh_token != first
    world.bench.to(START + timedelta(days=200))
    with pytest.raises(ConnectionBroken) as broken:
        ledger.read_bill("1")
    assert broken.value.code == "invalid_grant"
