"""A batch decides bills as it prepared them: one that became another meanwhile is not decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.batch import BatchState
from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.facts import RailState
from rowcol.domain.refusal import Code
from tests.support.domain.builders import usd
from tests.support.firm_books import UNDATED
from tests.unit.service.test_decision_batches_claims import DAY, MANY, SCOPE, Claiming

OTHERS: list[dict[str, Any]] = [
    {"amount": usd("6000")},
    {"amount": usd("1")},
    {"vendor_id": "vendor-2", "vendor_name": "Acme Supplies LLC"},
    {"payment": replace(UNDATED, vendor_account_id="account-of-a-thief")},
]
AS = ["more", "less", "vendor", "account"]


def codes(flow: Claiming) -> set[Code | None]:
    return {each.code for each in flow.firm.results(flow.name)}


def totals(flow: Claiming) -> tuple[int, int]:
    """What reserves hold, summed from the bills; the head must say the same."""
    bills = [flow.firm.bill(SCOPE, name) for name in flow.bills]
    held = [bill.open_reserve for bill in bills if bill.open_reserve is not None]
    covered = sum(each.amount.minor for each in held if each.covered)
    uncovered = sum(each.amount.minor for each in held if not each.covered)
    assert flow.firm.held(SCOPE) == (covered, uncovered)
    return covered, uncovered


@pytest.mark.parametrize("other", OTHERS, ids=AS)
@pytest.mark.parametrize("staged", [True, False])
def test_before_the_commit_nothing_of_that_client_is_decided(
    staged: bool, other: dict[str, Any]
) -> None:
    flow = Claiming(staged=staged)
    flow.submit()
    flow.until(BatchState.PREPARED)
    flow.firm.shows(SCOPE, flow.bills[7], **other)
    batch = flow.firm.run(flow.name)
    assert (batch.state, batch.ok, batch.failed) == (DecisionsState.DONE, 0, MANY)
    assert Code.BILL_CHANGED in codes(flow)
    assert flow.firm.payments(SCOPE) == []
    assert flow.firm.claims(flow.name) == set()
    assert flow.usage() == 0
    amount = other.get("amount", usd("100")).minor
    assert sum(totals(flow)) == ((MANY - 1) * DAY + amount if staged else 0)


@pytest.mark.parametrize("other", OTHERS, ids=AS)
@pytest.mark.parametrize("staged", [True, False])
def test_after_the_commit_that_one_fails_alone_and_the_tray_tells(
    staged: bool, other: dict[str, Any]
) -> None:
    flow = Claiming(staged=staged)
    flow.submit()
    flow.until(BatchState.COMMITTED)
    flow.firm.shows(SCOPE, flow.bills[7], **other)
    batch = flow.firm.run(flow.name)
    assert (batch.ok, batch.failed) == (MANY - 1, 1)
    assert codes(flow) == {None, Code.BILL_CHANGED}
    bill = flow.firm.bill(SCOPE, flow.bills[7])
    assert (bill.live_payment_id, bill.claim, bill.undone) == (None, None, flow.name)
    assert flow.usage() == (MANY - 1) * DAY
    totals(flow)


def test_an_account_that_is_named_later_is_no_other() -> None:
    flow = Claiming()
    for name in flow.bills[:2]:
        flow.firm.shows(SCOPE, name, payment=replace(UNDATED, vendor_account_id=None))
    flow.submit()
    flow.until(BatchState.COMMITTED)
    flow.firm.shows(SCOPE, flow.bills[0], RailState.READY)
    assert flow.firm.run(flow.name).ok == MANY
