"""Routes of Stripe's files: preview, apply, undo, and reading them."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from rowcol.domain.receivables.stripe_file import StripeFile
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.statements.file import AT_WORK, FileState
from rowcol.edge.caller import NOT_FOUND, RECORD
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.statement_bodies import BODY_CHARACTERS_MAX, decoded
from rowcol.edge.statement_views import StatementUpload, upload_shown
from rowcol.service.change import Asked
from rowcol.service.statements.command import read_now
from rowcol.service.statements.files import Who
from rowcol.service.stripe_files.run import apply, undo
from rowcol.service.stripe_files.submit import NewStripeFile, await_upload, preview

TAG = "Receivables"
_FILES = "/clients/{client}/stripe/import"
_ONE = f"{_FILES}/{{file}}"


class StripeFileBody(Body):
    """`content`: a CSV file of Stripe's in base64, up to 4 MB.

    `decimal`: how amounts are written, when the file was asked about.
    """

    file_name: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
    decimal: Literal[".", ","] | None = None


class StripeUploadBody(Body):
    """A file up to 20 MB that is put where the answer says. `size_bytes` is its exact size."""

    file_name: Annotated[str, Field(min_length=1, max_length=200)]
    size_bytes: Annotated[int, Field(ge=1, le=1_000_000_000)]
    decimal: Literal[".", ","] | None = None


@dataclass(frozen=True, slots=True)
class StripeUpload:
    """A file that is awaited, and where to put it; null once it is there."""

    id: str
    state: FileState
    upload: StatementUpload | None


@dataclass(frozen=True, slots=True)
class StripeFilesPage:
    """Files, the latest first."""

    items: tuple[StripeFile, ...]
    next_cursor: str | None


def _who(call: Call, asked: object) -> Who:
    assert call.key is not None  # every POST has one
    actor = call.caller.actor
    return Who(actor, Asked.by(actor.id, call.key, asked), call.caller.checks(call.scope.client))


def _location(call: Call, file: StripeFile) -> dict[str, str]:
    return {"Location": f"/clients/{call.scope.client}/stripe/import/{file.id}"}


def _preview(call: Call) -> Reply | Refusal:
    body = call.body_as(StripeFileBody)
    content = decoded(body.content)
    if isinstance(content, Refusal):
        return replace(content, remedy="send it by POST /clients/{client}/stripe/import/uploads")
    digest = hashlib.sha256(content).hexdigest()
    asked = {"stripe_file": digest, "name": body.file_name, "decimal": body.decimal}
    new = NewStripeFile(body.file_name, body.decimal)
    found = preview(call.environment, call.scope, _who(call, asked), new, content)
    if isinstance(found, Refusal):
        return found
    return Reply(found, 201, _location(call, found))


def _upload(call: Call) -> Reply | Refusal:
    body = call.body_as(StripeUploadBody)
    asked = {"stripe_upload": body.size_bytes, "name": body.file_name, "decimal": body.decimal}
    new = NewStripeFile(body.file_name, body.decimal)
    found = await_upload(call.environment, call.scope, _who(call, asked), new, body.size_bytes)
    if isinstance(found, Refusal):
        return found
    file = found.file
    awaited = StripeUpload(file.id, file.state, upload_shown(found.link))
    return Reply(awaited, 202, _location(call, file))


def _read_upload(call: Call) -> Reply | Refusal:
    """Have an upload read now: the bucket's own notice may be late."""
    file = call.environment.store.books(call.scope).get(StripeFile, call.path["file"])
    if file is None or file.state is FileState.DELETED:
        return NOT_FOUND
    refused = read_now(call.environment, call.scope, file)
    if refused is not None:
        return refused
    return Reply(file, 202 if file.state is FileState.UPLOADING else 200, _location(call, file))


def _apply(call: Call) -> Reply | Refusal:
    name = call.path["file"]
    who = _who(call, {"apply_stripe": name})
    return _worked_on(call, apply(call.environment, call.scope, who, name, call.deadline))


def _undo(call: Call) -> Reply | Refusal:
    name = call.path["file"]
    who = _who(call, {"undo_stripe": name})
    return _worked_on(call, undo(call.environment, call.scope, who, name, call.deadline))


def _worked_on(call: Call, found: StripeFile | Refusal) -> Reply | Refusal:
    if isinstance(found, Refusal):
        return found
    return Reply(found, 202 if found.state in AT_WORK else 200, _location(call, found))


def _list(of: OfClient) -> Reply | Refusal:
    question: dict[str, object] = {"stripe_files": of.client.id}
    after = after_of(question, of.page.cursor) if of.page.cursor is not None else None
    if isinstance(after, Refusal):
        return after
    page = of.books.ids(StripeFile, after=after, limit=of.page.limit)
    found = of.books.get_many(StripeFile, page.ids)
    cursor = cursor_of(question, page.next_key) if page.next_key is not None else None
    return Reply(StripeFilesPage(tuple(found[name] for name in page.ids if name in found), cursor))


def _read(of: OfClient) -> Reply | Refusal:
    file = of.books.get(StripeFile, of.call.path["file"])
    if file is None or file.state is FileState.DELETED:
        return NOT_FOUND
    return Reply(file)


_STATE = frozenset({Code.WRONG_STATE})
EXAMPLE: dict[str, object] = {
    "file_name": "Itemized_payouts.csv",
    "content": b64encode(
        b"payout_id,currency,gross,fee,net,reporting_category,effective_at_utc,payout_status,"
        b"payout_expected_arrival_date\n"
        b"po_1SDh7u2tY9NnZh0NoasiAAuf,usd,-3425.03,0.00,-3425.03,payout,2026-11-13 00:00:00,paid,"
        b"2026-11-13\n"
    ).decode(),
}
OPERATIONS: Operations = table(
    (
        Operation(
            "POST", _FILES, "importStripeFile", "Read a file of Stripe's, and say what is in it",
            TAG, _preview, RECORD, {201: StripeFile}, body=StripeFileBody,
            refusals=frozenset({Code.IMPORT_UNREADABLE}), example=EXAMPLE, headers=LOCATION,
            body_characters_max=BODY_CHARACTERS_MAX,
        ),
        Operation(
            "POST", f"{_FILES}/uploads", "uploadStripeFile",
            "Get a link to upload a larger file of Stripe's", TAG, _upload, RECORD,
            {202: StripeUpload}, body=StripeUploadBody,
            refusals=frozenset({Code.TOO_MANY_ITEMS}), headers=LOCATION,
            example={"file_name": "Itemized_payouts.csv", "size_bytes": 9_000_000},
        ),
        Operation(
            "POST", f"{_ONE}/read", "readUploadedStripeFile", "Have an uploaded file read now", TAG,
            _read_upload, RECORD, {200: StripeFile, 202: StripeFile}, refusals=_STATE,
            headers=LOCATION,
        ),
        Operation(
            "POST", f"{_ONE}/apply", "applyStripeFile", "Bring a file of Stripe's into the books",
            TAG, _apply, RECORD, {200: StripeFile, 202: StripeFile},
            refusals=_STATE | {Code.ALREADY_EXISTS}, headers=LOCATION,
        ),
        Operation(
            "POST", f"{_ONE}/undo", "undoStripeFile", "Take back what only this file says", TAG,
            _undo, RECORD, {200: StripeFile, 202: StripeFile}, refusals=_STATE, headers=LOCATION,
        ),
        read_operation(
            Reading(
                "/stripe/import", "listStripeFiles", "Files of Stripe's, the latest first", TAG,
                StripeFilesPage, PageQuery,
            ),
            _list,
        ),
        read_operation(
            Reading(
                "/stripe/import/{file}", "readStripeFile", "One file of Stripe's", TAG, StripeFile
            ),
            _read,
        ),
    )
)  # fmt: skip
