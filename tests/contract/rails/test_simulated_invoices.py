"""The client against the simulator of QuickBooks Online: invoices, from entered to deleted."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.money import Money
from tests.contract.rails.conftest import World
from tests.unit.simulators.conftest import START


@pytest.fixture
def key(world: World) -> str:
    """An invoice of 1,480.00 to a customer."""
    realm = world.who.realm_id
    customers = [{"id": "201", "name": "Blue Heron Hotels"}]
    world.bench.qbo.seed({"companies": [{"realm_id": realm, "customers": customers}]})
    made = world.bench.qbo.act(
        "create_invoice",
        realm=realm,
        customer_id="201",
        amount="1480.00",
        doc_number="INV-2041",
        due_date="2026-12-05",
    )
    return str(made["Invoice"]["Id"])


def act(world: World, action: str, key: str, **params: str) -> str:
    """Somebody does something in QuickBooks; gives the id of what it made."""
    made = world.bench.qbo.act(action, realm=world.who.realm_id, key=key, **params)
    ((_, row),) = made.items()
    return str(row["Id"])


def test_an_invoice_is_read_with_its_customer_and_dates(world: World, key: str) -> None:
    found = world.ledger().read_invoice(key)
    assert found is not None
    assert (found.customer_id, found.customer_name) == ("201", "Blue Heron Hotels")
    assert (found.doc_number, found.sync_token, found.voided) == ("INV-2041", "0", False)
    assert (found.issued_on, found.due_on) == (START.date(), date(2026, 12, 5))
    assert (found.amount, found.balance) == (Money(148_000, "USD"), Money(148_000, "USD"))
    assert world.ledger().read_invoice("999999") is None


def test_payments_changes_and_a_void_raise_the_version(world: World, key: str) -> None:
    ledger, seen = world.ledger(), []
    act(world, "pay_invoice", key, amount="480.00")
    seen.append(ledger.read_invoice(key))
    act(world, "edit_invoice", key, amount="1500.00")
    seen.append(ledger.read_invoice(key))
    act(world, "void_invoice", key)
    seen.append(ledger.read_invoice(key))
    shown = [
        (one.amount.minor, one.balance.minor, one.sync_token, one.voided) for one in seen if one
    ]
    assert shown == [
        (148_000, 100_000, "1", False),
        (150_000, 102_000, "2", False),
        (0, 0, "3", True),
    ]


def test_open_invoices_are_those_with_a_balance(world: World, key: str) -> None:
    ledger = world.ledger()
    assert [one.invoice_id for one in ledger.open_invoices()] == [key]
    paid = act(world, "pay_invoice", key)
    assert ledger.open_invoices() == ()
    act(world, "void_customer_payment", paid)
    assert [one.balance.minor for one in ledger.open_invoices()] == [148_000]


def test_the_change_feed_tells_of_changed_and_deleted_invoices(world: World, key: str) -> None:
    ledger = world.ledger()
    changes = ledger.changes(START)
    assert [one.invoice_id for one in changes.invoices] == [key]
    assert changes.complete
    act(world, "delete_invoice", key)
    again = ledger.changes(START)
    assert (again.invoices, again.deleted_invoice_ids) == ((), (key,))
    assert ledger.read_invoice(key) is None
