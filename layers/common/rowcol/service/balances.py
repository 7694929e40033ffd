"""Read cash, accept it, and keep the reserves honest against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import BANK_ZONE, end_of_day
from rowcol.domain.client import AcceptedBalance
from rowcol.domain.facts import BalanceReading, BalanceSource, RailState
from rowcol.domain.guardrail import accepted_balance, buffer, is_fresh
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.domain.reserve import ReserveState
from rowcol.domain.scope import Scope
from rowcol.domain.spending import Spending
from rowcol.domain.sync_run import NeededBy
from rowcol.domain.tray import Severity
from rowcol.domain.verdict import Expectation, cash_window
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import HELD, every_id
from rowcol.service.proof import PLAID
from rowcol.service.reserves import cover, end_reserve, is_overridden, uncover
from rowcol.service.spending import SPENDING
from rowcol.service.tray import close_item, open_item

# Bills changed with one accepted balance: each is two items of the transaction's hundred.
BILLS_PER_WRITE_MAX = 40


def accept_balance(
    environment: Environment, scope: Scope, reading: BalanceReading, why: NeededBy | None = None
) -> str:
    """Accept a balance, post the reserves whose bank debit it has seen, cover or uncover the rest.

    All in one write per BILLS_PER_WRITE_MAX bills; a balance seen earlier than the accepted one
    changes nothing. Bills are listed after the head is read: one that is covered meanwhile moves
    the head, and all is planned again. `why`: who needed it, for the log.
    """

    def plan(change: Change) -> str:
        return take_balance(change, reading, why)

    result = transact(environment.store, environment.surroundings, scope, PLAID, plan)
    assert isinstance(result, str)  # the plan answers in words and has no command
    return result


def take_balance(change: Change, reading: BalanceReading, why: NeededBy | None) -> str:
    """As `accept_balance`, inside another change."""
    balance = accepted_balance(change.client, reading, change.now)
    if isinstance(balance, Refusal):
        open_item(
            change,
            "connection-bank",
            "balance_unknown",
            balance.detail,
            found=balance.code,
            severity=Severity.HIGH,
        )
        return "unknown"
    balance, known = replace(balance, why=why), change.head.balance
    if known is not None and not _succeeds(balance, known):
        return "fresh" if is_fresh(change.client, known, change.now) else "unknown"
    spent = change.get(Spending, SPENDING)
    burn = spent.all_debits if spent is not None else change.head.burn
    change.head = replace(change.head, balance=balance, burn=burn)
    close_item(change, "connection-bank", "balance_unknown", "a balance was read")
    if balance.source is not BalanceSource.MANUAL:
        close_item(change, "connection-bank", "connection_broken", "a balance was read")
    held = every_id(change.books, Bill, HELD)
    change.load(Bill, held)
    bills = [
        bill
        for bill_id in held
        if (bill := change.get(Bill, bill_id)) is not None and bill.open_reserve
    ]
    rest = _post_debited(change, bills, balance.observed_at)
    _balance_cover(change, rest)
    change.state(
        "balance.accepted",
        balance=balance,
        covered=change.head.covered_total,
        uncovered=change.head.uncovered_total,
        request_id=reading.request_id,
    )
    return "accepted" if is_fresh(change.client, balance, change.now) else "unknown"


def _succeeds(balance: AcceptedBalance, known: AcceptedBalance) -> bool:
    """Whether it was seen later, or is the bank's word of now where a person typed one in."""
    typed_in = known.source is BalanceSource.MANUAL
    live = balance.source is BalanceSource.LIVE
    return balance.observed_at > known.observed_at or (typed_in and live)


def _post_debited(change: Change, bills: list[Bill], observed_at: datetime) -> list[Bill]:
    """End reserves whose debit the bank showed before this balance; the rest stay open."""
    rest: list[Bill] = []
    posted = 0
    for bill in bills:
        if _observed_is_over(bill, observed_at) and posted < BILLS_PER_WRITE_MAX:
            paid = bill.rail.state is RailState.PAID
            state = ReserveState.POSTED if paid else ReserveState.RELEASED
            ended = end_reserve(change, bill, state, f"rail_{bill.rail.state.value}")
            change.put(ended)
            change.state("reserve.observed_ended", bill=ended)
            posted += 1
            continue
        seen_at = _debit_seen_at(change, bill)
        if seen_at is None or seen_at > observed_at or posted >= BILLS_PER_WRITE_MAX:
            rest.append(bill)
            continue
        ended = end_reserve(change, bill, ReserveState.POSTED, "bank_debit_in_balance")
        change.put(ended)
        change.state("reserve.posted", bill=ended)
        posted += 1
    return rest


def _observed_is_over(bill: Bill, observed_at: datetime) -> bool:
    """Whether a payment that nobody decided must be in this balance: its debit window is over.

    Such a payment has no record that its bank line could be matched to.
    """
    held, rail = bill.open_reserve, bill.rail
    if held is None or not held.observed or bill.live_payment_id is not None:
        return False
    if rail.state not in (RailState.PAID, RailState.ERROR):
        return False
    expected = Expectation(bill.amount, None, None, None, held.needed_on)
    _, last = cash_window(expected, rail)
    return observed_at > end_of_day(last, BANK_ZONE)


def _debit_seen_at(change: Change, bill: Bill) -> datetime | None:
    """When the bank first showed the debit of the bill's payment, whoever decided it."""
    payment = change.get(Payment, bill.payment_ids[-1]) if bill.payment_ids else None
    if payment is None:
        return bill.debit_seen_at
    return payment.cash.seen_at if payment.cash is not None and payment.cash.debits else None


def _balance_cover(change: Change, bills: list[Bill]) -> None:
    """A fall uncovers the latest `needed_on` first, room covers the earliest; observed last."""
    keep = buffer(change.client, change.head.burn)
    if (
        isinstance(keep, Refusal)
        or change.head.balance is None
        or not change.client.guardrail.enabled
    ):
        return
    in_order = sorted(bills, key=_order)
    budget = BILLS_PER_WRITE_MAX
    for bill in reversed(in_order):
        if _fits(change, keep) or budget == 0:
            break
        if is_overridden(change, bill):
            continue
        lowered = uncover(change, bill)
        if lowered is not bill:
            budget -= 1
            _store(change, lowered, "reserve.uncovered")
            title = f"Cash no longer covers the bill of {bill.rail.vendor_name}"
            open_item(
                change,
                f"bill-{bill.id}",
                "reserve_uncovered",
                title,
                expected="covered",
                found="uncovered",
            )
    for bill in in_order:
        held = bill.open_reserve
        if budget == 0 or held is None or held.observed or (bill.kind, bill.id) in change.puts:
            continue
        raised = cover(change, bill)
        if raised is not bill:
            budget -= 1
            _store(change, raised, "reserve.covered")
            close_item(change, f"bill-{bill.id}", "reserve_uncovered", "cash covers it again")


def _order(bill: Bill) -> tuple[bool, str, str]:
    held = bill.open_reserve
    assert held is not None  # only bills with an open reserve come here
    return held.observed, held.needed_on.isoformat(), bill.id


def _fits(change: Change, keep: Money) -> bool:
    assert change.head.balance is not None  # the caller checked
    return change.head.covered_total + keep <= change.head.balance.pool


def _store(change: Change, bill: Bill, fact: str) -> None:
    change.put(bill)
    change.state(fact, bill=bill)
