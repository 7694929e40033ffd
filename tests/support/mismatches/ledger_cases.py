"""Mismatches that QuickBooks shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rowcol.domain.evidence import Mismatch, Side
from rowcol.domain.facts import LedgerAllocation
from rowcol.domain.money import Money
from tests.support.domain.builders import usd
from tests.support.mismatches.case import case
from tests.support.mismatches.script import EUR, Script
from tests.support.three_sides import QBO_BILL, Happening


def shown(**changes: Any) -> Happening:
    """The BillPayment is changed in place."""
    return lambda sides: sides.books_of_qbo.put(
        replace(sides.books_of_qbo.payments["1822"], **changes)
    )


def parts(amount: Money, bill_id: str = QBO_BILL) -> tuple[LedgerAllocation, ...]:
    """What a BillPayment settles."""
    return (LedgerAllocation(bill_id, amount),)


@case(Side.LEDGER, Mismatch.MISSING)
def _(script: Script) -> None:
    script.ledger = []
    dated = script.on(script.chance.randint(0, 11))
    script.mend(lambda sides: sides.book(dated))


@case(Side.LEDGER, Mismatch.LATE)
def _(script: Script) -> None:
    script.booked(script.chance.randint(14, 26))


@case(Side.LEDGER, Mismatch.DATE)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), dated=-script.chance.randint(2, 9))
    script.mend(shown(paid_on=script.on(1)))


@case(Side.LEDGER, Mismatch.AMOUNT)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), allocations=parts(usd("1260.00")))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(Side.LEDGER, Mismatch.PARTIAL)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), allocations=parts(usd("900.00")))
    rest = {"payment_id": "1824", "allocations": parts(usd("350.00"))}
    script.mend(lambda sides: sides.book(script.on(3), **rest))


@case(Side.LEDGER, Mismatch.CURRENCY)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), allocations=parts(EUR))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(Side.LEDGER, Mismatch.VENDOR)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), vendor_id="99")
    script.mend(shown(vendor_id="56"))


@case(Side.LEDGER, Mismatch.ACCOUNT)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), account_id="41")
    script.mend(shown(account_id="35"))


@case(Side.LEDGER, Mismatch.DUPLICATE)
def _(script: Script) -> None:
    again, on = script.at(script.chance.randint(0, 24)), script.on(3)
    script.later.append((again, lambda sides: sides.book(on, payment_id="1823")))
    script.mend(lambda sides: sides.books_of_qbo.delete("1823"))


@case(Side.LEDGER, Mismatch.LEDGER_EDITED, "amount after the proof")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, shown(allocations=parts(usd("1205.00"))))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(Side.LEDGER, Mismatch.LEDGER_EDITED, "vendor after the proof")
def _(script: Script) -> None:
    script.then(script.chance.randint(16, 24), shown(vendor_id="77"))
    script.mend(shown(vendor_id="56"))


@case(Side.LEDGER, Mismatch.LEDGER_EDITED, "settles another bill")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, shown(allocations=parts(usd("1250.00"), "77")))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(Side.LEDGER, Mismatch.LEDGER_DELETED, "deleted")
def _(script: Script) -> None:
    script.then(script.chance.randint(16, 24), lambda sides: sides.books_of_qbo.delete("1822"))
    dated = script.on(2)
    script.mend(lambda sides: sides.book(dated, payment_id="1901"))


@case(Side.LEDGER, Mismatch.LEDGER_DELETED, "voided")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, shown(voided=True, amount=usd("0"), allocations=()))
    dated = script.on(2)
    script.mend(lambda sides: sides.book(dated, payment_id="1902"))
