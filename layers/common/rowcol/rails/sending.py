"""What a request to a rail leaves through."""

from __future__ import annotations

from typing import Any

import httpx


class Forgetful(httpx.Client):
    """Sends a request and nothing else: connections are all that it keeps between calls.

    Many clients' calls go through one, so what an answer sets, a cookie, must reach no later call.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        super().__init__(transport=transport, follow_redirects=False, trust_env=False)
        self._carrier = transport

    def send(self, request: httpx.Request, **_asked: Any) -> httpx.Response:
        """The answer, its body not yet read. No redirect is followed."""
        return self._carrier.handle_request(request)


def make_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """No redirects, no cookies, no proxies or credentials taken from the environment."""
    return Forgetful(transport or httpx.HTTPTransport(trust_env=False))
