"""Data checks over generated books: clean ones open nothing, and the order of facts is all one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.facts import CreditKind, LedgerCredit, RailBill, RailState
from rowcol.domain.hygiene.numbers import same_number
from rowcol.domain.money import Money
from rowcol.domain.scope import Scope
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.hygiene_desk import OTHER, HygieneDesk, Open
from tests.support.invoice_desk import shown

OPEN_STATES = (RailState.READY, RailState.SCHEDULED, RailState.AWAITING_APPROVAL)
START = date(2026, 8, 3)


def clean_bills(chance: random.Random, many: int) -> list[dict[str, Any]]:
    """Bills of several vendors: rents that recur, series of numbers, odd but right dates."""
    bills: list[dict[str, Any]] = []
    for number in range(many):
        vendor = chance.randrange(5)
        issued = START + timedelta(days=4 * number)
        rent = chance.random() < 0.3
        bills.append(
            {
                "bill_id": f"bill-{number}",
                "invoice_number": chance.choice(["INV-{}", "{}", "A{}-26", "2026/{}"]).format(
                    1000 * vendor + number
                ),
                "vendor_id": f"vendor-{vendor}",
                "vendor_name": f"Vendor {vendor}",
                "vendor_ledger_id": f"7{vendor}",
                "ledger_bill_id": f"9{number}",
                "amount": usd("1200.00") if rent else usd(str(10 + number)),
                "issued_on": issued,
                "due_on": issued + timedelta(days=chance.choice([0, 10, 30, 60])),
            }
        )
    return bills


def clean_invoices(chance: random.Random, desk: HygieneDesk, many: int) -> list[Any]:
    today = desk.today()
    found = []
    for number in range(many):
        issued = today - timedelta(days=chance.randrange(0, 60))
        paid = chance.random() < 0.4
        due = max(issued, today - timedelta(days=5)) if not paid else issued
        found.append(
            shown(
                0 if paid else 30_000, 1, invoice_id=f"{2_000 + number}",
                doc_number=f"INV-{number}", customer_id=f"c-{number % 3}",
                issued_on=issued, due_on=due,
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(25))
def test_clean_books_open_nothing(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the seed is the test's name
    desk = HygieneDesk()
    for number in range(5):
        desk.qbo.vendors[f"7{number}"] = desk.vendor(f"7{number}")
    desk.qbo.closed_through = START - timedelta(days=1)
    readings = [
        desk.reading(chance.choice(OPEN_STATES), **bill) for bill in clean_bills(chance, 25)
    ]
    chance.shuffle(readings)
    for reading in readings:
        desk.apply(reading)
    if chance.random() < 0.5:
        for reading in chance.sample(readings, 8):
            desk.apply(reading)
    booked = tuple(desk.booked(one.ledger_bill_id or "") for one in readings)
    used = LedgerCredit(
        "1", CreditKind.CUSTOMER, "c-1", "Blue Heron", None, usd("10"), usd("0"),
        desk.today(), False, "0", desk.read_now(),
    )  # fmt: skip
    desk.told(bills=booked, credits=(used,))
    desk.invoiced(*clean_invoices(chance, desk, 12))
    for _ in range(3):
        desk.night()
        desk.pass_days(0.5)
    assert desk.open() == set()
    for reading in readings:
        paid = replace(reading, state=RailState.PAID, read=desk.read_now())
        desk.apply(paid)
    desk.night()
    assert desk.open() == set()


# ---- any books, against a look at all of them


NUMBERS = ("INV-1", "inv 01", "INV1", "INV-2", "1-11", "11-1", "rent", None)


def any_bill(chance: random.Random, name: str) -> dict[str, Any]:
    issued = START + timedelta(days=chance.randrange(8))
    return {
        "bill_id": name,
        "invoice_number": chance.choice(NUMBERS),
        "vendor_id": chance.choice([None, "v-1", "v-1", "v-2"]),
        "vendor_name": chance.choice(["Acme", "Acme", ""]),
        "vendor_ledger_id": None,
        "amount": chance.choice([usd("5"), usd("5"), usd("6"), usd("0"), Money(500, "CAD")]),
        "issued_on": chance.choice([issued, issued, None]),
        "due_on": chance.choice([START + timedelta(days=4), None, START + timedelta(days=90)]),
        "state": chance.choice([*OPEN_STATES, RailState.PAID, RailState.ARCHIVED]),
    }


def expected(bills: dict[str, RailBill]) -> Open:
    """What a look at all bills finds."""
    found: Open = set()
    for name, bill in bills.items():
        if bill.state in (RailState.PAID, RailState.ARCHIVED):
            continue
        due, issued = bill.due_on, bill.issued_on
        checks = {
            "vendor_missing": not bill.vendor_id or not bill.vendor_name,
            "no_due_date": due is None,
            "amount_not_positive": bill.amount.minor <= 0,
            "due_before_issue": due is not None and issued is not None and due < issued,
            "foreign_currency": bill.amount.currency != "USD",
        }
        for other in bills.values():
            if other is bill or other.vendor_id != bill.vendor_id or not bill.vendor_id:
                continue
            if other.state is RailState.ARCHIVED:
                continue
            same = same_number(bill.invoice_number, other.invoice_number)
            equal = bill.amount == other.amount
            days = abs(issued - other.issued_on).days if issued and other.issued_on else 99
            checks["duplicate_invoice"] = checks.get("duplicate_invoice", False) or (same and equal)
            checks["duplicate_number"] = checks.get("duplicate_number", False) or (
                same and not equal
            )
            similar = equal and not same and days <= 3 and bill.amount.minor > 0
            checks["similar_bill"] = checks.get("similar_bill", False) or similar
        found |= {(f"bill-{name}", kind) for kind, is_so in checks.items() if is_so}
    return found


@pytest.mark.parametrize("seed", range(60))
def test_what_is_open_is_what_a_look_at_all_bills_finds(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the seed is the test's name
    desk = HygieneDesk(ledger_realm_id=None)
    told: list[RailBill] = []
    for _ in range(30):
        fields = any_bill(chance, f"bill-{chance.randrange(6)}")
        told.append(desk.reading(**fields, archived=fields["state"] is RailState.ARCHIVED))
        desk.apply(told[-1], chance.choice([SCOPE, SCOPE, OTHER]))
        if chance.random() < 0.3:
            desk.apply(chance.choice(told))  # what was said before comes again, late
        if chance.random() < 0.1:
            desk.night()
    for scope in (SCOPE, OTHER):
        assert desk.open(scope) == expected(stored(desk, scope))
        desk.night(scope)
        assert desk.open(scope) == expected(stored(desk, scope))


def stored(desk: HygieneDesk, scope: Scope) -> dict[str, RailBill]:
    """Bills as they are known: not each reading counts, a regress waits for a second one."""
    return {
        item.id: item.rail
        for (_, name, _, _), item in desk.store.items.items()
        if name == scope.client and isinstance(item, Bill)
    }


@pytest.mark.parametrize("seed", range(15))
def test_any_order_of_the_same_facts_opens_the_same(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the seed is the test's name
    bills = [any_bill(chance, f"bill-{number}") for number in range(8)]
    outcomes = []
    for _ in range(3):
        chance.shuffle(bills)
        desk = HygieneDesk(ledger_realm_id=None)
        for bill in bills:
            gone = bill["state"] is RailState.ARCHIVED
            desk.show(SCOPE, **bill, archived=gone)
        outcomes.append(desk.open())
    assert outcomes[0] == outcomes[1] == outcomes[2]
