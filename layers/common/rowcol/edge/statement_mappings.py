"""Routes of saved mappings: how files with one header are read, without asking again."""

from __future__ import annotations

from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import RECORD
from rowcol.edge.operation import Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.edge.statement_bodies import NamedMappingBody
from rowcol.edge.statement_examples import MAPPING
from rowcol.edge.statement_files import TAG
from rowcol.edge.statement_views import MappingShown, MappingsShown, mapping_shown
from rowcol.edge.writing import Shown, write
from rowcol.service.statements.mappings import remove_mapping, save_mapping, saved_mappings

_MAPPINGS = "/clients/{client}/statement-mappings"


def _save(call: Call) -> Reply | Refusal:
    body = call.body_as(NamedMappingBody)
    return write(
        call,
        lambda change: save_mapping(change, body.name, body.saved),
        lambda mapping: Shown(mapping_shown(mapping)),
        {"statement_mapping": body.model_dump(mode="json")},
        201,
    )


def _remove(call: Call) -> Reply | Refusal:
    name = call.path["mapping"]
    return write(
        call,
        lambda change: remove_mapping(change, name),
        lambda mapping: Shown(mapping_shown(mapping)),
        {"remove_mapping": name},
    )


def _list(of: OfClient) -> Reply | Refusal:
    return Reply(MappingsShown(tuple(mapping_shown(each) for each in saved_mappings(of.books))))


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", _MAPPINGS, "saveStatementMapping", "Keep how files with one header are read",
            TAG, _save, RECORD, {201: MappingShown}, body=NamedMappingBody,
            refusals=frozenset({Code.TOO_MANY_ITEMS}), example=MAPPING,
        ),
        Operation(
            "DELETE", f"{_MAPPINGS}/{{mapping}}", "deleteStatementMapping", "Forget a mapping", TAG,
            _remove, RECORD, {200: MappingShown},
        ),
        read_operation(
            Reading(
                "/statement-mappings", "listStatementMappings", "Saved mappings of a client", TAG,
                MappingsShown,
            ),
            _list,
        ),
    )
)  # fmt: skip
