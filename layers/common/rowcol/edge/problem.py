"""Refusals as RFC 9457 problem details: stable codes with the numbers that explain them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge import signature_challenge, step_up

CONTENT_TYPE = "application/problem+json"
TYPE_BASE = "https://rowcol.dev/problems/"
_STATUS = {
    Code.NOT_FOUND: 404,
    Code.INVALID_INPUT: 400,
    Code.FORBIDDEN: 403,
    Code.STEP_UP_REQUIRED: 401,
    **dict.fromkeys(signature_challenge.CODES, 401),
    Code.IDEMPOTENCY_MISMATCH: 409,
    Code.CONFLICT: 409,
    Code.WRONG_STATE: 409,
    Code.VERB_NOT_ALLOWED: 409,
    Code.RATE_LIMITED: 429,
    Code.ALREADY_STAGED: 409,
    Code.NOT_STAGED: 409,
    Code.LIVE_PAYMENT_EXISTS: 409,
    Code.TOO_LATE: 409,
    Code.LIVE_BALANCE_POSSIBLE: 409,
    Code.BALANCE_NEWER: 409,
    Code.OUTCOME_UNKNOWN: 409,
    Code.SECOND_PERSON_REQUIRED: 403,
    Code.SAME_PERSON: 403,
    Code.VERSION_MISMATCH: 412,
    Code.VERSION_REQUIRED: 428,
    Code.NOT_DRAFT: 409,
    Code.NUMBERED: 409,
    Code.RAIL_PAYMENT: 409,
    Code.ALREADY_ASKED: 409,
    Code.NO_PENDING_CHANGE: 409,
    Code.BATCH_MEMBER: 409,
    Code.ALREADY_EXISTS: 409,
    Code.IN_USE: 409,
    Code.LINE_TAKEN: 409,
    Code.LAST_ADMIN: 409,
    Code.LOG_BROKEN: 409,
    Code.UNKNOWN_VALUE: 400,
    Code.DATE_IMPOSSIBLE: 400,
    Code.TOO_MANY_ITEMS: 400,
    Code.IMPORT_UNREADABLE: 400,
    Code.NOT_CONNECTED: 409,
    Code.TENANT_TAKEN: 409,
    Code.TENANT_DIFFERS: 409,
    Code.RAIL_UNAVAILABLE: 502,
    Code.NO_ADDRESS: 409,
    Code.MAIL_UNAVAILABLE: 502,
}
# What to do, where the refusal itself does not know better.
_REMEDY = {
    Code.VERSION_MISMATCH: "read it again and send the ETag it has now in If-Match",
    Code.VERSION_REQUIRED: "read it and send its ETag in If-Match",
    Code.LIVE_PAYMENT_EXISTS: "use that payment's own commands, or cancel it first",
    Code.FORBIDDEN: "have somebody do it who holds such a role",
}


def status_of(code: Code) -> int:
    """HTTP status of a refusal code; 422 for what the business rules refuse."""
    return _STATUS.get(code, 422)


def problem(refusal: Refusal, status: int | None = None) -> dict[str, Any]:
    """The body: type, title, status, code, detail, numbers, remedy, link."""
    code = status if status is not None else status_of(refusal.code)
    body = {
        "type": f"{TYPE_BASE}{refusal.code.value}",
        "title": refusal.code.value.replace("_", " "),
        "status": code,
        "code": refusal.code.value,
        "detail": refusal.detail,
        "numbers": to_plain(refusal.numbers) or None,
        "remedy": refusal.remedy or _REMEDY.get(refusal.code),
        "link": refusal.link,
    }
    return {key: value for key, value in body.items() if value is not None}


def response(refusal: Refusal, acr_values: Sequence[str]) -> dict[str, Any]:
    """The API Gateway proxy answer of a refusal.

    One that wants a second factor says which in `WWW-Authenticate`. A REST API hands that on as
    `x-amzn-Remapped-WWW-Authenticate`, so its parameters are members of the body too.
    """
    body = problem(refusal)
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    if refusal.code is Code.STEP_UP_REQUIRED:
        body |= step_up.parameters(refusal, acr_values)
        headers["WWW-Authenticate"] = step_up.challenge(refusal, acr_values)
    elif refusal.code in signature_challenge.CODES:
        headers |= signature_challenge.headers(refusal)
    return {"statusCode": body["status"], "headers": headers, "body": json.dumps(body)}
