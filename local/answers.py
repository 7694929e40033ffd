"""Whether what the API answers is what docs/openapi.json says it answers.

Stricter than the description in one thing: fields that it does not name are not allowed here,
while others must expect them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from local.openapi import document

# Headers that every answer may have.
_ALWAYS = frozenset({"Content-Type", "Cache-Control"})


class Undeclared(AssertionError):
    """An operation answered what its description does not have."""


def check_answer(method: str, route: str, answer: Mapping[str, Any]) -> None:
    """Compare a proxy answer with the description. Raises Undeclared.

    A route that nobody described must be 404.
    """
    status, text = answer["statusCode"], answer["body"] or ""
    where = f"{method} {route} answered {status} {text[:300]}"
    described = _paths().get(route, {}).get(method.lower())
    if described is None:
        if status not in (403, 404):
            raise Undeclared(f"{where}: no such operation")
        return
    declared = described["responses"].get(str(status))
    if declared is None:
        raise Undeclared(f"{where}: no such status")
    unknown = set(answer["headers"]) - _ALWAYS - set(declared.get("headers", ()))
    if unknown:
        raise Undeclared(f"{where}: undeclared headers {sorted(unknown)}")
    if "content" not in declared:
        if text:
            raise Undeclared(f"{where}: has a body")
        return
    kind = answer["headers"].get("Content-Type", "").partition(";")[0]
    if kind not in declared["content"]:
        raise Undeclared(f"{where}: is {kind}")
    if not kind.endswith("json"):
        return
    problems = _validator(method.lower(), route, str(status), kind).iter_errors(json.loads(text))
    told = [f"{'.'.join(map(str, one.instance_path))}: {one.message[:300]}" for one in problems]
    if told:
        raise Undeclared("\n".join([where, *told[:5]]))


@cache
def _document() -> dict[str, Any]:
    return document()


def _paths() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = _document()["paths"]
    return found


@cache
def _validator(method: str, route: str, status: str, kind: str) -> jsonschema_rs.Validator:
    shown = _paths()[route][method]["responses"][status]["content"][kind]["schema"]
    schemas = _document()["components"]["schemas"]
    whole = {**shown, "components": {"schemas": {n: _closed(s) for n, s in schemas.items()}}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _closed(schema: Any) -> Any:
    """The same schema without room for fields that it does not name."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _closed(value) for key, value in schema.items()}
    # `properties` may also be the name of a field, with a schema of its own: a dict with a type.
    is_object = schema.get("type") == "object" and "properties" in schema
    return {"additionalProperties": False, **inner} if is_object else inner
