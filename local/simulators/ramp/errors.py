"""Ramp's error answers (ramp contract, section 3). Codes marked TEST are unconfirmed there."""

from __future__ import annotations

from typing import Any

from local.simulators.messages import Json, Refusal, SimResponse, json_response

CODES = {
    400: "DEVELOPER_7000",
    401: "DEVELOPER_TEST_401",
    403: "DEVELOPER_7100",
    404: "DEVELOPER_TEST_404",
    405: "DEVELOPER_TEST_405",
    422: "DEVELOPER_7001",
    429: "DEVELOPER_TEST_429",
}
UNCONFIRMED_BODIES = (401, 404, 429)


def error_response(
    status: int, message: str, *, code: str | None = None, fields: Json | None = None
) -> SimResponse:
    """An error body in both of Ramp's shapes; `fields` maps a field to its list of texts."""
    code = code or CODES.get(status, f"DEVELOPER_TEST_{status}")
    body: dict[str, Any] = {
        "error_v2": {
            "error_code": code,
            "message": message,
            "notes": "",
            "additional_info": fields or {},
        },
        "error": fields or {"message": message},
    }
    return json_response(status, body)


def refuse(
    status: int, message: str, *, code: str | None = None, fields: Json | None = None
) -> Refusal:
    """The same as something to raise."""
    return Refusal(error_response(status, message, code=code, fields=fields))


def invalid(**fields: str) -> Refusal:
    """422 with one text per field."""
    return refuse(422, "validation error", fields={name: [text] for name, text in fields.items()})


def reworded(response: SimResponse, manner: str) -> SimResponse:
    """An answer whose body shape is unconfirmed, in another shape: "text" or "empty"."""
    if manner == "shaped" or response.status not in UNCONFIRMED_BODIES:
        return response
    body = b"" if manner == "empty" else f"{response.status}".encode()
    headers = {**response.headers, "content-type": "text/plain"}
    return SimResponse(response.status, headers, body, response.delay_seconds)
