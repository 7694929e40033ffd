"""Mismatches that the bank shows."""

from __future__ import annotations

from rowcol.domain.evidence import Mismatch, Side
from tests.support.domain.builders import usd
from tests.support.mismatches.case import case
from tests.support.mismatches.script import EUR, Script, ignore
from tests.support.three_sides import Happening


@case(Side.CASH, Mismatch.MISSING)
def _(script: Script) -> None:
    script.cash = []
    posted = script.on(script.chance.randint(0, 9))
    script.mend(lambda sides: ignore(sides.debit(posted)))


@case(Side.CASH, Mismatch.LATE)
def _(script: Script) -> None:
    day = script.chance.randint(11, 20)
    script.traced({"posted": script.on(day)}, day=day)


@case(Side.CASH, Mismatch.DATE)
def _(script: Script) -> None:
    early = script.on(-script.chance.randint(2, 8))
    script.traced({"posted": early}, day=script.chance.randint(0, 9))


@case(Side.CASH, Mismatch.AMOUNT)
def _(script: Script) -> None:
    script.traced({"amount": usd("1255.00")}, day=script.chance.randint(0, 9))


@case(Side.CASH, Mismatch.CURRENCY)
def _(script: Script) -> None:
    script.traced({"amount": EUR}, day=script.chance.randint(0, 9))


@case(Side.CASH, Mismatch.VENDOR)
def _(script: Script) -> None:
    script.traced({"text": "LAKESIDE CATERING"}, day=script.chance.randint(0, 9))


@case(Side.CASH, Mismatch.ACCOUNT)
def _(script: Script) -> None:
    script.traced({"account_id": "savings"}, day=script.chance.randint(0, 9))


@case(Side.CASH, Mismatch.DUPLICATE, "one trace")
def _(script: Script) -> None:
    script.traced({}, {}, day=script.chance.randint(0, 8))
    script.mend(_brought_back(script, 31))


@case(Side.CASH, Mismatch.DUPLICATE, "one invoice")
def _(script: Script) -> None:
    day = script.chance.randint(3, 8)
    on = script.on(day)
    script.later.append((script.at(day), lambda sides: ignore(sides.debit(on, line_id="line-7"))))


@case(Side.CASH, Mismatch.PARTIAL)
def _(script: Script) -> None:
    script.traced({"amount": usd("500.00")}, {"amount": usd("700.00")}, day=3)


@case(Side.CASH, Mismatch.RETURNED, "soon")
def _(script: Script) -> None:
    _returned(script, script.chance.randint(10, 15))


@case(Side.CASH, Mismatch.RETURNED, "both of two debits")
def _(script: Script) -> None:
    script.traced({}, {}, day=script.chance.randint(0, 8))
    script.later.append((script.at(20), _brought_back(script, 20, "line-8")))
    _returned(script, 22)


@case(Side.CASH, Mismatch.RETURNED, "after the proof")
def _(script: Script) -> None:
    _returned(script, script.chance.randint(18, 27))


def _returned(script: Script, day: int) -> None:
    script.later.append((script.at(day), _brought_back(script, day)))


def _brought_back(script: Script, day: int, name: str = "line-9") -> Happening:
    on = script.on(day)
    fields = {"line_id": name, "amount": usd("-1250.00"), "text": "ACH RETURN ACME SUPPLIES"}
    return lambda sides: ignore(sides.debit(on, **fields))
