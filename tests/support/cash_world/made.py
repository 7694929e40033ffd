"""The world of a seed, put together."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.support.cash_world import credits_, debits, texts
from tests.support.cash_world.names import businesses
from tests.support.cash_world.world import ACCOUNTS, FIRST, LAST, World, is_open


def made(seed: int, lines: int = 2_000, items: int = 1_000) -> World:
    """The world of a seed: so many lines and about so many open items."""
    chance = random.Random(seed)  # noqa: S311  # seeded
    world = World(
        chance,
        businesses(chance, "v", 170, 0.18),
        businesses(chance, "c", 110, 0.12),
    )
    share = items / 1_000 * 0.58
    debits.fill(world, share)
    credits_.fill(world, share)
    debits.unpaid(world, max(0, (items - len(world.items())) // 2))
    credits_.unpaid(world, max(0, items - len(world.items())))
    _look_alikes(world, int(40 * share))
    while len(world.lines) < lines:
        kind, text = texts.noise(chance)
        minor = world.amount() * (-1 if kind in ("interest", "stripe") else 1)
        account = ACCOUNTS[chance.random() < 0.2]
        world.post(text, minor, world.day(), f"noise-{kind}", account=account)
    chance.shuffle(world.lines)
    return world


def _look_alikes(world: World, count: int) -> None:
    """Lines of the very amount and time of an open item that are something else."""
    chance = world.chance
    items = world.items()
    for _ in range(count):
        item = chance.choice(items)
        wanted = item.wanted
        day = min(max(item.expected_on + timedelta(days=chance.randint(0, 3)), FIRST), LAST)
        while not is_open(day):
            day -= timedelta(days=1)
        minor = wanted.amount.minor
        if minor < 0:
            text = chance.choice((f"STRIPE DES:TRANSFER ID:ST-{chance.randint(0, 99999)}",
                                  f"{chance.choice(world.customers).printed.upper()} CREDIT",
                                  "ONLINE TRANSFER FROM SAV ...4411"))  # fmt: skip
        else:
            text = texts.noise(chance)[1]
            if chance.random() < 0.3:
                text = f"{chance.choice(world.vendors).printed.upper()} WEB PMT"
        world.post(text, minor, day, "look-alike")
