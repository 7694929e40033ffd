"""What QuickBooks Online's faults mean for us (qbo contract, section 4).

They also come with status 200, and as XML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rowcol.rails.http import Answer
from rowcol.rails.untrusted import printable
from rowcol.rails.wire_reading import parse
from rowcol.service.ports import (
    ConnectionBroken,
    LedgerRefused,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)

RAIL = "qbo"
NOT_FOUND = "610"
THROTTLED = "3001"
ENDED = "3200"
# A fault is all that its answer holds.
HEAD_BYTES = 200
THROTTLE_SECONDS = 60.0
_XML_CODE = re.compile(rb'<Error[^>]{0,200}\bcode="(\d{1,8})"')
_BROKEN = {
    ENDED: "token_refused",
    "3100": "wrong_company",
    "120": "user_lost_access",
    "6190": "subscription_ended",
}
_TEMPORARY = ("10000",)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its code decides, its message only tells the two meanings of 5010 apart."""

    code: str
    message: str


def throttles(answer: Answer) -> bool:
    """Whether a fault says that it is too much, whatever the status."""
    return _code_of(answer) == THROTTLED


def ends(answer: Answer) -> str | None:
    """Why a 401 is final: only a person can help. None for a token that may be renewed."""
    code = _code_of(answer)
    return None if code in (None, ENDED) else _BROKEN.get(str(code))


def _code_of(answer: Answer) -> str | None:
    if answer.status == 200 and b"ault" not in answer.content[:HEAD_BYTES]:
        return None  # most answers: not read twice
    try:
        fault = fault_of(answer)
    except RailProtocolError:
        return None
    return fault.code if fault else None


def fault_of(answer: Answer) -> Fault | None:
    """The first fault of an answer, whichever way it is written; None when there is none."""
    if answer.content.lstrip()[:1] == b"<":
        found = _XML_CODE.search(answer.content)
        return Fault(found[1].decode() if found else str(answer.status), "XML")
    body = parse(RAIL, answer)
    if not isinstance(body, dict):
        return None
    fault = body.get("Fault", body.get("fault"))  # the gateway writes lower-case keys
    if not isinstance(fault, dict):
        return None
    errors = fault.get("Error", fault.get("error"))
    first = errors[0] if isinstance(errors, list) and errors else {}
    first = first if isinstance(first, dict) else {}
    code = first.get("code", "")
    message = first.get("Message", first.get("message"))
    return Fault(printable(str(code) if isinstance(code, int) else code), printable(message or ""))


def error_of(fault: Fault, answer: Answer, trace_id: str | None) -> RailError:
    """The error a fault stands for. Object not found is no error: ask before."""
    code, detail = fault.code, f"fault {fault.code} ({answer.status})"
    if code == THROTTLED or answer.status == 429:
        return RailThrottled(RAIL, detail, THROTTLE_SECONDS)
    if code in _BROKEN:
        return ConnectionBroken(RAIL, detail, _BROKEN[code])
    if answer.status == 403:
        return ConnectionBroken(RAIL, detail, "forbidden")
    if code in _TEMPORARY:
        return RailUnavailable(RAIL, detail, trace_id=trace_id)
    if code == "5010":
        stale = fault.message.startswith("Stale")
        return LedgerRefused(detail, "stale" if stale else "period_closed", trace_id=trace_id)
    if code in ("6140", "6210", "6240"):
        return LedgerRefused(detail, "duplicate", trace_id=trace_id)
    if code in ("6000", "2020", "2050", NOT_FOUND):
        return LedgerRefused(detail, "invalid", trace_id=trace_id)
    return RailProtocolError(RAIL, detail, trace_id=trace_id)
