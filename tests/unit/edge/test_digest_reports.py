"""Events of SES about mails: whose they are, and that others' are left alone."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.edge import digest_tasks
from rowcol.edge.digest_reports import report_of
from rowcol.service.digest.delivery import Told
from tests.support.desk import Desk

TAGS = {"firm": ["maple"], "member": ["ann"], "sort": ["digest"], "ses:source-ip": ["10.0.0.1"]}


def event(kind: str, **parts: Any) -> dict[str, Any]:
    """As the reference of SES shows it, shortened."""
    mail = {
        "timestamp": "2026-11-23T12:00:02.012Z",
        "source": "RowCol <digest@firm.example>",
        "messageId": "0100-1",
        "destination": ["ann@maple.example"],
        "tags": TAGS,
    }
    return {"eventType": kind, "mail": mail, **parts}


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        (event("Send", send={}), Told.TAKEN),
        (event("Bounce", bounce={"bounceType": "Permanent"}), Told.BOUNCED),
        (event("Bounce", bounce={"bounceType": "Transient"}), Told.BOUNCED_FOR_NOW),
        (event("Bounce", bounce={"bounceType": "Undetermined"}), Told.BOUNCED_FOR_NOW),
        (event("Complaint", complaint={}), Told.COMPLAINED),
        (event("Reject", reject={"reason": "Bad content"}), Told.REJECTED),
    ],
)
def test_what_an_event_tells(detail: dict[str, Any], told: Told) -> None:
    report = report_of(detail)
    assert report is not None
    assert (report.told, report.firm, report.member_id, report.sort) == (
        told, "maple", "ann", "digest",
    )  # fmt: skip
    assert (report.to, report.message_id) == (("ann@maple.example",), "0100-1")


@pytest.mark.parametrize(
    "detail",
    [
        None,
        "Send",
        {},
        event("Open"),
        event("Delivery"),
        {"eventType": "Send"},
        {**event("Send"), "mail": {**event("Send")["mail"], "tags": {}}},
        {**event("Send"), "mail": {**event("Send")["mail"], "tags": {**TAGS, "firm": ["a/b"]}}},
        {**event("Send"), "mail": {**event("Send")["mail"], "timestamp": "yesterday"}},
        {**event("Send"), "mail": {**event("Send")["mail"], "destination": None}},
    ],
)
def test_what_is_none_of_ours(detail: Any) -> None:
    assert report_of(detail) is None
    answer = digest_tasks.run(Desk().environment, {"source": "aws.ses", "detail": detail})
    assert answer == {"outcome": "not_ours"}


def test_a_report_about_somebody_without_a_digest_changes_nothing() -> None:
    told = {"source": "aws.ses", "detail": event("Bounce", bounce={"bounceType": "Permanent"})}
    assert digest_tasks.run(Desk().environment, told) == {"outcome": "known"}
