"""From Stripe's charge over its payout and the bank's line to the note in QuickBooks, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.invoice import invoice_key
from rowcol.domain.receivables.payout_record import PayoutStanding
from rowcol.service.change import Change
from rowcol.service.due_work import sweep_due
from rowcol.service.hygiene.ledger import keep_reference
from rowcol.service.hygiene.round import hygiene_round
from rowcol.service.invoices import keep_invoices
from tests.contract.rails.conftest import World
from tests.contract.rails.test_simulated_qbo_reference import act, entered, line
from tests.support import stripe_files
from tests.support.desk import SCOPE
from tests.support.stripe_web import FileDesk

RECENTLY = timedelta(days=5)


class Told(FileDesk):
    """Bluebird, whose ledger is QuickBooks' simulator and wants notes."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.qbo = world.ledger()
        world.bench.qbo.configure({"rate_limits": False})  # its clock stands still
        rails: Any = self
        self.environment = replace(self.environment, rails=rails)

        def wants_notes(change: Change) -> bool:
            realm = world.who.realm_id
            change.client = replace(change.client, ledger_realm_id=realm, ledger_notes=True)
            change.put(change.client)
            return True

        self.work(wants_notes)

    def counting(self, meter: object) -> Told:
        return self

    def ledger(self, firm: str, name: str) -> Any:
        return self.qbo

    def read_ledger(self) -> None:
        """What QuickBooks' change feed tells."""
        changes = self.qbo.changes(self.world.bench.base.at - RECENTLY)
        keep_invoices(self.environment, SCOPE, changes.invoices)
        keep_reference(self.environment, SCOPE, changes)

    def notes(self) -> list[dict[str, Any]]:
        """Notes in QuickBooks."""
        found = self.world.bench.query("select * from Attachable")
        rows: list[dict[str, Any]] = found.get("Attachable", [])
        return rows

    def minute(self) -> None:
        """The sweep of some minutes later."""
        self.clock.pause(400)
        sweep_due(self.environment)


@pytest.fixture
def desk(world: World) -> Told:
    return Told(world)


def invoiced(desk: Told, amount: str, number: str) -> str:
    """An invoice of Blue Heron's; its id in QuickBooks."""
    known = desk.world.bench.query("select * from Customer").get("Customer", [])
    mine = [one["Id"] for one in known if one["DisplayName"] == "Blue Heron"]
    who = mine[0] if mine else entered(desk.world, "Customer", DisplayName="Blue Heron")["Id"]
    made = act(desk.world, "create_invoice", customer_id=who, amount=amount, doc_number=number)
    return str(made["Invoice"]["Id"])


def test_a_payout_that_the_bank_shows_is_noted_at_its_invoices_once(desk: Told) -> None:
    first, second = invoiced(desk, "300.00", "INV-2041"), invoiced(desk, "120.00", "INV-2042")
    desk.read_ledger()
    desk.apply(stripe_files.reconciliation(stripe_files.SALES[:3]))
    desk.apply(stripe_files.payouts())
    desk.minute()
    assert desk.notes() == []  # what Stripe says is no money yet
    desk.bank_shows("line-1", 38_722, "2026-11-13", "STRIPE TRANSFER")
    assert desk.payout().standing is PayoutStanding.ARRIVED
    for _ in range(3):
        desk.minute()
    hygiene_round(desk.environment, SCOPE)
    desk.minute()
    notes = {one["AttachableRef"][0]["EntityRef"]["value"]: one["Note"] for one in desk.notes()}
    assert (len(desk.notes()), set(notes)) == (2, {first, second})
    assert notes[first].startswith("RowCol: 300.00 USD for invoice INV-2041 was received.")
    assert "charge ch_a in payout po_1" in notes[first]
    assert "387.22 USD on 2026-11-13" in notes[first]
    rows = desk.world.bench.query("select * from Invoice")["Invoice"]
    tokens = {row["Id"]: row["SyncToken"] for row in rows}
    assert (tokens[first], tokens[second]) == ("0", "0")  # the invoices themselves are untouched


def test_a_tentative_match_is_noted_when_a_person_says_so(desk: Told) -> None:
    owed = invoiced(desk, "300.00", "INV-9")
    desk.read_ledger()
    row = replace(stripe_files.SALES[0], invoice="")
    desk.apply(stripe_files.reconciliation([row]))
    desk.apply(stripe_files.payouts([stripe_files.Paid("po_1", 29_100, "2026-11-13")]))
    desk.bank_shows("line-1", 29_100, "2026-11-13", "STRIPE TRANSFER")
    desk.minute()
    assert desk.notes() == []
    said = desk.post(
        "/clients/{client}/receivables/charges/{charge}/invoice",
        {"invoice_id": invoice_key(owed), "reason": "they wrote so"},
        charge=desk.match("ch_a").id,
    )
    assert said.status == 200
    hygiene_round(desk.environment, SCOPE)
    desk.minute()
    assert [one["AttachableRef"][0]["EntityRef"]["value"] for one in desk.notes()] == [owed]


def test_a_refund_wants_its_credit_memo_in_quickbooks(desk: Told) -> None:
    owed = invoiced(desk, "120.00", "INV-2042")
    act(desk.world, "pay_invoice", key=owed)
    desk.read_ledger()
    desk.apply(stripe_files.reconciliation(stripe_files.SALES[1:3]))
    desk.clock.pause(timedelta(days=8).total_seconds())
    hygiene_round(desk.environment, SCOPE)
    item = desk.open_items()["refund_not_booked"]
    assert item.expected == "a credit memo or refund receipt of 20.00 USD"
    [paid] = desk.world.bench.query("select * from Payment")["Payment"]
    entered(desk.world, "CreditMemo", CustomerRef=paid["CustomerRef"], Line=[line("20.00")])
    desk.read_ledger()
    assert "refund_not_booked" not in desk.open_items()
