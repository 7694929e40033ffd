"""Records: what may be told of a payment that happened elsewhere, and what each refusal is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Origin, Payment, PaymentType, Posting, Verification
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Scope
from rowcol.service.change import open_change
from rowcol.service.payment_commands.validate import validate
from tests.support.desk import SCOPE
from tests.support.domain.builders import NOW, payment, usd
from tests.support.records import (
    THURSDAY,
    RecordDesk,
    must,
    record,
    refused,
    to_bill,
    transfer,
)


@pytest.fixture
def desk() -> RecordDesk:
    """Bluebird's books."""
    return RecordDesk()


def test_a_record_tells_what_happened(desk: RecordDesk) -> None:
    made = desk.told(reference="check 1042", memo="flour")
    stored = desk.payment(made.id)
    assert stored == replace(made, version=1)
    assert (stored.status, stored.posting, stored.origin) == (
        Status.DONE,
        Posting.DRAFT,
        Origin.RECORD,
    )
    assert stored.verification is Verification.AWAITING
    assert (stored.pay_on, stored.number, stored.created_by) == (THURSDAY, None, "anna")
    assert desk.types() == ["payment.recorded"]
    assert not desk.executions.asked
    assert desk.journal() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Money(0, "USD")}, Code.AMOUNT_NOT_POSITIVE),
        ({"amount": Money(-1, "USD")}, Code.AMOUNT_NOT_POSITIVE),
        ({"amount": Money(10**13 + 1, "USD")}, Code.AMOUNT_TOO_LARGE),
        ({"amount": Money(100, "EUR")}, Code.CURRENCY_MISMATCH),
        ({"paid_on": date(2026, 11, 21)}, Code.DATE_FUTURE),
        ({"paid_on": date(9999, 12, 31)}, Code.DATE_FUTURE),
        ({"paid_on": date(2025, 10, 15)}, Code.DATE_PAST),
        ({"paid_on": date(1, 1, 1)}, Code.DATE_PAST),
        ({"paid_on": date(2026, 10, 31)}, Code.PERIOD_CLOSED),
        ({"counterparty_name": None}, Code.INVALID_INPUT),
        ({"counterparty_name": "  "}, Code.INVALID_INPUT),
        ({"counterparty_name": "x" * 201}, Code.INVALID_INPUT),
        ({"counterparty_name": "two\nlines"}, Code.INVALID_INPUT),
        ({"counterparty_id": ""}, Code.INVALID_INPUT),
        ({"memo": "x" * 501}, Code.INVALID_INPUT),
        ({"reference": "\x00"}, Code.INVALID_INPUT),
        ({"account_id": "somebody-elses"}, Code.INVALID_INPUT),
        ({"to_account_id": "operating-2"}, Code.INVALID_INPUT),
        ({"type": PaymentType.REFUND, "counterparty_name": None}, Code.INVALID_INPUT),
        ({"type": PaymentType.CUSTOMER_PAYMENT, "counterparty_name": None}, Code.INVALID_INPUT),
    ],
)
def test_what_is_refused_writes_nothing_but_the_denial(changes: dict[str, Any], code: Code) -> None:
    desk = RecordDesk(closed_through=date(2026, 10, 31))
    assert refused(desk.tell(record(**changes))).code is code
    assert desk.types() == ["command.denied"]
    assert desk.books.ids(Payment).ids == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to_account_id": None}, "to_account_id"),
        ({"to_account_id": "operating-1"}, "to_account_id"),
        ({"account_id": None}, "account_id"),
        ({"to_account_id": "savings"}, "to_account_id"),
        ({"counterparty_id": "vendor-1"}, "counterparty_id"),
    ],
)
def test_a_transfer_is_between_two_own_accounts(
    desk: RecordDesk, changes: dict[str, Any], field: str
) -> None:
    refusal = refused(desk.tell(transfer(**changes)))
    assert (refusal.code, refusal.numbers["field"]) == (Code.INVALID_INPUT, field)


def test_savings_are_an_own_account_once_they_are_named() -> None:
    desk = RecordDesk(other_account_ids=("savings",))
    made = must(desk.tell(transfer(to_account_id="savings")))
    assert (made.to_account_id, made.counterparty_name) == ("savings", "Own accounts")


def test_fees_need_nobody_and_the_only_account_is_taken() -> None:
    desk = RecordDesk(operating_account_ids=("checking",))
    made = must(desk.tell(record(type=PaymentType.FEE, counterparty_name=None, account_id=None)))
    assert (made.counterparty_name, made.expectation.bank_account_id) == ("Bank", "checking")


def test_yesterdays_and_todays_dates_are_the_clients(desk: RecordDesk) -> None:
    assert must(desk.tell(record(paid_on=date(2026, 11, 20)))).pay_on == NOW.date()
    assert must(desk.tell(record(paid_on=date(2025, 10, 16)))).pay_on == date(2025, 10, 16)
    lately = RecordDesk(zone="Asia/Tokyo")
    assert must(lately.tell(record(paid_on=date(2026, 11, 21)))).pay_on == date(2026, 11, 21)


def test_a_draft_is_told_anew(desk: RecordDesk) -> None:
    made = desk.told()
    changed = must(desk.retell(made.id, record(amount=usd("120"), memo="more flour"), 1))
    stored = desk.payment(made.id)
    assert stored == replace(changed, version=2)
    assert (stored.amount, stored.memo, stored.created_at) == (
        usd("120"),
        "more flour",
        made.created_at,
    )
    assert stored.expectation.bill_amount == usd("120")
    assert desk.types() == ["payment.recorded", "payment.record_changed"]


def test_a_stale_version_changes_nothing(desk: RecordDesk) -> None:
    made = desk.told()
    for told in (desk.retell(made.id, record(memo="x"), 2), desk.delete(made.id, 2)):
        refusal = refused(told)
        assert refusal.code is Code.VERSION_MISMATCH
        assert refusal.numbers == {"asked": 2, "found": 1}
    assert desk.payment(made.id).version == 1


def test_a_draft_without_a_number_is_deleted_and_then_unknown(desk: RecordDesk) -> None:
    made = desk.told()
    gone = must(desk.delete(made.id, 1))
    assert gone.deleted_at is not None
    assert desk.types()[-1] == "payment.deleted"
    assert desk.books.ids(Payment).ids == ()
    for told in (
        desk.delete(made.id, 2),
        desk.retell(made.id, record(), 2),
        desk.confirm(made.id),
        desk.reset(made.id),
    ):
        assert refused(told).code is Code.NOT_FOUND
    assert desk.types()[-1] == "payment.deleted"


def test_what_had_a_number_is_never_deleted(desk: RecordDesk) -> None:
    made = desk.posted()
    assert refused(desk.delete(made.id)).code is Code.NOT_DRAFT
    must(desk.reset(made.id))
    refusal = refused(desk.delete(made.id))
    assert (refusal.code, refusal.numbers["number"]) == (Code.NUMBERED, "2026-000001")


def test_a_posted_record_is_not_told_anew(desk: RecordDesk) -> None:
    made = desk.posted()
    assert refused(desk.retell(made.id, record(memo="x"), 2)).code is Code.NOT_DRAFT
    must(desk.reset(made.id))
    changed = must(desk.retell(made.id, record(amount=usd("90")), 3))
    assert (changed.number, changed.posting) == ("2026-000001", Posting.DRAFT)


def test_a_number_keeps_its_year(desk: RecordDesk) -> None:
    made = desk.posted()
    must(desk.reset(made.id))
    refusal = refused(desk.retell(made.id, record(paid_on=date(2025, 12, 31)), 3))
    assert refusal.code is Code.NUMBERED


def test_people_keep_their_hands_off_rail_payments(desk: RecordDesk) -> None:
    assert desk.books.save(payment(Status.DONE, version=0))
    for told in (
        desk.retell("pay_1", record(), 1),
        desk.delete("pay_1", 1),
        desk.confirm("pay_1"),
        desk.reset("pay_1"),
    ):
        assert refused(told).code is Code.RAIL_PAYMENT
    assert set(desk.types()) == {"command.denied"}


@pytest.mark.parametrize("status", [Status.REVERSING, Status.REVERSED, Status.REISSUED])
def test_what_is_over_is_not_changed(desk: RecordDesk, status: Status) -> None:
    made = desk.told()
    assert desk.books.save(replace(desk.payment(made.id), status=status))
    for told in (
        desk.retell(made.id, record(), 2),
        desk.delete(made.id, 2),
        desk.confirm(made.id),
        desk.reset(made.id),
    ):
        assert refused(told).code is Code.WRONG_STATE


def test_another_clients_record_is_unknown_and_nothing_is_written(desk: RecordDesk) -> None:
    made = desk.told()
    other = desk.store.books(Scope(SCOPE.firm, "cedar"))
    assert other.get(Payment, made.id) is None
    assert refused(desk.confirm("pay_somebody-elses")).code is Code.NOT_FOUND
    assert desk.types() == ["payment.recorded"]


def test_validate_says_what_confirm_would_and_writes_nothing(desk: RecordDesk) -> None:
    desk.read()
    first = desk.told(allocations=(to_bill("1250"),), amount=usd("1250"))
    second = desk.told(allocations=(to_bill("1250"),), amount=usd("1250"))
    must(desk.confirm(first.id))
    change = open_change(desk.store, desk.environment.surroundings, SCOPE, _actor(desk))
    told = validate(desk.environment, change, second.id)
    assert refused(told) == refused(desk.confirm(second.id))
    assert validate(desk.environment, change, desk.told().id) == desk.payment("pay_000003")
    assert change.is_empty


def _actor(desk: RecordDesk) -> Any:
    return desk.books.entries()[-1].actor
