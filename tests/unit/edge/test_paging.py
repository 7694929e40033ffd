"""Every list, page by page: each item once; and no cursor, however made up, is a defect."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from rowcol.edge.download import Produces
from rowcol.edge.operation import Operation
from tests.support.furnished import ADMIN, OPERATIONS, Furnished

# They walk a whole log, part by part, and list nothing.
WALKS = {"verifyAudit", "verifyFirmAudit"}
LISTS = sorted(
    (
        one
        for one in OPERATIONS.values()
        if "cursor" in one.query.model_fields
        and not isinstance(one.answers.get(200), Produces)
        and one.name not in WALKS
    ),
    key=lambda one: one.name,
)
# Of which a furnished firm has nothing: tried with strange cursors here, with rows elsewhere.
EMPTY = {"listJournal", "listInvoices", "listSyncs", "listReconciliationTurns", "readPayout"}
EACH = pytest.mark.parametrize("operation", LISTS, ids=lambda one: one.name)
HOUSE = Furnished()


def asked(operation: Operation, query: dict[str, str]) -> dict[str, str]:
    """With what the list cannot do without."""
    return {"year": "2026", **query} if "year" in operation.query.model_fields else query


def page(operation: Operation, **query: str) -> Any:
    told = asked(operation, query)
    answer = HOUSE.ask(operation, HOUSE.path_of(operation), ADMIN, query=told)
    assert answer.status == 200, answer.body
    return answer.body


def rows(body: Any) -> list[str]:
    [found] = [value for name, value in body.items() if name in ("items", "results", "rows")]
    return [json.dumps(row, sort_keys=True) for row in found]


def test_there_are_lists() -> None:
    assert len(LISTS) >= 9


@EACH
@pytest.mark.parametrize("limit", ["1", "2", "3"])
def test_small_pages_hold_what_a_large_one_does(operation: Operation, limit: str) -> None:
    whole = page(operation, limit="200")
    assert whole["next_cursor"] is None
    found: list[str] = []
    query = {"limit": limit}
    while True:
        body = page(operation, **query)
        assert len(rows(body)) <= int(limit)
        found += rows(body)
        if body["next_cursor"] is None:
            break
        query["cursor"] = body["next_cursor"]
        assert len(found) < 1_000, "a list without end"
    assert found == rows(whole)
    assert len(set(found)) == len(found)
    assert found or operation.name in EMPTY


def forged(cursor: str, after: str) -> str:
    """The same cursor, going on somewhere else."""
    try:
        mark, _ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return after  # it was a plain key
    text = json.dumps([mark, after])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


STRANGE = (
    "x", "-1", "0", "9" * 13, "9" * 900, "a/b", "../x", "\x00", "\U0001f600" * 50, "#", "open#",
    "2026-11-20#", "\u00b2", "1e3", " 1",
)  # fmt: skip


@EACH
@pytest.mark.parametrize("after", STRANGE)
def test_a_made_up_cursor_is_no_defect(operation: Operation, after: str) -> None:
    known = page(operation, limit="1")["next_cursor"] or "e30"
    for cursor in (after, forged(known, after)):
        query = asked(operation, {"cursor": cursor})
        answer = HOUSE.ask(operation, HOUSE.path_of(operation), ADMIN, query=query)
        assert answer.status in (200, 400), answer.body
        if answer.status == 400:
            assert answer.code == "invalid_input"
