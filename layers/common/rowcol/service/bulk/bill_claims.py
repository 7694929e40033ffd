"""How a batch keeps the bills it is going to decide: with their money, and their share of limits.

A claim is taken by planning the decision and keeping what it takes of others: the reserve, covered
where cash allows, and the usage of limits. The decision itself comes with the item's turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.bill import Bill
from rowcol.domain.claim import Claim, ClaimedUsage
from rowcol.domain.payable import payable_of
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.reserve import Reserve
from rowcol.domain.tray import Severity
from rowcol.service.bulk.verb import Claims
from rowcol.service.change import Change
from rowcol.service.claims import UNDONE
from rowcol.service.consequences import follow_item
from rowcol.service.environment import Environment
from rowcol.service.reserves import cover, open_reserve, uncover
from rowcol.service.stage import give_back
from rowcol.service.tray import open_item
from rowcol.service.wishes import Outcome

BillOf = Callable[[Change, str], "str | None"]
Planned = Callable[[Environment, Change, str], "Outcome | Refusal"]


class ClaimOutsideBatch(Exception):
    """Something was to be claimed by a change that is no batch's: a defect."""


def bill_claims(plan: Planned, bill_of: BillOf) -> Claims:
    """Claims on the bills that `plan` decides; `bill_of` finds an item's bill."""

    def take(environment: Environment, change: Change, item: str) -> Refusal | None:
        return _take(environment, change, item, plan)

    def take_over(change: Change, item: str) -> Refusal | None:
        bill = _claimed(change, bill_of(change, item))
        if bill is None:
            return None
        change.put(replace(bill, claim=None))
        return _another(bill)

    def let_go(change: Change, item: str) -> None:
        bill = _claimed(change, bill_of(change, item))
        if bill is not None:
            _give_back(change, bill)

    def tell(change: Change, item: str, why: Refusal) -> None:
        bill_id = bill_of(change, item)
        bill = change.get(Bill, bill_id) if bill_id is not None else None
        if bill is not None:
            _tell(change, bill, why)

    return Claims(take, take_over, let_go, tell)


def _take(environment: Environment, change: Change, item: str, plan: Planned) -> Refusal | None:
    before = change.savepoint()
    outcome = plan(environment, change, item)
    if isinstance(outcome, Refusal):
        return outcome
    put = change.put_since(before)
    payments = [each for each in put if isinstance(each, Payment)]
    bills = [each for each in put if isinstance(each, Bill)]
    against = follow_item(change, payments, bills)
    change.roll_back(before)
    if against is not None:
        return against
    if change.batch_id is None:
        raise ClaimOutsideBatch(outcome.bill.id)
    bill = change.get(Bill, outcome.bill.id)
    assert bill is not None  # it was just decided
    held = _with_reserve(change, bill, outcome.bill.open_reserve)
    claim = Claim(
        change.batch_id, _usage(outcome.payment), bill.reserve, about=payable_of(bill.rail)
    )
    _put_claim(change, bill, replace(held, claim=claim), "bill.claimed")
    return None


def _with_reserve(change: Change, bill: Bill, wanted: Reserve | None) -> Bill:
    """The bill with its money earmarked as the decision will have it."""
    if wanted is None:
        return bill
    bill = open_reserve(change, bill, wanted.needed_on, observed=False)
    return cover(change, bill) if wanted.covered else bill


def _usage(payment: Payment | None) -> ClaimedUsage | None:
    if payment is None:
        return None
    return ClaimedUsage(
        payment.created_by,
        payment.amount,
        payment.pay_on,
        payment.counted,
        payment.created_hands,
    )


def _another(bill: Bill) -> Refusal | None:
    """Refuse a bill that asks for something else than when the batch claimed it."""
    claimed = bill.claim.about if bill.claim is not None else None
    found = payable_of(bill.rail)
    if claimed is None or not claimed.differs(found):
        return None
    return Refusal(
        Code.BILL_CHANGED,
        "the bill, or whom it pays, changed since the batch prepared it",
        {"asked": claimed, "found": found},
        remedy="look at the bill as it is now, then decide it",
    )


def _claimed(change: Change, bill_id: str | None) -> Bill | None:
    bill = change.get(Bill, bill_id) if bill_id is not None else None
    mine = bill is not None and bill.claim is not None and bill.claim.batch_id == change.batch_id
    return bill if mine else None


def _give_back(change: Change, bill: Bill) -> None:
    """The reserve as it was before the claim; what a rail has changed since stays changed."""
    assert bill.claim is not None  # only claimed bills come here
    had, held, free = bill.claim.had, bill.open_reserve, bill
    if held is not None and (had is None or not had.is_open):
        free = give_back(change, bill)
    elif held is not None and had is not None:
        was = replace(held, needed_on=had.needed_on, observed=had.observed)
        free = replace(bill, reserve=was)
        if not had.covered:
            free = uncover(change, free)
        if had.observed:
            free = give_back(change, free)
    _put_claim(change, bill, replace(free, claim=None), "bill.let_go")


def _put_claim(change: Change, before: Bill, after: Bill, fact: str) -> None:
    """A claim itself is nothing to tell; the money it takes or gives back is."""
    change.put(after)
    if after.reserve != before.reserve:
        change.state(fact, bill=after, batch_id=change.batch_id)


def _tell(change: Change, bill: Bill, why: Refusal) -> None:
    """A decision that the batch had promised is not taken: people are told."""
    bill = replace(bill, undone=change.batch_id)
    change.put(bill)
    change.state("bill.undone", bill=bill, batch_id=change.batch_id)
    open_item(
        change,
        f"bill-{bill.id}",
        UNDONE,
        f"The batch could not decide the bill of {bill.rail.vendor_name}",
        expected="decided with all others of the batch",
        found=f"{why.code.value}: {why.detail}"[:300],
        severity=Severity.HIGH,
    )
