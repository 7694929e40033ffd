"""What each line of a file is to be in the client's books, and what must be asked before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine
from rowcol.domain.scope import key_of
from rowcol.domain.statements.file import (
    AT_WORK,
    AccountAnswer,
    Answers,
    Ask,
    AskKind,
    Becomes,
    StatementFile,
)
from rowcol.domain.statements.identity import LineKeys, line_id
from rowcol.domain.statements.importing import Placed, placed
from rowcol.domain.statements.mapping import Span, StatementBooks, is_covered
from rowcol.domain.statements.reading import Reading
from rowcol.domain.statements.statement import Statement, StatementAccount, StatementLine
from rowcol.domain.statements.twins import DAYS_APART_MAX, twins_of
from rowcol.service.statements.known import Held, bank_line, books_of, held_lines
from rowcol.service.store import Books

NEW_ACCOUNT, LEAVE_OUT, SAME, SEPARATE = "new", "leave", "same", "separate"
EXAMPLES_MAX = 20
TEXT_CHARACTERS_MAX = 500
# As long as any business keeps books: files that claim more are looked at by a person first.
MONTHS_MAX = 300
# Each may have to be asked about, and the file with all its questions is one item.
ACCOUNTS_MAX = 100
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
class Account:
    """Which of the client's accounts one of the file is: its id, None while it is not known."""

    statement: Statement
    bank_account_id: str | None
    left: bool = False
    ask: Ask | None = None


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
        _account(client, shared, file, place, statement, len(reading.statements))
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
    asks = [each.ask for each in accounts if each.ask is not None]
    spans = (*shared.spans, *spans_of(file.id, accounts))
    linked, unsure = _linked(lines, held, file.answers, spans)
    if unsure and file.answers.same_as_feed is None:
        asks.append(_feed_ask(unsure, lines))
    return Planned(accounts, linked, tuple(asks))


def spans_of(file_id: str, accounts: Sequence[Account]) -> tuple[Span, ...]:
    """The days that a file tells in full, by account: those it names, else from line to line."""
    found: list[Span] = []
    for account in accounts:
        statement = account.statement
        days = [line.posted_on for line in statement.lines]
        days += [day for day in (statement.from_on, statement.to_on) if day is not None]
        if account.bank_account_id is not None and not account.left and days:
            found.append(Span(file_id, account.bank_account_id, min(days), max(days)))
    return tuple(found)


def _account(
    client: Client,
    shared: StatementBooks,
    file: StatementFile,
    place: int,
    statement: Statement,
    count: int,
) -> Account:
    if file.state in AT_WORK and file.seen is not None:
        # What the preview said, whatever other files were said to be of since.
        seen = file.seen.accounts[place]
        return Account(statement, seen.bank_account_id, left=seen.left)
    told = statement.account
    known = shared.account_of(told.ending, told.routing)
    answered = next((each for each in file.answers.accounts if each.account == place), None)
    if answered is not None:
        name = answered.bank_account_id
        if name is None or name in client.own_account_ids or name in file.bank_account_ids:
            return Account(statement, name, left=name is None)
        if name == NEW_ACCOUNT:
            return Account(statement, _new_account_id(client, file.id, place, told))
    asked = file.answers.bank_account_id if count == 1 else None
    chosen = asked or known
    agrees = chosen is not None and (not told.ending or _agrees(shared, known, chosen))
    if chosen in client.own_account_ids and agrees:
        return Account(statement, chosen)
    return Account(statement, None, ask=_account_ask(client, place, statement, known))


def _agrees(shared: StatementBooks, known: str | None, chosen: str) -> bool:
    """False when files so far say otherwise: perhaps it is the wrong file."""
    if known is not None:
        return known == chosen
    return not any(each.bank_account_id == chosen for each in shared.accounts)


def strange_account(client: Client, file: StatementFile, answers: Answers) -> str | None:
    """An account among the answers that is none of the client's, nor comes with the file."""
    own = (*client.own_account_ids, *file.bank_account_ids, NEW_ACCOUNT, None)
    named = (each.bank_account_id for each in answers.accounts)
    return next((name for name in named if name not in own), None)


def _new_account_id(client: Client, file_id: str, place: int, told: StatementAccount) -> str:
    """Id of an account that is not connected: files that name the same one bring the same.

    Where that is the client's already, a person means another one beside it.
    """
    said = f"{told.routing or ''}|{told.ending}"
    shared = f"acct_{hashlib.sha256(said.encode()).hexdigest()[:24]}"
    is_named = bool(told.ending) and shared not in client.own_account_ids
    return shared if is_named else f"acct_{file_id[4:]}_{place}"


def named_accounts(answers: Answers, planned: Planned) -> tuple[AccountAnswer, ...]:
    """The answers on accounts, a new one by the id that it was given."""
    return tuple(
        replace(each, bank_account_id=planned.accounts[each.account].bank_account_id)
        if each.bank_account_id == NEW_ACCOUNT and each.account < len(planned.accounts)
        else each
        for each in answers.accounts
    )


def _account_ask(client: Client, place: int, statement: Statement, known: str | None) -> Ask:
    ending = statement.account.ending
    which = f"account …{ending}" if ending else "this file's account"
    message = f"Which of the client's accounts is {which}?"
    if known is not None:
        message = f"Files of account …{ending} were so far of {known}. {message}"
    choices: dict[str, str] = {}
    for name in client.own_account_ids:
        operating = name in client.operating_account_ids
        choices[name] = "an operating account" if operating else "another account of the client"
    choices[NEW_ACCOUNT] = "an account that is not connected: its lines come from files alone"
    choices[LEAVE_OUT] = "leave its lines out"
    return Ask(AskKind.BANK_ACCOUNT, message, choices, place)


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


def _feed_ask(unsure: dict[str, str], lines: Sequence[PlannedLine]) -> Ask:
    rows = tuple(
        (str(each.line.line), each.line.posted_on.isoformat(), each.line.description[:80])
        for each in lines
        if each.stored is not None and each.stored.line_id in unsure
    )
    return Ask(
        AskKind.FEED_LINES,
        f"{len(unsure)} lines have the amount of a line that the bank's feed shows, up to "
        f"{DAYS_APART_MAX} days away and in other words. Are they the same movements?",
        {SAME: "the same: each is counted once", SEPARATE: "movements of their own"},
        headers=("line", "date", "description"),
        examples=rows[:EXAMPLES_MAX],
    )
