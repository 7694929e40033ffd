"""Routes of statement files: preview, upload, answers, apply, undo, and reading them."""

from __future__ import annotations

import hashlib

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.statements.file import AT_WORK, Answers, FileState, StatementFile
from rowcol.domain.statements.mapping import SavedColumns, StatementMapping
from rowcol.edge.caller import NOT_FOUND, RECORD
from rowcol.edge.operation import (
    LOCATION,
    Call,
    Operation,
    Operations,
    Reply,
    table,
)
from rowcol.edge.statement_bodies import (
    BODY_CHARACTERS_MAX,
    StatementAnswersBody,
    StatementFileBody,
    StatementMappingBody,
    StatementUndoBody,
    StatementUploadBody,
    completed,
    decoded,
)
from rowcol.edge.statement_examples import ANSWERS, STATEMENT, UPLOAD
from rowcol.edge.statement_views import StatementShown, shown
from rowcol.service.change import Asked
from rowcol.service.statements import command, submit
from rowcol.service.statements.files import Who
from rowcol.service.statements.mappings import NO_MAPPING

TAG = "Statements"
_STATEMENTS = "/clients/{client}/statements"
_ONE = f"{_STATEMENTS}/{{statement}}"


def _who(call: Call, asked: object) -> Who:
    assert call.key is not None  # every POST has one
    actor = call.caller.actor
    return Who(actor, Asked.by(actor.id, call.key, asked), call.caller.checks(call.scope.client))


def _location(call: Call, file: StatementFile) -> dict[str, str]:
    return {"Location": f"/clients/{call.scope.client}/statements/{file.id}"}


def _mapping(
    call: Call, given: StatementMappingBody | None, name: str | None
) -> SavedColumns | Refusal | None:
    if given is not None:
        problem = given.saved.profile("mapping").problem()
        if problem is None:
            return given.saved
        return Refusal(Code.INVALID_INPUT, f"it is no mapping: {problem}", {"field": "mapping"})
    if name is None:
        return None
    known = call.environment.store.books(call.scope).get(StatementMapping, name)
    return NO_MAPPING if known is None or known.removed else known.columns


def _preview(call: Call) -> Reply | Refusal:
    body = call.body_as(StatementFileBody)
    content = decoded(body.content)
    if isinstance(content, Refusal):
        return content
    columns = _mapping(call, body.mapping, body.mapping_id)
    if isinstance(columns, Refusal):
        return columns
    new = submit.NewFile(body.file_name, Answers(columns, body.bank_account_id))
    asked = {
        "statement": hashlib.sha256(content).hexdigest(),
        "name": new.name,
        "answers": new.answers,
    }
    found = submit.preview(call.environment, call.scope, _who(call, asked), new, content)
    if isinstance(found, Refusal):
        return found
    return Reply(shown(found), 201, _location(call, found))


def _upload(call: Call) -> Reply | Refusal:
    body = call.body_as(StatementUploadBody)
    columns = _mapping(call, body.mapping, body.mapping_id)
    if isinstance(columns, Refusal):
        return columns
    new = submit.NewFile(body.file_name, Answers(columns, body.bank_account_id))
    asked = {"upload": body.size_bytes, "name": new.name, "answers": new.answers}
    found = submit.await_upload(
        call.environment, call.scope, _who(call, asked), new, body.size_bytes
    )
    if isinstance(found, Refusal):
        return found
    return Reply(shown(found.file, found.link), 202, _location(call, found.file))


def _read_upload(call: Call) -> Reply | Refusal:
    """Have an upload read now: the bucket's own notice may be late."""
    file = file_of(call)
    if file is None:
        return NOT_FOUND
    refused = command.read_now(call.environment, call.scope, file)
    if refused is not None:
        return refused
    status = 202 if file.state is FileState.UPLOADING else 200
    return Reply(shown(file), status, _location(call, file))


def file_of(call: Call) -> StatementFile | None:
    """The file that the path names, None when there is none any more."""
    books = call.environment.store.books(call.scope)
    file = books.get(StatementFile, call.path["statement"])
    return None if file is None or file.state is FileState.DELETED else file


def _answer(call: Call) -> Reply | Refusal:
    body, file = call.body_as(StatementAnswersBody), file_of(call)
    if file is None:
        return NOT_FOUND
    answers = completed(file, body)
    if isinstance(answers, Refusal):
        return answers
    asked = {"answer": file.id, "body": body.model_dump(mode="json")}
    found = submit.answer(
        call.environment, call.scope, _who(call, asked), file.id, answers, body.save_mapping_as
    )
    if isinstance(found, Refusal):
        return found
    return Reply(shown(found), 200)


def _apply(call: Call) -> Reply | Refusal:
    name = call.path["statement"]
    who = _who(call, {"apply": name})
    found = command.apply(call.environment, call.scope, who, name, call.deadline)
    return _worked_on(call, found)


def _undo(call: Call) -> Reply | Refusal:
    name, free = call.path["statement"], call.body_as(StatementUndoBody).free_matches
    who = _who(call, {"undo": name, "free_matches": free})
    found = command.undo(call.environment, call.scope, who, name, call.deadline, free_matches=free)
    return _worked_on(call, found)


def _worked_on(call: Call, found: StatementFile | Refusal) -> Reply | Refusal:
    if isinstance(found, Refusal):
        return found
    return Reply(shown(found), 202 if found.state in AT_WORK else 200, _location(call, found))


def _delete(call: Call) -> Reply | Refusal:
    caller = call.caller
    checks = caller.checks(call.scope.client)
    gone = submit.delete(call.environment, call.scope, caller.actor, checks, call.path["statement"])
    return gone if isinstance(gone, Refusal) else Reply(shown(gone))


_UNREADABLE = frozenset({Code.IMPORT_UNREADABLE})
_STATE = frozenset({Code.WRONG_STATE})
_ANSWERED = frozenset({Code.CONFLICT, Code.TOO_MANY_ITEMS, Code.UNKNOWN_VALUE})
COMMANDS: Operations = table(
    (
        Operation(
            "POST", _STATEMENTS, "previewStatement", "Read a statement file, and say what is in it",
            TAG, _preview, RECORD, {201: StatementShown}, body=StatementFileBody,
            refusals=_UNREADABLE, example=STATEMENT, headers=LOCATION,
            body_characters_max=BODY_CHARACTERS_MAX,
        ),
        Operation(
            "POST", f"{_STATEMENTS}/uploads", "uploadStatement",
            "Get a link to upload a larger statement file", TAG, _upload, RECORD,
            {202: StatementShown}, body=StatementUploadBody,
            refusals=frozenset({Code.TOO_MANY_ITEMS}), example=UPLOAD, headers=LOCATION,
        ),
        Operation(
            "POST", f"{_ONE}/read", "readUploadedStatement", "Have an uploaded file read now", TAG,
            _read_upload, RECORD, {200: StatementShown, 202: StatementShown},
            refusals=_STATE, headers=LOCATION,
        ),
        Operation(
            "POST", f"{_ONE}/answers", "answerStatement", "Answer what a statement file asks", TAG,
            _answer, RECORD, {200: StatementShown}, body=StatementAnswersBody,
            refusals=_UNREADABLE | _STATE | _ANSWERED, example=ANSWERS,
        ),
        Operation(
            "POST", f"{_ONE}/apply", "applyStatement", "Bring a file's lines into the books", TAG,
            _apply, RECORD, {200: StatementShown, 202: StatementShown},
            refusals=_STATE | {Code.ALREADY_EXISTS}, headers=LOCATION,
        ),
        Operation(
            "POST", f"{_ONE}/undo", "undoStatement", "Take an import's lines back", TAG,
            _undo, RECORD, {200: StatementShown, 202: StatementShown}, body=StatementUndoBody,
            refusals=_STATE | {Code.IN_USE}, example={"free_matches": False}, headers=LOCATION,
        ),
        Operation(
            "DELETE", _ONE, "deleteStatement", "Forget a file that was never applied", TAG,
            _delete, RECORD, {200: StatementShown}, refusals=_STATE,
        ),
    )
)  # fmt: skip
