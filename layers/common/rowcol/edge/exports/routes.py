"""Routes of exports: asked for as a job, fetched by a short-lived link; a small one at once."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field

from rowcol.domain.client import Client
from rowcol.domain.export import KEPT, Export, ExportAsked, ExportFormat, ExportState, SnapshotTaken
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.download import CSV, XLSX, Download, Produces, too_large
from rowcol.edge.exports.lists import all_lists
from rowcol.edge.exports.proofs import Proof
from rowcol.edge.exports.rows import first_call
from rowcol.edge.exports.write import MEDIA_TYPES, write_list
from rowcol.edge.observability import logger
from rowcol.edge.operation import (
    LOCATION,
    Body,
    Call,
    Operation,
    Operations,
    Query,
    Reply,
    table,
)
from rowcol.edge.reading import PageQuery
from rowcol.edge.writing import Shown, write
from rowcol.service.exports.jobs import ask_export, desk_of

TAG = "Exports"
LINK_SECONDS = 300
INLINE_ROWS_MAX = 2_000
_NAME = Annotated[str, Field(min_length=1, max_length=80)]
_WORD = Annotated[str, Field(max_length=200)]


class ExportBody(Body):
    """A list by the name of its operation, as the description of the API has it."""

    list: _NAME
    format: Annotated[ExportFormat, Field(strict=False)]
    path: Annotated[dict[_NAME, _WORD], Field(max_length=4, default_factory=dict)]
    filter: Annotated[dict[_NAME, _WORD], Field(max_length=20, default_factory=dict)]
    with_bom: bool = False


class InlineQuery(Query):
    """`format`, and the list's own filter, and what its path names."""

    model_config = ConfigDict(extra="allow")

    format: ExportFormat
    with_bom: bool = False


@dataclass(frozen=True, slots=True)
class ExportShown:
    """An export. `link` is good for `link_seconds`, and only while the file is kept.

    `rows`, `size_bytes`, `sha256`: of the file. `snapshot`: when the list was read, and whether all
    rows are of one moment. `code`, `detail`: why there is none.
    """

    id: str
    list: str
    format: ExportFormat
    path: dict[str, str]
    filter: dict[str, str]
    state: ExportState
    asked_by: str
    created_at: datetime
    ended_at: datetime | None
    kept_until: datetime | None
    rows: int | None
    size_bytes: int | None
    sha256: str | None
    snapshot: SnapshotTaken | None
    is_consistent: bool | None
    code: str | None
    detail: str | None
    link: str | None = None
    link_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ExportsPage:
    """Exports that were asked for, the oldest first."""

    items: tuple[ExportShown, ...]
    next_cursor: str | None


def _shown(export: Export, link: str | None = None) -> ExportShown:
    asked, file = export.asked, export.file
    return ExportShown(
        export.id,
        asked.list,
        asked.format,
        asked.path,
        asked.filter,
        export.state,
        export.asked_by.id,
        export.created_at,
        export.ended_at,
        export.ended_at + KEPT if file and export.ended_at else None,
        file.rows if file else None,
        file.size_bytes if file else None,
        file.sha256 if file else None,
        file.snapshot if file else None,
        file.snapshot.is_consistent if file else None,
        export.code,
        export.detail,
        link,
        LINK_SECONDS if link else None,
    )


def _ask(call: Call) -> Reply | Refusal:
    """Write it down, and have a worker called."""
    body = call.body_as(ExportBody)
    asked = ExportAsked(body.list, body.format, body.path, body.filter, body.with_bom)
    first = first_call(call.environment, call.caller, call.scope, asked)
    if isinstance(first, Refusal):
        return first
    assert call.key is not None  # every POST has one
    mark = f"{call.caller.actor.id}\n{call.key}"
    name = f"exp_{hashlib.sha256(mark.encode()).hexdigest()[:26]}"
    where = call.path.get("client")
    place = f"/clients/{where}/exports/{name}" if where else f"/exports/{name}"
    answer = write(
        call,
        lambda change: ask_export(change, name, asked),
        lambda export: Shown(_shown(export), {"Location": place}),
        {"export": asked},
        202,
    )
    if isinstance(answer, Reply):
        try:
            desk_of(call.environment).carry_on(call.scope, name)
        except Exception:  # noqa: BLE001  # whatever it is, the export is stored: the sweep finds it
            logger.warning("export not handed over", extra={"export": name}, exc_info=True)
    return answer


def _permitted(call: Call, export: Export) -> bool:
    """Whether who looks may read the list itself: its file holds nothing else."""
    first = first_call(call.environment, call.caller, call.scope, export.asked)
    return not isinstance(first, Refusal)


def _read(call: Call) -> Reply | Refusal:
    export = call.environment.store.books(call.scope).get(Export, call.path["export"])
    if export is None:
        return NOT_FOUND
    # Its file holds what the list holds: whoever may not read the one may not have the other.
    first = first_call(call.environment, call.caller, call.scope, export.asked)
    if isinstance(first, Refusal):
        return first
    if export.file is None or not export.is_kept(call.environment.now()):
        return Reply(_shown(export))
    files = desk_of(call.environment).files
    name = f"{export.asked.list}-{call.scope.client}.{export.asked.format.value}".replace("--", "-")
    link = files.link(export.file.key, name, LINK_SECONDS) if files else None
    return Reply(_shown(export, link))


def _list(call: Call) -> Reply | Refusal:
    page = call.query_as(PageQuery)
    books = call.environment.store.books(call.scope)
    if call.scope.client != FIRM_WIDE and books.get(Client, call.scope.client) is None:
        return NOT_FOUND
    ids = books.ids(Export, after=page.cursor, limit=page.limit)
    found = books.get_many(Export, ids.ids)
    shown = (found[name] for name in ids.ids if name in found)
    return Reply(
        ExportsPage(tuple(_shown(one) for one in shown if _permitted(call, one)), ids.next_key)
    )


def _inline(call: Call) -> Reply | Refusal:
    """A small list at once."""
    query = call.query_as(InlineQuery)
    others = {key: str(value) for key, value in (query.model_extra or {}).items()}
    known = all_lists().get(call.path["list"])
    parts = {key: others.pop(key) for key in (known.parts if known else ()) if key in others}
    asked = ExportAsked(call.path["list"], query.format, parts, others, query.with_bom)
    first = first_call(call.environment, call.caller, call.scope, asked)
    if isinstance(first, Refusal):
        return first
    found, of_list = first
    if isinstance(found, Proof):
        own = f"GET {found.operation.path}"
        return Refusal(Code.INVALID_INPUT, f"it is had at once from {own}", {"field": "list"})
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "list"
        written = write_list(found, of_list, asked, place, INLINE_ROWS_MAX)
        if isinstance(written, Refusal):
            return written
        raw = place.read_bytes()
    content = raw if asked.format is ExportFormat.XLSX else raw.decode("utf-8")
    snapshot = written.snapshot
    headers = {
        "RowCol-Read-At": snapshot.at.isoformat(),
        "RowCol-Consistent": "yes" if snapshot.is_consistent else "no",
    }
    name = f"{asked.list}.{asked.format.value}"
    file = Download(content, MEDIA_TYPES[asked.format], name, headers)
    return too_large(file) or Reply(file)


def _operations(prefix: str, suffix: str) -> tuple[Operation, ...]:
    """The same for a client and for the firm. What may be exported is what may be read."""
    needs = VIEW if prefix else None
    refused = frozenset({Code.TOO_MANY_ITEMS, Code.DATE_IMPOSSIBLE})
    return (
        Operation(
            "POST", f"{prefix}/exports", f"export{suffix}", "Have a list written into a file", TAG,
            _ask, needs, {202: ExportShown}, ExportBody, headers=LOCATION,
            example=EXAMPLE if prefix else FIRM_EXAMPLE,
        ),
        Operation(
            "GET", f"{prefix}/exports", f"listExports{suffix}", "What was exported", TAG,
            _list, needs, {200: ExportsPage}, query=PageQuery,
        ),
        Operation(
            "GET", f"{prefix}/exports/{{export}}", f"readExport{suffix}",
            "How far an export is, and the link to its file", TAG,
            _read, needs, {200: ExportShown},
        ),
        Operation(
            "GET", f"{prefix}/lists/{{list}}", f"exportNow{suffix}", "A small list as a file", TAG,
            _inline, needs, {200: Produces((CSV, XLSX))}, query=InlineQuery, refusals=refused,
            headers=READ_AT,
        ),
    )  # fmt: skip


READ_AT = {
    "RowCol-Read-At": "When the list was read.",
    "RowCol-Consistent": "Whether all rows are of that moment: yes or no.",
}
EXAMPLE = {"list": "listBills", "format": "xlsx", "filter": {}, "with_bom": False}
FIRM_EXAMPLE = {**EXAMPLE, "list": "listMembers"}
OPERATIONS: Operations = table((*_operations("/clients/{client}", ""), *_operations("", "OfFirm")))
