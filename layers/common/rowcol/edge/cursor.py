"""Opaque page cursors: where to go on, and for which question. Another question refuses it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from rowcol.domain.plain import canonical
from rowcol.domain.refusal import Code, Refusal

_CHARACTERS_MAX = 1_000
_POSITION_DIGITS_MAX = 6
# Cursors are not signed: whoever makes one up is told so.
_WRONG = Refusal(
    Code.INVALID_INPUT,
    "the cursor is not one of this list with this filter and order",
    {"field": "cursor"},
)


def cursor_of(question: object, after: str) -> str:
    """A cursor that goes on after a key in the answer to a question (its filter and order)."""
    text = json.dumps([_mark(question), after])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after_of(question: object, cursor: str) -> str | Refusal:
    """Where a cursor goes on. Refused `invalid_input` when it is not one of this question."""
    if len(cursor) > _CHARACTERS_MAX:
        return _WRONG
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        value = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return _WRONG
    if not (isinstance(value, list) and len(value) == 2 and value[0] == _mark(question)):
        return _WRONG
    return value[1] if isinstance(value[1], str) and value[1] else _WRONG


def position_of(question: object, cursor: str | None) -> int | Refusal:
    """Where a page of a counted list begins: 0 without a cursor. Refused as by `after_of`."""
    if cursor is None:
        return 0
    after = after_of(question, cursor)
    if isinstance(after, Refusal):
        return after
    if not (after.isascii() and after.isdigit() and len(after) <= _POSITION_DIGITS_MAX):
        return _WRONG
    return int(after)


def _mark(question: object) -> str:
    return hashlib.sha256(canonical(question).encode()).hexdigest()[:16]
