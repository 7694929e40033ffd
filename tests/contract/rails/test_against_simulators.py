"""The clients against the simulators: what one believes of a contract, the other must too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.money import Money
from rowcol.rails.plaid.client import SYNC_ROWS_MAX, LinkRequest
from rowcol.rails.qbo.client import note_request_id
from rowcol.rails.qbo.query import Condition
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    ConnectionBroken,
    OutcomeUnknown,
    RailError,
    RailThrottled,
    RailUnavailable,
)
from tests.contract.rails.conftest import World
from tests.unit.simulators.conftest import START

FRIDAY = date(2026, 11, 6)
SATURDAY, MONDAY = date(2026, 11, 7), date(2026, 11, 9)


# ---- Ramp


def test_a_bill_from_ready_to_paid(world: World) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(2)
    ready = ramp.read_bill(bill_id)
    assert ready is not None
    assert (ready.state, ready.amount, ready.approved) == (
        RailState.READY,
        Money(20000, "USD"),
        True,
    )
    taken = ramp.set_payment_date(bill_id, FRIDAY)
    assert isinstance(taken, CommandAccepted)
    assert taken.bill.state is RailState.SCHEDULED
    world.bench.to(START + timedelta(days=10))
    paid = ramp.read_bill(bill_id)
    assert paid is not None
    assert paid.state is RailState.PAID
    assert paid.paid_at is not None
    assert paid.payment is not None
    assert paid.payment.effective_on == FRIDAY
    assert paid.payment.vendor_trace_id
    assert paid.payment.debit_trace_id
    assert bill_id in [bill.bill_id for bill in ramp.paid_bills(START)]
    assert bill_id not in [bill.bill_id for bill in ramp.open_bills()]
    refused = ramp.set_payment_date(bill_id, MONDAY)
    assert isinstance(refused, CommandRefused)


def test_a_moved_date_and_a_cleared_one(world: World) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    moved = ramp.set_payment_date(bill_id, SATURDAY)
    assert isinstance(moved, CommandAccepted)
    assert moved.bill.payment is not None
    assert moved.bill.payment.planned_on == MONDAY
    cleared = ramp.clear_payment_date(bill_id)
    assert isinstance(cleared, CommandAccepted)
    assert cleared.bill.state is RailState.READY
    assert cleared.bill.payment is not None
    assert cleared.bill.payment.planned_on is None
    assert isinstance(ramp.clear_payment_date(bill_id), CommandAccepted)


def test_hold_and_lift(world: World) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    held = ramp.hold(bill_id, "liquidity")
    assert isinstance(held, CommandAccepted)
    assert held.bill.state is RailState.ON_HOLD
    lifted = ramp.lift(bill_id)
    assert isinstance(lifted, CommandAccepted)
    assert lifted.bill.state is RailState.READY


def test_an_older_account_has_no_levers(world: World) -> None:
    world.bench.ramp.configure({"profile": "OA25/M0526"})
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    result = ramp.set_payment_date(bill_id, FRIDAY)
    assert isinstance(result, CapabilityMissing)
    assert result.capability == "payment_date"
    assert isinstance(ramp.hold(bill_id), CapabilityMissing)
    assert isinstance(ramp.lift(bill_id), CapabilityMissing)
    assert isinstance(ramp.hold("00000000-0000-4000-8000-000000000000"), CommandRefused)


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        ("timeout_with_effect", True),
        ("timeout_without_effect", False),
        ("disconnect_with_effect", True),
        ("disconnect_without_effect", False),
    ],
)
def test_an_unknown_outcome_is_told_by_reading_again(
    world: World, fault: str, applied: bool
) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    world.bench.ramp.faults.add({"kind": fault, "times": 1, "match": {"method": "PATCH"}})
    assert isinstance(ramp.set_payment_date(bill_id, FRIDAY), OutcomeUnknown)
    found = ramp.read_bill(bill_id)
    assert found is not None
    assert (found.state is RailState.SCHEDULED) == applied


def test_expired_tokens_are_renewed_on_the_way(world: World) -> None:
    ramp = world.ramp()
    world.bench.to(START + timedelta(hours=2))
    assert ramp.read_bill(world.who.bill_id(1)) is not None
    assert isinstance(ramp.set_payment_date(world.who.bill_id(1), MONDAY), CommandAccepted)


def test_reads_survive_trouble_and_tell_a_throttle(world: World) -> None:
    ramp, faults = world.ramp(), world.bench.ramp.faults
    faults.add({"kind": "server_error", "times": 2})
    assert ramp.read_bill(world.who.bill_id(1)) is not None
    faults.add({"kind": "throttle", "times": 2})
    assert ramp.read_bill(world.who.bill_id(1)) is not None
    faults.add({"kind": "throttle"})
    with pytest.raises(RailThrottled):
        ramp.clear_payment_date(world.who.bill_id(1))


def test_unknown_bills_and_whole_lists(world: World) -> None:
    ramp = world.ramp()
    assert ramp.read_bill("00000000-0000-4000-8000-000000000000") is None
    everything = list(ramp.open_bills())
    assert {bill.bill_id for bill in everything} == {world.who.bill_id(n) for n in (1, 2, 3)}
    payment = everything[0].payment
    assert payment is not None
    assert [bill.bill_id for bill in ramp.bills_of_payment(payment.payment_id)] == [
        everything[0].bill_id
    ]
    assert list(ramp.archived_bills(START - timedelta(days=30))) == []


def test_subscriptions_of_both_generations(world: World) -> None:
    rail = world.subscriptions()
    made = rail.create("https://hooks.example/ramp")
    assert (made.missing, made.status) == ((), "pending_verification")
    assert rail.verify(made.subscription_id, "a guess") is False
    assert made.subscription_id in [row.subscription_id for row in rail.all()]
    rail.delete(made.subscription_id)
    rail.delete(made.subscription_id)
    world.bench.ramp.configure({"profile": "OA25"})
    assert "payments.updated" in rail.create("https://hooks.example/ramp").missing


# ---- Plaid


def test_balances_cached_and_live(world: World) -> None:
    bank = world.bank()
    cached, live = bank.balances(live=False), bank.balances(live=True)
    assert cached.accounts[0].mask == world.who.mask
    assert live.accounts[0].cash == Money(5000000, "USD")
    assert live.observed_at is not None
    assert cached.observed_at is None or cached.observed_at <= live.observed_at


def test_a_debit_travels_from_ramp_to_the_bank_line(world: World) -> None:
    bank, bill_id = world.bank(), world.who.bill_id(3)
    first = bank.changes(world.who.item_id, None)
    world.ramp().set_payment_date(bill_id, FRIDAY)
    world.bench.to(START + timedelta(days=10))
    changes = bank.changes(world.who.item_id, first.cursor)
    posted = [
        line for line in changes.added if line.amount == Money(30000, "USD") and not line.pending
    ]
    assert len(posted) == 1
    assert changes.cursor != first.cursor
    again = bank.changes(world.who.item_id, changes.cursor)
    assert (again.added, again.removed_line_ids) == ((), ())


def test_a_moving_feed_gives_nothing_and_a_still_one_everything(world: World) -> None:
    for number in range(SYNC_ROWS_MAX + 1):
        world.bench.plaid.act(
            "post_line",
            account_id=world.who.plaid_account_id,
            amount="1.00",
            name=f"LINE {number}",
        )
    world.bench.plaid.act("poll", item_id=world.who.item_id)
    world.bench.plaid.faults.add({"kind": "sync_mutation"})
    with pytest.raises(RailUnavailable):
        world.bank().changes(world.who.item_id, None)
    world.bench.plaid.faults.remove()
    changes = world.bank().changes(world.who.item_id, None)
    assert len({line.line_id for line in changes.added}) == SYNC_ROWS_MAX + 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("login_required", ConnectionBroken),
        ("institution_down", RailUnavailable),
        ("institution_not_responding", RailUnavailable),
        ("maintenance", RailUnavailable),
        ("throttle", RailThrottled),
    ],
)
def test_trouble_at_the_bank(world: World, fault: str, expected: type[RailError]) -> None:
    world.bench.plaid.faults.add({"kind": fault})
    with pytest.raises(expected):
        world.bank().balances(live=True)


def test_link_tokens(world: World) -> None:
    client = world.plaid()
    new = client.link_token_create(LinkRequest("Firm", "user-1", "https://hooks.example/plaid"))
    token = world.who.plaid_access_token
    repair = LinkRequest("Firm", "user-1", "https://hooks.example/plaid", token)
    assert new.link_token != client.link_token_create(repair).link_token
    with pytest.raises(ConnectionBroken):
        client.item_get("access-production-of-somebody")


# ---- QuickBooks Online


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
    bills, payments, deleted = ledger.changes(since)
    assert key in [bill.bill_id for bill in bills]
    assert deleted == ()
    payment = payments[0]
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
    assert ledger.changes(since)[2] == (payment.payment_id,)


def test_a_note_is_written_once(world: World) -> None:
    key, ledger = paid_in_the_ledger(world), world.ledger()
    request_id = note_request_id(world.who.realm_id, key, "event-1")
    first = ledger.attach_note("Bill", key, "[rowcol] verified", request_id)
    world.bench.qbo.faults.add(
        {"kind": "timeout_with_effect", "times": 1, "match": {"method": "POST"}}
    )
    other = note_request_id(world.who.realm_id, key, "event-2")
    second = ledger.attach_note("Bill", key, "[rowcol] again", other)
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
