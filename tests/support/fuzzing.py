"""Calls that schemathesis makes up from docs/openapi.json, aimed at what is really there.

Ids in paths and bodies, versions and whole bodies are good ones part of the time: otherwise nearly
every call would end at `not_found`. The seed is that of ROWCOL_FUZZ_SEED, or always the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from local.openapi import PAGE, operations
from tests.support.furnished import CLIENT, Furnished

SEED = int(os.environ.get("ROWCOL_FUZZ_SEED") or 20_261_121)
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NAMES = sorted(operation.name for operation in operations())
Pool = Mapping[str, Sequence[str]]
# In bodies: which names of the pool a field may hold.
_FIELDS = {
    "bill_id": "staged",
    "target_id": "bill",
    "change_id": "change",
    "ids": "payment",
    "counterparty_id": "vendor",
    "vendor_id": "vendor",
    "currency": "currency",
    **dict.fromkeys(("pay_on", "on", "starts_on"), "future"),
    "paid_on": "past",
}


def pool_of(house: Furnished) -> Pool:
    """What the first client of a furnished firm has."""
    return {
        **house.ids[CLIENT],
        "staged": house.ids[CLIENT]["bill"][3:4],
        "change": house.changes,
        "vendor": ["vendor-1"],
        "currency": ["USD"],
        "future": ["2026-12-01", "2026-12-02", "2026-12-04"],
        "past": ["2026-11-19", "2026-11-20"],
    }


def described() -> OpenApiSchema:
    """The description as schemathesis reads it, its paths beginning at the root."""
    raw = json.loads(PAGE.read_text(encoding="utf-8"))
    schema = schemathesis.openapi.from_dict({**raw, "servers": [{"url": "/"}]})
    # Whoever calls shows a token: spoilt ones are tested elsewhere, and would end nearly all calls.
    schema.config.generation.with_security_parameters = False
    return schema


@dataclass(frozen=True, slots=True)
class Aim:
    """What a made call is given of what is really there: ids of its path, a version, a body."""

    ids: Mapping[str, str]
    version: str | None
    body: int | None
    example: bool

    def at(self, case: Case, pool: Pool, example: Any) -> Case:
        """The call, aimed."""
        if isinstance(case.path_parameters, dict):
            case.path_parameters = {**case.path_parameters, **self.ids}
        if self.version is not None and "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = f'"{self.version}"'
        if self.example and example is not None:
            case.body = example
        if self.body is not None:
            case.body = _aimed(case.body, pool, self.body)
        return case


def _aims(path: str, pool: Pool, *, real: bool) -> st.SearchStrategy[Aim]:
    fields = {name: st.sampled_from(list(pool[name])) for name in pool if f"{{{name}}}" in path}
    known = st.fixed_dictionaries(fields)
    return st.builds(
        Aim,
        ids=known if real else st.one_of(known, known, st.fixed_dictionaries({}, optional=fields)),
        version=st.sampled_from([None, "1", "1", "1", "2"]),
        body=st.one_of(st.integers(0, 40), st.none()),
        example=st.sampled_from([False, False, True]),
    )


def _aimed(body: Any, pool: Pool, choice: int) -> Any:
    """The body with ids of what is there, or as it was made."""
    if not isinstance(body, dict):
        return body
    found = {key: _aimed(value, pool, choice) for key, value in body.items()}
    for field, name in _FIELDS.items():
        names = pool.get(name)
        if field in found and names:
            real = names[choice % len(names)]
            found[field] = [real, *found[field][:3]] if isinstance(found[field], list) else real
    return found


def cases(
    operation: APIOperation[Any, Any, Any, Any], pool: Pool, *, real: bool = False
) -> st.SearchStrategy[Case]:
    """Calls of one operation, some of them wrong in one thing or another.

    `real`: only with ids of what is there; the local engine answers other paths in its own words.
    """
    good, wrong = (
        operation.as_strategy(generation_mode=mode, feedback=NO_FEEDBACK)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    example = content.get("application/json", {}).get("example")
    return st.builds(
        lambda case, aim: aim.at(case, pool, example),
        st.one_of(good, good, wrong),
        _aims(operation.path, pool, real=real),
    )


def try_all(calls: st.SearchStrategy[Case], examples: int, call: Callable[[Case], Any]) -> None:
    """Make calls and hold each answer to the description."""

    @hypothesis.seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(calls)
    def run(case: Case) -> None:
        hypothesis.note(f"ROWCOL_FUZZ_SEED={SEED}")
        case.validate_response(call(case), checks=CHECKS)

    run()
