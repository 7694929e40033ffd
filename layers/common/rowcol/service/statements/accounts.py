"""Which of the client's accounts those of a file are: known, answered, or asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.statements.file import (
    AT_WORK,
    AccountAnswer,
    Answers,
    Ask,
    AskKind,
    StatementFile,
)
from rowcol.domain.statements.mapping import Span, StatementBooks
from rowcol.domain.statements.statement import Statement, StatementAccount

NEW_ACCOUNT, LEAVE_OUT = "new", "leave"
# A file with its accounts and questions is one item: of more accounts it is asked bit by bit.
ACCOUNTS_MAX, ASKED_AT_ONCE = 100, 20


@dataclass(frozen=True, slots=True)
class Account:
    """Which of the client's accounts one of the file is: its id, None while it is not known."""

    statement: Statement
    bank_account_id: str | None
    left: bool = False
    ask: Ask | None = None


def account_of(
    client: Client,
    shared: StatementBooks,
    file: StatementFile,
    place: int,
    statement: Statement,
    count: int,
) -> Account:
    """The client's account of the statement at a `place` among `count`, or the question for it."""
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


def named_accounts(answers: Answers, accounts: Sequence[Account]) -> tuple[AccountAnswer, ...]:
    """The answers on accounts, a new one by the id that it was given."""
    return tuple(
        replace(each, bank_account_id=accounts[each.account].bank_account_id)
        if each.bank_account_id == NEW_ACCOUNT and each.account < len(accounts)
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
