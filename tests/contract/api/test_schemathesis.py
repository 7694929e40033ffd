"""Whatever fits the description, or nearly fits it, is answered as the description says.

In this process, over the store in memory: many calls in little time. Each begins with the same
books, so that a failure can be repeated alone.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from schemathesis import Case
from schemathesis.specs.openapi.schemas import OpenApiSchema

from rowcol.edge import http
from tests.support.api_gateway import Gateway
from tests.support.furnished import ADMIN, FIRM, OPERATIONS, Furnished
from tests.support.fuzzing import NAMES, cases, described, pool_of, try_all

EXAMPLES = int(os.environ.get("ROWCOL_FUZZ_EXAMPLES") or 30)


@pytest.fixture(scope="module")
def house() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture(scope="module")
def reached() -> dict[str, set[int]]:
    """By operation: classes of the statuses that were answered."""
    return {}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of lines of requests help nobody."""
    monkeypatch.setattr(http, "line", lambda *_, **__: None)


@pytest.fixture(scope="module")
def schema() -> OpenApiSchema:
    return described()


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_as_described(
    house: Furnished, schema: OpenApiSchema, reached: dict[str, set[int]], name: str
) -> None:
    gateway = Gateway(OPERATIONS, house.environment, FIRM, ADMIN)

    def call(case: Case) -> Any:
        house.restore()
        answer = case.call(app=gateway)
        reached.setdefault(name, set()).add(answer.status_code // 100)
        return answer

    try_all(cases(schema.find_operation_by_id(name), pool_of(house)), EXAMPLES, call)
    house.restore()


def test_most_calls_did_what_they_were_for(reached: dict[str, set[int]]) -> None:
    """Were they all refused, the tests above would say nothing."""
    done = [name for name, statuses in reached.items() if 2 in statuses]
    assert len(done) > len(reached) / 2, reached
