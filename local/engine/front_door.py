"""Gives the deployed API a stable address: http://127.0.0.1:<api port>/<path>.

The emulator serves an API under a path with an id that changes at every start. This ASGI layer
sits on a second port of the same server and only rewrites the path, so bodies and headers pass
byte for byte. Paths under /_rowcol/ on the engine port are the launcher's own controls.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from local.engine.safety import LOOPBACK_HOSTS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Control = Callable[[], Awaitable[Mapping[str, Any]]]
# A page in a browser cannot send this header to another origin without asking first.
CONTROL_HEADER = b"x-rowcol-local"


class FrontDoor:
    """Routes by the port a request came in on; `open_api` names the API once it is deployed."""

    def __init__(self, emulator: Application, api_port: int) -> None:
        self._emulator = emulator
        self._api_port = api_port
        self._prefix = ""
        self.controls: dict[str, Control] = {}

    def open_api(self, api_id: str, stage: str) -> None:
        """Start forwarding to the deployed API."""
        self._prefix = f"/_aws/execute-api/{api_id}/{stage}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._emulator(scope, receive, send)
        elif not _is_local(scope):
            await _answer(send, 403, {"message": "This server answers loopback hosts only."})
        elif scope["server"][1] == self._api_port:
            await self._forward(scope, receive, send)
        elif scope["path"].startswith("/_rowcol/"):
            await self._control(scope, send)
        else:
            await self._emulator(scope, receive, send)

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._prefix:
            await _answer(send, 503, {"message": "The local stack is starting."})
            return
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        inner = {
            **scope,
            "path": self._prefix + scope["path"],
            "raw_path": self._prefix.encode() + raw_path,
        }
        await self._emulator(inner, receive, send)

    async def _control(self, scope: Scope, send: Send) -> None:
        control = self.controls.get(scope["path"])
        if control is None or scope["method"] != "POST":
            await _answer(send, 404, {"message": "Unknown control."})
        elif CONTROL_HEADER not in dict(scope["headers"]):
            await _answer(send, 403, {"message": "The control header is missing."})
        else:
            await _answer(send, 200, await control())


def _is_local(scope: Scope) -> bool:
    """Whether the Host header names this machine, which shuts out rebound DNS names."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    labels = name.strip("[]").lower()
    return labels in LOOPBACK_HOSTS or labels.endswith((".localhost", ".127.0.0.1"))


async def _answer(send: Send, status: int, document: Mapping[str, Any]) -> None:
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
