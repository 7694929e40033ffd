"""Records confirmed and reset by people: numbers, entries, mirrors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rowcol.domain.journal import JournalEntry
from rowcol.domain.payment import Payment, PaymentType, Posting
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Actor, ActorKind
from rowcol.service.change import Change, Contention, transact
from rowcol.service.payment_commands.confirm import confirm
from tests.support.desk import SCOPE
from tests.support.domain.builders import (
    FRIDAY,
)
from tests.support.records import THURSDAY, RecordDesk, must, record, refused, transfer

TRANSIT, CASH, PAYABLE, RECEIVABLE = "1010", "1000", "2000", "1100"


@pytest.fixture
def desk() -> RecordDesk:
    """Bluebird's books."""
    return RecordDesk()


def test_confirm_numbers_posts_and_tells_it_in_one_entry(desk: RecordDesk) -> None:
    made = desk.told()
    told = must(desk.confirm(made.id))
    assert (told.number, told.posting) == ("2026-000001", Posting.POSTED)
    assert desk.payment(made.id) == replace(told, version=2)
    [entry] = desk.journal()
    assert (entry.day, entry.number, entry.payment_id) == (THURSDAY, told.number, told.id)
    assert desk.balances() == {PAYABLE: 10_000, TRANSIT: -10_000}
    assert desk.types() == ["payment.recorded", "payment.posted"]
    assert told.journal[0].id == entry.id


def test_reset_mirrors_keeps_the_number_and_confirm_uses_it_again(desk: RecordDesk) -> None:
    made = desk.posted()
    draft = must(desk.reset(made.id))
    assert (draft.number, draft.posting) == ("2026-000001", Posting.DRAFT)
    assert desk.balances() == {}
    original, mirror = desk.journal()
    assert (mirror.mirrors, mirror.day) == (original.id, original.day)
    assert mirror.lines == tuple(line.mirrored for line in original.lines)
    again = must(desk.confirm(made.id))
    assert again.number == "2026-000001"
    assert len(desk.journal()) == 3
    assert must(desk.confirm(desk.told().id)).number == "2026-000002"


@pytest.mark.parametrize(
    ("kind", "balances"),
    [
        (PaymentType.CUSTOMER_PAYMENT, {TRANSIT: 10_000, RECEIVABLE: -10_000}),
        (PaymentType.REFUND, {TRANSIT: -10_000, RECEIVABLE: 10_000}),
        (PaymentType.FEE, {TRANSIT: -10_000, "6000": 10_000}),
    ],
)
def test_each_type_has_its_accounts(
    desk: RecordDesk, kind: PaymentType, balances: dict[str, int]
) -> None:
    desk.posted(type=kind)
    assert desk.balances() == balances


def test_a_transfer_is_on_its_way_until_it_arrives(desk: RecordDesk) -> None:
    made = must(desk.tell(transfer()))
    must(desk.confirm(made.id))
    assert desk.balances() == {TRANSIT: -10_000, "1020": 10_000}
    assert {line.bank_account_id for line in desk.journal()[0].lines} == {
        "operating-1",
        "operating-2",
    }


@pytest.mark.parametrize(
    ("method", "account"), [("CARD", "2100"), ("card", "2100"), ("VENDOR_CREDIT", "1200")]
)
def test_what_moves_no_cash_is_not_in_transit(desk: RecordDesk, method: str, account: str) -> None:
    desk.posted(method=method)
    assert desk.balances() == {PAYABLE: 10_000, account: -10_000}


def test_twice_is_refused(desk: RecordDesk) -> None:
    made = desk.posted()
    assert refused(desk.confirm(made.id)).code is Code.NOT_DRAFT
    must(desk.reset(made.id))
    assert refused(desk.reset(made.id)).code is Code.WRONG_STATE


def test_a_closed_period_refuses_people() -> None:
    desk = RecordDesk()
    draft, posted = desk.told(), desk.posted()
    assert desk.books.save(replace(desk.client(), closed_through=THURSDAY))
    for told in (desk.confirm(draft.id), desk.reset(posted.id)):
        refusal = refused(told)
        assert refusal.code is Code.PERIOD_CLOSED
        assert refusal.numbers["closed_through"] == THURSDAY
    assert must(desk.confirm(desk.told(paid_on=FRIDAY).id)).number == "2026-000002"


def test_numbers_are_of_the_year_in_which_the_money_moved() -> None:
    desk = RecordDesk(datetime(2027, 1, 4, 15, tzinfo=UTC))
    numbers = [
        desk.posted(paid_on=day).number
        for day in (date(2026, 12, 31), date(2027, 1, 1), date(2026, 12, 30), date(2027, 1, 4))
    ]
    assert numbers == ["2026-000001", "2027-000001", "2026-000002", "2027-000002"]


def test_sixteen_people_leave_no_gap() -> None:
    desk = RecordDesk()
    drafts = [desk.told().id for _ in range(64)]

    def confirm_one(name: str) -> str | None:
        actor = Actor(ActorKind.PERSON, f"person-{name}", None)
        surroundings = replace(desk.environment.surroundings, pause=lambda _: None)
        for _ in range(50):
            with suppress(Contention):
                told = transact(
                    desk.store,
                    surroundings,
                    SCOPE,
                    actor,
                    lambda change: confirm(desk.environment, change, name),
                )
                assert isinstance(told, Payment)
                return told.number
        return None

    with ThreadPoolExecutor(16) as people:
        given = list(people.map(confirm_one, drafts))
    assert sorted(given, key=str) == [f"2026-{place:06d}" for place in range(1, 65)]
    assert len(desk.journal()) == 64
    stored = {desk.payment(name).number for name in drafts}
    assert stored == set(given)


def test_a_payment_stays_small_however_often_it_is_reset(desk: RecordDesk) -> None:
    made = desk.told()
    for _ in range(60):
        must(desk.confirm(made.id))
        must(desk.reset(made.id))
    assert len(desk.payment(made.id).journal) == 40
    assert desk.balances() == {}
    assert len(desk.journal()) == 120


def test_many_are_posted_in_one_write(desk: RecordDesk) -> None:
    drafts = [desk.told().id for _ in range(10)]

    def plan(change: Change) -> bool:
        for name in drafts:
            must(confirm(desk.environment, change, name))
        return True

    desk.act(plan)
    assert [desk.payment(name).number for name in drafts] == [
        f"2026-{place:06d}" for place in range(1, 11)
    ]
    assert len({entry.id for entry in desk.journal()}) == 10


def test_entries_are_listed_by_date(desk: RecordDesk) -> None:
    for day in (date(2026, 11, 18), date(2026, 11, 3), FRIDAY, date(2026, 11, 3)):
        desk.posted(paid_on=day)
    assert [entry.day.day for entry in desk.journal()] == [3, 3, 18, 20]
    assert isinstance(desk.journal()[0], JournalEntry)
    assert record().paid_on == THURSDAY


def test_a_period_that_is_closed_meanwhile_refuses(desk: RecordDesk) -> None:
    made = desk.told()
    reads: list[str] = []

    def close(change: Change) -> bool:
        change.put(replace(change.client, closed_through=THURSDAY))
        return True

    def close_after_the_first_read(call: str) -> None:
        reads.append(call)
        if len(reads) == 2:
            desk.work(close)

    desk.store.on_call = close_after_the_first_read
    assert refused(desk.confirm(made.id)).code is Code.PERIOD_CLOSED
    assert desk.journal() == []
