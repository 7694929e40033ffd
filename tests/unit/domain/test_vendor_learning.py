"""What readings of bills teach about their vendor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.facts import RailBill, RailState, ReadInterval
from rowcol.domain.vendor import (
    ACCOUNTS_KEPT,
    CALL_BACKS_KEPT,
    PAYMENTS_KEPT,
    WAITING_KEPT,
    Vendor,
    VendorAccount,
)
from rowcol.domain.vendor_learning import awaiting, called, learned, released, teaches
from tests.support.domain.builders import FRIDAY, NOW, rail_bill, rail_payment, usd
from tests.support.fraud import call, vendor


def reading(
    state: RailState = RailState.READY, at: datetime = NOW, account: str = "a-1", **bill: Any
) -> RailBill:
    payment = bill.pop("payment", rail_payment(vendor_account_id=account))
    return rail_bill(state, payment=payment, read=ReadInterval(at, at), **bill)


def taught(*readings: RailBill) -> Vendor:
    known: Vendor | None = None
    for one in readings:
        known = learned(known, one)
    assert known is not None
    return known


def test_the_first_bill_makes_the_vendor() -> None:
    known = taught(reading())
    assert (known.id, known.rail_vendor_id, known.name) == (
        "vendor-vendor-1",
        "vendor-1",
        "Acme Supplies",
    )
    assert (known.first_seen_at, known.first_paid_on, known.version) == (NOW, None, 0)
    assert known.accounts == (VendorAccount("a-1", NOW),)


def test_a_bill_without_a_vendor_teaches_nothing() -> None:
    assert learned(None, reading(vendor_id=None)) is None


def test_a_draft_makes_no_account_known() -> None:
    assert taught(reading(approved=False)).account is None


def test_a_paid_bill_tells_since_when_the_vendor_and_its_account_are_known() -> None:
    paid_at = NOW - timedelta(days=90)
    known = taught(reading(), reading(RailState.PAID, paid_at=paid_at, bill_id="bill-0"))
    assert known.first_seen_at == paid_at
    assert known.first_paid_on == paid_at.date()
    assert known.accounts == (VendorAccount("a-1", paid_at),)
    assert known.amounts == (125_000,)


def test_accounts_are_kept_in_the_order_in_which_they_were_seen() -> None:
    later = NOW + timedelta(days=1)
    known = taught(reading(), reading(at=later, account="a-2"), reading(at=later, account="a-1"))
    assert [one.id for one in known.accounts] == ["a-1", "a-2"]
    assert known.account == VendorAccount("a-2", later)
    assert known.account_of("a-1") == VendorAccount("a-1", NOW)
    assert known.account_of("a-3") is None
    assert known.account_of(None) is None


def test_a_payment_that_came_back_was_none() -> None:
    paid = reading(RailState.PAID, paid_at=NOW)
    known = taught(paid, reading(at=NOW + timedelta(days=2)))
    assert (known.first_paid_on, known.payments) == (None, ())
    other = reading(RailState.PAID, paid_at=NOW + timedelta(days=5), bill_id="bill-2")
    known = taught(paid, other, reading(at=NOW + timedelta(days=6)))
    assert known.first_paid_on == (NOW + timedelta(days=5)).date()


def test_what_was_let_go_counts_until_it_is_paid_or_gone() -> None:
    known = released(taught(reading()), reading(), FRIDAY)
    assert [(one.bill_id, one.paid) for one in known.payments] == [("bill-1", False)]
    assert known.amounts == ()
    assert learned(known, reading(RailState.PROCESSING)) == known
    paid = learned(known, reading(RailState.PAID, paid_at=NOW))
    assert paid is not None
    assert [(one.bill_id, one.paid) for one in paid.payments] == [("bill-1", True)]
    gone = learned(known, reading(RailState.ARCHIVED, archived=True))
    assert gone is not None
    assert gone.payments == ()


@pytest.mark.parametrize(
    ("change", "teaching"),
    [
        ({}, False),
        ({"state": RailState.SCHEDULED}, False),
        ({"due_on": FRIDAY}, False),
        ({"amount": usd("3")}, False),
        ({"vendor_name": "Acme Ltd"}, True),
        ({"vendor_id": "vendor-2"}, True),
        ({"account": "a-2"}, True),
        ({"approved": False}, True),
        ({"state": RailState.PAID}, True),
        ({"state": RailState.REJECTED}, True),
    ],
)
def test_only_what_can_teach_makes_the_vendor_be_read(
    change: dict[str, Any], *, teaching: bool
) -> None:
    before, after = reading(), reading(**change)
    assert (teaches(before) != teaches(after)) is teaching
    if not teaching:
        known = taught(before)
        assert learned(known, after) == known


def test_a_vendor_stays_small() -> None:
    readings = [
        reading(
            RailState.PAID,
            NOW + timedelta(days=at),
            f"a-{at}",
            bill_id=f"bill-{at:03d}",
            paid_at=NOW + timedelta(days=at),
        )
        for at in range(60)
    ]
    known = taught(*readings)
    for at in range(60):
        known = awaiting(awaiting(known, f"pay_{at}"), f"pay_{at}")
        known = called(known, call(id=f"call_{at}"))
    assert len(known.payments) == PAYMENTS_KEPT
    assert known.payments[-1].bill_id == "bill-059"
    assert (len(known.accounts), known.accounts[-1].id) == (ACCOUNTS_KEPT, "a-59")
    assert (len(known.call_backs), known.call_backs[-1].id) == (CALL_BACKS_KEPT, "call_59")
    assert (len(known.waiting_ids), known.waiting_ids[-1]) == (WAITING_KEPT, "pay_59")
    assert known.first_paid_on == NOW.date()


def test_terms_and_calls_are_not_what_readings_change() -> None:
    known = vendor(call_backs=(call(),), waiting_ids=("pay_1",))
    after = learned(known, reading(RailState.PAID, paid_at=NOW))
    assert after is not None
    assert (after.call_backs, after.waiting_ids, after.terms) == (
        known.call_backs,
        known.waiting_ids,
        known.terms,
    )
