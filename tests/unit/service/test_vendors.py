"""What is kept of vendors, in the writes of the facts that teach it, and how history is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.facts import RailBill, RailState, ReadInterval
from rowcol.domain.link import Feed
from rowcol.domain.vendor import Vendor, VendorAccount
from rowcol.service.change import Change
from rowcol.service.ports import RailUnavailable
from rowcol.service.rail_facts import apply_rail_bill, record_reading, refresh_bill
from rowcol.service.sync.bills import sweep_rail
from rowcol.service.vendors import HISTORY, learn_history
from tests.support.desk import SCOPE
from tests.support.domain.builders import NOW, rail_bill
from tests.support.fraud_desk import (
    ACCOUNT,
    OTHER,
    VENDOR,
    desk_with,
    of_vendor,
    other_account,
)
from tests.support.payment_desk import BILL


def paid_bill(days_ago: int, **changes: Any) -> RailBill:
    paid_at = NOW - timedelta(days=days_ago)
    fields: dict[str, Any] = {
        "bill_id": f"old-{days_ago}",
        "invoice_number": f"OLD-{days_ago}",
        "paid_at": paid_at,
        "read": ReadInterval(NOW, NOW),
    }
    return rail_bill(RailState.PAID, **(fields | changes))


def test_a_vendor_that_was_paid_before_rowcol_existed_does_not_look_new() -> None:
    desk = desk_with()
    asked: list[Any] = []

    def paid_bills(since: Any) -> Any:
        asked.append(since)
        return iter([paid_bill(200), paid_bill(90), paid_bill(300, vendor_id=None)])

    desk.ramp.paid_bills = paid_bills  # type: ignore[method-assign]  # what Ramp paid before
    desk.asked()
    assert len(desk.ramp.asked) == 1
    known = of_vendor(desk)
    assert known.first_paid_on == (NOW - timedelta(days=200)).date()
    assert known.accounts == (VendorAccount(ACCOUNT, NOW - timedelta(days=200)),)
    assert len(asked) == 1
    assert not learn_history(desk.environment, SCOPE), "it is read once"
    assert desk.books.get(Feed, HISTORY) is not None


def test_history_that_cannot_be_read_lets_nothing_go() -> None:
    desk = desk_with()
    desk.stage()
    name = desk.decide()

    def paid_bills(since: Any) -> Any:
        raise ConnectionError("cut")

    desk.ramp.paid_bills = paid_bills  # type: ignore[method-assign]  # Ramp does not answer
    with pytest.raises(ConnectionError):
        desk.run(name)
    assert desk.ramp.asked == []


def test_a_sweep_goes_on_when_history_cannot_be_read_and_reads_it_the_next_time() -> None:
    desk = desk_with()
    calls: list[int] = []

    def paid_bills(since: Any) -> Any:
        calls.append((NOW - since).days)
        if len(calls) == 1:
            raise RailUnavailable("ramp", "down")
        return iter([paid_bill(200)] if calls[-1] > 300 else [])

    desk.ramp.paid_bills = paid_bills  # type: ignore[method-assign]  # down for one call
    sweep_rail(desk.environment, SCOPE)
    assert of_vendor(desk).first_paid_on is None
    sweep_rail(desk.environment, SCOPE)
    assert of_vendor(desk).first_paid_on == (NOW - timedelta(days=200)).date()
    sweep_rail(desk.environment, SCOPE)
    assert [days > 300 for days in calls] == [True, False, True, False, False]


def test_a_reading_that_says_nothing_of_the_vendor_costs_no_read_and_no_write() -> None:
    desk = desk_with()
    before = of_vendor(desk)
    read: list[bool] = []

    def plan(change: Change) -> bool:
        record_reading(change, desk.ramp.reading())
        read.append((Vendor.kind, VENDOR) in change._read)
        return True

    desk.ramp.show(RailState.SCHEDULED, desk.today())
    desk.work(plan)
    assert read == [False]
    assert of_vendor(desk) == before


def test_facts_that_come_twice_or_late_teach_once() -> None:
    desk = desk_with()
    stale = desk.ramp.reading()
    desk.shows(RailState.PAID, desk.today(), paid_at=desk.clock.now())
    known = of_vendor(desk)
    assert known.first_paid_on == desk.today()
    desk.refresh()
    refresh_bill(desk.environment, SCOPE, BILL)
    apply_rail_bill(desk.environment, SCOPE, stale)
    assert of_vendor(desk) == known


def test_another_account_of_a_known_vendor_is_a_fact_of_its_own() -> None:
    desk = desk_with()
    assert desk.types().count("vendor.first_seen") == 1
    other_account(desk)
    [seen] = [entry for entry in desk.books.entries() if entry.type == "vendor.account_seen"]
    assert (seen.data["account_id"], seen.data["account_id_before"]) == (OTHER, ACCOUNT)
    other_account(desk, ACCOUNT)
    assert desk.types().count("vendor.account_seen") == 1
