"""The same movement of money, seen by the bank's feed and in a statement: which line is which.

Both sources of one account are compared by equal amounts. Lines of one day are the same as many
times as both have them; texts only decide which goes with which. Days apart, the statement must
cover the feed's day and have nothing else for it, and their texts must have a word in common: the
same amount to the same payee every day is as many movements. With one of the two only a person can
tell.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from rowcol.domain.facts import BankLine
from rowcol.domain.statements.identity import folded

# A feed may show a line on the day it was made, the bank books it up to a long weekend later.
DAYS_APART_MAX = 4
# Among more lines of one amount and day, texts are not compared each with each.
COMPARED_MAX = 100
_APART = range(1, DAYS_APART_MAX + 1)
_WORD = re.compile(r"[A-Z]{4,}")
# Words of every bank's every line.
_COMMON = frozenset(
    {
        *("CHECK", "DEBIT", "CREDIT", "PAYMENT", "TRANSFER", "DEPOSIT", "WITHDRAWAL", "ONLINE"),
        *("PURCHASE", "CARD", "BANK", "FROM", "TRANSACTION", "CORP", "COMPANY"),
    }
)


@dataclass(frozen=True, slots=True)
class Twins:
    """`sure`: id of a statement's line to that of the feed's. `unsure`: pairs a person must judge.

    No id stands in two pairs.
    """

    sure: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)


Covers = Callable[[str, date], bool]


def twins_of(
    of_statement: Iterable[BankLine], of_feed: Iterable[BankLine], covers: Covers
) -> Twins:
    """Pairs of lines that are the same movement; each line in one pair at most.

    `covers`: whether statements tell all of an account's day. Nearest days first, then the order of
    days and ids, so that equal input gives equal pairs.
    """
    feed = _by_place(of_feed)
    sure: dict[str, str] = {}
    left = _of_one_day(of_statement, feed, sure)
    for days in _APART:
        for least in (3, 2, 1):
            left = _paired(left, feed, sure, Fit((days, -days), least, covers))
    unsure: dict[str, str] = {}
    for days in _APART:
        for fit in (Fit((days, -days), 1, None), Fit((days, -days), 0, covers)):
            left = _paired(left, feed, unsure, fit)
    return Twins(sure, unsure)


def same_day_pairs(lines: Iterable[BankLine], others: Iterable[BankLine]) -> dict[str, str]:
    """Ids of lines to those of others of the same account, day and amount: one to one, the most
    alike first. Two with other check numbers are never one.
    """
    pairs: dict[str, str] = {}
    _of_one_day(lines, _by_place(others), pairs)
    return pairs


def _of_one_day(lines: Iterable[BankLine], free: _Free, pairs: dict[str, str]) -> list[BankLine]:
    """Takes what is of one day; what is left of `lines` and has a free amount is given."""
    amounts = {(account, minor) for account, _, minor, _ in free}
    left = sorted(
        (line for line in lines if (line.account_id, line.amount.minor) in amounts),
        key=lambda line: (line.posted_on, line.line_id),
    )
    for least in (3, 2, 1, 0):
        left = _paired(left, free, pairs, Fit((0,), least, None))
    return left


@dataclass(frozen=True, slots=True)
class Fit:
    """Which lines of the feed may be taken: how far away, how like, on covered days."""

    days: tuple[int, ...]
    likeness: int
    covers: Covers | None


_Place = tuple[str, str, int, date]
_Free = dict[_Place, list[BankLine]]


def _by_place(lines: Iterable[BankLine]) -> _Free:
    free: _Free = defaultdict(list)
    for line in sorted(lines, key=lambda each: each.line_id):
        free[_place(line, line.posted_on)].append(line)
    return free


def _place(line: BankLine, day: date) -> _Place:
    return line.account_id, line.amount.currency, line.amount.minor, day


def _paired(
    lines: Sequence[BankLine], feed: _Free, pairs: dict[str, str], fit: Fit
) -> list[BankLine]:
    """Takes what fits; what is left of `lines` is given."""
    left: list[BankLine] = []
    for line in lines:
        found = _fitting(line, feed, fit)
        if found is None:
            left.append(line)
        else:
            pairs[line.line_id] = found.line_id
    return left


def _fitting(line: BankLine, feed: _Free, fit: Fit) -> BankLine | None:
    """The first free line of the feed that fits; it is free no more."""
    for away in fit.days:
        day = line.posted_on + timedelta(away)
        free = feed.get(_place(line, day))
        if not free or (fit.covers is not None and not fit.covers(line.account_id, day)):
            continue
        for at, other in enumerate(free[:COMPARED_MAX]):
            if likeness(line, other) >= fit.likeness:
                return free.pop(at)
    return None


def likeness(line: BankLine, other: BankLine) -> int:
    """3: the same reference or check; 2: the same text; 1: a word in common; 0: nothing.

    -1: another check, so that they are two whatever else they say.
    """
    if line.check_number and other.check_number:
        return 3 if _number(line.check_number) == _number(other.check_number) else -1
    if line.reference is not None and line.reference == other.reference:
        return 3
    one, two = folded(line.text), folded(other.text)
    if one == two:
        return 2
    return int(bool((_words(one) & _words(two)) - _COMMON))


def _number(check: str) -> str:
    return check.strip().lstrip("0")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))
