"""Where Ramp and Intuit send the browser back: a plain page, whatever came, with none of it in it.

No authorizer: who consents is no user of ours. What is believed: service/connection_consent.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowcol.edge.observability import line, logger
from rowcol.service.connection_consent import Return, complete
from rowcol.service.environment import Environment

ROUTE = "/connections/{rail}/callback"
VALUE_CHARACTERS_MAX = 4_096
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    # The address holds code and state: nobody else is told it, and nothing on the page runs.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
_WORDS: Mapping[str, tuple[int, str]] = {
    "connected": (200, "The account is connected. You can close this window."),
    "invalid_request": (
        400,
        "This address is incomplete. Begin again with the link you have.",
    ),
    "state_unknown": (400, "This link was used before, or is too old. Ask for another one."),
    "declined": (400, "Nothing was connected, because the consent was not given."),
    "not_allowed": (403, "Whoever asked for this may no longer do so. Nothing was connected."),
    "code_refused": (400, "The consent could not be used. Ask for another link."),
    "scope_missing": (400, "Not everything was agreed to that is needed. Ask for another link."),
    "account_unreadable": (400, "The account could not be read. Nothing was connected."),
    "tenant_taken": (409, "This account belongs to another client. Nothing was connected."),
    "tenant_differs": (409, "This is another account than before. Nothing was connected."),
    "rail_unavailable": (502, "The other side does not answer. Ask for another link later."),
    "failed": (500, "Something went wrong here. Ask for another link."),
}


def answer(event: Mapping[str, Any], environment: Environment) -> dict[str, Any]:
    """The page for one return; one log line, without code, state or anything else that came."""
    rail = str((event.get("pathParameters") or {}).get("rail", ""))
    reason: str | None
    try:
        came = _return(rail, event.get("queryStringParameters") or {})
        reason = complete(environment, came) if came is not None else "invalid_request"
    except Exception as error:  # noqa: BLE001  # the outermost frame: told to nobody
        # Not the traceback: its frames hold what the browser brought.
        logger.error("consent failed", extra={"reason": type(error).__name__})
        reason = "failed"
    outcome = reason or "connected"
    line("consent", rail=rail if rail in ("ramp", "qbo") else "other", outcome=outcome)
    status, words = _WORDS.get(outcome, _WORDS["failed"])
    return {"statusCode": status, "headers": dict(_HEADERS), "body": _page(outcome, words)}


def _return(rail: str, query: Mapping[str, Any]) -> Return | None:
    """What came, as text of bounded length; None when a part of it is longer."""
    given = {str(name): str(value) for name, value in query.items()}
    if any(len(value) > VALUE_CHARACTERS_MAX for value in given.values()):
        return None
    return Return(
        rail,
        given.get("state", ""),
        given.get("code", ""),
        given.get("realmId"),
        given.get("error"),
    )


def _page(code: str, words: str) -> str:
    """Words of ours alone; `code` is one of them too."""
    shown = code if code in _WORDS else "failed"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>RowCol</title></head>'
        f"<body><p>{words}</p><p>Code: {shown}</p></body></html>"
    )
