"""The product's HTTP API as a person of the demo firm uses it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import httpx

from local.demo.local_stack import LocalStack

TOKEN_KEPT = timedelta(minutes=30)


class Api:
    """Calls with a token that is young in virtual time: days may pass between two calls.

    `step_up`: with a second factor, as fresh as the token.
    """

    def __init__(self, stack: LocalStack, sub: str, *, step_up: bool = False) -> None:
        self._stack = stack
        self.sub = sub
        self._extra = {"step_up": True} if step_up else {}
        self._token = ""
        self._issued_at: datetime | None = None

    def get(self, path: str) -> Any:
        """A read. Raises httpx.HTTPStatusError for anything but success."""
        answer = self._call("GET", path, None)
        answer.raise_for_status()
        return answer.json()

    def post(
        self, path: str, body: dict[str, Any] | None = None, key: str | None = None
    ) -> httpx.Response:
        """A command with its idempotency key."""
        return self._call("POST", path, body or {}, {"Idempotency-Key": key or str(uuid.uuid4())})

    def etag(self, path: str) -> str:
        """The version of a resource, for `put`."""
        answer = self._call("GET", path, None)
        answer.raise_for_status()
        return str(answer.headers["ETag"])

    def put(self, path: str, body: dict[str, Any], seen: str) -> httpx.Response:
        """A change of the version seen."""
        return self._call("PUT", path, body, {"If-Match": seen})

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.token()}", **(headers or {})}
        return self._stack.http.request(
            method, f"{self._stack.api_url}{path}", json=body, headers=sent
        )

    def token(self) -> str:
        """The token it calls with."""
        now = self._stack.timeline.now()
        if self._issued_at is None or now - self._issued_at > TOKEN_KEPT:
            self._token = self._stack.token(self.sub, **self._extra)
            self._issued_at = now
        return self._token
