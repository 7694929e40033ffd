"""What a plan may do with each of a client's bills: decide on it, count with it, or leave it.

Every refusal here is the one that staging or deciding would give, so that a plan proposes nothing
that would be refused the moment after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.allocation import Allocated, AllocationTarget, allocated_id
from rowcol.domain.bill import ENDED_DECISIONS, Bill, DecisionState
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.client import Client
from rowcol.domain.facts import RailState
from rowcol.domain.limits import Bound
from rowcol.domain.plan.question import Fixed, Flow, PlanBill, Waits
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem
from rowcol.domain.vendor import Vendor, VendorTerms, vendor_id
from rowcol.service.decision_rules import no_date_lever_of
from rowcol.service.plan_limits import PlanLimits
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.route_request import route_of_bill
from rowcol.service.wishes import RAMP_LINK

_PLANNABLE = frozenset({DecisionState.STAGED, DecisionState.OVERDUE})
_UNDER_WAY = frozenset({RailState.PROCESSING, RailState.PAID})


@dataclass(frozen=True, slots=True)
class Desk:
    """What was read of a client, by id. `tray`: an open item that keeps a bill from being staged.

    `accounts`: those of the accepted balance. `chosen`: the bills that the plan is asked about;
    None: all.
    """

    client: Client
    now: datetime
    vendors: Mapping[str, Vendor]
    allocated: Mapping[str, Allocated]
    tray: Mapping[str, TrayItem]
    limits: PlanLimits
    accounts: tuple[str, ...]
    chosen: frozenset[str] | None = None

    @property
    def today(self) -> date:
        """Today, New York's."""
        return local_date(self.now, BANK_ZONE)

    def account_of(self, bill: Bill) -> str | None:
        """The operating account that pays it; None when nobody can tell."""
        payment = bill.rail.payment
        return self.client.bank_account_of(payment.source_account_id if payment else None)


@dataclass(frozen=True, slots=True)
class Earmarked:
    """Money held for a bill that the plan does not decide on."""

    flow: Flow
    account_id: str | None


def planned(desk: Desk, bill: Bill) -> PlanBill | None:
    """The bill as the plan sees it; None for one that is over or was not asked about."""
    if desk.chosen is not None and bill.id not in desk.chosen:
        return None
    if bill.is_closed and bill.open_reserve is None:
        return None
    rail, fixed = bill.rail, _fixed(desk, bill)
    waits = _waits(desk, bill) if fixed is None else None
    vendor = desk.vendors.get(vendor_id(rail.vendor_id)) if rail.vendor_id else None
    held = bill.open_reserve
    return PlanBill(
        bill.id,
        rail.vendor_name,
        held.amount if fixed is not None and held is not None else bill.amount,
        rail.due_on or desk.today,
        rail.issued_on,
        vendor.terms if vendor is not None else VendorTerms(),
        desk.account_of(bill),
        fixed,
        waits,
        _needs(desk, bill),
    )


def earmarked(desk: Desk, bill: Bill, found: PlanBill | None, last: date) -> Earmarked | None:
    """What is held for a bill, or will leave for it, that the plan itself does not count.

    `found`: the bill as the plan sees it. Fixed ones count themselves; those that are decided on
    are what the plan is about. What leaves later than `last` is counted on that day.
    """
    if found is not None and (found.is_open or found.fixed is not None):
        return None
    held, day, amount = bill.open_reserve, _rail_day(desk, bill), bill.amount
    if held is not None:
        day, amount = held.needed_on, held.amount
    elif not going_to_pay(bill.rail) or amount.currency != desk.client.currency:
        return None
    return Earmarked(Flow(min(day, last), -amount, bill.rail.vendor_name), desk.account_of(bill))


def _rail_day(desk: Desk, bill: Bill) -> date:
    payment = bill.rail.payment
    day = payment.planned_on if payment is not None else None
    return max(day or desk.today, desk.today)


def _fixed(desk: Desk, bill: Bill) -> Fixed | None:
    """When it is paid whatever the plan says: decided, under way, or Ramp's alone."""
    held, rail, decision = bill.open_reserve, bill.rail, bill.decision
    if held is not None and rail.state in _UNDER_WAY:
        paid = "paid it" if rail.state is RailState.PAID else "is paying it"
        return Fixed(desk.today, f"Ramp {paid}, and the bank has not shown it yet")
    if bill.live_payment_id is not None:
        if held is None:
            return None
        return Fixed(held.needed_on, f"decided: it is paid on {held.needed_on}")
    if decision is not None and decision.state is DecisionState.AWAITING_SECOND_PERSON:
        on = decision.pay_on or desk.today
        return Fixed(on, f"decided for {on}, and waits for a second person")
    lever = no_date_lever_of(desk.client)
    if lever is not None and going_to_pay(rail) and bill.amount.currency == desk.client.currency:
        day = _rail_day(desk, bill)
        return Fixed(day, f"Ramp pays it on {day}: {lever.detail}")
    return None


def _waits(desk: Desk, bill: Bill) -> Waits | None:
    """The first thing that stands against planning it, or None."""
    found = (
        _state_refusal(bill)
        or _data_refusal(desk, bill)
        or no_date_lever_of(desk.client)
        or _tray_refusal(desk, bill)
        or _paid_refusal(desk, bill)
        or _way_refusal(desk, bill)
    )
    if found is None:
        return None
    words = f"{found.detail}; {found.remedy}" if found.remedy else found.detail
    return Waits(found.code.value, words, found.link)


def _state_refusal(bill: Bill) -> Refusal | None:
    rail, decision = bill.rail, bill.decision
    if not rail.approved:
        words = f"the bill is {rail.raw_state} in Ramp; only people approve bills, in Ramp"
        return Refusal(Code.BILL_NOT_APPROVED, words, link=RAMP_LINK)
    if bill.live_payment_id is not None:
        return Refusal(Code.LIVE_PAYMENT_EXISTS, "the bill has a live payment")
    if not bill.is_open or rail.state is RailState.PROCESSING:
        return Refusal(Code.BILL_NOT_OPEN, f"the bill is {rail.raw_state} in Ramp")
    if bill.command is not None and bill.command.is_open:
        words = "an earlier command to Ramp has no answer yet; it is being asked again"
        return Refusal(Code.OUTCOME_UNKNOWN, words)
    if bill.claim is not None:
        return Refusal(Code.BATCH_MEMBER, "a batch is about to decide it")
    if decision is None or decision.state in _PLANNABLE | ENDED_DECISIONS:
        return None
    delay = decision.delay
    if delay is None:
        return Refusal(Code.NOT_STAGED, f"the bill is {decision.state.value}")
    words = f"delayed until {delay.until}: {delay.reason}"
    return Refusal(Code.NOT_STAGED, words, remedy="take that back to plan it")


def _data_refusal(desk: Desk, bill: Bill) -> Refusal | None:
    rail, currency = bill.rail, desk.client.currency
    if rail.due_on is None or not rail.vendor_id:
        missing = "due date" if rail.due_on is None else "vendor"
        return Refusal(Code.BILL_INCOMPLETE, f"the bill has no {missing}", link=RAMP_LINK)
    if bill.amount.currency != currency:
        words = f"the bill is in {bill.amount.currency}, the client's books are in {currency}"
        return Refusal(Code.CURRENCY_MISMATCH, words)
    if bill.amount.minor <= 0:
        return Refusal(Code.BILL_INCOMPLETE, "the bill's amount is not above zero")
    return None


def _tray_refusal(desk: Desk, bill: Bill) -> Refusal | None:
    item = desk.tray.get(f"bill-{bill.id}")
    staged = bill.decision is not None and bill.decision.state in _PLANNABLE
    if item is None or staged:
        return None
    return Refusal(Code.BLOCKED_BY_TRAY, f"the tray asks about this bill first: {item.title}")


def _paid_refusal(desk: Desk, bill: Bill) -> Refusal | None:
    known = desk.allocated.get(allocated_id(AllocationTarget.BILL, bill.id))
    paid = known.total(bill.amount.currency) if known is not None else None
    if paid is None or paid.minor <= 0:
        return None
    return Refusal(Code.PAID_OUTSIDE, f"{paid} of {bill.amount} is paid by recorded payments")


def _way_refusal(desk: Desk, bill: Bill) -> Refusal | None:
    """A limit per payment, a method that cannot carry it, or an account that nobody knows."""
    over = desk.limits.over(bill.amount)
    if over is not None:
        return _over_limit(bill, over)
    route = route_of_bill(desk.client, bill.rail, bill.amount, desk.today, desk.now)
    if isinstance(route, Refusal):
        return route
    return _account_refusal(desk, bill)


def _account_refusal(desk: Desk, bill: Bill) -> Refusal | None:
    """The release would be held: whose cash pays it must be known, unless there is one account."""
    account = desk.account_of(bill)
    if account in desk.accounts or (account is None and len(desk.accounts) == 1):
        return None
    known = f"account {account} pays it, and is no operating account"
    words = known if account else "it is not known which of the operating accounts pays it"
    remedy = "name the paying account among the client's operating accounts"
    return Refusal(Code.BALANCE_UNKNOWN, words, remedy=remedy)


def _over_limit(bill: Bill, bound: Bound) -> Refusal:
    words = f"{bill.amount} is above the {bound.level.value}'s limit of {bound.limit} a payment"
    return Refusal(Code.LIMIT_TRANSACTION, words, remedy="have the limit changed by two people")


def _needs(desk: Desk, bill: Bill) -> tuple[str, ...]:
    """What accepting it takes besides the right to decide."""
    decision, threshold = bill.decision, desk.client.dual_control_from
    asked = decision.requirements if decision is not None else None
    same = threshold is not None and threshold.currency == bill.amount.currency
    found: list[str] = []
    above = threshold is not None and same and not bill.amount < threshold
    if above or (asked is not None and asked.second_person):
        found.append("second_person")
    if desk.limits.verified(bill.amount) or (asked is not None and asked.step_up):
        found.append("step_up")
    if asked is not None and asked.call_back:
        found.append("call_back")
    return tuple(found)
