"""Routes that make up to 1,000 records at once: as JSON, or from a CSV or XLSX file."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from rowcol.domain.batch import Mode
from rowcol.domain.batch_items import ITEMS_MAX
from rowcol.domain.client import Client
from rowcol.domain.date_order import DateOrder
from rowcol.domain.payment import PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.edge.batches import BatchShown, ask
from rowcol.edge.bulk import Rehearsed, rehearsed
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.http import validated
from rowcol.edge.imports.columns import Settings, table_of
from rowcol.edge.imports.csv_rows import csv_rows
from rowcol.edge.imports.rows import UnreadableFile
from rowcol.edge.imports.workbook import is_workbook
from rowcol.edge.imports.xlsx_rows import xlsx_rows
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.edge.records import RecordBody, record_of
from rowcol.service.bulk.records_to_make import item_of
from rowcol.service.bulk.rehearse import rehearse
from rowcol.service.bulk.submit import items_problem
from rowcol.service.bulk.verbs import IMPORT
from rowcol.service.payment_commands.recording import NewRecord

TAG = "Import"
FILE_BYTES_MAX = 4_000_000
# The file in base64, and what is around it.
_BODY_CHARACTERS_MAX = 6_000_000
_PAYMENTS = "/clients/{client}/payments"


class _AsRecord:
    """Described as a record, taken as it comes: a bad one is told by its position."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(RecordBody.__pydantic_core_schema__)


class ImportBody(Body):
    """Records as `POST /clients/{client}/payments` takes one, 1 to 1,000."""

    records: Annotated[
        tuple[Annotated[Any, _AsRecord], ...],
        Field(json_schema_extra={"minItems": 1, "maxItems": ITEMS_MAX}),
    ]


class ImportFileBody(Body):
    """`content`: a CSV or XLSX file in base64, up to 4 MB.

    `type`: of rows that do not say theirs. `date_order`: how dates are written that are not ISO.
    `dry_run`: only look what would become of each row.
    """

    content: Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
    type: PaymentType | None = None
    date_order: DateOrder = DateOrder.ISO
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was found in a file, and what became of its rows, or would."""

    format: str
    rows: int
    ignored_columns: tuple[str, ...]
    batch: BatchShown | None
    dry_run: Rehearsed | None


def _import(call: Call) -> Reply | Refusal:
    records = call.body_as(ImportBody).records
    problem, client = items_problem(records, "records"), _client(call)
    if problem is not None or client is None:
        return problem or NOT_FOUND
    items = [item_of(_of_json(each, client.currency)) for each in records]
    return ask(call, IMPORT, Mode.INDEPENDENT, items, {"import": items})


def _of_json(given: object, currency: str) -> NewRecord | Refusal:
    if not isinstance(given, dict):
        return Refusal(Code.INVALID_INPUT, "a record is an object", {"field": "record"})
    body = validated(RecordBody, given, "record")
    record = body if isinstance(body, Refusal) else record_of(body, currency)
    if isinstance(record, Refusal):
        return record
    strange = [part for part in record.allocations if not valid_id(part.target_id)]
    if strange:
        return Refusal(
            Code.ALLOCATION_INVALID,
            f"no such {strange[0].target.value}",
            {"target": strange[0].target.value, "target_id": strange[0].target_id[:64]},
        )
    return record


def _client(call: Call) -> Client | None:
    return call.environment.store.books(call.scope).get(Client, call.scope.client)


def _import_file(call: Call) -> Reply | Refusal:
    body, client = call.body_as(ImportFileBody), _client(call)
    if client is None:
        return NOT_FOUND
    try:
        content = _decoded(body.content)
        workbook = is_workbook(content)
        rows = xlsx_rows(content) if workbook else csv_rows(content)
        settings = Settings(client.currency, body.date_order, body.type, workbook)
        found = table_of(rows, settings)
    except UnreadableFile as unreadable:
        return unreadable.refusal
    problem = items_problem(found.rows)
    if problem is not None:
        return problem
    read = FileRead(
        "xlsx" if workbook else "csv", len(found.rows), found.ignored_columns, None, None
    )
    items = [item_of(told.record, told.line) for told in found.rows]
    if body.dry_run:
        return _dry_run(call, items, read)
    asked = {
        "import_file": hashlib.sha256(content).hexdigest(),
        "type": body.type,
        "date_order": body.date_order,
    }
    answer = ask(call, IMPORT, Mode.INDEPENDENT, items, asked)
    if isinstance(answer, Refusal):
        return answer
    assert isinstance(answer.body, BatchShown)
    return replace(answer, body=replace(read, batch=answer.body))


def _dry_run(call: Call, items: Sequence[str], read: FileRead) -> Reply | Refusal:
    told = rehearse(call.environment, call.scope, call.caller.actor, IMPORT, items)
    if isinstance(told, Refusal):
        return told
    # No id is given out for what was not made.
    results = tuple(replace(each, id=None, version=None) for each in told)
    return Reply(replace(read, dry_run=rehearsed(results)))


def _decoded(text: str) -> bytes:
    """Raises UnreadableFile."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableFile("not_base64", "content is not base64") from None
    if len(content) > FILE_BYTES_MAX:
        raise UnreadableFile("too_large", f"more than {FILE_BYTES_MAX} bytes")
    if not content:
        raise UnreadableFile("no_rows", "it is empty")
    return content


_EXAMPLE = {
    "records": [
        {
            "type": "vendor_payment",
            "amount": {"minor": 48000, "currency": "USD"},
            "paid_on": "2026-11-20",
            "counterparty_name": "Lakeside Catering",
        }
    ]
}
_EXAMPLE_FILE = {
    "content": base64.b64encode(
        b"Date,Vendor,Amount,Reference\n2026-11-20,Lakeside Catering,480.00,check 1042\n"
    ).decode(),
    "type": "vendor_payment",
    "dry_run": True,
}
_LOCATION = {"Location": "where the batch is"}
OPERATIONS: Operations = table(
    (
        Operation(
            "POST", f"{_PAYMENTS}/import", "importRecords", "Make up to 1,000 records", TAG,
            _import, IMPORT.needs, {200: BatchShown, 202: BatchShown}, body=ImportBody,
            refusals=frozenset({Code.TOO_MANY_ITEMS}), example=_EXAMPLE, headers=_LOCATION,
            body_characters_max=_BODY_CHARACTERS_MAX,
        ),
        Operation(
            "POST", f"{_PAYMENTS}/import-file", "importRecordsFile",
            "Make records of the rows of a CSV or XLSX file", TAG, _import_file, IMPORT.needs,
            {200: FileRead, 202: FileRead}, body=ImportFileBody,
            refusals=frozenset({Code.TOO_MANY_ITEMS, Code.IMPORT_UNREADABLE}),
            example=_EXAMPLE_FILE, headers=_LOCATION,
            body_characters_max=_BODY_CHARACTERS_MAX,
        ),
    )
)  # fmt: skip
