"""The client against the simulator of Plaid and its bank."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.money import Money
from rowcol.rails.plaid.client import SYNC_ROWS_MAX, LinkRequest
from rowcol.service.ports import (
    ConnectionBroken,
    RailError,
    RailThrottled,
    RailUnavailable,
)
from tests.contract.rails.conftest import World
from tests.unit.simulators.conftest import START

FRIDAY = date(2026, 11, 6)


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
