"""Samples of digests."""

from __future__ import annotations

from local.demo.firm import FIRM
from tests.support.samples.shapes import ANN, VERA, Sample, answered, proxy


def digest_samples() -> list[Sample]:
    """Reads, refusals, an address that a code is sent to, and what is nobody's.

    That is a sending for somebody who never asked for one, and a report about a mail.
    """
    function = "digest"
    body = {
        "is_on": True,
        "address": "ann@harbor.example",
        "at": "07:00",
        "zone": "America/New_York",
        "weekdays": [1, 2, 3, 4, 5],
    }
    settings = "/digest/settings"
    code = {"code": "123456"}
    tags = {"firm": [FIRM], "member": [VERA], "sort": ["digest"]}
    mail = {
        "timestamp": "2026-11-21T12:00:02.012Z",
        "messageId": "0100-sample",
        "destination": ["vera@maple-street.example"],
        "tags": tags,
    }
    detail = {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": mail}
    bounced = {"source": "aws.ses", "detail-type": "Email Bounced", "detail": detail}
    task = {"step": "send", "firm": FIRM, "member": VERA}
    return [
        Sample(function, "read", proxy("GET", "/digest", sub=VERA), answered(200)),
        Sample(function, "preview", proxy("GET", "/digest/preview", sub=ANN), answered(200)),
        Sample(function, "settings", proxy("GET", settings, sub=VERA), answered(200)),
        Sample(function, "change_settings", proxy("PUT", settings, sub=ANN, body=body, version=0),
               answered(200)),
        Sample(function, "confirm_nothing",
               proxy("POST", f"{settings}/confirm", sub=VERA, body=code, key="sample-digest-1"),
               answered(409, "no_pending_change")),
        Sample(function, "test_unconfirmed",
               proxy("POST", "/digest/test", sub=VERA, key="sample-digest-2"),
               answered(409, "no_address")),
        Sample(function, "send_not_due", task, {"answer": {"outcome": "not_due"}}),
        Sample(function, "mail_bounced", bounced, {"answer": {"outcome": "known"}}),
        Sample(function, "send_nobody", {"step": "send", "firm": FIRM},
               {"error": "BadTaskInput"}),
    ]  # fmt: skip
