"""Money that leaves: through Ramp, by check, by wire, by the vendor's own pull."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.cash_world import texts
from tests.support.cash_world.aggregates import open_bill, paid_by_rail, recorded
from tests.support.cash_world.names import Business
from tests.support.cash_world.world import LAST, World, later


def fill(world: World, share: float) -> None:
    """Everything that has lines; `share` of what 2,000 lines hold."""
    for _ in range(int(250 * share)):
        _by_rail(world)
    for _ in range(int(20 * share)):
        _shared(world)
        _batch(world)
    for _ in range(int(10 * share)):
        _split(world)
        _twins(world)
        _strangers(world)
    for _ in range(int(90 * share)):
        _check(world)
    for _ in range(int(15 * share)):
        _wire(world)
    for _ in range(int(150 * share)):
        _outside(world)
    for _ in range(int(15 * share)):
        _statement(world)


def unpaid(world: World, count: int) -> None:
    """Payments on their way and bills nobody has paid."""
    for place in range(count):
        vendor = world.chance.choice(world.vendors)
        if place % 4 == 0:
            _payment(world, vendor, world.amount(), world.day(LAST - timedelta(days=12)))
        else:
            issued = world.day()
            _bill(world, vendor, world.amount(), issued)


def _number(world: World) -> str:
    chance = world.chance
    shape = chance.choice(("INV-{}", "{}", "2026-{}", "A{}"))
    return shape.format(chance.randint(1000, 999_999))


def _trace(world: World) -> str:
    return "0210" + "".join(world.chance.choice("0123456789") for _ in range(11))


def _payment(
    world: World, vendor: Business, minor: int, day: date, **how: str | int | None
) -> tuple[str, str | None]:
    """A Ramp payment; gives its group and its trace id."""
    chance = world.chance
    name = world.name("pay")
    group, total = how.get("group"), how.get("total")
    trace = _trace(world) if chance.random() < 0.7 else None
    if "trace" in how:
        trace = str(how["trace"]) if how["trace"] else None
    world.payments.append(
        paid_by_rail(
            name, vendor, minor, day, _number(world), trace,
            group=str(group) if group else None, total_minor=int(total) if total else None,
        )
    )  # fmt: skip
    return str(group) if group else f"rp-{name}", trace


def _posted(world: World, day: date) -> date:
    """When Ramp's debit is posted: mostly soon, once in fifty after the promised days."""
    way = world.chance.random()
    found = later(day, 0 if way < 0.3 else 1 if way < 0.75 else 2 if way < 0.92 else 4)
    found = later(found, 4) if way > 0.98 else found
    while not found <= LAST:
        found = later(found, -1)
    return found


def _reference(world: World, trace: str | None) -> str | None:
    """What the bank shows as reference: the trace, its own number, a trace of its own, nothing."""
    way = world.chance.random()
    if trace is not None and way < 0.6:
        return trace
    if way > 0.985:
        return _trace(world)
    return f"{world.chance.randint(10**6, 10**7)}" if way > 0.8 else None


def _by_rail(world: World) -> None:
    chance, vendor = world.chance, world.chance.choice(world.vendors)
    minor, day = world.amount(), world.day(last=LAST - timedelta(days=8))
    group, trace = _payment(world, vendor, minor, day)
    text = texts.by_rail(chance, vendor, named=chance.random() < 0.7)
    reference = _reference(world, trace)
    posted = _posted(world, day)
    line = world.post(text, minor, posted, "rail", reference=reference)
    world.truth("rail", [line], [group])
    if chance.random() < 0.02:
        world.post(text, minor, later(posted, 1), "duplicate")


def _shared(world: World) -> None:
    """Several bills of one vendor in one payment of Ramp's."""
    vendor, day = world.chance.choice(world.vendors), world.day(last=LAST - timedelta(days=8))
    parts = [world.amount() for _ in range(world.chance.randint(2, 5))]
    group, trace = world.name("rp-shared"), _trace(world)
    for part in parts:
        _payment(world, vendor, part, day, group=group, total=sum(parts), trace=trace)
    text = texts.by_rail(world.chance, vendor, named=world.chance.random() < 0.6)
    reference = _reference(world, trace)
    line = world.post(text, sum(parts), _posted(world, day), "rail-shared", reference=reference)
    world.truth("rail-shared", [line], [group])


def _batch(world: World) -> None:
    """Payments to several vendors that the bank posts as one total."""
    day = world.day(last=LAST - timedelta(days=8))
    count = world.chance.randint(2, 5)
    vendors = world.chance.sample(world.vendors, count)
    parts = [(vendor, world.amount()) for vendor in vendors]
    groups = [_payment(world, vendor, minor, day)[0] for vendor, minor in parts]
    text = texts.by_rail(world.chance, vendors[0], named=False)
    line = world.post(text, sum(minor for _, minor in parts), _posted(world, day), "rail-batch")
    world.truth("rail-batch", [line], groups)


def _split(world: World) -> None:
    """One payment that left in parts."""
    vendor, day = world.chance.choice(world.vendors), world.day(last=LAST - timedelta(days=8))
    minor = world.amount() + 100_000
    group, _ = _payment(world, vendor, minor, day)
    first = minor * world.chance.randint(30, 70) // 100
    text = texts.by_rail(world.chance, vendor, named=True)
    lines = [
        world.post(text, part, _posted(world, day), "split") for part in (first, minor - first)
    ]
    world.truth("split", lines, [group])


def _twins(world: World) -> None:
    """The same amount to the same vendor, days apart."""
    vendor, minor = world.chance.choice(world.vendors), world.amount()
    day = world.day(last=LAST - timedelta(days=20))
    for start in (day, later(day, world.chance.randint(1, 5))):
        group, trace = _payment(world, vendor, minor, start)
        text = texts.by_rail(world.chance, vendor, named=world.chance.random() < 0.7)
        reference = _reference(world, trace)
        line = world.post(text, minor, later(start, 1), "twin", reference=reference)
        world.truth("twin", [line], [group])


def _strangers(world: World) -> None:
    """The same amount to two vendors in the same days."""
    minor, day = world.amount(), world.day(last=LAST - timedelta(days=8))
    for vendor in world.chance.sample(world.vendors, 2):
        group, trace = _payment(world, vendor, minor, day)
        text = texts.by_rail(world.chance, vendor, named=world.chance.random() < 0.5)
        reference = _reference(world, trace)
        line = world.post(text, minor, _posted(world, day), "stranger", reference=reference)
        world.truth("stranger", [line], [group])


def _check(world: World) -> None:
    chance, vendor = world.chance, world.chance.choice(world.vendors)
    minor, day = world.amount(), world.day(last=LAST - timedelta(days=30))
    number = str(chance.randint(1001, 9899))
    name = world.name("rec")
    told = number if chance.random() < 0.85 else None
    world.payments.append(recorded(name, vendor, minor, day, method="CHECK", reference=told))
    cashed = later(day, chance.randint(2, 15))
    shown = number if chance.random() < 0.8 else None
    line = world.post(texts.check(chance, number), minor, cashed, "check", check=shown)
    world.truth("check", [line], [name])


def _wire(world: World) -> None:
    """A wire that somebody recorded; sometimes the bank took its fee out of the same line."""
    chance, vendor = world.chance, world.chance.choice(world.vendors)
    minor, day = world.amount() + 500_000, world.day(last=LAST - timedelta(days=8))
    name = world.name("rec")
    world.payments.append(recorded(name, vendor, minor, day, method="WIRE", reference=None))
    fee = chance.choice((0, 0, 0, 2_500, 3_000))
    line = world.post(texts.direct(chance, vendor, None), minor + fee, day, "wire")
    world.truth("wire", [line], [name])


def _bill(world: World, vendor: Business, minor: int, issued: date) -> tuple[str, str, date]:
    name, number = world.name("bill"), _number(world)
    due = issued + timedelta(days=world.chance.choice((10, 15, 30, 30, 45)))
    world.bills.append(open_bill(name, vendor, minor, issued, due, number))
    return f"bill-{name}", number, due


def _outside(world: World) -> None:
    """A bill that somebody paid without Ramp."""
    chance, vendor = world.chance, world.chance.choice(world.vendors)
    issued = world.day(last=LAST - timedelta(days=40))
    minor = world.amount()
    group, number, due = _bill(world, vendor, minor, issued)
    paid = later(due, chance.randint(-8, 6))
    way = chance.random()
    seen = minor + (minor * 3 // 100 if way > 0.96 else -minor * 2 // 100 if way > 0.92 else 0)
    shown = number if chance.random() < 0.25 else None
    line = world.post(texts.direct(chance, vendor, shown), seen, min(paid, LAST), "outside")
    world.truth("outside", [line], [group])


def _statement(world: World) -> None:
    """A vendor pulls the sum of several bills."""
    chance, vendor = world.chance, world.chance.choice(world.vendors)
    issued = world.day(last=LAST - timedelta(days=45))
    total, groups, last = 0, [], issued
    for _ in range(chance.randint(2, 5)):
        minor = world.amount()
        group, _, due = _bill(world, vendor, minor, issued)
        total, last = total + minor, max(last, due)
        groups.append(group)
    day = min(later(last, chance.randint(-5, 3)), LAST)
    line = world.post(texts.direct(chance, vendor, None), total, day, "vendor-statement")
    world.truth("vendor-statement", [line], groups)
