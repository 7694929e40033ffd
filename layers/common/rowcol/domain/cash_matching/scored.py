"""Scored candidates of a bank line: one to one, several items in one line, one item in several.

They are proposals. Searches for sums are bounded; a line whose search was cut short says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from rowcol.domain.cash_matching.candidate import (
    PROPOSED_FROM,
    SHOWN_FROM,
    TIE_WITHIN,
    Candidates,
    MatchCandidate,
)
from rowcol.domain.cash_matching.exact import evidence, says_nothing
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.score import DAYS_WITHOUT_VALUE, Form, features_of, score_of
from rowcol.domain.cash_matching.sums import Sums, adding_up
from rowcol.domain.cash_matching.text import FULL, tokens
from rowcol.domain.cash_matching.wanted import OpenItem, names_invoice
from rowcol.domain.facts import BankLine

# How many items or lines a search for sums looks at, and how many it puts together.
POOL_OF_PARTY, SIZE_OF_PARTY = 16, 8
POOL_OF_DAYS, SIZE_OF_DAYS = 40, 4
POOL_OF_LINES, SIZE_OF_LINES = 12, 4
SLACK = timedelta(days=15)
_ONE, _WHOLE, _SAME_PARTY, _PARTS, _AMBIGUOUS = FULL, 900, 850, 650, 350


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


def propose(pool: Pool) -> tuple[tuple[MatchCandidate, ...], frozenset[str]]:
    """The best proposals for all lines together, no line and no item twice.

    And ids of the lines whose search was cut short. Marked as a tie: a proposal beside which
    another one fits as well.
    """
    every: dict[str, MatchCandidate] = {}
    cut: set[str] = set()
    for line in pool.lines:
        of_line = candidates(pool, line)
        if of_line.gave_up:
            cut.add(line.line_id)
        for one in of_line.found:
            if one.score >= PROPOSED_FROM:
                every[one.id] = replace(one, tie=one.tie or (one.id in every and every[one.id].tie))
    ordered = sorted(every.values(), key=lambda one: one.order)
    used: dict[str, int] = {}
    chosen: list[MatchCandidate] = []
    for one in ordered:
        names = (*one.line_ids, *(str(target) for target in one.targets))
        rivals = [used[name] for name in names if name in used]
        if not rivals:
            used |= dict.fromkeys(names, len(chosen))
            chosen.append(one)
            continue
        for place in rivals:
            if chosen[place].score - one.score <= TIE_WITHIN:
                chosen[place] = replace(chosen[place], tie=True)
    return tuple(chosen), frozenset(cut)


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
    for item in pool.near(line):
        if not _timely(item, line.posted_on, slack):
            continue
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
        for whole in _whole_days(mine, line):
            found.append(_candidate(pool, whole, (line,), Form.BATCH, _WHOLE))
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


def _whole_days(items: Sequence[OpenItem], line: BankLine) -> Iterable[list[OpenItem]]:
    """All items expected on one day, where they make the line's total."""
    for day in sorted({item.expected_on for item in items}):
        whole = [item for item in items if item.expected_on == day]
        if len(whole) > 1 and sum(item.wanted.amount.minor for item in whole) == line.amount.minor:
            yield whole


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
