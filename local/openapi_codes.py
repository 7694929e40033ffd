"""Which refusals an operation may answer with, as its description says."""

from __future__ import annotations

import json

from pydantic import BaseModel

from rowcol.domain.refusal import Code
from rowcol.edge import signature_challenge
from rowcol.edge.operation import Operation
from rowcol.edge.signed_request import needs_signature

_EVERY_CALL = frozenset({Code.NOT_FOUND, Code.FORBIDDEN, Code.INVALID_INPUT})


def codes_of(operation: Operation) -> frozenset[Code]:
    """Every refusal that an operation may answer with, the common ones included."""
    codes = _EVERY_CALL | operation.refusals
    if operation.needs_key:
        codes |= {Code.IDEMPOTENCY_MISMATCH}
    if needs_signature(operation):
        codes |= signature_challenge.CODES
    if operation.if_match:
        codes |= {Code.VERSION_REQUIRED, Code.VERSION_MISMATCH}
    if _has('"enum"', operation.body) or _has('"enum"', operation.query):
        codes |= {Code.UNKNOWN_VALUE}
    if _has('"format": "date"', operation.body) or _has('"format": "date"', operation.query):
        codes |= {Code.DATE_IMPOSSIBLE}
    return codes


def _has(words: str, model: type[BaseModel]) -> bool:
    """Whether a model's schema says so anywhere."""
    return words in json.dumps(model.model_json_schema())
