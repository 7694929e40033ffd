"""Take a statement file in, look at it, answer what it asks, forget it: nothing reaches the books.

Everything is asked by an Idempotency-Key, which is also the file's id: the same key and input find
the same file, whatever has become of it since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.statements.file import (
    UPLOADED_WITHIN,
    Answers,
    FileState,
    StatementFile,
)
from rowcol.domain.statements.masking import masked
from rowcol.domain.statements.reading import Outcome, Rejected
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.statements.accounts import strange_account
from rowcol.service.statements.apply import NO_FILE
from rowcol.service.statements.asking import ask_once, file_id_of
from rowcol.service.statements.facts import shown_file
from rowcol.service.statements.files import (
    GONE,
    LostStatement,
    Uploading,
    Who,
    awaiting,
    content_of,
    too_large,
)
from rowcol.service.statements.look import Looked, bad_row_items, desk_of, look, read
from rowcol.service.statements.mappings import save_mapping
from rowcol.service.statements.run import forget
from rowcol.service.store import Command, VersionCheck

NAME_CHARACTERS_MAX = 200
BAD_ROWS_TOLD = 10
_NO_CLIENT = Refusal(Code.NOT_FOUND, "no such client")
_ANSWERABLE = frozenset({FileState.ASKING, FileState.PREVIEWED})


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it comes in: its name, and what is known of it beforehand."""

    name: str
    answers: Answers


def preview(
    environment: Environment, scope: Scope, who: Who, new: NewFile, content: bytes
) -> StatementFile | Refusal:
    """Keep a file and say what is in it.

    Refused: `import_unreadable` with the reason, line and first bad rows; `not_found`,
    `idempotency_key_reused`, `forbidden` when rights changed meanwhile. Raises FilesUnavailable.
    """
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    if client is None:
        return _NO_CLIENT
    if books.command(who.asked.key) is not None:
        return ask_once(environment, scope, who, lambda _: _NO_CLIENT)
    digest = hashlib.sha256(content).hexdigest()
    file_id = file_id_of(who)
    file = StatementFile(
        file_id, 0, FileState.PREVIEWED, _named(new.name), f"{file_id}-{digest[:32]}",
        len(content), environment.now(), who.actor.id, digest, answers=new.answers,
    )  # fmt: skip
    outcome = read(environment, books, client, file, content)
    if isinstance(outcome, Rejected):
        refused = rejected(outcome)
        return ask_once(environment, scope, who, lambda _: refused)
    looked = look(books, client, file, outcome)
    desk_of(environment).files.keep(scope, file.object_name, content)
    return ask_once(environment, scope, who, lambda change: _kept(change, looked))


def _named(name: str) -> str:
    return masked(name.strip())[:NAME_CHARACTERS_MAX]


def rejected(outcome: Rejected) -> Refusal:
    """Why nothing of a file can be imported."""
    rows = tuple(
        {"line": row.line, "code": row.code.value, "reason": masked(row.message)}
        for row in outcome.bad_rows[:BAD_ROWS_TOLD]
    )
    return Refusal(
        Code.IMPORT_UNREADABLE,
        masked(outcome.message),
        {"problem": outcome.code.value, "line": outcome.line, "bad_rows": rows},
        remedy="download the statement again, in another format if the bank has one",
    )


def await_upload(
    environment: Environment, scope: Scope, who: Who, new: NewFile, size_bytes: int
) -> Uploading[StatementFile] | Refusal:
    """Await a file that is too large for a request; the link is good for a short time.

    Refused as `preview`, and `too_many_items` for more bytes than any statement has.
    """
    books = environment.store.books(scope)
    if books.get(Client, scope.client) is None:
        return _NO_CLIENT
    refused = too_large(size_bytes, "ask the bank for fewer months at once")
    if refused is not None:
        return refused
    file_id, now = file_id_of(who), environment.now()
    file = StatementFile(
        file_id, 0, FileState.UPLOADING, _named(new.name), file_id, size_bytes, now,
        who.actor.id, answers=new.answers, due=now + UPLOADED_WITHIN,
    )  # fmt: skip
    found = ask_once(environment, scope, who, lambda change: _kept(change, Looked(file)))
    return awaiting(environment, scope, found)


def _kept(change: Change, looked: Looked) -> StatementFile | Refusal:
    known = change.get(StatementFile, looked.file.id)
    if known is not None:
        return known
    change.put(looked.file)
    for item in bad_row_items(change.books, looked.file.id, looked.bad_rows):
        change.put(item)
    if looked.file.state is FileState.UPLOADING:
        change.state("statement.awaited", statement=shown_file(looked.file))
    else:
        change.state("statement.previewed", statement=shown_file(looked.file))
    return looked.file


def answer(
    environment: Environment,
    scope: Scope,
    who: Who,
    file_id: str,
    answers: Answers,
    save_as: str | None = None,
) -> StatementFile | Refusal:
    """Read a file again with what a person says of it; `save_as` keeps its mapping by a name.

    Refused: `not_found`, `wrong_state` unless it asks or is previewed, `unknown_value` for no own
    account, `import_unreadable` when it cannot be read so: then the file stays as it was; what
    saving refuses. Raises FilesUnavailable.
    """
    books = environment.store.books(scope)
    if books.command(who.asked.key) is not None:
        return ask_once(environment, scope, who, lambda _: NO_FILE)
    client, file = books.get(Client, scope.client), books.get(StatementFile, file_id)
    if client is None or file is None or file.state is FileState.DELETED:
        return NO_FILE
    if file.state not in _ANSWERABLE:
        return _not_waiting(file)
    strange = strange_account(client, file, answers)
    if strange is not None:
        return Refusal(
            Code.UNKNOWN_VALUE,
            "no account of this client",
            {"field": "bank_account_id", "found": strange},
            remedy="name one of the choices of the question",
        )
    try:
        content = content_of(environment, scope, file)
    except LostStatement:
        return replace(GONE, numbers={"state": file.state.value})
    fresh = replace(file, answers=answers)
    outcome: Outcome = read(environment, books, client, fresh, content)
    if isinstance(outcome, Rejected):
        refused = rejected(outcome)
        return ask_once(environment, scope, who, lambda _: refused)
    looked = look(books, client, fresh, outcome)
    return ask_once(environment, scope, who, lambda change: _answered(change, looked, save_as))


def _answered(change: Change, looked: Looked, save_as: str | None) -> StatementFile | Refusal:
    fresh = looked.file
    current = change.get(StatementFile, fresh.id)
    if current is None or current.version != fresh.version:
        return Refusal(Code.CONFLICT, "somebody else has just answered; look at it again")
    change.put(fresh)
    for item in bad_row_items(change.books, fresh.id, looked.bad_rows):
        change.put(item)
    change.state("statement.previewed", statement=shown_file(fresh))
    if save_as is not None and fresh.answers.columns is not None:
        saved = save_mapping(change, save_as, fresh.answers.columns)
        if isinstance(saved, Refusal):
            return saved
    return fresh


def _not_waiting(file: StatementFile) -> Refusal:
    return Refusal(
        Code.WRONG_STATE, f"the statement is {file.state.value}", {"state": file.state.value}
    )


def delete(
    environment: Environment, scope: Scope, actor: Actor, checks: Sequence[VersionCheck], name: str
) -> StatementFile | Refusal:
    """Forget a file that was never applied. Refused: `not_found`, `wrong_state`."""

    def plan(change: Change) -> StatementFile | Refusal:
        file = change.get(StatementFile, name)
        if file is None or file.state is FileState.DELETED:
            return NO_FILE
        gone = forget(change, name)
        if gone is not None:
            return gone
        refused = _not_waiting(file)
        return replace(refused, remedy="undo what was applied; an undone import stays on record")

    surroundings = environment.surroundings
    result = transact(environment.store, surroundings, scope, actor, plan, checks=checks)
    assert not isinstance(result, Command)  # it has no key
    if isinstance(result, StatementFile):
        desk_of(environment).files.drop(scope, result.object_name)
    return result
