"""What agrees, with its evidence, though it looks otherwise at first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rowcol.domain.facts import LedgerAllocation, RailState
from rowcol.domain.statements.identity import line_id
from rowcol.domain.verdict import (
    Mismatch,
    Outcome,
    Side,
    Verdict,
    expected_cash,
)
from tests.support.domain.builders import (
    NOW,
    bank_line,
    cash,
    expectation,
    ledger,
    ledger_payment,
    rail_bill,
    rail_payment,
    usd,
)
from tests.support.domain.verdicts import PROVED, ach, verdict

RETURN = bank_line(line_id="line-9", amount=usd("-1250.00"), posted_on=date(2026, 11, 24))


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


def test_a_line_of_a_statement_is_no_evidence_of_plaid() -> None:
    name = line_id("59cd6251913aac65660fea550d659544")
    assert verdict(cash=cash(bank_line(line_id=name))).evidence[-1] == f"statement:line:{name}"


def test_a_pending_return_is_not_a_return_yet() -> None:
    pending = replace(RETURN, pending=True)
    assert verdict(cash=cash(bank_line(), credits_seen=(pending,))).outcome is Outcome.VERIFIED


def test_a_second_debit_that_came_back_leaves_one_payment() -> None:
    """It was asked back as a duplicate: the bill is paid, and must not be paid once more."""
    found = verdict(cash=cash(bank_line(), bank_line(line_id="line-2"), credits_seen=(RETURN,)))
    assert (found.outcome, found.findings) == (Outcome.VERIFIED, ())


def test_a_return_of_one_part_is_not_the_money_back() -> None:
    parts = (bank_line(amount=usd("500")), bank_line(line_id="line-2", amount=usd("750")))
    back = replace(RETURN, amount=usd("-500"))
    found = verdict(cash=cash(*parts, credits_seen=(back,)))
    assert [(one.kind, one.source_id) for one in found.findings] == [(Mismatch.PARTIAL, "line-9")]
    assert found.findings[0].found == "750.00 USD: 500.00 USD back on 2026-11-24"


def test_all_debits_back_is_the_money_back() -> None:
    parts = (bank_line(amount=usd("500")), bank_line(line_id="line-2", amount=usd("750")))
    back = (replace(RETURN, amount=usd("-500")), replace(RETURN, amount=usd("-750")))
    found = verdict(cash=cash(*parts, credits_seen=back))
    assert [one.kind for one in found.findings] == [Mismatch.RETURNED]


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
