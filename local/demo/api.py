"""The product's HTTP API as a person of the demo firm uses it."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from local.demo.local_stack import LocalStack


class Api:
    """Calls with a fresh token each, because virtual days pass between them."""

    def __init__(self, stack: LocalStack, sub: str) -> None:
        self._stack = stack
        self.sub = sub

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

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        token = self._stack.token(self.sub)
        sent = {"Authorization": f"Bearer {token}", **(headers or {})}
        url = f"{self._stack.api_url}{path}"
        return httpx.request(method, url, json=body, headers=sent, timeout=60, trust_env=False)
