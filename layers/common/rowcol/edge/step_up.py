"""Step-up authentication (RFC 9470): when a second factor was shown, and how one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rowcol.domain.refusal import Refusal

# Seconds of the year 2286 have eleven digits; more is no instant.
_DIGITS_MAX = 11


def shown_at(context: Mapping[str, Any], acr_values: Sequence[str]) -> datetime | None:
    """When the caller showed a factor that counts: the token's `auth_time`.

    None unless the token's `acr` is one of the accepted values: a password alone has an
    `auth_time` as well. `context` is what the authorizer passed on: texts.
    """
    acr, seconds = context.get("acr"), context.get("auth_time")
    if acr not in acr_values or not isinstance(seconds, str):
        return None
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= _DIGITS_MAX):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def parameters(refusal: Refusal, acr_values: Sequence[str]) -> dict[str, object]:
    """What a client passes on to its provider: `acr_values`, `max_age` (RFC 9470, section 4).

    They are members of the problem as well, because a REST API renames the header.
    """
    return {"acr_values": " ".join(acr_values), "max_age": refusal.numbers["max_age"]}


def challenge(refusal: Refusal, acr_values: Sequence[str]) -> str:
    """The value of `WWW-Authenticate` (RFC 9470, section 3; RFC 6750, section 3)."""
    age_max = refusal.numbers["max_age"]
    told = {
        "error": "insufficient_user_authentication",
        "error_description": f"A second factor shown at most {age_max} seconds ago is needed",
        **parameters(refusal, acr_values),
    }
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in told.items())
