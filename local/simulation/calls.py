"""Calls of the HTTP API in a simulated run: the event that a function gets, and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.simulation.registration import FIRM
from rowcol.service.environment import MULTI_FACTOR


@dataclass(frozen=True, slots=True)
class Answered:
    """What the API answered; `version` as its ETag says, 0 when it says none."""

    status: int
    body: Any
    version: int = 0


def event_of(
    person: str, method: str, route: str, path: Mapping[str, str], given: Mapping[str, Any]
) -> dict[str, Any]:
    """A proxy event. `given`: body, query, key (Idempotency-Key), version (If-Match), shown_at.

    `shown_at`: seconds since 1970 at which the person showed a second factor.
    """
    body, shown_at = given.get("body"), given.get("shown_at")
    headers = {"Idempotency-Key": given.get("key", "")}
    if "version" in given:
        headers["If-Match"] = f'"{given["version"]}"'
    factor = {"acr": MULTI_FACTOR, "auth_time": str(shown_at)} if shown_at else {}
    return {
        "httpMethod": method,
        "resource": route,
        "pathParameters": dict(path),
        "queryStringParameters": given.get("query"),
        "headers": headers,
        "body": json.dumps(body) if body is not None else None,
        "requestContext": {"authorizer": {"sub": person, "firm": FIRM, **factor}},
    }


def answered(answer: Mapping[str, Any]) -> Answered:
    """The answer of a proxy function."""
    version = answer["headers"].get("ETag", "0").strip('"')
    return Answered(answer["statusCode"], json.loads(answer["body"] or "null"), int(version))
