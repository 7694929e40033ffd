"""Money that comes: from customers by ACH, wire and paper; recorded, invoiced, or sent back."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.cash_world import texts
from tests.support.cash_world.aggregates import open_invoice, recorded
from tests.support.cash_world.names import Business
from tests.support.cash_world.world import LAST, World, later


def fill(world: World, share: float) -> None:
    """Everything that has lines; `share` of what 2,000 lines hold."""
    for _ in range(int(260 * share)):
        _paid(world)
    for _ in range(int(25 * share)):
        _deposit(world)
    for _ in range(int(25 * share)):
        _remittance(world)
    for _ in range(int(15 * share)):
        _carried(world)
    for _ in range(int(12 * share)):
        _retainers(world)
    for _ in range(int(30 * share)):
        _record(world)
    for _ in range(int(15 * share)):
        _returned(world)


def unpaid(world: World, count: int) -> None:
    """Invoices that wait."""
    for _ in range(count):
        _invoice(world, world.chance.choice(world.customers), world.amount(), world.day())


def _invoice(world: World, customer: Business, minor: int, issued: date) -> tuple[str, str, date]:
    name = world.name("i")
    number = f"INV-{world.chance.randint(10_000, 99_999)}"
    due = issued + timedelta(days=world.chance.choice((15, 30, 30, 45)))
    world.invoices.append(open_invoice(name, customer, minor, issued, due, number))
    return f"invoice-inv-{name}", number, due


def _when(world: World, due: date) -> date:
    """Customers pay around the due date, many late."""
    found = later(due, world.chance.choice((-6, -3, -1, 0, 1, 2, 4, 7, 12, 20)))
    return min(found, LAST)


def _paid(world: World) -> None:
    chance, customer = world.chance, world.chance.choice(world.customers)
    issued, minor = world.day(last=LAST - timedelta(days=50)), world.amount()
    group, number, due = _invoice(world, customer, minor, issued)
    way = chance.random()
    seen = minor
    if way > 0.96:
        seen = minor - chance.choice((1_500, 2_500, 3_000))
    elif way > 0.93:
        seen = minor * 98 // 100
    shown = number if chance.random() < 0.3 else None
    text = texts.received(chance, customer, shown)
    line = world.post(text, -max(seen, 100), _when(world, due), "invoice")
    world.truth("invoice", [line], [group])


def _deposit(world: World) -> None:
    """One check that the text says nothing of."""
    customer = world.chance.choice(world.customers)
    issued, minor = world.day(last=LAST - timedelta(days=50)), world.amount()
    group, _, due = _invoice(world, customer, minor, issued)
    line = world.post(texts.deposit(world.chance), -minor, _when(world, due), "deposit")
    world.truth("deposit", [line], [group])


def _remittance(world: World) -> None:
    """A customer pays several invoices at once."""
    chance, customer = world.chance, world.chance.choice(world.customers)
    issued = world.day(last=LAST - timedelta(days=60))
    total, groups, last = 0, [], issued
    for _ in range(chance.randint(2, 5)):
        minor = world.amount()
        group, _, due = _invoice(world, customer, minor, min(later(issued, 4), LAST))
        total, last = total + minor, max(last, due)
        groups.append(group)
    text = texts.received(chance, customer, None)
    line = world.post(text, -total, _when(world, last), "remittance")
    world.truth("remittance", [line], groups)


def _carried(world: World) -> None:
    """Checks of several customers in one deposit."""
    chance = world.chance
    issued = world.day(last=LAST - timedelta(days=50))
    total, groups, last = 0, [], issued
    for customer in chance.sample(world.customers, chance.randint(2, 4)):
        minor = world.amount()
        group, _, due = _invoice(world, customer, minor, issued)
        total, last = total + minor, max(last, due)
        groups.append(group)
    day = min(later(last, chance.randint(-2, 4)), LAST)
    line = world.post(texts.deposit(chance), -total, day, "carried")
    world.truth("carried", [line], groups)


def _retainers(world: World) -> None:
    """The same sum every month; the oldest are paid."""
    chance, customer = world.chance, world.chance.choice(world.customers)
    minor, month = world.amount(), date(2026, 8, 3)
    for place in range(3):
        group, number, due = _invoice(world, customer, minor, month)
        month += timedelta(days=30)
        if place < 2:
            shown = number if chance.random() < 0.3 else None
            text = texts.received(chance, customer, shown)
            day = min(later(due, chance.randint(-2, 5)), LAST)
            line = world.post(text, -minor, day, "retainer")
            world.truth("retainer", [line], [group])


def _record(world: World) -> None:
    """A customer's payment that somebody entered."""
    customer = world.chance.choice(world.customers)
    minor, day = world.amount(), world.day(last=LAST - timedelta(days=8))
    name = world.name("rec")
    made = recorded(name, customer, minor, day, method="ACH", reference=None, money_in=True)
    world.payments.append(made)
    text = texts.received(world.chance, customer, None)
    line = world.post(text, -minor, later(day, world.chance.randint(0, 3)), "received")
    world.truth("received", [line], [name])


def _returned(world: World) -> None:
    """A debit that came back, of something that is nobody's here."""
    minor, day = world.amount(), world.day(last=LAST - timedelta(days=8))
    text = f"ACH DEBIT {world.chance.randint(10**8, 10**9)}"
    world.post(text, minor, day, "noise-other")
    world.post(
        f"RETURN OF POSTED ITEM R0{world.chance.randint(1, 4)}", -minor, later(day, 2), "return"
    )
