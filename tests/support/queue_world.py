"""Firms with much open work, made of rows as the projection makes them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from rowcol.domain.bill import Bill, Decision, DecisionState
from rowcol.domain.client import Client, Head
from rowcol.domain.facts import RailState
from rowcol.domain.holds import ADMIN_HOLD
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Hold
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Member, Role, Scope
from rowcol.domain.tray import Severity, TrayItem
from rowcol.service.project import BILLS, PAYMENTS, TRAY, payment_facets
from rowcol.service.queue_facts import bill_work, payment_work, tray_work
from rowcol.service.store import Store
from rowcol.service.view_ports import ViewRow
from tests.support.domain.builders import NOW, balance, client, payment, rail_bill, rail_payment

FIRM = "maple"
VENDORS = ("Harbor Dental Supply", "Quill & Pane Office", "Lakeside Catering", "Acme Supplies")
_HOLDS = (Code.BILL_CHANGED, Code.GUARDRAIL_INSUFFICIENT, Code.MISSED_CUTOFF, ADMIN_HOLD)
UNDATED = rail_payment(planned_on=None, effective_on=None)


def client_names(count: int) -> tuple[str, ...]:
    """Ids of so many clients, in order."""
    return tuple(f"client-{number:03d}" for number in range(count))


def register(store: Store, firm: str, names: Iterable[str], now: datetime = NOW) -> None:
    """Clients with an hour-old balance of 10,000.00."""
    for name in names:
        books = store.books(Scope(firm, name))
        known: Client = replace(client(id=name, name=f"The {name}"), version=0)
        seen = balance("10000", observed_at=now - timedelta(hours=1))
        assert books.save(known)
        assert books.save(Head("USD", balance=seen))


def member(store: Store, firm: str, name: str, roles: dict[str, tuple[Role, ...]]) -> None:
    """A person of the firm."""
    assert store.books(Scope(firm)).save(Member(name, 0, roles))


def open_rows(firm: str, names: tuple[str, ...], count: int, seed: int) -> Iterator[ViewRow]:
    """So many rows of open work over these clients, of all kinds that rows have."""
    chance = random.Random(seed)  # noqa: S311  # seeded
    for number in range(count):
        scope = Scope(firm, names[number % len(names)])
        yield _row(scope, f"{number:08x}-1480-5582-ad67-82d4f0ada3ea", number, chance)


def closed_rows(firm: str, names: tuple[str, ...], count: int) -> Iterator[ViewRow]:
    """So many bills that were paid: history, of which nobody is waited for."""
    shown = to_plain(rail_bill(RailState.PAID))
    for number in range(count):
        key = f"paid-{number:06d}"
        row = {"id": key, "rail": shown, "decision": None}
        assert bill_work(row) is None
        yield ViewRow(Scope(firm, names[number % len(names)]), BILLS, key, 1, row)


def _row(scope: Scope, key: str, number: int, chance: random.Random) -> ViewRow:
    day = NOW.date() + timedelta(days=chance.randrange(-20, 40))
    party, minor = chance.choice(VENDORS), chance.randrange(100, 5_000_000)
    decision: Decision | None = None
    match number % 10:
        case 0:
            return _tray(scope, f"payment-pay_{key}-partial", day)
        case 1 | 2:
            return _held(scope, f"pay_{key}", chance.choice(_HOLDS), day, Money(minor, "USD"))
        case 3 | 4 | 5:
            decision = Decision(f"dec_{key[:26]}", DecisionState.STAGED, "ann-advisor", NOW)
        case _:
            pass
    approved = number % 10 != 9
    shown = rail_bill(
        RailState.READY if approved else RailState.AWAITING_APPROVAL,
        bill_id=key,
        approved=approved,
        due_on=day,
        amount=Money(minor, "USD"),
        vendor_name=party,
        payment=UNDATED,
    )
    row = to_plain(Bill(key, 1, shown, decision))
    return ViewRow(scope, BILLS, key, 1, row, None, bill_work(row))


def _held(scope: Scope, key: str, kind: str, day: date, amount: Money) -> ViewRow:
    status = Status.ADMIN_HOLD if kind == ADMIN_HOLD else Status.HOLD
    hold = Hold(kind, "the bill is 1,300.00 USD and was decided at 1,250.00 USD", NOW)
    row = to_plain(payment(status, id=key, hold=hold, pay_on=day, amount=amount))
    return ViewRow(scope, PAYMENTS, key, 1, row, payment_facets(row), payment_work(row))


def _tray(scope: Scope, key: str, day: date) -> ViewRow:
    opened = NOW - timedelta(days=(day - NOW.date()).days % 20)
    subject = key.removesuffix("-partial")
    title = "QuickBooks shows 1,200.00 USD where the bill is 1,250.00 USD"
    item = TrayItem(
        key, 1, subject, "partial", Severity.MEDIUM, title, "1250.00", "1200.00", opened
    )
    row = to_plain(item)
    return ViewRow(scope, TRAY, key, 1, row, None, tray_work(row))
