"""Read a statement file and say what is in it, what is asked, and what applying would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.money import Money
from rowcol.domain.statements.checks import closing_gap
from rowcol.domain.statements.file import (
    FIRST_ROWS,
    WARNINGS_KEPT,
    AccountSeen,
    Ask,
    AskKind,
    FileState,
    Rejection,
    RowSeen,
    Seen,
    StatementFile,
)
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.mapping import SavedColumns, StatementMapping, mapping_id
from rowcol.domain.statements.masking import masked
from rowcol.domain.statements.parts import (
    BAD_ROWS_PER_ITEM,
    AppliedFile,
    BadRows,
    applied_id,
    bad_rows_id,
)
from rowcol.domain.statements.profile import ColumnRole, MappingProfile, header_word
from rowcol.domain.statements.reading import (
    Outcome,
    Problem,
    ProblemCode,
    Question,
    Reading,
    Rejected,
)
from rowcol.service.environment import Environment
from rowcol.service.statements.accounts import ACCOUNTS_MAX, Account, named_accounts
from rowcol.service.statements.known import months_of
from rowcol.service.statements.mappings import saved_mappings
from rowcol.service.statements.planned import MONTHS_MAX, Planned, PlannedLine, plan_lines
from rowcol.service.statements.ports import NoStatementDesk, StatementDesk
from rowcol.service.store import Books

ANSWER = "answer"
_YEARS = range(1980, 2100)
_TOTAL_MAX = 10**15
_NUMBERS = frozenset({ColumnRole.ACCOUNT})


@dataclass(frozen=True, slots=True)
class Looked:
    """A file after a look, and its bad rows."""

    file: StatementFile
    bad_rows: tuple[Problem, ...] = ()


def desk_of(environment: Environment) -> StatementDesk:
    """The ports of importing. Raises NoStatementDesk."""
    if environment.statements is None:
        raise NoStatementDesk
    return environment.statements


def read(
    environment: Environment, books: Books, client: Client, file: StatementFile, content: bytes
) -> Outcome:
    """What a file says, with the answers given so far and the client's saved mappings.

    Once it was read, mappings that are saved later change nothing of it.
    """
    answered = file.answers.columns
    hints = Hints(
        client.currency,
        "",
        file.file_name,
        _profiles(books) if file.seen is None else (),
        answered.profile(ANSWER) if answered is not None else None,
    )
    return _bounded(desk_of(environment).read(content, hints))


def _profiles(books: Books) -> tuple[MappingProfile, ...]:
    """The client's saved mappings by their ids, as readers take them."""
    return tuple(each.columns.profile(each.id) for each in saved_mappings(books))


def _bounded(outcome: Outcome) -> Outcome:
    """Reject what no account has: days of other centuries, sums beyond all money."""
    if not isinstance(outcome, Reading):
        return outcome
    if len(outcome.statements) > ACCOUNTS_MAX:
        message = f"it is of more than {ACCOUNTS_MAX} accounts"
        return Rejected(ProblemCode.TOO_MANY_ROWS, message)
    for statement in outcome.statements:
        strange = next((x for x in statement.lines if x.posted_on.year not in _YEARS), None)
        if strange is not None:
            message = f"an entry of the year {strange.posted_on.year}"
            return Rejected(ProblemCode.BAD_DATE, message, strange.line)
        if max(statement.credits_minor, statement.debits_minor) > _TOTAL_MAX:
            return Rejected(ProblemCode.BAD_AMOUNT, "its entries add up to more than any account")
        if any(_is_too_much(each.minor) for each in (statement.opening, statement.closing) if each):
            return Rejected(ProblemCode.BAD_AMOUNT, "a balance is more than any account's")
    days = {line.posted_on for each in outcome.statements for line in each.lines}
    if len(months_of(days)) > MONTHS_MAX:
        message = f"its entries are of more than {MONTHS_MAX} months"
        return Rejected(ProblemCode.BAD_DATE, message)
    return outcome


def _is_too_much(minor: int) -> bool:
    return abs(minor) > _TOTAL_MAX


def look(books: Books, client: Client, file: StatementFile, outcome: Outcome) -> Looked:
    """The file with what was seen in it: previewed, asking or rejected. Nothing is written."""
    if isinstance(outcome, Rejected):
        told = Rejection(outcome.code, masked(outcome.message), outcome.line)
        rejected = replace(file, seen=None, asks=(), rejection=told)
        return Looked(rejected.waiting(FileState.REJECTED), _masked(outcome.bad_rows))
    if isinstance(outcome, Question):
        asking = replace(file, seen=None, asks=(_ask(outcome),), rejection=None)
        return Looked(asking.waiting(FileState.ASKING))
    file, dialect = _with_mapping(books, file, outcome)
    planned = plan_lines(books, client, file, outcome)
    seen = _seen(outcome, planned, dialect)
    held_by = [_held_by(books, file, each) for each in planned.accounts if _is_wanted(each)]
    if held_by and all(held_by):
        seen = replace(seen, same_file_as=held_by[0])
    state = FileState.ASKING if planned.asks else FileState.PREVIEWED
    answers = replace(file.answers, accounts=named_accounts(file.answers, planned.accounts))
    fresh = replace(file, seen=seen, asks=planned.asks, rejection=None, answers=answers)
    return Looked(fresh.waiting(state), _masked(outcome.bad_rows))


def _with_mapping(
    books: Books, file: StatementFile, reading: Reading
) -> tuple[StatementFile, str | None]:
    """The file with the saved mapping that it was read with, and how that or its dialect is called.

    It is read with this one from now on, whatever becomes of the client's.
    """
    columns, name = file.answers.columns, reading.profile
    identity = mapping_id(columns) if columns is not None else name
    saved = books.get(StatementMapping, identity) if identity is not None else None
    if saved is None or columns not in (None, saved.columns):
        return file, name
    answers = replace(file.answers, columns=saved.columns)
    return replace(file, answers=answers), saved.name


def _is_wanted(account: Account) -> bool:
    return account.bank_account_id is not None and not account.left


def _held_by(books: Books, file: StatementFile, account: Account) -> str | None:
    if file.sha256 is None or account.bank_account_id is None:
        return None
    held = books.get(AppliedFile, applied_id(file.sha256, account.bank_account_id))
    return held.file_id if held is not None and held.file_id != file.id else None


def bad_row_items(books: Books, file_id: str, rows: Sequence[Problem]) -> list[BadRows]:
    """Items that hold the bad rows, and empty what an earlier look has put there."""
    names = [bad_rows_id(file_id, place) for place in range(2)]
    known = books.get_many(BadRows, names)
    items: list[BadRows] = []
    for place, name in enumerate(names):
        at = place * BAD_ROWS_PER_ITEM
        part = tuple(rows[at : at + BAD_ROWS_PER_ITEM])
        before = known.get(name)
        if part or (before is not None and before.rows):
            items.append(BadRows(name, before.version if before is not None else 0, part))
    return items


def _masked(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(
        replace(each, message=masked(each.message), found=masked(each.found)) for each in problems
    )


def _ask(question: Question) -> Ask:
    suggested = question.suggestion
    private = {
        at
        for at, cell in enumerate(question.headers)
        if "account" in cell.lower() or "card" in cell.lower() or "iban" in cell.lower()
    }
    private |= {
        at
        for at, cell in enumerate(question.headers)
        if suggested.columns.get(header_word(cell)) in _NUMBERS
    }
    return Ask(
        AskKind(question.kind.value),
        masked(question.message),
        dict(question.choices),
        None,
        tuple(masked(cell) for cell in question.headers),
        tuple(
            tuple(
                f"…{cell[-4:]}" if at in private and cell else masked(cell)
                for at, cell in enumerate(row)
            )
            for row in question.examples
        ),
        SavedColumns.of(suggested),
    )


def _seen(reading: Reading, planned: Planned, dialect: str | None) -> Seen:
    counts: list[Counter[str]] = [Counter() for _ in planned.accounts]
    for each in planned.lines:
        if each.becomes is not None:
            counts[each.account][each.becomes.value] += 1
    return Seen(
        reading.format,
        dialect,
        tuple(
            _account(account, dict(count))
            for account, count in zip(planned.accounts, counts, strict=True)
        ),
        len(planned.lines),
        tuple(row_seen(each, planned.accounts) for each in planned.lines[:FIRST_ROWS]),
        reading.bad_row_count,
        _masked(reading.warnings[:WARNINGS_KEPT]),
        len(reading.warnings),
        _masked(reading.notes),
    )


def row_seen(each: PlannedLine, accounts: Sequence[Account]) -> RowSeen:
    """A row as it is shown."""
    currency, line = accounts[each.account].statement.currency, each.line
    balance = line.balance_minor
    return RowSeen(
        line.line,
        each.account,
        line.posted_on,
        Money(line.amount_minor, currency),
        line.description,
        line.check_number,
        line.reference,
        Money(balance, currency) if balance is not None and not _is_too_much(balance) else None,
        each.becomes,
    )


def _account(account: Account, counts: dict[str, int]) -> AccountSeen:
    statement = account.statement
    gap = closing_gap(statement)
    days = [line.posted_on for line in statement.lines]
    days += [day for day in (statement.from_on, statement.to_on) if day is not None]

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, statement.currency)

    return AccountSeen(
        statement.account.ending,
        statement.account.routing,
        account.bank_account_id,
        account.left,
        min(days, default=None),
        max(days, default=None),
        len(statement.lines),
        Money(statement.credits_minor, statement.currency),
        Money(statement.debits_minor, statement.currency),
        money(statement.opening.minor if statement.opening else None),
        money(statement.closing.minor if statement.closing else None),
        money(gap) if gap is None or not _is_too_much(gap) else None,
        counts,
    )
