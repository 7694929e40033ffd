"""How well a bank line fits what is waited for: features, their weights, and a score of 0 to 1000.

A score only orders what people are shown. Nothing is ever confirmed for its score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rowcol.domain.cash_matching.clues import Aliases, says_nothing
from rowcol.domain.cash_matching.text import (
    APART,
    FULL,
    line_kind,
    names_clearly,
    naming,
    normalised,
    tokens,
)
from rowcol.domain.cash_matching.wanted import OpenItem, Wanted, names_invoice, same_check
from rowcol.domain.facts import BankLine

DAYS_WITHOUT_VALUE = 30


class Form(StrEnum):
    """How many lines stand against how many items."""

    ONE = "1:1"
    BATCH = "n:1"
    SPLIT = "1:n"


class FeatureName(StrEnum):
    """What is looked at."""

    AMOUNT = "amount"
    NAME = "name"
    NUMBER = "number"
    DATE = "date"
    ACCOUNT = "account"
    FORM = "form"


WEIGHTS = {
    FeatureName.AMOUNT: 30,
    FeatureName.NAME: 30,
    FeatureName.NUMBER: 12,
    FeatureName.DATE: 10,
    FeatureName.ACCOUNT: 6,
    FeatureName.FORM: 12,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing looked at: its weight in percent, its value of 0 to 1000, and why in words."""

    name: FeatureName
    weight: int
    value: int
    words: str


def score_of(features: Sequence[Feature]) -> int:
    """The weighted mean, 0 to 1000."""
    return sum(feature.weight * feature.value for feature in features) // 100


def features_of(
    items: Sequence[OpenItem],
    lines: Sequence[BankLine],
    allowed: int,
    form: Form,
    form_value: int,
    aliases: Aliases,
) -> tuple[Feature, ...]:
    """Each feature of items against lines; `allowed`: the tolerance for them, in minor units."""
    return (
        _amount(items, lines, allowed),
        _weakest(FeatureName.NAME, [_name(item.wanted, lines, aliases) for item in items]),
        _weakest(FeatureName.NUMBER, [_number(item.wanted, lines) for item in items]),
        _weakest(FeatureName.DATE, [_date(item.wanted, lines) for item in items]),
        _weakest(FeatureName.ACCOUNT, [_account(item.wanted, lines) for item in items]),
        _feature(FeatureName.FORM, form_value, f"{len(lines)} lines, {len(items)} items: {form}"),
    )


Valued = tuple[int, str]


def _feature(name: FeatureName, value: int, words: str) -> Feature:
    return Feature(name, WEIGHTS[name], value, words)


def _weakest(name: FeatureName, values: Sequence[Valued]) -> Feature:
    """The mean of several items, told in the words of the weakest."""
    value, words = sum(value for value, _ in values) // len(values), min(values)[1]
    return _feature(name, value, words)


def _amount(items: Sequence[OpenItem], lines: Sequence[BankLine], allowed: int) -> Feature:
    wanted = sum(item.wanted.amount.minor for item in items)
    seen = sum(line.amount.minor for line in lines)
    off = abs(seen - wanted)
    if off == 0:
        return _feature(FeatureName.AMOUNT, FULL, "the exact amount")
    value = max(0, FULL * 7 // 10 - FULL * 4 // 10 * off // max(1, allowed))
    words = f"differs by {off} minor units of {allowed} allowed"
    return _feature(FeatureName.AMOUNT, value, words)


def _name(wanted: Wanted, lines: Sequence[BankLine], aliases: Aliases) -> Valued:
    return min(_name_on(wanted, line, aliases) for line in lines)


def _name_on(wanted: Wanted, line: BankLine, aliases: Aliases) -> Valued:
    known = aliases.get(normalised(line.text))
    if known is not None and known == wanted.party_id:
        return FULL, f"this text was {wanted.vendor_name}'s before"
    found = naming(wanted.vendor_name, line.text)
    if names_clearly(wanted.vendor_name, line.text):
        return max(found, FULL * 8 // 10), f"the text names {wanted.vendor_name}"
    if found > 0:
        words = f"the text has words of {wanted.vendor_name} and others"
        return found * 6 // 10, words
    if wanted.by_rail and "ramp" in tokens(line.text):
        return FULL * 6 // 10, "the text names Ramp, which pays it"
    if known is not None:
        return 0, "the text was another party's before"
    kind = line_kind(line.text)
    if kind in APART and not wanted.any_text:
        return 0, f"the text speaks of {kind.value}"
    if says_nothing(line):
        return FULL * 45 // 100, "the text names nobody"
    return FULL // 10, f"the text does not name {wanted.vendor_name}"


def _number(wanted: Wanted, lines: Sequence[BankLine]) -> Valued:
    check = [same_check(wanted.check_number, line) for line in lines]
    if True in check:
        return FULL, f"check {wanted.check_number}"
    if False in check:
        return 0, f"another check than {wanted.check_number}"
    if any(names_invoice(line, wanted.invoice_number) for line in lines):
        return FULL, f"the text names {wanted.invoice_number}"
    return FULL * 4 // 10, "no document or check number to compare"


def _date(wanted: Wanted, lines: Sequence[BankLine]) -> Valued:
    days = max(_days_outside(wanted, line.posted_on) for line in lines)
    posted = ", ".join(str(day) for day in sorted({line.posted_on for line in lines}))
    if days == 0:
        return FULL, f"{posted} is within {wanted.first}..{wanted.last}"
    value = max(0, FULL * 6 // 10 * (DAYS_WITHOUT_VALUE - days) // DAYS_WITHOUT_VALUE)
    return value, f"{posted} is {days} days outside {wanted.first}..{wanted.last}"


def _days_outside(wanted: Wanted, day: date) -> int:
    return max((wanted.first - day).days, (day - wanted.last).days, 0)


def _account(wanted: Wanted, lines: Sequence[BankLine]) -> Valued:
    if wanted.account_id is None:
        return FULL * 8 // 10, "no account was expected"
    if all(line.account_id == wanted.account_id for line in lines):
        return FULL, "the expected account"
    return 0, "another account than expected"
