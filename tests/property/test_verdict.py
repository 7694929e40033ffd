from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.evidence import CashFact, LedgerFact
from rowcol.domain.facts import BankLine, LedgerAllocation, LedgerPayment, RailBill, RailState
from rowcol.domain.verdict import Mismatch, Outcome, Side, cash_window, judge
from rowcol.domain.windows import cash_deadline, ledger_deadline, ledger_window, rail_deadline
from tests.support.domain.builders import (
    NOW,
    READ,
    bank_line,
    cash,
    expectation,
    ledger,
    ledger_bill,
    ledger_payment,
    rail_bill,
    rail_payment,
    usd,
)
from tests.support.domain.strategies import values

METHODS = st.sampled_from(["ACH", "CHECK", "DOMESTIC_WIRE", "RTP", "CARD", "VENDOR_CREDIT"])
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 1))
ANY_TIME = st.integers(-100, 400).map(lambda days: NOW + timedelta(days=days))
EXPECTED = expectation()
SOME = settings(max_examples=60, deadline=None)


@st.composite
def agreeing(draw: st.DrawFn) -> tuple[RailBill, LedgerFact, CashFact]:
    """Three facts that agree, of any method and day: debit and entry anywhere in their windows."""
    start = draw(DAYS)
    part = rail_payment(method=draw(METHODS), effective_on=start, planned_on=start)
    rail = rail_bill(RailState.PAID, payment=part)
    first, last = cash_window(EXPECTED, rail)
    debit = bank_line(posted_on=draw(st.dates(first, last)))
    seen = cash(debit)
    entry = ledger_payment(paid_on=draw(st.dates(*ledger_window(EXPECTED, rail, seen))))
    return rail, ledger(entry), seen


@st.composite
def beside(draw: st.DrawFn) -> tuple[tuple[LedgerPayment, ...], tuple[BankLine, ...]]:
    """Facts that may stand beside agreeing ones: undone bookings, lines that are only pending."""
    undone = [
        ledger_payment(payment_id=f"18{number}", voided=voided, deleted=not voided)
        for number, voided in enumerate(draw(st.lists(st.booleans(), max_size=2)))
    ]
    elsewhere = ledger_payment(
        payment_id="1900", allocations=(LedgerAllocation("77", usd("12.00")),)
    )
    moved = [elsewhere] if draw(st.booleans()) else []
    pending = [bank_line(line_id="p-1", pending=True)] if draw(st.booleans()) else []
    return (*undone, *moved), tuple(pending)


@SOME
@given(agreeing(), beside(), ANY_TIME)
def test_agreeing_facts_are_verified_whatever_else_agrees_and_whenever(
    facts: tuple[RailBill, LedgerFact, CashFact],
    more: tuple[tuple[LedgerPayment, ...], tuple[BankLine, ...]],
    now: datetime,
) -> None:
    rail, booked, seen = facts
    assert judge(EXPECTED, rail, booked, seen, now).outcome is Outcome.VERIFIED
    booked = replace(booked, payments=(*more[0], *booked.payments))
    credit = tuple(replace(line, line_id="c-1", amount=-line.amount) for line in more[1])
    seen = replace(seen, debits=(*more[1], *seen.debits), credits=credit)
    assert judge(EXPECTED, rail, booked, seen, now).outcome is Outcome.VERIFIED


@SOME
@given(agreeing(), st.sets(st.sampled_from(Side)), st.integers(-30, 60))
def test_missing_sides_wait_until_their_deadlines_and_nothing_else_goes_wrong(
    facts: tuple[RailBill, LedgerFact, CashFact], missing: set[Side], days: int
) -> None:
    rail, booked, seen = facts
    given_rail = replace(rail, state=RailState.PROCESSING) if Side.RAIL in missing else rail
    given_ledger = None if Side.LEDGER in missing else booked
    given_cash = None if Side.CASH in missing else seen
    deadlines = {
        Side.RAIL: rail_deadline(EXPECTED, rail),
        Side.LEDGER: ledger_deadline(EXPECTED, rail, given_cash),
        Side.CASH: cash_deadline(EXPECTED, rail),
    }
    now = deadlines[Side.CASH] + timedelta(days=days)
    found = judge(EXPECTED, given_rail, given_ledger, given_cash, now)
    assert {one.kind for one in found.findings} <= {Mismatch.MISSING}
    late = {one.side for one in found.findings}
    assert late <= missing
    assert set(found.waiting_for) <= missing
    assert all(deadlines[side] <= now for side in late)
    assert all(deadlines[side] > now for side in found.waiting_for)
    waited = [deadlines[side] for side in found.waiting_for]
    assert found.until == min(waited, default=None)
    assert (found.outcome is Outcome.MISMATCH) == bool(late)


@SOME
@given(
    values(RailBill) | st.none(),
    st.lists(values(LedgerPayment), max_size=3),
    st.lists(values(BankLine), max_size=3),
    ANY_TIME,
)
def test_no_fact_however_odd_makes_judging_fail(
    rail: Any, payments: list[LedgerPayment], lines: list[BankLine], now: datetime
) -> None:
    if rail is not None and rail.payment is not None:
        planned = replace(rail.payment, effective_on=None, planned_on=None)
        rail = replace(rail, payment=planned)
    booked = LedgerFact(ledger_bill(), tuple(payments), READ)
    seen = CashFact(tuple(lines), tuple(lines), "exact", "made up", NOW, NOW)
    found = judge(EXPECTED, rail, booked, seen, now)
    assert (found.outcome is Outcome.MISMATCH) == bool(found.findings)
    assert (found.outcome is Outcome.WAITING) == (not found.findings and found.until is not None)
