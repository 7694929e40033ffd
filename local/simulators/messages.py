"""What goes in and out of a simulator core: requests, answers, webhook deliveries, refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SimRequest:
    """One HTTP request. Header names are lower-case; a repeated query key keeps its last value."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://localhost"

    @classmethod
    def of(
        cls, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> SimRequest:
        """Build a request from an absolute URL."""
        parts = urlsplit(url)
        return cls(
            method=method.upper(),
            path=parts.path or "/",
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in (headers or {}).items()},
            body=body,
            base_url=f"{parts.scheme}://{parts.netloc}",
        )

    def json(self) -> Any:
        """The body as JSON, fractions as Decimal. Raises ValueError when it is not JSON."""
        return json.loads(self.body, parse_float=Decimal)

    def form(self) -> dict[str, str]:
        """The body as form fields."""
        return dict(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class SimResponse:
    """One answer. `delay_seconds` and `disconnect` are acted out by whoever carries it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_seconds: float = 0.0
    disconnect: bool = False

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def delayed(self, seconds: float) -> SimResponse:
        """The same answer, later."""
        return replace(self, delay_seconds=self.delay_seconds + seconds)

    def with_headers(self, extra: Mapping[str, str]) -> SimResponse:
        """The same answer with more headers."""
        return replace(self, headers={**self.headers, **extra})


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook attempt that is due now. `body` must be sent byte for byte."""

    id: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    attempt: int
    event_type: str
    timeout_seconds: float


class Refusal(Exception):
    """A handler's way to answer with an error and to undo what it changed."""

    def __init__(self, response: SimResponse) -> None:
        super().__init__(f"refused with {response.status}")
        self.response = response


class ControlError(Exception):
    """A `/_sim` call that cannot be carried out; the text says why."""


def _wire_number(value: object) -> float:
    # The rails send money as JSON numbers. A double's shortest text is exact below 2**53 cents.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def to_wire(value: object, *, indent: int | None = None, sort_keys: bool = False) -> bytes:
    """JSON bytes as the rails write them (Decimal as number)."""
    return json.dumps(value, default=_wire_number, indent=indent, sort_keys=sort_keys).encode()


def json_response(
    status: int, value: object, headers: Mapping[str, str] | None = None
) -> SimResponse:
    """A JSON answer."""
    return SimResponse(
        status, {"content-type": "application/json", **(headers or {})}, to_wire(value)
    )
