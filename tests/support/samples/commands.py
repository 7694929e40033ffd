"""Samples of people's commands on payments."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import ANN, BEN, PAYMENT, VERA, Sample, answered, proxy

_ONE = "/clients/{client}/payments/{payment}"
_EVIDENCE = {"kind": "bank_notice", "reference": "notice 2026-11-24/17"}
_STOPPED = {"kind": "stop_payment", "reference": "stop order 55-1023"}
_BODIES: dict[str, dict[str, Any]] = {
    "hold": {"reason": "the invoice is disputed"},
    "lift": {"evidence": {"kind": "call_back", "reference": "call of 24 November, 10:40"}},
    "cancel": {"reason": "paid by card"},
    "reschedule": {"pay_on": "2027-03-01"},
    "reverse": {"seen": "returned", "evidence": _EVIDENCE},
    "reissue": {"evidence": _STOPPED},
    "reject": {"reason": "not ours to pay"},
}


def command_samples() -> list[Sample]:
    """Each command on a payment that is not there, by somebody who may not, and ill-formed ones."""

    def asked(case: str, verb: str, expected: dict[str, Any], **how: Any) -> Sample:
        given = {"sub": BEN, "body": _BODIES[verb], "key": f"sample-{case}", **how}
        event = proxy("POST", f"{_ONE}/{verb}", payment=PAYMENT, **given)
        return Sample("payment_commands", case, event, expected)

    unknown, may_not = answered(404, "not_found"), answered(403, "forbidden")
    odd = {"seen": "returned", "evidence": {"kind": "hearsay", "reference": "the corridor"}}
    return [
        *(asked(f"{verb}_unknown", verb, unknown) for verb in _BODIES),
        *(asked(f"{verb}_by_viewer", verb, may_not, sub=VERA) for verb in _BODIES),
        asked("hold_without_reason", "hold", answered(400, "invalid_input"), body={}),
        asked(
            "reschedule_to_no_day",
            "reschedule",
            answered(400, "date_impossible"),
            body={"pay_on": "2026-02-30"},
        ),
        asked("reverse_by_hearsay", "reverse", answered(400, "unknown_value"), body=odd),
        asked("cancel_without_key", "cancel", answered(400, "invalid_input"), sub=ANN, key=None),
    ]
