"""Until when each side is waited for, and what is waited for at all.

Deadlines are counted by hand: 26 November 2026 is Thanksgiving, 3 July 2026 an open Friday.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.verdict import (
    CashFact,
    LedgerFact,
    Mismatch,
    Outcome,
    Side,
    cash_window,
)
from tests.support.domain.builders import (
    FRIDAY,
    NOW,
    READ,
    bank_line,
    cash,
    expectation,
    ledger_bill,
    rail_bill,
    rail_payment,
)
from tests.support.domain.verdicts import ach, verdict

MICROSECOND = timedelta(microseconds=1)
# Instants in UTC: New York's midnight is 05:00, in summer 04:00.
DEADLINES = """
method        | started    | debit from | to         | cash by     | ledger by   | rail by
ACH           | 2026-11-20 | 2026-11-19 | 2026-11-30 | 12-01T17:00 | 12-03T05:00 | 12-10T05:00
ACH           | 2026-11-21 | 2026-11-20 | 2026-11-30 | 12-01T17:00 | 12-03T05:00 | 12-10T05:00
ACH           | 2026-07-02 | 2026-07-01 | 2026-07-09 | 07-10T16:00 | 07-14T04:00 | 07-21T04:00
ACH           | 2026-03-05 | 2026-03-04 | 2026-03-12 | 03-13T16:00 | 03-17T04:00 | 03-24T04:00
RTP           | 2026-11-20 | 2026-11-19 | 2026-11-24 | 11-25T17:00 | 12-03T05:00 | 12-05T05:00
DOMESTIC_WIRE | 2026-11-25 | 2026-11-24 | 2026-11-30 | 12-01T17:00 | 12-08T05:00 | 12-10T05:00
CHECK         | 2026-10-02 | 2026-10-01 | 2026-11-16 | 11-17T17:00 | 11-24T05:00 | 11-26T05:00
CHECK         | 2026-09-02 | 2026-09-01 | 2026-10-17 | 10-19T16:00 | 10-24T04:00 | 10-28T04:00
"""


@pytest.mark.parametrize("row", DEADLINES.strip().splitlines()[1:])
def test_each_side_is_waited_for_until_its_deadline_and_missing_then(row: str) -> None:
    method, start, first, last, *deadlines = (cell.strip() for cell in row.split("|"))
    by_cash, by_ledger, by_rail = (datetime.fromisoformat(f"2026-{by}Z") for by in deadlines)
    started = date.fromisoformat(start)
    part = ach(method, started)
    first_day = date.fromisoformat(first)
    assert cash_window(expectation(), rail_bill(payment=part)) == (
        first_day,
        date.fromisoformat(last),
    )
    debit = cash(bank_line(posted_on=first_day))
    no_ledger = LedgerFact(ledger_bill(payment_ids=()), (), READ)
    check = method == "CHECK"
    for side, by, sides in (
        (Side.CASH, by_cash, {"cash": None}),
        (Side.LEDGER, by_ledger, {"ledger": no_ledger, "cash": None if check else debit}),
        (Side.RAIL, by_rail, {"rail": rail_bill(RailState.PROCESSING, payment=part)}),
    ):
        facts: dict[str, Any] = {"rail": rail_bill(payment=part), "cash": debit} | sides
        before, after = verdict(by - MICROSECOND, **facts), verdict(by, **facts)
        assert side in before.waiting_for, side
        assert side not in after.waiting_for, side
        assert (side, Mismatch.MISSING) in [(one.side, one.kind) for one in after.findings]
        assert (side, Mismatch.MISSING) not in [(one.side, one.kind) for one in before.findings]
        if len(before.waiting_for) == 1:
            assert before.until == by


def test_a_cashed_checks_booking_is_due_five_bank_days_later() -> None:
    part = ach("CHECK", date(2026, 11, 2))
    nothing = LedgerFact(ledger_bill(), (), READ)
    cashed = cash(bank_line(posted_on=FRIDAY))
    found = verdict(rail=rail_bill(payment=part), ledger=nothing, cash=cashed)
    assert found.until == datetime.fromisoformat("2026-12-01T05:00Z")
    pending = cash(bank_line(posted_on=FRIDAY, pending=True))
    found = verdict(rail=rail_bill(payment=part), ledger=nothing, cash=pending)
    assert found.until == datetime.fromisoformat("2026-12-18T17:00Z")  # of the check itself


def test_the_start_is_effective_else_planned_else_our_release() -> None:
    planned = rail_payment(effective_on=None, planned_on=date(2026, 11, 23))
    undated = rail_payment(effective_on=None, planned_on=None)
    ours = expectation(released_on=date(2026, 11, 24))
    assert cash_window(ours, rail_bill(payment=planned))[0] == date(2026, 11, 20)
    assert cash_window(ours, rail_bill(payment=undated))[0] == date(2026, 11, 23)
    assert cash_window(ours, rail_bill(payment=None))[0] == date(2026, 11, 23)
    assert cash_window(ours, None)[0] == date(2026, 11, 23)


WAITS: list[tuple[dict[str, Any], tuple[Side, ...]]] = [
    ({"rail": None, "ledger": None, "cash": None}, (Side.RAIL, Side.LEDGER, Side.CASH)),
    ({"ledger": None, "cash": None}, (Side.LEDGER, Side.CASH)),
    ({"rail": rail_bill(RailState.PROCESSING)}, (Side.RAIL,)),
    ({"rail": rail_bill(RailState.SCHEDULED)}, (Side.RAIL,)),
    ({"cash": cash(bank_line(pending=True))}, (Side.CASH,)),
    ({"cash": CashFact((), (), "none", "nothing fits", NOW, NOW)}, (Side.CASH,)),
    ({"ledger": LedgerFact(None, (), READ)}, (Side.LEDGER,)),
]


@pytest.mark.parametrize(("sides", "waiting_for"), WAITS)
def test_what_is_not_there_yet_is_waited_for(
    sides: dict[str, Any], waiting_for: tuple[Side, ...]
) -> None:
    found = verdict(**sides)
    assert (found.outcome, found.waiting_for, found.findings) == (Outcome.WAITING, waiting_for, ())
    assert found.until is not None
    assert found.until > NOW


def test_the_next_deadline_of_all_is_until() -> None:
    found = verdict(rail=None, ledger=None, cash=None)
    assert found.until == datetime.fromisoformat("2026-12-01T17:00Z")


def test_mismatch_beats_waiting_and_keeps_the_next_deadline() -> None:
    found = verdict(rail=rail_bill(RailState.ERROR), cash=None)
    assert (found.outcome, found.waiting_for) == (Outcome.MISMATCH, (Side.CASH,))
    assert found.until == datetime.fromisoformat("2026-12-01T17:00Z")
