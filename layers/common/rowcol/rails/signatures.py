"""HMAC-SHA256 over raw bytes against several live secrets, without telling by time which one
fitted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable

HEADER_CHARACTERS_MAX = 4096
_HEX_DIGEST = re.compile(r"[0-9A-Fa-f]{64}\Z")
_BASE64_DIGEST = re.compile(r"[A-Za-z0-9+/]{43}=\Z")


def digest(secret: str, message: bytes) -> bytes:
    """The 32 bytes of HMAC-SHA256 with the whole secret text (UTF-8) as key."""
    return hmac.digest(secret.encode(), message, "sha256")


def from_hex(text: str) -> bytes | None:
    """32 bytes written as 64 hex digits, or None."""
    return bytes.fromhex(text) if _HEX_DIGEST.match(text) else None


def from_base64(text: str) -> bytes | None:
    """32 bytes written as standard padded base64, or None."""
    if not _BASE64_DIGEST.match(text):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def any_matches(secrets: Iterable[str], message: bytes, candidates: Iterable[bytes]) -> bool:
    """True when a candidate is the digest under a secret.

    Every pair is compared: bytes, constant time.
    """
    offered = tuple(candidates)
    matched = False
    for secret in secrets:
        expected = digest(secret, message)
        for candidate in offered:
            matched |= hmac.compare_digest(expected, candidate)
    return matched
