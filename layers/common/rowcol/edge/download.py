"""Files as answers. API Gateway turns a binary one into bytes only for those who accept its type.

A REST API decodes an answer marked `isBase64Encoded` when the first type of the `Accept` header is
among the API's BinaryMediaTypes, and hands on the base64 text otherwise: so the header is asked
for, and nobody saves a text as a workbook. The local engine does the same.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rowcol.domain.refusal import Code, Refusal

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What the function may answer in all, base64 included (design section 8).
ANSWER_BYTES_MAX = 4_000_000


@dataclass(frozen=True, slots=True)
class Produces:
    """In an operation's answers: the types of the file that it gives."""

    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Download:
    """A file: text, or bytes for a type that the API knows as binary. `headers` beside its own."""

    content: str | bytes
    media_type: str
    file_name: str
    headers: Mapping[str, str] = field(default_factory=dict)


def too_large(download: Download) -> Refusal | None:
    """Refuse what would not fit into one answer."""
    content = download.content
    size = len(content.encode()) if isinstance(content, str) else 4 * -(-len(content) // 3)
    if size <= ANSWER_BYTES_MAX:
        return None
    return Refusal(
        Code.TOO_MANY_ITEMS,
        f"the file has {size} bytes; an answer holds {ANSWER_BYTES_MAX}",
        {"bytes": size, "bytes_max": ANSWER_BYTES_MAX},
        remedy="ask for fewer days",
    )


def not_accepted(download: Download, headers: Mapping[str, str]) -> Refusal | None:
    """Refuse bytes that would reach the caller as text. `headers`: names in lower case."""
    first = headers.get("accept", "").split(",")[0].split(";")[0].strip().lower()
    if isinstance(download.content, str) or first == download.media_type:
        return None
    return Refusal(
        Code.INVALID_INPUT,
        f"send the header Accept: {download.media_type}",
        {"field": "Accept", "found": first[:100]},
    )


def response(download: Download) -> dict[str, Any]:
    """The proxy answer that carries a file."""
    content, binary = download.content, isinstance(download.content, bytes)
    charset = "" if binary else "; charset=utf-8"
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": f"{download.media_type}{charset}",
            "Content-Disposition": f'attachment; filename="{download.file_name}"',
            "Cache-Control": "no-store",
            **download.headers,
        },
        "body": base64.b64encode(content).decode() if isinstance(content, bytes) else content,
        "isBase64Encoded": binary,
    }
