"""Made-up businesses, many of whose names begin or end alike; and what their banks call them."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FIRST = """
Summit Lakeside Harbor Cedar Maple Granite Bluebird Evergreen Pioneer Northgate
Riverbend Oakwood Sterling Beacon Horizon Crescent Ironwood Juniper Keystone
Liberty Meridian Noble Orchard Pacific Quarry Redwood Sandstone Timber Union
Valley Westfield Yellowstone Zephyr Alder Birch Copper Dogwood Ember Falcon
Glacier
"""
_SECOND = (
    "Catering Printing Plumbing Electric Logistics Roofing Cleaning Consulting Supply Foods Freight"
    " Landscaping Media Dental Insurance Staffing Security Hardware Packaging Textiles Brewing"
    " Robotics Analytics Interiors Glassworks Legal Signs Waste Motors Coffee"
)
_FORMS = ("LLC", "Inc", "Inc.", "Co", "Group", "& Sons", "Partners", "", "", "Services LLC", "Corp")
_PEOPLE = ("Ortega", "Lindqvist", "Mbeki", "Castellano", "Novak", "Farrow", "Haldane", "Okafor")


@dataclass(frozen=True)
class Business:
    """A party: our id, its name in the books, what the bank prints, and whether that is related."""

    id: str
    name: str
    printed: str
    trades_as_another: bool


def businesses(
    chance: random.Random, kind: str, count: int, foreign: float
) -> tuple[Business, ...]:
    """`foreign`: what share of them is called something else at the bank."""
    first, second = _FIRST.split(), _SECOND.split()
    seen: set[str] = set()
    found: list[Business] = []
    while len(found) < count:
        if chance.random() < 0.12:
            words = f"{chance.choice(_PEOPLE)} {chance.choice(second)}"
        else:
            words = f"{chance.choice(first)} {chance.choice(second)}"
        name = f"{words} {chance.choice(_FORMS)}".strip()
        if words in seen:
            continue
        seen.add(words)
        another = chance.random() < foreign
        printed = _another(chance) if another else name
        found.append(Business(f"{kind}{len(found):04d}", name, printed, another))
    return tuple(found)


def _another(chance: random.Random) -> str:
    """A holding, a processor's customer or a family's name: nothing of the name in the books."""
    letters = "BCDFGHJKLMNPRSTVWZ"
    stem = "".join(chance.choice(letters) + chance.choice("AEIOU") for _ in range(3))
    tail = chance.choice(("HOLDCO", "ENTERPR", "VENTURES", "TRADING", "MGMT", "INTL"))
    return f"{stem} {tail}"


def cut(chance: random.Random, name: str) -> str:
    """A name as banks print it: upper case, without marks, cut off, or run together."""
    plain = "".join(letter for letter in name.upper() if letter.isalnum() or letter == " ")
    way = chance.random()
    if way < 0.35:
        return plain[:16].strip()
    if way < 0.6:
        return plain[:22].strip()
    if way < 0.7:
        return plain.replace(" ", "")[:15]
    if way < 0.76:
        head, _, tail = plain.partition(" ")
        return head + " " + "".join(letter for letter in tail if letter not in "AEIOU")
    return plain
