"""Stripe's refusals: one `error` object with a type, mostly a code, and a message."""

from __future__ import annotations

from local.simulators.messages import Json, Refusal, SimResponse, json_response

_DOCS = "https://stripe.com/docs/error-codes/"


def error_response(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> SimResponse:
    """A refusal as Stripe writes it."""
    error: Json = {"message": message, "type": kind}
    if code is not None:
        error.update(code=code, doc_url=_DOCS + code.replace("_", "-"))
    if param is not None:
        error["param"] = param
    return json_response(status, {"error": error})


def refuse(message: str, code: str | None = None, param: str | None = None) -> Refusal:
    """400: the request is wrong."""
    return Refusal(error_response(400, message, code=code, param=param))


def missing(kind: str, key: str) -> Refusal:
    """404: no such object of this account."""
    text = f"No such {kind}: '{key}'"
    return Refusal(error_response(404, text, code="resource_missing", param=kind))


def masked(key: str) -> str:
    """A key as Stripe shows it in a refusal: prefix, stars, last four characters."""
    prefix = "_".join(key.split("_")[:2])
    return f"{prefix}_{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)
