"""The HTTP edge of the console's API: route, parse, identify, answer.

Every refusal is a problem document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.edge import problem
from rowcol.edge.caller import Caller, identify
from rowcol.edge.observability import line, logger
from rowcol.service.change import Contention
from rowcol.service.store import Store, StoreUnavailable

M = TypeVar("M", bound=BaseModel)
BODY_CHARACTERS_MAX = 1_000_000
_KEY = re.compile(r"[A-Za-z0-9_\-:.]{8,128}\Z")


class Body(BaseModel):
    """A request body: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Request:
    """One API call, authenticated: path and query parameters as text, the raw body, the caller."""

    method: str
    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: str
    headers: Mapping[str, str]
    caller: Caller

    @property
    def idempotency_key(self) -> str | Refusal:
        """The `Idempotency-Key` header, needed on every POST: 8-128 letters, digits and `_-:.`."""
        key = self.headers.get("idempotency-key", "").strip().strip('"')
        if not _KEY.match(key):
            return Refusal(
                Code.INVALID_INPUT,
                "every POST needs an Idempotency-Key header"
                " of 8 to 128 letters, digits, '_', '-', ':' or '.'",
                {"field": "Idempotency-Key"},
            )
        return key

    def parsed(self, model: type[M]) -> M | Refusal:
        """The body as a model, or a refusal that names every bad field."""
        if len(self.body) > BODY_CHARACTERS_MAX:
            return Refusal(
                Code.INVALID_INPUT, "the body is too large", {"characters_max": BODY_CHARACTERS_MAX}
            )
        try:
            value = json.loads(self.body or "{}", object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            return Refusal(
                Code.INVALID_INPUT,
                f"the body is not a JSON object: {str(error)[:120]}",
                {"field": "body"},
            )
        if not isinstance(value, dict):
            return Refusal(Code.INVALID_INPUT, "the body must be a JSON object", {"field": "body"})
        try:
            return model.model_validate_json(json.dumps(value))
        except ValidationError as error:
            found = [
                {
                    "field": ".".join(str(part) for part in item["loc"]) or "body",
                    "problem": item["msg"],
                }
                for item in error.errors(include_url=False, include_input=False)[:20]
            ]
            names = ", ".join(item["field"] for item in found)
            return Refusal(Code.INVALID_INPUT, f"check {names}", {"fields": found})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"key {key[:40]!r} twice")
        result[key] = value
    return result


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer."""

    body: object
    status: int = 200
    headers: Mapping[str, str] | None = None


Handle = Callable[[Request], Reply | Refusal]


def serve(
    event: Mapping[str, Any], routes: Mapping[tuple[str, str], Handle], store: Store
) -> dict[str, Any]:
    """Answer one proxy event; one log line. Unknown routes and ill-formed ids are 404."""
    method, route = str(event.get("httpMethod", "")), str(event.get("resource", ""))
    handle = routes.get((method, route))
    path = {key: str(value) for key, value in (event.get("pathParameters") or {}).items()}
    result: Reply | Refusal = Refusal(Code.NOT_FOUND, "no such resource")
    caller = identify(event, store)
    if isinstance(caller, Refusal):
        result = caller
    elif handle is not None and all(valid_id(value) for value in path.values()):
        result = handle(_request(event, method, route, path, caller))
    answer = problem.response(result) if isinstance(result, Refusal) else _success(result)
    line(
        "request",
        method=method,
        route=route,
        status=answer["statusCode"],
        code=result.code.value if isinstance(result, Refusal) else None,
        caller=caller.actor.id if isinstance(caller, Caller) else None,
        **{f"path_{key}": value for key, value in path.items() if valid_id(value)},
    )
    return answer


def _request(
    event: Mapping[str, Any], method: str, route: str, path: dict[str, str], caller: Caller
) -> Request:
    headers = {str(key).lower(): str(value) for key, value in (event.get("headers") or {}).items()}
    query = {
        str(key): str(value) for key, value in (event.get("queryStringParameters") or {}).items()
    }
    return Request(method, route, path, query, event.get("body") or "", headers, caller)


def _success(reply: Reply) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        **(reply.headers or {}),
    }
    return {
        "statusCode": reply.status,
        "headers": headers,
        "body": json.dumps(to_plain(reply.body)),
    }


def guarded(
    event: Mapping[str, Any], routes: Mapping[tuple[str, str], Handle], store: Store
) -> dict[str, Any]:
    """`serve`, with a defect answered as a 500 problem that says nothing of the inside."""
    try:
        return serve(event, routes, store)
    except (StoreUnavailable, Contention) as busy:
        logger.warning("request not served now", extra={"reason": type(busy).__name__})
        return _plain_problem(503, "unavailable", {"Retry-After": "1"})
    except Exception:  # noqa: BLE001  # the outermost frame: logged here, told to nobody
        logger.exception("request failed")
        return _plain_problem(500, "internal", {})


def _plain_problem(status: int, code: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """A problem that says nothing of the inside."""
    body = {"type": f"{problem.TYPE_BASE}{code}", "title": code, "status": status, "code": code}
    return {
        "statusCode": status,
        "headers": {"Content-Type": problem.CONTENT_TYPE, **headers},
        "body": json.dumps(body),
    }
