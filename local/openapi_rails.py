"""Paths that rails call, or send a browser back to: described by hand, without a token."""

from __future__ import annotations

from typing import Any

from rowcol.edge import consent_callback

_RAILS = ("ramp", "plaid", "qbo", "stripe")


def paths_of_rails() -> dict[str, dict[str, Any]]:
    """Path items by path."""
    webhooks = {f"/webhooks/{rail}/{{endpoint_key}}": {"post": _webhook(rail)} for rail in _RAILS}
    return {**webhooks, consent_callback.ROUTE: {"get": _callback()}}


def _webhook(rail: str) -> dict[str, Any]:
    key = {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"}
    return {
        "operationId": f"{rail}Webhook",
        "summary": f"What {rail.capitalize()} reports, signed in its own way",
        "tags": ["Webhooks"],
        "security": [],
        "parameters": [{"name": "endpoint_key", "in": "path", "required": True, "schema": key}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
        "responses": {
            "200": {"description": "stored, or known already"},
            "401": {"description": "no valid signature, or no such endpoint"},
            "413": {"description": "too large, not stored"},
            "429": {"description": "too many at once"},
            "503": {"description": "could not be stored: send it again"},
        },
    }


def _callback() -> dict[str, Any]:
    words = {"200": "connected", "400": "not connected: why is on the page", "403": "not allowed"}
    words |= {"409": "another account", "502": "the rail does not answer", "500": "failed"}
    page = {"text/html": {"schema": {"type": "string"}}}
    return {
        "operationId": "consentCallback",
        "summary": "Where Ramp and Intuit send a browser back after a consent",
        "tags": ["Connections"],
        "security": [],
        "parameters": [
            {"name": "rail", "in": "path", "required": True, "schema": {"enum": ["ramp", "qbo"]}},
            *(
                {"name": name, "in": "query", "schema": {"type": "string", "maxLength": 4096}}
                for name in ("state", "code", "realmId", "error")
            ),
        ],
        "responses": {
            **{status: {"description": said, "content": page} for status, said in words.items()},
            "429": {"description": "too many at once"},
        },
    }
