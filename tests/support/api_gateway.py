"""What API Gateway does before a function, as a WSGI application in this process.

Static parts of a path win over parameters; parameters are decoded; of a repeated query parameter
or header the last counts; a route that nobody has is 404. Answers are held to the description.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.answers import check_answer
from rowcol.edge.http import serve
from rowcol.edge.operation import Operations
from rowcol.service.environment import MULTI_FACTOR, Environment

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def matched(paths: Iterable[str], path: str) -> tuple[str, dict[str, str]] | None:
    """The route that a path means, with its parameters as they were sent."""
    parts = path.split("/")
    best: tuple[list[bool], str, dict[str, str]] | None = None
    for route in paths:
        wanted = route.split("/")
        if len(wanted) != len(parts):
            continue
        static = [not part.startswith("{") for part in wanted]
        pairs = list(zip(wanted, parts, static, strict=True))
        if any(fixed and want != part for want, part, fixed in pairs):
            continue
        if best is None or static > best[0]:
            found = {want[1:-1]: part for want, part, fixed in pairs if not fixed}
            best = (static, route, found)
    return None if best is None else (best[1], best[2])


class Gateway:
    """The operations, asked by one person with a second factor shown just now."""

    def __init__(
        self, operations: Operations, environment: Environment, firm: str, person: str
    ) -> None:
        self.operations, self.environment = operations, environment
        self.firm, self.person = firm, person
        self._paths = {path for _, path in operations}

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> list[bytes]:
        """One call."""
        answer = self._answer(environ)
        status = HTTPStatus(answer["statusCode"])
        start(f"{status.value} {status.phrase}", list(answer["headers"].items()))
        body = str(answer["body"])
        if answer.get("isBase64Encoded"):
            return [base64.b64decode(body)]
        return [body.encode()]

    def _answer(self, environ: Mapping[str, Any]) -> dict[str, Any]:
        method = str(environ["REQUEST_METHOD"])
        raw = str(environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")[0]
        found = matched(self._paths, raw)
        if found is None or (method, found[0]) not in self.operations:
            return _missing()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").title(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        now = str(int(self.environment.now().timestamp()))
        caller = {"sub": self.person, "firm": self.firm, "acr": MULTI_FACTOR, "auth_time": now}
        event = {
            "httpMethod": method,
            "resource": found[0],
            "pathParameters": {name: unquote(value) for name, value in found[1].items()} or None,
            "queryStringParameters": dict(
                parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
            ),
            "headers": headers,
            "body": environ["wsgi.input"].read(length).decode("utf-8", "replace"),
            "requestContext": {"authorizer": caller},
        }
        answer = serve(event, self.operations, self.environment)
        check_answer(method, found[0], answer)
        return answer


def _missing() -> dict[str, Any]:
    """As the gateway itself answers: the template's response for an unknown route."""
    body = {"type": "about:blank", "title": "not found", "status": 404, "code": "not_found"}
    return {
        "statusCode": 404,
        "headers": {"Content-Type": "application/problem+json"},
        "body": json.dumps(body),
    }
