"""Routes that command up to 1,000 payments at once, each as its single route would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from rowcol.domain.batch import Mode
from rowcol.domain.batch_items import ITEMS_MAX, ItemOutcome, ItemResult
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.batches import BatchShown, ask
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.service.bulk import verbs
from rowcol.service.bulk.rehearse import rehearse
from rowcol.service.bulk.submit import cut_ids, items_problem
from rowcol.service.bulk.verb import Verb

TAG = "Bulk"
_BULK = "/clients/{client}/payments/bulk"


class BulkBody(Body):
    """Ids of payments, 1 to 1,000, and whether each is for itself or none unless all."""

    # Not pydantic's own limits: too many ids have a code of their own.
    ids: Annotated[tuple[str, ...], Field(json_schema_extra={"minItems": 1, "maxItems": ITEMS_MAX})]
    mode: Mode = Mode.INDEPENDENT


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What confirming would say, in the order asked; nothing was written."""

    submitted: int
    ok: int
    failed: int
    results: tuple[ItemResult, ...]


def rehearsed(results: tuple[ItemResult, ...]) -> Rehearsed:
    """Results that only might be, with their sums."""
    ok = sum(each.outcome is ItemOutcome.OK for each in results)
    return Rehearsed(len(results), ok, len(results) - ok, results)


def _validate(call: Call) -> Reply | Refusal:
    body = call.body_as(BulkBody)
    problem = items_problem(body.ids)
    if problem is not None:
        return problem
    actor = call.caller.actor
    told = rehearse(call.environment, call.scope, actor, verbs.CONFIRM, cut_ids(body.ids))
    return told if isinstance(told, Refusal) else Reply(rehearsed(told))


def _do(verb: Verb) -> Callable[[Call], Reply | Refusal]:
    def run(call: Call) -> Reply | Refusal:
        body = call.body_as(BulkBody)
        problem = items_problem(body.ids)
        if problem is not None:
            return problem
        items = cut_ids(body.ids)
        asked = {"bulk": verb.name, "mode": body.mode, "ids": items}
        return ask(call, verb, body.mode, items, asked)

    return run


_REFUSALS = frozenset({Code.TOO_MANY_ITEMS})
_EXAMPLE = {
    "ids": ["pay_01M7Z9YX1KJ2JAHSHPHY88CB01", "pay_01M7Z9YX1KJ2JAHSHPHY88CB02"],
    "mode": "independent",
}
_VERBS = (
    (verbs.CONFIRM, "bulkConfirm", "Confirm up to 1,000 records"),
    (verbs.RESET_TO_DRAFT, "bulkResetToDraft", "Reset up to 1,000 records to draft"),
    (verbs.CANCEL, "bulkCancel", "Cancel up to 1,000 payments"),
    (verbs.DELETE, "bulkDelete", "Delete up to 1,000 drafts"),
    (verbs.POST, "bulkPost", "Make sure that up to 1,000 payments are posted"),
)
OPERATIONS: Operations = table(
    (
        Operation(
            "POST", f"{_BULK}/validate", "bulkValidate",
            "What confirming up to 1,000 records would say", TAG, _validate, Permission.RECORD,
            {200: Rehearsed}, body=BulkBody, refusals=_REFUSALS, example=_EXAMPLE,
        ),
        *(
            Operation(
                "POST", f"{_BULK}/{verb.name}", name, summary, TAG, _do(verb), verb.needs,
                {200: BatchShown, 202: BatchShown}, body=BulkBody, refusals=_REFUSALS,
                example=_EXAMPLE, headers=LOCATION,
            )
            for verb, name, summary in _VERBS
        ),
    )
)  # fmt: skip
