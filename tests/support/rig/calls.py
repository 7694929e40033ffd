"""Raw calls of the deployed API, and the shape of its refusals."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.rig.stack import Rig


def call(
    rig: Rig,
    method: str,
    path: str,
    content: bytes | str | None = None,
    token: str | None = None,
    **headers: str,
) -> httpx.Response:
    """A raw call; a key is sent with every POST unless a header says otherwise."""
    sent = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
    used = rig.ann.token() if token is None else token
    sent["Authorization"] = f"Bearer {used}" if used else ""
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    wanted = {name: value for name, value in sent.items() if value}
    return rig.http.request(method, f"{rig.api_url}{path}", content=content, headers=wanted)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem details of a refusal, checked for their shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(f"/{code}")
    assert "Traceback" not in answer.text
    return body


def forged(claims: dict[str, Any], kid: str) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})
