"""Whatever fits the description, or nearly fits it, is answered as the description says.

In this process, over the store in memory: many calls in little time. Each begins with the same
books, so that a failure can be repeated alone.
"""

from __future__ import annotations

from typing import Any

import pytest
from schemathesis import Case
from schemathesis.specs.openapi.schemas import OpenApiSchema

from rowcol.edge import http
from tests.support.api_gateway import Gateway
from tests.support.furnished import ADMIN, FIRM, OPERATIONS, Furnished
from tests.support.fuzzing import NAMES, described, pool_of, try_all

EXAMPLES = 30


@pytest.fixture(scope="module")
def house() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of lines of requests help nobody."""
    monkeypatch.setattr(http, "line", lambda *_, **__: None)


@pytest.fixture(scope="module")
def schema() -> OpenApiSchema:
    return described()


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_as_described(house: Furnished, schema: OpenApiSchema, name: str) -> None:
    gateway = Gateway(OPERATIONS, house.environment, FIRM, ADMIN)

    def call(case: Case) -> Any:
        house.restore()
        return case.call(app=gateway)

    try_all(schema, name, pool_of(house), EXAMPLES, call)
    house.restore()
