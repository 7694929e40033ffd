"""Calls of the HTTP API in this process, as API Gateway would hand them to a function.

Every answer is compared with the description of its operation.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.answers import check_answer
from local.openapi import operations
from rowcol.edge.http import serve
from rowcol.edge.operation import Operations
from rowcol.service.environment import MULTI_FACTOR, Environment

_KEYS = itertools.count(1)
# Tests may serve operations of their own, of which nobody says what they answer.
_DESCRIBED = frozenset(map(id, operations()))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        return self.body.get("code") if isinstance(self.body, dict) else None


@dataclass(frozen=True)
class Web:
    """The API of one firm. `shown_at`: when the caller showed a second factor, in `acr`'s way."""

    environment: Environment
    operations: Operations
    firm: str

    def call(
        self,
        method: str,
        route: str,
        body: object = None,
        *,
        person: str,
        key: str | None = None,
        version: int | None = None,
        shown_at: datetime | None = None,
        acr: str = MULTI_FACTOR,
        query: Mapping[str, str] | None = None,
        path: Mapping[str, str] | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call; a POST gets a fresh key unless one is given, which may be empty.

        `headers` come last, whatever they say.
        """
        given, headers = headers or {}, {"Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = f"test-key-{next(_KEYS):06d}" if key is None else key
        if accept is not None:
            headers["Accept"] = accept
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        headers |= given
        context = {"sub": person, "firm": self.firm}
        if shown_at is not None:
            context |= {"acr": acr, "auth_time": str(int(shown_at.timestamp()))}
        answer = serve(
            {
                "httpMethod": method,
                "resource": route,
                "pathParameters": dict(path) if path else None,
                "queryStringParameters": dict(query) if query else None,
                "headers": headers,
                "body": json.dumps(body) if body is not None else None,
                "requestContext": {"authorizer": context},
            },
            self.operations,
            self.environment,
        )
        if id(self.operations.get((method, route))) in _DESCRIBED:
            check_answer(method, route, answer)
        is_json = "json" in answer["headers"].get("Content-Type", "json")
        told = json.loads(answer["body"] or "null") if is_json else answer["body"]
        return Answer(answer["statusCode"], told, answer["headers"])
