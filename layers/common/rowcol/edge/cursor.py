"""Opaque page cursors: where to go on, and for which question. Another question refuses it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from rowcol.domain.plain import canonical
from rowcol.domain.refusal import Code, Refusal

_CHARACTERS_MAX = 1_000


def cursor_of(question: object, after: str) -> str:
    """A cursor that goes on after a key in the answer to a question (its filter and order)."""
    text = json.dumps([_mark(question), after])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after_of(question: object, cursor: str) -> str | Refusal:
    """Where a cursor goes on. Refused `invalid_input` when it is not one of this question."""
    wrong = Refusal(
        Code.INVALID_INPUT,
        "the cursor is not one of this list with this filter and order",
        {"field": "cursor"},
    )
    if len(cursor) > _CHARACTERS_MAX:
        return wrong
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        value = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return wrong
    if not (isinstance(value, list) and len(value) == 2 and value[0] == _mark(question)):
        return wrong
    return value[1] if isinstance(value[1], str) and value[1] else wrong


def _mark(question: object) -> str:
    return hashlib.sha256(canonical(question).encode()).hexdigest()[:16]
