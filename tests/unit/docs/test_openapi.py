"""docs/openapi.json: what the code says, valid, with examples that fit, and as deployed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from local.openapi import PAGE, document, operations, text
from local.openapi_codes import codes_of
from rowcol.domain.refusal import Code
from rowcol.edge.operation import NoBody, Operation
from rowcol.edge.problem import status_of
from tests.unit.template.document import as_expanded

OPERATIONS = operations()
DOCUMENT: dict[str, Any] = json.loads(PAGE.read_text(encoding="utf-8"))


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def schema_of(inner: dict[str, Any]) -> jsonschema.Draft202012Validator:
    whole = {**inner, "components": DOCUMENT["components"]}
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(whole, format_checker=formats)


def each(found: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", found, ids=lambda one: one.name)


def test_the_file_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == text(), "run python -m local.openapi"
    assert text() == text()


def test_it_is_valid_openapi() -> None:
    validate(document())


def test_names_are_unique_and_all_in_one_style() -> None:
    names = [operation["operationId"] for _, operation in described()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", name) for name in names)
    assert all(operation["summary"] and operation["tags"] for _, operation in described())


def test_every_operation_is_described_once_and_nothing_else() -> None:
    webhooks = {f"POST /webhooks/{rail}/{{endpoint_key}}" for rail in ("ramp", "plaid", "qbo")}
    told = {route for route, _ in described()}
    assert told == {f"{one.method} {one.path}" for one in OPERATIONS} | webhooks | {
        "POST /webhooks/stripe/{endpoint_key}",
        "GET /connections/{rail}/callback",
    }


@each([one for one in OPERATIONS if one.body is not NoBody])
def test_a_body_has_an_example_that_fits_it(operation: Operation) -> None:
    assert operation.example is not None
    shown = DOCUMENT["paths"][operation.path][operation.method.lower()]["requestBody"]
    content = shown["content"]["application/json"]
    assert content["example"] == operation.example
    problems = [
        error.message for error in schema_of(content["schema"]).iter_errors(content["example"])
    ]
    assert problems == []
    operation.body.model_validate_json(json.dumps(operation.example))


def test_examples_of_refusals_fit_their_schemas() -> None:
    for route, operation in described():
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                if "example" in content:
                    schema_of(content["schema"]).validate(content["example"])
        assert route


@each(list(OPERATIONS))
def test_every_code_is_under_its_status(operation: Operation) -> None:
    shown = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    for code in codes_of(operation):
        content = shown[str(status_of(code))]["content"]["application/problem+json"]
        assert code.value in content["schema"]["properties"]["code"]["enum"]
    assert {"401", "403", "404", "429", "503"} <= set(shown)


# Reasons of holds and of items of batches, and what is kept for later: never of a whole call.
NOT_OF_A_CALL = {
    Code.FENCED,
    Code.GUARDRAIL_ACCOUNT,
    Code.ITEM_FAILED,
    Code.MISSED_CUTOFF,
    Code.RESERVE_UNCOVERED,
    Code.ROUTE_INVALID,
    Code.TENANT_DIFFERS,  # on the page of a consent alone
}


def test_every_code_that_a_call_may_meet_is_somewhere() -> None:
    told = {code for operation in OPERATIONS for code in codes_of(operation)}
    assert set(Code) - told <= NOT_OF_A_CALL, sorted(set(Code) - told)
    assert not told & NOT_OF_A_CALL, sorted(told & NOT_OF_A_CALL)


def test_what_the_gateway_answers_by_itself_is_described() -> None:
    [api] = as_expanded("AWS::ApiGateway::RestApi").values()
    answers = api["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    worded = [
        json.loads(answer["responseTemplates"]["application/json"])
        for kind, answer in answers.items()
        if "statusCode" in answer
    ]
    assert {one["status"] for one in worded} >= {401, 403, 404, 413, 429, 504}
    for operation in OPERATIONS:
        shown = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
        for problem in worded:
            described = shown.get(str(problem["status"]))
            if described is None:
                assert (problem["status"], operation.body) == (413, NoBody)
                continue
            schema_of(described["content"]["application/problem+json"]["schema"]).validate(problem)


def test_headers_are_where_they_belong() -> None:
    for operation in OPERATIONS:
        shown = DOCUMENT["paths"][operation.path][operation.method.lower()]
        sent = {one["name"] for one in shown["parameters"] if one["in"] == "header"}
        assert ("Idempotency-Key" in sent) == (operation.method == "POST")
        assert ("If-Match" in sent) == operation.if_match
        for status in operation.answers:
            headers = shown["responses"][str(status)].get("headers", {})
            assert ("Idempotency-Replayed" in headers) == (operation.method == "POST")
            assert set(operation.headers) <= set(headers)
        if operation.if_match:
            assert "ETag" in operation.headers, operation.name
        assert "Retry-After" in shown["responses"]["503"]["headers"]


def test_a_token_is_needed_everywhere_but_where_rails_and_browsers_come() -> None:
    assert DOCUMENT["security"] == [{"oidc": []}]
    for route, operation in described():
        is_open = "/webhooks/" in route or route.endswith("/callback")
        assert ("security" in operation) == is_open


def test_a_workflow_token_is_never_shown() -> None:
    assert "token" not in DOCUMENT["components"]["schemas"]["Custody"]["properties"]
