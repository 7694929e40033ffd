"""The HTTP edge of the console's API: route, identify, check rights, parse, run, answer.

Every refusal is a problem document. Checks in the order of design section 4: authentication and
scope, rights, idempotency key, precondition, input; the rest is the use case's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, valid_id
from rowcol.edge import download, problem, signed_request
from rowcol.edge.caller import Caller, identify
from rowcol.edge.observability import line, logger
from rowcol.edge.operation import Call, Operation, Operations, Reply
from rowcol.edge.rail_links import refusal_here, shown_here
from rowcol.service.change import Contention, UnknownClient
from rowcol.service.environment import Environment
from rowcol.service.store import StoreUnavailable

M = TypeVar("M", bound=BaseModel)
_KEY = re.compile(r"[A-Za-z0-9_\-:.]{8,128}\Z")
_NO_WORDS = frozenset({"enum", "literal_error"})
_NO_DATES = frozenset({"date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"})
_WORDS = {
    "missing": "is needed",
    "extra_forbidden": "no such field here",
    **dict.fromkeys(_NO_DATES, "a day of the calendar, as YYYY-MM-DD"),
}
_ETAG = re.compile(r'(?:W/)?"(\d{1,12})"\Z')


def serve(
    event: Mapping[str, Any],
    operations: Operations,
    environment: Environment,
    deadline: datetime | None = None,
) -> dict[str, Any]:
    """Answer one proxy event; one log line. Unknown routes and ill-formed ids are 404."""
    method, route = str(event.get("httpMethod", "")), str(event.get("resource", ""))
    operation = operations.get((method, route))
    path = {key: str(value) for key, value in (event.get("pathParameters") or {}).items()}
    result: Reply | Refusal = Refusal(Code.NOT_FOUND, "no such resource")
    caller = identify(event, environment.store, environment.acr_values)
    if isinstance(caller, Refusal):
        result = caller
    elif operation is not None and all(valid_id(value) for value in path.values()):
        unsigned = signed_request.refusal_of(event, operation, caller, environment)
        call = unsigned or _call(event, operation, environment, caller, path)
        if isinstance(call, Refusal):
            result = call
        else:
            result = _run(operation, replace(call, deadline=deadline))
        if isinstance(result, Reply) and isinstance(result.body, download.Download):
            result = download.not_accepted(result.body, _headers(event)) or result
    answer = (
        problem.response(refusal_here(result, environment.sites), environment.acr_values)
        if isinstance(result, Refusal)
        else _success(result, environment.sites)
    )
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


def _run(operation: Operation, call: Call) -> Reply | Refusal:
    try:
        return operation.run(call)
    except UnknownClient:
        return Refusal(Code.NOT_FOUND, "no such client")


def _call(
    event: Mapping[str, Any],
    operation: Operation,
    environment: Environment,
    caller: Caller,
    path: dict[str, str],
) -> Call | Refusal:
    if operation.needs is not None:
        refused = caller.refusal(path.get("client", FIRM_WIDE), operation.needs)
        if refused is not None:
            return refused
    headers = _headers(event)
    key = _key(headers) if operation.needs_key else None
    if isinstance(key, Refusal):
        return key
    version = _version(headers) if operation.if_match else None
    if isinstance(version, Refusal):
        return version
    asked = {str(k): str(v) for k, v in (event.get("queryStringParameters") or {}).items()}
    query = validated(operation.query, asked, "query")
    if isinstance(query, Refusal):
        return query
    body = _body(operation.body, event.get("body") or "", operation.body_characters_max)
    if isinstance(body, Refusal):
        return body
    return Call(environment, caller, path, body, query, key, version)


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Headers by their names in lower case."""
    return {str(key).lower(): str(value) for key, value in (event.get("headers") or {}).items()}


def _key(headers: Mapping[str, str]) -> str | Refusal:
    """The `Idempotency-Key` header, needed on every POST: 8-128 letters, digits and `_-:.`."""
    key = headers.get("idempotency-key", "").strip().strip('"')
    if _KEY.match(key):
        return key
    return Refusal(
        Code.INVALID_INPUT,
        "every POST needs an Idempotency-Key header"
        " of 8 to 128 letters, digits, '_', '-', ':' or '.'",
        {"field": "Idempotency-Key"},
    )


def _version(headers: Mapping[str, str]) -> int | Refusal:
    """The version in `If-Match`, as the ETag of the read showed it (RFC 9110, section 13.1.1)."""
    asked = headers.get("if-match", "").strip()
    if not asked:
        return Refusal(
            Code.VERSION_REQUIRED, "send If-Match with the ETag of the version you have seen"
        )
    found = _ETAG.match(asked)
    if found is None:
        return Refusal(
            Code.INVALID_INPUT, "If-Match holds one ETag as it was given", {"field": "If-Match"}
        )
    return int(found[1])


def _body(model: type[M], text: str, characters_max: int) -> M | Refusal:
    """The body as a model, or a refusal that names every bad field."""
    if len(text) > characters_max:
        return Refusal(
            Code.INVALID_INPUT, "the body is too large", {"characters_max": characters_max}
        )
    try:
        value = json.loads(text or "{}", object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        return Refusal(
            Code.INVALID_INPUT,
            f"the body is not a JSON object: {str(error)[:120]}",
            {"field": "body"},
        )
    if not isinstance(value, dict):
        return Refusal(Code.INVALID_INPUT, "the body must be a JSON object", {"field": "body"})
    return validated(model, value, "body")


def validated(model: type[M], value: dict[str, Any], where: str) -> M | Refusal:
    """A plain value as a model, or a refusal that names every bad field of it."""
    try:
        return model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        found = [
            {
                "field": _short(".".join(str(part) for part in item["loc"]) or where),
                "problem": _short(_WORDS.get(item["type"], item["msg"])),
            }
            for item in errors[:20]
        ]
        names = "; ".join(f"{item['field']}: {item['problem']}" for item in found)
        code = _code_of({item["type"] for item in errors})
        return Refusal(code, f"check {names}", {"fields": found})


def _short(text: str) -> str:
    """A name or problem within 200 characters: some of them quote what the caller sent."""
    return text if len(text) <= 200 else f"{text[:199]}…"


def _code_of(problems: set[str]) -> Code:
    """What is wrong with all bad fields alike has a code of its own."""
    if problems <= _NO_WORDS:
        return Code.UNKNOWN_VALUE
    return Code.DATE_IMPOSSIBLE if problems <= _NO_DATES else Code.INVALID_INPUT


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"key {key[:40]!r} twice")
        result[key] = value
    return result


def _success(reply: Reply, sites: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(reply.body, download.Download):
        return download.response(reply.body)
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        **(reply.headers or {}),
    }
    body = "" if reply.status == 204 else json.dumps(shown_here(to_plain(reply.body), sites))
    return {"statusCode": reply.status, "headers": headers, "body": body}


def guarded(
    event: Mapping[str, Any],
    operations: Operations,
    environment: Environment,
    deadline: datetime | None = None,
) -> dict[str, Any]:
    """`serve`, with a defect answered as a 500 problem that says nothing of the inside."""
    try:
        return serve(event, operations, environment, deadline)
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
