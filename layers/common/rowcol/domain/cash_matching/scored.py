"""Scored candidates of a bank line: one to one, several items in one line, one item in several.

They are proposals. Searches for sums are bounded; a line whose search was cut short says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from rowcol.domain.cash_matching.candidate import (
    PROPOSED_FROM,
    SHOWN_FROM,
    TIE_WITHIN,
    Candidates,
    MatchCandidate,
    Proposals,
)
from rowcol.domain.cash_matching.clues import evidence, says_nothing
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.score import DAYS_WITHOUT_VALUE, Form, features_of, score_of
from rowcol.domain.cash_matching.strength import matched
from rowcol.domain.cash_matching.sums import Sums, adding_up
from rowcol.domain.cash_matching.text import FULL, tokens
from rowcol.domain.cash_matching.wanted import OpenItem, names_invoice
from rowcol.domain.facts import BankLine

# Of items of about a line's amount so many are looked at: those it names, then the nearest.
NEAR_MAX = 30
# How many items or lines a search for sums looks at, and how many it puts together.
POOL_OF_PARTY, SIZE_OF_PARTY = 16, 8
POOL_OF_DAYS, SIZE_OF_DAYS = 40, 4
POOL_OF_LINES, SIZE_OF_LINES = 12, 4
SLACK = timedelta(days=15)
_ONE, _WHOLE, _SAME_PARTY, _SAME_DAY, _PARTS, _AMBIGUOUS = FULL, 900, 850, 800, 650, 350


def candidates(pool: Pool, line: BankLine) -> Candidates:
    """What a line may be the money of: the best first, in a stable order."""
    found = [_candidate(pool, (item,), (line,), Form.ONE, _ONE) for item in _single(pool, line)]
    batches, cut = _batches(pool, line)
    splits, cut_too = _splits(pool, line)
    every = {one.id: one for one in sorted((*found, *batches, *splits), key=lambda one: one.order)}
    shown = [one for one in every.values() if one.score >= SHOWN_FROM]
    shown = sorted(shown, key=lambda one: one.order)
    if len(shown) > 1 and shown[0].score - shown[1].score <= TIE_WITHIN:
        best = shown[0].score
        shown = [replace(one, tie=best - one.score <= TIE_WITHIN) for one in shown]
    return Candidates(tuple(shown), cut or cut_too)


def propose(pool: Pool, refused: Container[str] = ()) -> Proposals:
    """The best proposals for all lines together, no line and no item twice; matched ones first.

    Marked as a tie: a proposal beside which another one fits as well. `refused`: ids of matches
    that people have said no to.
    """
    every: dict[str, MatchCandidate] = {}
    cut: set[str] = set()
    for line in pool.lines:
        of_line = candidates(pool, line)
        if of_line.gave_up:
            cut.add(line.line_id)
        for one in of_line.found:
            if one.id in refused:
                continue
            every[one.id] = replace(one, tie=one.tie or (one.id in every and every[one.id].tie))
    sure = matched(pool, every, frozenset(cut))
    ordered = sorted(
        (one for one in every.values() if one.score >= PROPOSED_FROM or one.id in sure),
        key=lambda one: (one.id not in sure, one.order),
    )
    used: dict[str, int] = {}
    chosen: list[MatchCandidate] = []
    for one in ordered:
        rivals = [used[name] for name in one.names if name in used]
        if not rivals:
            used |= dict.fromkeys(one.names, len(chosen))
            chosen.append(replace(one, tie=False) if one.id in sure else one)
            continue
        for place in rivals:
            near = chosen[place].score - one.score <= TIE_WITHIN
            if near and chosen[place].id not in sure:
                chosen[place] = replace(chosen[place], tie=True)
    return Proposals(tuple(chosen), sure, frozenset(cut))


def _candidate(
    pool: Pool,
    items: Sequence[OpenItem],
    lines: Sequence[BankLine],
    form: Form,
    form_value: int,
) -> MatchCandidate:
    items = sorted(items, key=lambda item: item.order)
    lines = sorted(lines, key=lambda line: (line.posted_on, line.line_id))
    wanted = sum(item.wanted.amount.minor for item in items)
    allowed = pool.tolerance.allowed(replace(items[0].wanted.amount, minor=wanted))
    features = features_of(items, lines, allowed, form, form_value, pool.aliases)
    return MatchCandidate(
        tuple(line.line_id for line in lines),
        tuple(item.target for item in items),
        form,
        sum(line.amount.minor for line in lines) - wanted,
        score_of(features),
        features,
    )


def _single(pool: Pool, line: BankLine) -> Iterable[OpenItem]:
    slack = timedelta(days=DAYS_WITHOUT_VALUE)
    timely = [item for item in pool.near(line) if _timely(item, line.posted_on, slack)]
    if len(timely) > NEAR_MAX:
        named = pool.parties(line)
        timely.sort(
            key=lambda item: (
                item.party not in named,
                abs((item.expected_on - line.posted_on).days),
                item.order,
            )
        )
    for item in timely[:NEAR_MAX]:
        # An amount that is only near would be near to many: the text must point to this one.
        if item.wanted.amount == line.amount or evidence(item.wanted, line, pool.aliases) > 0:
            yield item


def _timely(item: OpenItem, day: date, slack: timedelta) -> bool:
    return item.wanted.first - slack <= day <= item.wanted.last + slack


def _batches(pool: Pool, line: BankLine) -> tuple[list[MatchCandidate], bool]:
    """Several items in one line: of one party that it names, or of one day when it names none."""
    found: list[MatchCandidate] = []
    cut = False
    named = pool.parties(line)
    for party in named:
        mine = _parts(pool.of_party(party), line, POOL_OF_PARTY)
        slack = pool.tolerance.allowed(line.amount)
        sums = _sums(mine, line, 0, SIZE_OF_PARTY)
        if not sums.found:
            sums = _sums(mine, line, slack, SIZE_OF_PARTY)
        cut |= sums.gave_up
        found += _of_sums(pool, mine, line, sums, _SAME_PARTY)
    if not named and _may_be_many(line):
        every = [item for item in pool.items if item.wanted.by_rail or not _by_rail(line)]
        mine = _parts(every, line, POOL_OF_DAYS)
        for day, value in _days(mine, line):
            sums = _sums(day, line, 0, len(day) if value == _WHOLE else SIZE_OF_PARTY)
            cut |= sums.gave_up
            found += _of_sums(pool, day, line, sums, value)
        if not found:
            sums = _sums(mine, line, 0, SIZE_OF_DAYS)
            cut |= sums.gave_up
            found += _of_sums(pool, mine, line, sums, _PARTS)
    return found, cut


def _by_rail(line: BankLine) -> bool:
    return "ramp" in tokens(line.text)


def _may_be_many(line: BankLine) -> bool:
    """Whether a text without a name may stand for several: a deposit, a rail's own total."""
    return says_nothing(line) or _by_rail(line)


def _parts(items: Iterable[OpenItem], line: BankLine, count: int) -> list[OpenItem]:
    """Items that may be parts of a line: smaller, its way, timely; those named or nearest first."""
    minor = line.amount.minor
    fitting = [
        item
        for item in items
        if (item.wanted.amount.minor > 0) == (minor > 0)
        and abs(item.wanted.amount.minor) < abs(minor)
        and item.wanted.amount.currency == line.amount.currency
        and item.wanted.account_id in (None, line.account_id)
        and _timely(item, line.posted_on, SLACK)
    ]
    fitting.sort(
        key=lambda item: (
            not names_invoice(line, item.wanted.invoice_number),
            abs((item.expected_on - line.posted_on).days),
            item.order,
        )
    )
    return fitting[:count]


def _sums(items: Sequence[OpenItem], line: BankLine, slack: int, size: int) -> Sums:
    total = abs(line.amount.minor)
    amounts = [abs(item.wanted.amount.minor) for item in items]
    return adding_up(amounts, total - slack, total + slack, size_max=size)


def _of_sums(
    pool: Pool, items: Sequence[OpenItem], line: BankLine, sums: Sums, value: int
) -> list[MatchCandidate]:
    value = value if len(sums.found) == 1 else _AMBIGUOUS
    return [
        _candidate(pool, [items[place] for place in subset], (line,), Form.BATCH, value)
        for subset in sums.found
    ]


def _days(items: Sequence[OpenItem], line: BankLine) -> Iterable[tuple[list[OpenItem], int]]:
    """Items expected on one day: all of them, where they make the line's total, else any."""
    by_day: dict[date, list[OpenItem]] = defaultdict(list)
    for item in items:
        by_day[item.expected_on].append(item)
    for _, day in sorted(by_day.items()):
        if len(day) < 2:
            continue
        whole = sum(item.wanted.amount.minor for item in day) == line.amount.minor
        if whole or _by_rail(line):
            yield day, _WHOLE if whole else _SAME_DAY


def _splits(pool: Pool, line: BankLine) -> tuple[list[MatchCandidate], bool]:
    """One item in several lines, of which this is one: all of them point to it by their texts."""
    found: list[MatchCandidate] = []
    cut = False
    minor = line.amount.minor
    for party in pool.parties(line):
        for item in pool.of_party(party):
            wanted = item.wanted
            larger = abs(wanted.amount.minor) > abs(minor) + pool.tolerance.allowed(wanted.amount)
            same_way = (wanted.amount.minor > 0) == (minor > 0)
            if not (larger and same_way and _timely(item, line.posted_on, SLACK)):
                continue
            others = _others(pool, item, line)
            rest = abs(wanted.amount.minor) - abs(minor)
            amounts = [abs(other.amount.minor) for other in others]
            sums = adding_up(amounts, rest, rest, size_min=1, size_max=SIZE_OF_LINES - 1)
            cut |= sums.gave_up
            value = _SAME_PARTY if len(sums.found) == 1 else _AMBIGUOUS
            for subset in sums.found:
                lines = (line, *(others[place] for place in subset))
                found.append(_candidate(pool, (item,), lines, Form.SPLIT, value))
    return found, cut


def _others(pool: Pool, item: OpenItem, line: BankLine) -> list[BankLine]:
    minor = line.amount.minor
    fitting = [
        other
        for other in pool.like(line, item)
        if (other.amount.minor > 0) == (minor > 0)
        and other.amount.currency == line.amount.currency
        and other.account_id == line.account_id
        and _timely(item, other.posted_on, SLACK)
    ]
    fitting.sort(key=lambda other: (abs((other.posted_on - line.posted_on).days), other.line_id))
    return fitting[:POOL_OF_LINES]
