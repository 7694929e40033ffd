"""Mismatches that Ramp shows."""

from __future__ import annotations

from rowcol.domain.evidence import Mismatch, Side
from rowcol.domain.facts import RailState
from tests.support.domain.builders import usd
from tests.support.mismatches.case import case
from tests.support.mismatches.script import EUR, Script


@case(Side.RAIL, Mismatch.MISSING)
def _(script: Script) -> None:
    script.rail = []


@case(Side.RAIL, Mismatch.LATE)
def _(script: Script) -> None:
    script.paid(script.chance.randint(21, 26))


@case(Side.RAIL, Mismatch.AMOUNT)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), amount=usd("1300.00"))


@case(Side.RAIL, Mismatch.CURRENCY)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), amount=EUR)


@case(Side.RAIL, Mismatch.VENDOR)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), vendor_id="vendor-9")


@case(Side.RAIL, Mismatch.ACCOUNT)
def _(script: Script) -> None:
    at, _paid = script.rail[0]
    script.rail.insert(0, (at, lambda sides: sides.rail_payment(vendor_account_id="va-9")))


@case(Side.RAIL, Mismatch.PAID_OUTSIDE, "marked by hand")
def _(script: Script) -> None:
    at, _paid = script.rail[0]
    script.cash = []
    script.rail.insert(0, (at, lambda sides: sides.rail_payment(method="PAID_MANUALLY")))


@case(Side.RAIL, Mismatch.RAIL_FAILED)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), RailState.ERROR)


@case(Side.RAIL, Mismatch.UNEXPECTED_RAIL_STATE, "archived")
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), RailState.ARCHIVED)


@case(Side.RAIL, Mismatch.UNEXPECTED_RAIL_STATE, "open again after the proof")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, lambda sides: sides.rail(RailState.READY, paid_at=None))
    paid = script.at(2)
    script.mend(lambda sides: sides.rail(RailState.PAID, paid_at=paid))


@case(Side.RAIL, Mismatch.UNKNOWN_RAIL_STATE)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), RailState.UNKNOWN)
