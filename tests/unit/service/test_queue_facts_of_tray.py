"""Open work of the tray: what is shown, and what a payment's row tells already."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.plain import PlainError, to_plain
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.tray import Severity, TrayItem, TrayState
from rowcol.service.queue_facts import tray_work
from rowcol.service.wishes import RAMP_LINK
from tests.support.domain.builders import FRIDAY, NOW

K = QueueKind


def told(queued: Queued | None) -> Queued:
    assert queued is not None
    return queued


def item(**changes: Any) -> Queued | None:
    """The open work of a tray item."""
    fields: dict[str, Any] = {
        "id": "bill-1-partial",
        "version": 1,
        "subject": "bill-1",
        "item": "partial",
        "severity": Severity.LOW,
        "title": "QuickBooks does not agree",
        "expected": "",
        "found": "",
        "opened_at": NOW,
    }
    return tray_work(to_plain(TrayItem(**(fields | changes))))


def test_an_open_item_is_open_work_until_it_closes() -> None:
    found = told(item())
    assert (found.kind, found.code, found.severity) == (K.TRAY, "partial", Severity.LOW)
    assert (found.subject, found.words) == ("bill-1", "QuickBooks does not agree")
    assert (found.since, found.due_on, found.amount) == (FRIDAY, None, None)
    assert item(state=TrayState.CLOSED, closed_at=NOW) is None


def test_what_is_mended_in_ramp_waits_there() -> None:
    found = told(item(item="clear_refused", link=RAMP_LINK))
    assert (found.waiting_in_ramp, found.link) == (True, RAMP_LINK)
    elsewhere = told(item(link="https://app.qbo.intuit.com/app/bill"))
    assert not elsewhere.waiting_in_ramp
    assert (told(item()).waiting_in_ramp, told(item()).link) == (False, None)


def test_a_broken_connection_is_a_kind_of_its_own() -> None:
    for subject in ("connection-bank", "connection-qbo"):
        assert told(item(subject=subject, item="connection_broken")).kind is K.CONNECTION


@pytest.mark.parametrize("name", ["held", "awaiting_release"])
def test_what_the_payment_tells_is_not_told_twice(name: str) -> None:
    assert item(subject="payment-pay_1", item=name) is None


def test_a_severity_of_newer_code_is_high_and_what_is_no_item_is_refused() -> None:
    odd = to_plain(TrayItem("x", 1, "s", "k", Severity.LOW, "t", "", "", NOW))
    assert told(tray_work({**odd, "severity": "shrill"})).severity is Severity.HIGH
    with pytest.raises(PlainError):
        tray_work({"state": "open"})
