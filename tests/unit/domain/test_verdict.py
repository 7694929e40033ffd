from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.facts import LedgerAllocation, RailState
from rowcol.domain.money import Money
from rowcol.domain.verdict import (
    CashFact,
    LedgerFact,
    Mismatch,
    Outcome,
    Proved,
    Side,
    Verdict,
    booked_now,
    cash_window,
    expected_cash,
    judge,
)
from tests.support.domain.builders import (
    FRIDAY,
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

MICROSECOND = timedelta(microseconds=1)
RETURN = bank_line(line_id="line-9", amount=usd("-1250.00"), posted_on=date(2026, 11, 24))
EUR = Money(125_000, "EUR")
PROVED = Proved(NOW, booked_now(ledger()))


def verdict(now: datetime = NOW, **sides: Any) -> Verdict:
    """Judge agreeing sides, but for those that are given."""
    facts: dict[str, Any] = {"rail": rail_bill(), "ledger": ledger(), "cash": cash()} | sides
    return judge(facts.pop("expected", expectation()), now=now, **facts)


def ach(method: str = "ACH", start: date | None = FRIDAY, **changes: Any) -> Any:
    """A rail payment by a method, started on a day."""
    return rail_payment(method=method, effective_on=start, planned_on=start, **changes)


def test_three_facts_that_agree_are_verified_with_their_evidence() -> None:
    found = verdict()
    assert found == Verdict(
        Outcome.VERIFIED,
        NOW,
        evidence=(
            "ramp:bill:bill-1",
            "ramp:payment:rp-1",
            "qbo:bill:1184",
            "qbo:billpayment:1822",
            "plaid:transaction:line-1",
        ),
    )


# -- every kind of disagreement: what is different, on which side, as what, by which source

DISAGREEMENTS: dict[str, tuple[dict[str, Any], Side, Mismatch, str]] = {
    "rail amount": (
        {"rail": rail_bill(amount=usd("1250.01"))},
        Side.RAIL,
        Mismatch.AMOUNT,
        "bill-1",
    ),
    "rail currency": ({"rail": rail_bill(amount=EUR)}, Side.RAIL, Mismatch.CURRENCY, "bill-1"),
    "rail failed": (
        {"rail": rail_bill(RailState.ERROR)},
        Side.RAIL,
        Mismatch.RAIL_FAILED,
        "bill-1",
    ),
    "rail unknown": (
        {"rail": rail_bill(RailState.UNKNOWN, raw_state="PAYMENT_TELEPORTED")},
        Side.RAIL,
        Mismatch.UNKNOWN_RAIL_STATE,
        "bill-1",
    ),
    "rail archived": (
        {"rail": rail_bill(RailState.ARCHIVED)},
        Side.RAIL,
        Mismatch.UNEXPECTED_RAIL_STATE,
        "bill-1",
    ),
    "rail rejected": (
        {"rail": rail_bill(RailState.REJECTED)},
        Side.RAIL,
        Mismatch.UNEXPECTED_RAIL_STATE,
        "bill-1",
    ),
    "ledger amount": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("1184", usd("1250.01")),)))},
        Side.LEDGER,
        Mismatch.AMOUNT,
        "1822",
    ),
    "ledger less, nothing left": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("1184", usd("1000")),)))},
        Side.LEDGER,
        Mismatch.AMOUNT,
        "1822",
    ),
    "ledger partial": (
        {
            "ledger": ledger(
                ledger_payment(allocations=(LedgerAllocation("1184", usd("1000")),)),
                balance=usd("250"),
            )
        },
        Side.LEDGER,
        Mismatch.PARTIAL,
        "1822",
    ),
    "ledger currency": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("1184", EUR),)))},
        Side.LEDGER,
        Mismatch.CURRENCY,
        "1822",
    ),
    "ledger twice": (
        {"ledger": ledger(ledger_payment(), ledger_payment(payment_id="1823"))},
        Side.LEDGER,
        Mismatch.DUPLICATE,
        "1822",
    ),
    "ledger vendor": (
        {"ledger": ledger(ledger_payment(vendor_id="99"))},
        Side.LEDGER,
        Mismatch.VENDOR,
        "1822",
    ),
    "ledger account": (
        {"ledger": ledger(ledger_payment(account_id="41"))},
        Side.LEDGER,
        Mismatch.ACCOUNT,
        "1822",
    ),
    "ledger voided": (
        {"ledger": ledger(ledger_payment(voided=True, amount=usd("0"), allocations=()))},
        Side.LEDGER,
        Mismatch.LEDGER_DELETED,
        "1822",
    ),
    "ledger deleted": (
        {"ledger": ledger(ledger_payment(deleted=True))},
        Side.LEDGER,
        Mismatch.LEDGER_DELETED,
        "1822",
    ),
    "ledger moved to another bill": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("77", usd("1250")),)))},
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger taken off every bill": (
        {"ledger": ledger(ledger_payment(allocations=()))},
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "cash amount": (
        {"cash": cash(bank_line(amount=usd("1249.99")))},
        Side.CASH,
        Mismatch.AMOUNT,
        "line-1",
    ),
    "cash currency": (
        {"cash": cash(bank_line(amount=EUR))},
        Side.CASH,
        Mismatch.CURRENCY,
        "line-1",
    ),
    "cash account": (
        {"cash": cash(bank_line(account_id="savings"))},
        Side.CASH,
        Mismatch.ACCOUNT,
        "line-1",
    ),
    "cash late": (
        {"cash": cash(bank_line(posted_on=date(2026, 12, 1)))},
        Side.CASH,
        Mismatch.LATE,
        "line-1",
    ),
    "cash early": (
        {"cash": cash(bank_line(posted_on=date(2026, 11, 18)))},
        Side.CASH,
        Mismatch.DATE,
        "line-1",
    ),
    "cash twice": (
        {"cash": cash(bank_line(), bank_line(line_id="line-2"))},
        Side.CASH,
        Mismatch.DUPLICATE,
        "line-2",
    ),
    "cash returned": (
        {"cash": cash(bank_line(), credits_seen=(RETURN,))},
        Side.CASH,
        Mismatch.RETURNED,
        "line-9",
    ),
}
DISAGREEMENTS |= {
    "rail vendor": (
        {"expected": expectation(vendor_id="vendor-9"), "rail": rail_bill()},
        Side.RAIL,
        Mismatch.VENDOR,
        "bill-1",
    ),
    "rail paid another account of the vendor": (
        {
            "expected": expectation(vendor_account_id="va-1"),
            "rail": rail_bill(payment=rail_payment(vendor_account_id="va-2")),
        },
        Side.RAIL,
        Mismatch.ACCOUNT,
        "bill-1",
    ),
    "rail late": (
        {"rail": rail_bill(paid_at=datetime(2026, 12, 10, 6, tzinfo=UTC))},
        Side.RAIL,
        Mismatch.LATE,
        "bill-1",
    ),
    "rail marked as paid by hand": (
        {"rail": rail_bill(payment=rail_payment(method="PAID_MANUALLY")), "cash": None},
        Side.RAIL,
        Mismatch.PAID_OUTSIDE,
        "bill-1",
    ),
    "rail paid, and open again": (
        {"rail": rail_bill(RailState.READY), "proved": PROVED},
        Side.RAIL,
        Mismatch.UNEXPECTED_RAIL_STATE,
        "bill-1",
    ),
    "ledger late": (
        {"ledger": ledger(ledger_payment(paid_on=date(2026, 12, 3)))},
        Side.LEDGER,
        Mismatch.LATE,
        "1822",
    ),
    "ledger dated before the payment": (
        {"ledger": ledger(ledger_payment(paid_on=date(2026, 11, 18)))},
        Side.LEDGER,
        Mismatch.DATE,
        "1822",
    ),
    "ledger edited after the proof: amount": (
        {
            "ledger": ledger(
                ledger_payment(allocations=(LedgerAllocation("1184", usd("1000")),)),
                balance=usd("250"),
            ),
            "proved": PROVED,
        },
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger edited after the proof: an account that nobody named": (
        {
            "expected": expectation(ledger_account_id=None),
            "ledger": ledger(ledger_payment(account_id="41")),
            "proved": PROVED,
        },
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger edited after the proof: date": (
        {"ledger": ledger(ledger_payment(paid_on=date(2026, 12, 24))), "proved": PROVED},
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger booked again after the proof": (
        {"ledger": ledger(ledger_payment(), ledger_payment(payment_id="9")), "proved": PROVED},
        Side.LEDGER,
        Mismatch.DUPLICATE,
        "1822",
    ),
    "cash in parts that fall short": (
        {
            "cash": cash(
                bank_line(amount=usd("500")), bank_line(line_id="line-2", amount=usd("700"))
            )
        },
        Side.CASH,
        Mismatch.PARTIAL,
        "line-1",
    ),
    "cash in parts that are too much": (
        {
            "cash": cash(
                bank_line(amount=usd("600")), bank_line(line_id="line-2", amount=usd("700"))
            )
        },
        Side.CASH,
        Mismatch.AMOUNT,
        "line-1",
    ),
    "cash names another vendor": (
        {"cash": replace(cash(), payee="Acme Supplies", other_payee="Lakeside Catering")},
        Side.CASH,
        Mismatch.VENDOR,
        "line-1",
    ),
}
BY_TIME = {Mismatch.MISSING}


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_each_disagreement_is_one_finding(name: str) -> None:
    changed, side, kind, source_id = DISAGREEMENTS[name]
    found = verdict(**changed)
    assert found.outcome is Outcome.MISMATCH
    assert [(one.side, one.kind, one.source_id) for one in found.findings] == [
        (side, kind, source_id)
    ]
    assert found.findings[0].expected != found.findings[0].found
    assert (found.waiting_for, found.until) == ((), None)


def test_every_kind_is_produced_by_some_case() -> None:
    produced = {kind for _, _, kind, _ in DISAGREEMENTS.values()}
    assert produced | BY_TIME == set(Mismatch)


# -- deadlines, counted by hand. 26 November 2026 is Thanksgiving, 3 July 2026 an open Friday.

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


# -- waiting

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


def test_a_pending_return_is_not_a_return_yet() -> None:
    pending = replace(RETURN, pending=True)
    assert verdict(cash=cash(bank_line(), credits_seen=(pending,))).outcome is Outcome.VERIFIED


def test_a_voided_booking_beside_a_standing_one_does_not_matter() -> None:
    both = ledger(ledger_payment(payment_id="1800", voided=True), ledger_payment())
    assert verdict(ledger=both).outcome is Outcome.VERIFIED


def test_a_booking_for_several_bills_counts_its_part() -> None:
    parts = (LedgerAllocation("1184", usd("1250")), LedgerAllocation("1185", usd("300")))
    booked = ledger_payment(amount=usd("1550"), allocations=parts)
    assert verdict(ledger=ledger(booked)).outcome is Outcome.VERIFIED


def test_one_debit_pays_all_bills_of_a_batch() -> None:
    total = rail_bill(payment=rail_payment(amount=usd("4000.00")))
    assert expected_cash(expectation(), total) == usd("4000.00")
    whole = cash(bank_line(amount=usd("4000.00")))
    assert verdict(rail=total, cash=whole).outcome is Outcome.VERIFIED
    own_part = verdict(rail=total)
    assert [(one.kind, one.expected) for one in own_part.findings] == [
        (Mismatch.AMOUNT, "4,000.00 USD")
    ]


@pytest.mark.parametrize("method", ["CARD", "ONE_TIME_CARD", "VENDOR_CREDIT"])
def test_what_moves_no_cash_waits_for_no_debit(method: str) -> None:
    part = rail_bill(payment=ach(method))
    assert verdict(rail=part, cash=None).outcome is Outcome.VERIFIED
    no_booking = verdict(rail=part, ledger=None, cash=None)
    by_card = method != "VENDOR_CREDIT"
    assert no_booking.outcome is (Outcome.VERIFIED if by_card else Outcome.WAITING)


def test_unknown_names_are_not_compared() -> None:
    bare = expectation(ledger_vendor_id=None, bank_account_id=None, ledger_account_id=None)
    strange = ledger(ledger_payment(vendor_id="99", account_id="41"))
    elsewhere = cash(bank_line(account_id="savings"))
    assert verdict(expected=bare, ledger=strange, cash=elsewhere).outcome is Outcome.VERIFIED
    assert verdict(ledger=ledger(ledger_payment(account_id=None))).outcome is Outcome.VERIFIED


def test_parts_that_add_up_are_one_payment() -> None:
    halves = cash(bank_line(amount=usd("500")), bank_line(line_id="line-2", amount=usd("750")))
    assert verdict(cash=halves).outcome is Outcome.VERIFIED


def test_the_same_booking_as_proved_is_verified_however_often_it_is_judged() -> None:
    assert verdict(proved=PROVED).outcome is Outcome.VERIFIED
    later = ledger(ledger_payment(sync_token="7", paid_on=date(2026, 11, 23)))
    assert verdict(ledger=later, proved=PROVED).outcome is Outcome.VERIFIED


def test_deleted_and_entered_anew_is_no_edit() -> None:
    anew = ledger(ledger_payment(deleted=True), ledger_payment(payment_id="1900"))
    assert verdict(ledger=anew, proved=PROVED).outcome is Outcome.VERIFIED


def test_booked_elsewhere_while_the_rail_never_began_is_paid_outside_at_the_deadline() -> None:
    open_bill = rail_bill(RailState.READY, payment=None)
    before = verdict(rail=open_bill, cash=None)
    assert before.outcome is Outcome.WAITING  # the ledger may lead the rail
    after = verdict(datetime(2026, 12, 11, tzinfo=UTC), rail=open_bill)
    assert [(one.side, one.kind) for one in after.findings] == [(Side.RAIL, Mismatch.PAID_OUTSIDE)]
