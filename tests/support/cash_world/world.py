"""A labelled bank: open items of a client, lines of its accounts, and whose each line truly is.

Made from a seed alone, and of nothing that the matcher is made of: names, texts, days and amounts
are drawn here. Never kinder than banks are: names are cut off or others', totals of many payments
are one line, fees are taken, amounts repeat, and half the lines belong to nothing here.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.wanted import OpenItem
from rowcol.domain.facts import BankLine
from rowcol.domain.invoice import Invoice
from rowcol.domain.payment import Payment
from rowcol.service.cash_matches.open_items import of_any_payment
from rowcol.service.cash_matches.wants import of_invoice, of_open_bill
from tests.support.cash_world.aggregates import usd
from tests.support.cash_world.names import Business

FIRST, LAST = date(2026, 8, 3), date(2026, 11, 20)
ACCOUNTS = ("operating-1", "operating-2")
_CLOSED = {date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11)}


@dataclass(frozen=True)
class Truth:
    """Lines and items of one movement: by line ids and by the items' groups."""

    kind: str
    lines: frozenset[str]
    groups: frozenset[str]


@dataclass
class World:
    """Everything of one seed."""

    chance: random.Random
    vendors: tuple[Business, ...]
    customers: tuple[Business, ...]
    payments: list[Payment] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    lines: list[BankLine] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    _counter: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    def name(self, prefix: str) -> str:
        """A fresh id."""
        return f"{prefix}-{next(self._counter):05d}"

    def day(self, first: date = FIRST, last: date = LAST) -> date:
        """A bank day."""
        while True:
            found = first + timedelta(days=self.chance.randint(0, (last - first).days))
            if is_open(found):
                return found

    def amount(self) -> int:
        """Cents: mostly some hundreds of dollars, sometimes a round sum that others ask too."""
        chance = self.chance
        way = chance.random()
        if way < 0.12:
            return chance.choice((250, 500, 750, 1000, 1200, 1500, 2000, 2500, 5000)) * 100
        if way < 0.2:
            return chance.randint(5, 400) * 1000
        return max(1_500, int(chance.lognormvariate(11.0, 1.1)))

    def post(self, text: str, minor: int, day: date, kind: str, **fields: str | None) -> str:
        """A line at the bank; money out is above zero. Gives its id."""
        name = self.name("line")
        reference = fields.get("reference")
        account = fields.get("account") or ACCOUNTS[0]
        self.lines.append(
            BankLine(
                name, account, usd(minor), day, False, text, reference, fields.get("check"), None
            )
        )
        self.kinds[name] = kind
        return name

    def truth(self, kind: str, lines: Iterable[str], groups: Iterable[str]) -> None:
        """These lines are these items' money."""
        self.truths.append(Truth(kind, frozenset(lines), frozenset(groups)))

    def items(self) -> list[OpenItem]:
        """All open items as the product sees them, each group once."""
        found = [of_any_payment(payment) for payment in self.payments]
        found += [of_open_bill(bill, None) for bill in self.bills]
        found += [of_invoice(invoice, None) for invoice in self.invoices]
        groups: dict[str, OpenItem] = {}
        for item in found:
            if item is not None:
                groups.setdefault(item.group, item)
        return list(groups.values())


def is_open(day: date) -> bool:
    """Whether banks post on a day."""
    return day.weekday() < 5 and day not in _CLOSED


def later(day: date, bank_days: int) -> date:
    """So many bank days later; before, when negative."""
    step = timedelta(days=1 if bank_days >= 0 else -1)
    left = abs(bank_days)
    while left:
        day += step
        left -= is_open(day)
    return day
