"""Every kind of mismatch on every side where it can occur, as things that happen at the sides."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rowcol.domain.evidence import Mismatch, Side
from rowcol.domain.facts import LedgerAllocation, RailState
from rowcol.domain.money import Money
from tests.support.domain.builders import usd
from tests.support.three_sides import QBO_BILL, Happening, Sides

TRACE = "021000024613370"
EUR = Money(125_000, "EUR")
# Days after the start (a Friday before Thanksgiving) by which each side has surely spoken.
RAIL_DAYS, LEDGER_DAYS, CASH_DAYS = 14, 11, 9
SETTLED_DAYS = 30
OTHER_VENDOR = "Lakeside Catering"


@dataclass
class Script:
    """What happens at each side, drawn from a seed: three clocks, any order, days apart."""

    start: date
    chance: random.Random
    rail: list[tuple[datetime, Happening]] = field(default_factory=list)
    ledger: list[tuple[datetime, Happening]] = field(default_factory=list)
    cash: list[tuple[datetime, Happening]] = field(default_factory=list)
    first: list[Happening] = field(default_factory=list)
    later: list[tuple[datetime, Happening]] = field(default_factory=list)
    mended: list[tuple[datetime, Happening]] = field(default_factory=list)

    def at(self, day: float) -> datetime:
        """An instant some days after the start, at an hour of its own."""
        base = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
        return base + timedelta(days=day, hours=self.chance.uniform(14, 22))

    def on(self, day: int) -> date:
        """The day so many days after the start."""
        return self.start + timedelta(days=day)

    def agree(self) -> Script:
        """All three sides say the same, each in its own time."""
        self.paid(self.chance.randint(1, RAIL_DAYS))
        self.booked(self.chance.randint(0, LEDGER_DAYS))
        self.debited(self.chance.randint(0, CASH_DAYS))
        return self

    def paid(self, day: int, state: RailState = RailState.PAID, **changes: Any) -> None:
        """Ramp says so on a day."""
        at = self.at(day)
        shown = {"paid_at": at} if state is RailState.PAID else {}
        self.rail = [(at, lambda sides: sides.rail(state, **(shown | changes)))]

    def booked(self, day: int, dated: int | None = None, **changes: Any) -> None:
        """A BillPayment is entered on a day, dated the same unless said."""
        on = self.on(day if dated is None else dated)
        self.ledger = [(self.at(day), lambda sides: sides.book(on, **changes))]

    def debited(self, day: int, posted: int | None = None, **changes: Any) -> None:
        """A line is shown on a day, posted the same unless said."""
        on = self.on(day if posted is None else posted)
        self.cash = [(self.at(day), lambda sides: ignore(sides.debit(on, **changes)))]

    def traced(self, *lines: dict[str, Any], day: int = 3) -> None:
        """Ramp tells the debit's trace, and lines with it come."""
        self.first.append(lambda sides: sides.rail_payment(debit_trace_id=TRACE))
        self.cash = []
        for number, given in enumerate(lines):
            shown = self.at(day + number * self.chance.randint(0, 2))
            fields = {"line_id": f"line-{number}", "reference": TRACE, **given}
            posted = fields.pop("posted", self.on(day))
            self.cash.append((shown, _posting(posted, fields)))

    def then(self, day: float, *happenings: Happening) -> None:
        """More happens when all agreed."""
        self.later += [(self.at(day + number), one) for number, one in enumerate(happenings)]

    def mend(self, *happenings: Happening) -> None:
        """What puts it right in the end."""
        self.mended += [(self.at(SETTLED_DAYS + 1), one) for one in happenings]


def _posting(posted: date, fields: dict[str, Any]) -> Happening:
    return lambda sides: ignore(sides.debit(posted, **fields))


def ignore(_value: object) -> None:
    """Nothing is done with it."""


@dataclass(frozen=True)
class Case:
    """What must be found, and how it comes about on top of agreement."""

    name: str
    side: Side
    kind: Mismatch
    bend: Callable[[Script], None]


CASES: list[Case] = []


def case(side: Side, kind: Mismatch, name: str = "") -> Callable[[Callable[[Script], None]], None]:
    """Register a case under its side, kind and a word more."""

    def register(bend: Callable[[Script], None]) -> None:
        label = f"{side.value} {kind.value} {name}".strip()
        CASES.append(Case(label, side, kind, bend))

    return register


def shown(**changes: Any) -> Happening:
    """The BillPayment is changed in place."""
    return lambda sides: sides.books_of_qbo.put(
        replace(sides.books_of_qbo.payments["1822"], **changes)
    )


def parts(amount: Money, bill_id: str = QBO_BILL) -> tuple[LedgerAllocation, ...]:
    """What a BillPayment settles."""
    return (LedgerAllocation(bill_id, amount),)


RAIL, LEDGER, CASH = Side.RAIL, Side.LEDGER, Side.CASH
M = Mismatch


@case(RAIL, M.MISSING)
def _(script: Script) -> None:
    script.rail = []


@case(RAIL, M.LATE)
def _(script: Script) -> None:
    script.paid(script.chance.randint(21, 26))


@case(RAIL, M.AMOUNT)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), amount=usd("1300.00"))


@case(RAIL, M.CURRENCY)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), amount=EUR)


@case(RAIL, M.VENDOR)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), vendor_id="vendor-9")


@case(RAIL, M.ACCOUNT)
def _(script: Script) -> None:
    at, _paid = script.rail[0]
    script.rail.insert(0, (at, lambda sides: sides.rail_payment(vendor_account_id="va-9")))


@case(RAIL, M.PAID_OUTSIDE, "marked by hand")
def _(script: Script) -> None:
    at, _paid = script.rail[0]
    script.cash = []
    script.rail.insert(0, (at, lambda sides: sides.rail_payment(method="PAID_MANUALLY")))


@case(RAIL, M.RAIL_FAILED)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), RailState.ERROR)


@case(RAIL, M.UNEXPECTED_RAIL_STATE, "archived")
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), RailState.ARCHIVED)


@case(RAIL, M.UNEXPECTED_RAIL_STATE, "open again after the proof")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, lambda sides: sides.rail(RailState.READY, paid_at=None))
    paid = script.at(2)
    script.mend(lambda sides: sides.rail(RailState.PAID, paid_at=paid))


@case(RAIL, M.UNKNOWN_RAIL_STATE)
def _(script: Script) -> None:
    script.paid(script.chance.randint(1, 14), RailState.UNKNOWN)


@case(LEDGER, M.MISSING)
def _(script: Script) -> None:
    script.ledger = []
    dated = script.on(script.chance.randint(0, 11))
    script.mend(lambda sides: sides.book(dated))


@case(LEDGER, M.LATE)
def _(script: Script) -> None:
    script.booked(script.chance.randint(14, 26))


@case(LEDGER, M.DATE)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), dated=-script.chance.randint(2, 9))
    script.mend(shown(paid_on=script.on(1)))


@case(LEDGER, M.AMOUNT)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), allocations=parts(usd("1260.00")))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(LEDGER, M.PARTIAL)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), allocations=parts(usd("900.00")))
    rest = {"payment_id": "1824", "allocations": parts(usd("350.00"))}
    script.mend(lambda sides: sides.book(script.on(3), **rest))


@case(LEDGER, M.CURRENCY)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), allocations=parts(EUR))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(LEDGER, M.VENDOR)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), vendor_id="99")
    script.mend(shown(vendor_id="56"))


@case(LEDGER, M.ACCOUNT)
def _(script: Script) -> None:
    script.booked(script.chance.randint(0, 11), account_id="41")
    script.mend(shown(account_id="35"))


@case(LEDGER, M.DUPLICATE)
def _(script: Script) -> None:
    again, on = script.at(script.chance.randint(0, 24)), script.on(3)
    script.later.append((again, lambda sides: sides.book(on, payment_id="1823")))
    script.mend(lambda sides: sides.books_of_qbo.delete("1823"))


@case(LEDGER, M.LEDGER_EDITED, "amount after the proof")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, shown(allocations=parts(usd("1205.00"))))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(LEDGER, M.LEDGER_EDITED, "vendor after the proof")
def _(script: Script) -> None:
    script.then(script.chance.randint(16, 24), shown(vendor_id="77"))
    script.mend(shown(vendor_id="56"))


@case(LEDGER, M.LEDGER_EDITED, "settles another bill")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, shown(allocations=parts(usd("1250.00"), "77")))
    script.mend(shown(allocations=parts(usd("1250.00"))))


@case(LEDGER, M.LEDGER_DELETED, "deleted")
def _(script: Script) -> None:
    script.then(script.chance.randint(16, 24), lambda sides: sides.books_of_qbo.delete("1822"))
    dated = script.on(2)
    script.mend(lambda sides: sides.book(dated, payment_id="1901"))


@case(LEDGER, M.LEDGER_DELETED, "voided")
def _(script: Script) -> None:
    day = script.chance.randint(16, 24)
    script.then(day, shown(voided=True, amount=usd("0"), allocations=()))
    dated = script.on(2)
    script.mend(lambda sides: sides.book(dated, payment_id="1902"))


@case(CASH, M.MISSING)
def _(script: Script) -> None:
    script.cash = []
    posted = script.on(script.chance.randint(0, 9))
    script.mend(lambda sides: ignore(sides.debit(posted)))


@case(CASH, M.LATE)
def _(script: Script) -> None:
    day = script.chance.randint(11, 20)
    script.traced({"posted": script.on(day)}, day=day)


@case(CASH, M.DATE)
def _(script: Script) -> None:
    early = script.on(-script.chance.randint(2, 8))
    script.traced({"posted": early}, day=script.chance.randint(0, 9))


@case(CASH, M.AMOUNT)
def _(script: Script) -> None:
    script.traced({"amount": usd("1255.00")}, day=script.chance.randint(0, 9))


@case(CASH, M.CURRENCY)
def _(script: Script) -> None:
    script.traced({"amount": EUR}, day=script.chance.randint(0, 9))


@case(CASH, M.VENDOR)
def _(script: Script) -> None:
    script.traced({"text": "LAKESIDE CATERING"}, day=script.chance.randint(0, 9))


@case(CASH, M.ACCOUNT)
def _(script: Script) -> None:
    script.traced({"account_id": "savings"}, day=script.chance.randint(0, 9))


@case(CASH, M.DUPLICATE, "one trace")
def _(script: Script) -> None:
    script.traced({}, {}, day=script.chance.randint(0, 8))


@case(CASH, M.DUPLICATE, "one invoice")
def _(script: Script) -> None:
    day = script.chance.randint(3, 8)
    on = script.on(day)
    script.later.append((script.at(day), lambda sides: ignore(sides.debit(on, line_id="line-7"))))


@case(CASH, M.PARTIAL)
def _(script: Script) -> None:
    script.traced({"amount": usd("500.00")}, {"amount": usd("700.00")}, day=3)


@case(CASH, M.RETURNED, "soon")
def _(script: Script) -> None:
    _returned(script, script.chance.randint(10, 15))


@case(CASH, M.RETURNED, "after the proof")
def _(script: Script) -> None:
    _returned(script, script.chance.randint(18, 27))


def _returned(script: Script, day: int) -> None:
    on = script.on(day)
    fields = {"line_id": "line-9", "amount": usd("-1250.00"), "text": "ACH RETURN ACME SUPPLIES"}
    script.later.append((script.at(day), lambda sides: ignore(sides.debit(on, **fields))))


def play(sides: Sides, script: Script) -> None:
    """Everything happens in its time, and is looked at half an hour later at the latest."""
    for happening in script.first:
        happening(sides)
    happenings = [*script.rail, *script.ledger, *script.cash, *script.later]
    _run(sides, sorted(happenings, key=lambda one: one[0]), script)
    sides.reach(script.at(SETTLED_DAYS))


def mend(sides: Sides, script: Script) -> None:
    """It is put right, and looked at."""
    _run(sides, script.mended, script)


def _run(sides: Sides, happenings: list[tuple[datetime, Happening]], script: Script) -> None:
    for at, happening in happenings:
        sides.reach(at)
        happening(sides)
        sides.reach(at + timedelta(minutes=script.chance.uniform(16, 46)))
