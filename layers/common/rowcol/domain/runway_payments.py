"""Bills and payments as flows of the runway: each counted once, whatever stands for it.

A bill may have a reserve, a decision, a payment and a date in Ramp at the same time. It is one flow
under the bill's id; the furthest of them says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.bill import Bill, Decision, DecisionAction, DecisionState, Delay
from rowcol.domain.chart import CASH_IN_TRANSIT
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment, PaymentType, Posting
from rowcol.domain.posting import funding, is_money_in
from rowcol.domain.reserve import Reserve, ReserveState
from rowcol.domain.runway import Certainty, Flow, FlowKind, LeftOut, counted_on
from rowcol.domain.windows import moves_cash, started_on

# Nobody here can give these another date any more.
_UNDER_WAY = frozenset({Status.PROCESSING, Status.DONE, Status.REVERSING, Status.BANK_HOLD})
_WAITING = frozenset({Status.SCHEDULED, Status.HOLD, Status.BANK_HOLD, Status.ADMIN_HOLD})
_RAIL_UNDER_WAY = frozenset({RailState.PROCESSING, RailState.PAID})


@dataclass(frozen=True, slots=True)
class Frame:
    """What all flows of one client share: the first day, the currency, and operating accounts.

    `seen_at`: when the bank was last seen for the balance; lines seen later are not in it.
    """

    first: date
    currency: str
    operating: frozenset[str]
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class _When:
    kind: FlowKind
    day: date
    certainty: Certainty
    why: str
    movable: bool = True


def bill_flow(
    frame: Frame, bill: Bill, payment: Payment | None, paid_here: Money
) -> Flow | LeftOut | None:
    """What a bill will still take from the balance; None when nothing of it is to come.

    `payment`: its live one. `paid_here`: what recorded payments have paid of it.
    """
    held = bill.open_reserve
    if held is None and _is_over(bill):
        return None
    amount = held.amount if held is not None else bill.amount
    if payment is None and paid_here.currency == amount.currency:
        amount -= paid_here
    label = _label(bill)
    if amount.minor <= 0:
        return None
    if amount.currency != frame.currency:
        because = f"it is in {amount.currency}, the books are in {frame.currency}"
        return LeftOut(bill.id, label, amount, because)
    if not moves_cash(bill.rail):
        because = "it is paid by card or a vendor's credit: no debit of its own follows"
        return LeftOut(bill.id, label, amount, because)
    when = _when(frame, bill, payment, held)
    day = counted_on(when.day, frame.first)
    return Flow(
        bill.id,
        when.kind,
        day,
        -amount,
        when.certainty,
        label,
        f"{when.why}{_shifted(when.day, day, frame.first)}",
        when.day,
        when.movable,
    )


def _shifted(meant: date, day: date, first: date) -> str:
    """Why it is not counted on the day that it bears."""
    if meant < first:
        return f"; that has passed, so on the next bank day, {day}"
    return f"; banks are closed then, so on {day}" if meant != day else ""


def _is_over(bill: Bill) -> bool:
    """Whether nothing is to come though no reserve is open: paid, gone, or in the balance."""
    posted = bill.reserve is not None and bill.reserve.state is ReserveState.POSTED
    if posted and (bill.live_payment_id is not None or bill.rail.state in _RAIL_UNDER_WAY):
        return True
    return bill.is_closed and bill.live_payment_id is None


def _when(frame: Frame, bill: Bill, payment: Payment | None, held: Reserve | None) -> _When:
    decision = bill.decision
    if payment is not None:
        return _of_payment(payment)
    if held is not None and held.observed:
        movable = bill.rail.state not in _RAIL_UNDER_WAY
        why = f"Ramp pays it by itself on {held.needed_on}"
        return _When(FlowKind.OBSERVED, held.needed_on, Certainty.FIRM, why, movable)
    if decision is not None and decision.delay is not None and _is_delayed(decision):
        return _delayed(decision.delay, held)
    if held is not None:
        if decision is not None and decision.state is DecisionState.AWAITING_SECOND_PERSON:
            day = decision.pay_on or held.needed_on
            why = f"decided for {day}, waits for a second person"
            return _When(FlowKind.RESERVE, day, Certainty.FIRM, why)
        why = f"staged, its money is held for {held.needed_on}"
        return _When(FlowKind.RESERVE, held.needed_on, Certainty.FIRM, why)
    return _open(frame, bill)


def _is_delayed(decision: Decision) -> bool:
    return decision.state is DecisionState.QUEUED and decision.action is DecisionAction.DELAY


def _delayed(delay: Delay, held: Reserve | None) -> _When:
    """Counted on Ramp's date until Ramp has confirmed that it took it off."""
    if held is not None:
        why = f"delayed, but Ramp has not yet taken off its date, {held.needed_on}"
        return _When(FlowKind.DELAYED, held.needed_on, Certainty.FIRM, why)
    why = f"delayed until {delay.until}: {delay.reason}"
    return _When(FlowKind.DELAYED, delay.until, Certainty.LIKELY, why)


def _open(frame: Frame, bill: Bill) -> _When:
    rail = bill.rail
    if rail.state is RailState.PROCESSING:
        day = rail.payment.planned_on if rail.payment else None
        why = "Ramp is paying it"
        return _When(FlowKind.OBSERVED, day or frame.first, Certainty.FIRM, why, movable=False)
    if rail.due_on is not None:
        day, why = rail.due_on, f"due on {rail.due_on}, nobody has decided yet"
    else:
        day, why = frame.first, "it has no due date, so it may be asked for any day"
    if rail.state is RailState.UNKNOWN:
        return _When(FlowKind.OPEN_BILL, day, Certainty.DOUBTFUL, f"{why}; Ramp's state is unknown")
    if not rail.approved:
        return _When(FlowKind.OPEN_BILL, day, Certainty.LIKELY, f"{why}; not yet approved in Ramp")
    return _When(FlowKind.OPEN_BILL, day, Certainty.LIKELY, why)


def _of_payment(payment: Payment) -> _When:
    if payment.status in _WAITING:
        why = f"to be paid on {payment.pay_on}"
        if payment.hold is not None:
            why += f", on hold: {payment.hold.kind.replace('_', ' ')}"
        movable = payment.status not in _UNDER_WAY and not _is_asking(payment)
        return _When(FlowKind.SCHEDULED, payment.pay_on, Certainty.FIRM, why, movable)
    day = started_on(payment.expectation, payment.rail)
    if payment.status is Status.PENDING:
        why = f"released for {day}, Ramp has not begun to pay it"
    else:
        why = f"under way since {day}, its debit is not in the balance yet"
    settled = payment.date_accepted or _is_asking(payment)
    movable = payment.status not in _UNDER_WAY and not settled
    return _When(FlowKind.RESERVE, day, Certainty.FIRM, why, movable)


def _is_asking(payment: Payment) -> bool:
    """Whether the rail has a command of ours that it has not answered."""
    return payment.command is not None and payment.command.is_open


def planned_flow(frame: Frame, payment: Payment) -> Flow | LeftOut | None:
    """An occurrence of a recurrence that waits for its bill."""
    label = f"{payment.counterparty_name}, recurring"
    if payment.amount.currency != frame.currency:
        because = f"it is in {payment.amount.currency}, the books are in {frame.currency}"
        return LeftOut(payment.id, label, payment.amount, because)
    day = counted_on(payment.pay_on, frame.first)
    why = f"planned for {payment.pay_on}, waits for the vendor's bill"
    return Flow(
        payment.id,
        FlowKind.PLANNED,
        day,
        -payment.amount,
        Certainty.LIKELY,
        label,
        f"{why}{_shifted(payment.pay_on, day, frame.first)}",
        payment.pay_on,
    )


def record_flow(frame: Frame, payment: Payment) -> Flow | None:
    """A posted record whose bank line the balance has not seen: money that is still to move."""
    posted = payment.posting is Posting.POSTED and payment.amount.currency == frame.currency
    if payment.commands_rail or not posted or funding(payment) is not CASH_IN_TRANSIT:
        return None
    minor = sum(_legs(frame, payment))
    if minor == 0:
        return None
    way = "comes in" if minor > 0 else "leaves"
    why = f"recorded on {payment.pay_on}, {way}: the bank has not shown it yet"
    return Flow(
        payment.id,
        FlowKind.RECORD,
        counted_on(payment.pay_on, frame.first),
        Money(minor, frame.currency),
        Certainty.FIRM,
        payment.counterparty_name,
        why,
        payment.pay_on,
        movable=False,
    )


def _legs(frame: Frame, payment: Payment) -> list[int]:
    """What the record moves in operating accounts and the balance has not seen."""
    cash, minor = payment.cash, payment.amount.minor
    late = cash is not None and frame.seen_at is not None and cash.seen_at > frame.seen_at
    left = cash is not None and not late and bool(cash.debits)
    came = cash is not None and not late and bool(cash.credits)
    account = payment.expectation.bank_account_id
    is_ours = account is None or account in frame.operating
    if payment.type is PaymentType.TRANSFER:
        out = -minor if is_ours and not left else 0
        into = minor if payment.to_account_id in frame.operating and not came else 0
        return [out, into]
    if not is_ours:
        return []
    if is_money_in(payment):
        return [] if came else [minor]
    return [] if left else [-minor]


def _label(bill: Bill) -> str:
    return ", ".join(part for part in (bill.rail.vendor_name, bill.rail.invoice_number) if part)
