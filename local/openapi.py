"""Writes docs/openapi.json: the API as its operations describe themselves (OpenAPI 3.1).

Run `python -m local.openapi`. A test compares the file with what the code says.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from local.json_schema import Schema
from local.openapi_codes import codes_of
from local.openapi_components import Components
from local.openapi_rails import paths_of_rails
from rowcol.domain.refusal import Code
from rowcol.edge import (
    audit_proof,
    balance_request,
    cash_operations,
    connections,
    decision_operations,
    digest_operations,
    payment_operations,
    people_operations,
    plans,
    query_operations,
    receivables_operations,
    reconciliation,
    settings_operations,
    statement_operations,
    tray_operations,
    webhook_subscriptions,
)
from rowcol.edge.download import Produces
from rowcol.edge.exports import routes as export_routes
from rowcol.edge.operation import NoBody, Operation
from rowcol.edge.problem import CONTENT_TYPE, TYPE_BASE, status_of

PAGE = Path(__file__).parents[1] / "docs" / "openapi.json"
_ID = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
_KEY = {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{8,128}$"}
_ETAG = {"type": "string", "pattern": '^(W/)?"[0-9]{1,12}"$'}
# What API Gateway answers by itself, as the template words it: no token, no rights, too much.
_GATEWAY = {
    401: "unauthenticated",
    403: "access_denied",
    413: "too_large",
    429: "throttled",
    504: "timeout",
}


def operations() -> tuple[Operation, ...]:
    """Every operation of every function of the API, by path and method."""
    parts = (
        audit_proof.READS,
        export_routes.OPERATIONS,
        decision_operations.OPERATIONS,
        balance_request.OPERATIONS,
        cash_operations.OPERATIONS,
        connections.OPERATIONS,
        webhook_subscriptions.OPERATIONS,
        reconciliation.OPERATIONS,
        payment_operations.OPERATIONS,
        people_operations.OPERATIONS,
        digest_operations.OPERATIONS,
        settings_operations.OPERATIONS,
        statement_operations.OPERATIONS,
        plans.PROPOSALS,
        tray_operations.OPERATIONS,
        query_operations.OPERATIONS,
        receivables_operations.OPERATIONS,
    )
    found = [operation for part in parts for operation in part.values()]
    return tuple(sorted(found, key=lambda one: (one.path, one.method)))


def document() -> dict[str, Any]:
    """The whole description."""
    components, paths = Components(), dict[str, dict[str, Any]]()
    for operation in operations():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(
            operation, components
        )
    paths |= paths_of_rails()
    tags = sorted({operation.tag for operation in operations()} | {"Webhooks"})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "RowCol",
            "version": "1",
            "summary": "Bills, payments, ledger and bank of many clients, proved to agree.",
            "description": "Money is whole minor units of a currency. Instants are UTC, dates are"
            " the client's. Refusals are problem documents with stable codes.",
            "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        },
        "servers": [{"url": "https://{host}/{stage}", "variables": _HOST}],
        "tags": [{"name": name} for name in tags],
        "security": [{"oidc": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components.schemas(),
            "securitySchemes": {
                "oidc": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of the firm's OpenID Connect provider."
                    " Machines sign what they write besides (RFC 9421): docs/api.md.",
                }
            },
        },
    }


_HOST = {"host": {"default": "localhost:8080"}, "stage": {"default": "local"}}


def _described(operation: Operation, components: Components) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": list(_parameters(operation)),
        "responses": dict(sorted(_responses(operation, components).items())),
    }
    if operation.body is not NoBody:
        content: dict[str, Any] = {"schema": components.body(operation.body)}
        if operation.example is not None:
            content["example"] = dict(operation.example)
        shown["requestBody"] = {"required": True, "content": {"application/json": content}}
    elif operation.method == "POST":
        empty = {"type": "object", "additionalProperties": False}
        shown["requestBody"] = {"content": {"application/json": {"schema": empty}}}
    return shown


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{([a-z_]+)}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": _ID}
    if operation.needs_key:
        yield _header("Idempotency-Key", _KEY, "The same key and input have the same answer.")
    if operation.if_match:
        yield _header("If-Match", _ETAG, "The ETag of the version you have seen.")
    query = operation.query.model_json_schema()
    inner = query.get("$defs", {})
    for name, schema in query.get("properties", {}).items():
        yield {
            "name": name,
            "in": "query",
            "required": name in query.get("required", ()),
            "schema": _single(_inlined(schema, inner)),
        }


def _header(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "schema": schema,
        "description": description,
    }


def _inlined(schema: Any, inner: Mapping[str, Schema]) -> Any:
    """A schema with what it refers to in its place: a query parameter's is read on its own."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            found = dict(inner[schema["$ref"].rpartition("/")[2]])
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return found | rest
        return {key: _inlined(value, inner) for key, value in schema.items()}
    return [_inlined(one, inner) for one in schema] if isinstance(schema, list) else schema


def _single(schema: Schema) -> Schema:
    """Without the null that stands for a parameter that is not sent."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    kept = {"default": schema["default"]} if schema.get("default") is not None else {}
    if len(choices) == 1:
        return {**choices[0], **rest, **kept}
    return {**({"anyOf": choices} if choices else {}), **rest, **kept}


def _responses(operation: Operation, components: Components) -> dict[str, Any]:
    found: dict[str, Any] = {}
    said = {**operation.headers, **(_REPLAYED if operation.needs_key else {})}
    for status, kind in operation.answers.items():
        is_file = isinstance(kind, Produces)
        found[str(status)] = {
            "description": operation.summary,
            **_headers({**said, **(_FILE if is_file else {})}),
            **({} if status == 204 else {"content": _content(kind, components)}),
        }
    refused = {
        status: sorted(code.value for code in codes)
        for status, codes in _by_status(codes_of(operation)).items()
    }
    for status, code in _GATEWAY.items():
        if status != 413 or operation.body is not NoBody:
            refused.setdefault(status, []).append(code)
    refused[503] = ["unavailable"]
    for status, words in refused.items():
        found[str(status)] = {**_problem(status, words), **_headers(_OF_STATUS.get(status, {}))}
    return found


def _content(kind: Any, components: Components) -> dict[str, Any]:
    """What an answer is: JSON of a type, or a file of one of several types."""
    if isinstance(kind, Produces):
        return {name: {"schema": {}} for name in kind.media_types}
    return {"application/json": {"schema": components.answer(kind)}}


_FILE = {"Content-Disposition": "The file's name."}
_REPLAYED = {"Idempotency-Replayed": "`true` when this is the answer the key was given before."}
_RETRY = {"Retry-After": "Seconds until it is worth trying again."}
# 401: no token or an invalid one, a second factor is wanted (RFC 9470), or a signature (RFC 9421).
_OF_STATUS: Mapping[int, Mapping[str, str]] = {
    401: {
        "WWW-Authenticate": "How to come by what is missing (RFC 6750, RFC 9470).",
        "Accept-Signature": "What a machine's signature must cover (RFC 9421, section 5).",
    },
    429: _RETRY,
    503: _RETRY,
}


def _headers(said: Mapping[str, str]) -> dict[str, Any]:
    """What an answer's headers say, if it has any."""
    shown = {
        name: {"description": words, "schema": {"type": "string"}} for name, words in said.items()
    }
    return {"headers": shown} if shown else {}


def _by_status(codes: Iterable[Code]) -> dict[int, list[Code]]:
    found: dict[int, list[Code]] = {}
    for code in codes:
        found.setdefault(status_of(code), []).append(code)
    return found


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    by_gateway = codes[0] == _GATEWAY.get(status)
    return {
        "description": ", ".join(codes),
        "content": {
            CONTENT_TYPE: {
                "schema": {
                    "allOf": [{"$ref": "#/components/schemas/Problem"}],
                    "properties": {"code": {"enum": codes}, "status": {"const": status}},
                },
                "example": {
                    "type": "about:blank" if by_gateway else f"{TYPE_BASE}{codes[0]}",
                    "title": codes[0].replace("_", " "),
                    "status": status,
                    "code": codes[0],
                },
            }
        },
    }


def text() -> str:
    """The page as its file holds it."""
    return json.dumps(document(), indent=1, sort_keys=False) + "\n"


def main() -> int:
    """The command; gives its exit status."""
    PAGE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
