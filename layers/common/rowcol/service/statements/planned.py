"""What each line of a file is to be in the client's books, and what must be asked before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine
from rowcol.domain.scope import key_of
from rowcol.domain.statements.file import (
    Answers,
    Ask,
    AskKind,
    Becomes,
    StatementFile,
)
from rowcol.domain.statements.identity import LineKeys, line_id
from rowcol.domain.statements.importing import Placed, placed
from rowcol.domain.statements.mapping import Span, is_covered
from rowcol.domain.statements.reading import Reading
from rowcol.domain.statements.statement import StatementLine
from rowcol.domain.statements.twins import DAYS_APART_MAX, same_day_pairs, twins_of
from rowcol.service.statements.accounts import ASKED_AT_ONCE, Account, account_of, spans_of
from rowcol.service.statements.known import Held, bank_line, books_of, held_lines
from rowcol.service.store import Books

SAME, SEPARATE = "same", "separate"
EXAMPLES_MAX = 20
TEXT_CHARACTERS_MAX = 500
# As long as any business keeps books: files that claim more are looked at by a person first.
MONTHS_MAX = 300
# The trace id of an ACH entry: 15 digits, named so (ramp contract, section 9).
_TRACE = re.compile(r"TRACE[ #:NOUMBER.]{0,12}(\d{15})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One good row: the account's place in the file, the line there, and what becomes of it.

    `stored` is the line as the books would have it; `twin` the feed's line of the same movement.
    Both None where the account is not known yet, or left out.
    """

    account: int
    line: StatementLine
    becomes: Becomes | None = None
    stored: BankLine | None = None
    keys: LineKeys | None = None
    twin: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """All good rows in the order of the file, its accounts, and what is still to be asked."""

    accounts: tuple[Account, ...]
    lines: tuple[PlannedLine, ...]
    asks: tuple[Ask, ...]


def plan_lines(books: Books, client: Client, file: StatementFile, reading: Reading) -> Planned:
    """Compare a file with the books: reads the stored lines of its months."""
    shared = books_of(books)
    accounts = tuple(
        account_of(client, shared, file, place, statement, len(reading.statements))
        for place, statement in enumerate(reading.statements)
    )
    named = {each.bank_account_id for each in accounts if each.bank_account_id and not each.left}
    days = {line.posted_on for each in accounts for line in each.statement.lines}
    is_first = not named & set(shared.account_ids)
    held = held_lines(books, named, days, is_first=is_first) if named else Held()
    lines = [
        planned
        for place, account in enumerate(accounts)
        for planned in _of_account(place, account, held)
    ]
    asks = [each.ask for each in accounts if each.ask is not None][:ASKED_AT_ONCE]
    lines, perhaps_known = _in_other_words(lines, held, file.answers)
    if perhaps_known and file.answers.same_as_known is None:
        asks.append(_known_ask(perhaps_known, lines))
    spans = (*shared.spans, *spans_of(file.id, accounts))
    linked, unsure = _linked(lines, held, file.answers, spans)
    if unsure and file.answers.same_as_feed is None:
        asks.append(_feed_ask(unsure, lines))
    return Planned(accounts, linked, tuple(asks))


def _of_account(place: int, account: Account, held: Held) -> Iterable[PlannedLine]:
    statement, name = account.statement, account.bank_account_id
    if name is None or account.left:
        becomes = Becomes.LEFT if account.left else None
        return [PlannedLine(place, line, becomes) for line in statement.lines]
    known = held.of_account(name)
    return [
        _planned(place, each, name, statement.currency)
        for each in placed(statement.lines, name, statement.currency, known)
    ]


def _planned(place: int, each: Placed, account_id: str, currency: str) -> PlannedLine:
    line = each.line
    cut = replace(line, description=line.description[:TEXT_CHARACTERS_MAX])
    stored = bank_line(cut, line_id(each.id), account_id, currency, _trace(line))
    becomes = Becomes.KNOWN if each.same is not None else Becomes.ADDED
    return PlannedLine(place, line, becomes, stored, each.keys)


def _trace(line: StatementLine) -> str | None:
    """The ACH trace id in the text, else the bank's reference when it cannot be taken for one."""
    found = _TRACE.search(line.description)
    if found is not None:
        return found[1]
    own = line.reference
    return None if own is None or (len(own) == 15 and own.isdigit()) else own[:64]


def _in_other_words(
    lines: list[PlannedLine], held: Held, answers: Answers
) -> tuple[list[PlannedLine], dict[str, str]]:
    """Lines beside those of earlier files that this one should have and does not: the same account,
    day and amount. Banks word an entry otherwise in each format; only a person can tell. Two that
    have references of the bank's, and others, are two.
    """
    known = {each.stored.line_id for each in lines if each.stored and each.becomes is Becomes.KNOWN}
    others = [line for line in held.brought if line.line_id not in known]
    new = [each for each in lines if each.stored and each.becomes is Becomes.ADDED]
    pairs = same_day_pairs(_stored(new, is_named=False), others)
    left = {line.line_id for line in others} - held.named - set(pairs.values())
    unnamed = [line for line in others if line.line_id in left]
    pairs |= same_day_pairs(_stored(new, is_named=True), unnamed)
    if not answers.same_as_known:
        return lines, pairs
    return [_held_as(each, pairs) for each in lines], pairs


def _stored(lines: Iterable[PlannedLine], *, is_named: bool) -> list[BankLine]:
    """As the books would have them, those that have the bank's reference or those without."""
    return [
        each.stored
        for each in lines
        if each.stored and each.keys and (each.keys.reference is not None) is is_named
    ]


def _held_as(each: PlannedLine, pairs: dict[str, str]) -> PlannedLine:
    other = pairs.get(each.stored.line_id) if each.stored is not None else None
    if each.stored is None or other is None or each.becomes is not Becomes.ADDED:
        return each
    return replace(each, becomes=Becomes.KNOWN, stored=replace(each.stored, line_id=other))


def _linked(
    lines: Sequence[PlannedLine], held: Held, answers: Answers, spans: Sequence[Span]
) -> tuple[tuple[PlannedLine, ...], dict[str, str]]:
    """Lines with the feed's line of the same movement, and pairs that only a person can judge."""
    if not held.feed:
        return tuple(lines), {}
    new = [each.stored for each in lines if each.becomes is Becomes.ADDED and each.stored]
    feed = (line for of_one in held.feed.values() for line in of_one)
    twins = twins_of(new, feed, lambda account, day: is_covered(spans, account, day))
    pairs = twins.sure | (twins.unsure if answers.same_as_feed else {})
    return tuple(_with_twin(each, pairs) for each in lines), twins.unsure


def _with_twin(each: PlannedLine, pairs: dict[str, str]) -> PlannedLine:
    twin = pairs.get(each.stored.line_id) if each.stored is not None else None
    if twin is None or each.becomes is not Becomes.ADDED:
        return each
    return replace(each, becomes=Becomes.LINKED, twin=key_of("", twin))


def _known_ask(pairs: dict[str, str], lines: Sequence[PlannedLine]) -> Ask:
    message = (
        f"{len(pairs)} lines have the day and amount of a line of an earlier file, in other words, "
        "and this file does not have that one. Are they the same movements?"
    )
    return _lines_ask(AskKind.KNOWN_LINES, message, pairs, lines)


def _feed_ask(pairs: dict[str, str], lines: Sequence[PlannedLine]) -> Ask:
    message = (
        f"{len(pairs)} lines have the amount of a line that the bank's feed shows, up to "
        f"{DAYS_APART_MAX} days away and in other words. Are they the same movements?"
    )
    return _lines_ask(AskKind.FEED_LINES, message, pairs, lines)


def _lines_ask(
    kind: AskKind, message: str, pairs: dict[str, str], lines: Sequence[PlannedLine]
) -> Ask:
    rows = tuple(
        (str(each.line.line), each.line.posted_on.isoformat(), each.line.description[:80])
        for each in lines
        if each.stored is not None and each.stored.line_id in pairs
    )
    return Ask(
        kind,
        message,
        {SAME: "the same: each is counted once", SEPARATE: "movements of their own"},
        headers=("line", "date", "description"),
        examples=rows[:EXAMPLES_MAX],
    )
