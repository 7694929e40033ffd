"""What data checks read, from QuickBooks' simulator: vendors, bills, credits, closing date."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from rowcol.domain.facts import CreditKind
from rowcol.domain.money import Money
from tests.contract.rails.conftest import World

DAY = timedelta(days=1)


def act(world: World, name: str, **fields: Any) -> Any:
    return world.bench.qbo.act(name, realm=world.who.realm_id, **fields)


def entered(world: World, entity: str, **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = act(world, "create", entity=entity, body=fields)[entity]
    return row


def line(amount: str) -> dict[str, Any]:
    detail = {"AccountRef": {"value": "63"}}
    return {
        "Amount": amount,
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": detail,
    }


def test_vendors_that_are_inactive_or_merged(world: World) -> None:
    ledger, since = world.ledger(), world.bench.base.at - DAY
    one = entered(world, "Vendor", DisplayName="Cascadia Printing")
    other = entered(world, "Vendor", DisplayName="Cascadia Printing LLC")
    assert {one["Id"], other["Id"]} <= {vendor.vendor_id for vendor in ledger.active_vendors()}
    assert other["Id"] in {vendor.vendor_id for vendor in ledger.changes(since).vendors}
    act(world, "merge_vendors", key=other["Id"], into=one["Id"])
    assert ledger.read_vendor(other["Id"]) is None
    quiet = {**one, "Active": False}
    world.bench.qbo.writes.run(world.who.realm_id, "Vendor", "update", quiet)
    assert one["Id"] not in {vendor.vendor_id for vendor in ledger.active_vendors()}
    found = ledger.read_vendor(one["Id"])
    assert found is not None
    assert (found.active, found.name) == (False, "Cascadia Printing")


def test_open_bills_are_those_with_a_balance(world: World) -> None:
    ledger = world.ledger()
    vendor = entered(world, "Vendor", DisplayName="Cascadia Printing")
    bill = entered(
        world, "Bill", VendorRef={"value": vendor["Id"]}, DocNumber="CP-1", Line=[line("88.00")]
    )
    [mine] = [one for one in ledger.open_bills() if one.bill_id == bill["Id"]]
    assert (mine.balance, mine.vendor_id) == (Money(8_800, "USD"), vendor["Id"])
    act(world, "pay_bill", key=bill["Id"])
    assert bill["Id"] not in {one.bill_id for one in ledger.open_bills()}


def test_credits_of_vendors_and_what_customers_paid_for_nothing(world: World) -> None:
    ledger, since = world.ledger(), world.bench.base.at - DAY
    vendor = entered(world, "Vendor", DisplayName="Cascadia Printing")
    owed = entered(
        world, "VendorCredit", VendorRef={"value": vendor["Id"]}, DocNumber="CR-88",
        Line=[line("88.00")],
    )  # fmt: skip
    customer = entered(world, "Customer", DisplayName="Blue Heron")
    surplus = entered(
        world, "Payment", CustomerRef={"value": customer["Id"]}, TotalAmt=Decimal("120.50"), Line=[]
    )
    changed = {(one.credit, one.credit_id): one for one in ledger.changes(since).credits}
    asked = {(one.credit, one.credit_id): one for one in ledger.credits_since(since)}
    for found in (changed, asked):
        assert found[CreditKind.VENDOR, owed["Id"]].open == Money(8_800, "USD")
        assert found[CreditKind.CUSTOMER, surplus["Id"]].open == Money(12_050, "USD")
    world.bench.qbo.writes.run(world.who.realm_id, "VendorCredit", "delete", owed)
    assert (CreditKind.VENDOR, owed["Id"]) in ledger.changes(since).deleted_credits


def test_what_customers_were_credited_and_paid_back(world: World) -> None:
    ledger, since = world.ledger(), world.bench.base.at - DAY
    customer = entered(world, "Customer", DisplayName="Blue Heron")
    who = {"value": customer["Id"]}
    memo = entered(world, "CreditMemo", CustomerRef=who, DocNumber="CM-1", Line=[line("20.00")])
    paid_back = entered(
        world, "RefundReceipt", CustomerRef=who, DepositToAccountRef={"value": "35"},
        Line=[line("30.00")],
    )  # fmt: skip
    owed = entered(world, "Invoice", CustomerRef=who, DocNumber="INV-1", Line=[line("300.00")])
    act(world, "pay_invoice", key=owed["Id"])
    for found in (ledger.changes(since).credits, ledger.credits_since(since)):
        by_id = {(one.credit, one.credit_id): one for one in found}
        credited = by_id[CreditKind.MEMO, memo["Id"]]
        assert (credited.open, credited.doc_number) == (Money(2_000, "USD"), "CM-1")
        receipt = by_id[CreditKind.REFUND, paid_back["Id"]]
        assert (receipt.amount, receipt.open) == (Money(3_000, "USD"), Money(0, "USD"))
        [payment] = [one for one in found if one.credit is CreditKind.CUSTOMER]
        assert [(part.invoice_id, part.amount.minor) for part in payment.applied] == [
            (owed["Id"], 30_000)
        ]
    # Applied to an invoice, nothing of it is left: a payment of nothing joins the two.
    use = [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}]
    entered(
        world,
        "Payment",
        CustomerRef=who,
        TotalAmt=0,
        Line=[{"Amount": Decimal(20), "LinkedTxn": use}],
    )
    [used] = [one for one in ledger.changes(since).credits if one.credit is CreditKind.MEMO]
    assert used.open == Money(0, "USD")
    world.bench.qbo.writes.run(world.who.realm_id, "RefundReceipt", "delete", paid_back)
    assert (CreditKind.REFUND, paid_back["Id"]) in ledger.changes(since).deleted_credits


def test_the_closing_date(world: World) -> None:
    ledger = world.ledger()
    assert ledger.preferences().closed_through is None
    act(world, "close_books", date="2026-10-31")
    assert str(ledger.preferences().closed_through) == "2026-10-31"


def test_a_feed_that_leaves_entities_out_still_tells_what_proof_needs(world: World) -> None:
    ledger, since = world.ledger(), world.bench.base.at - DAY
    vendor = entered(world, "Vendor", DisplayName="Cascadia Printing")
    bill = entered(
        world, "Bill", VendorRef={"value": vendor["Id"]}, DocNumber="CP-1", Line=[line("88.00")]
    )
    world.bench.qbo.configure({"cdc_excluded_entities": ["Vendor"]})
    changes = ledger.changes(since)
    assert bill["Id"] in {one.bill_id for one in changes.bills}
    assert changes.vendors == ()
