"""The real verbs in batches: records confirmed, reset, deleted, posted, imported; cancels."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.batch import BatchState, Mode
from rowcol.domain.batch_items import ItemOutcome
from rowcol.domain.payment import Posting
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.bulk.records_to_make import item_of
from rowcol.service.bulk.rehearse import rehearse
from rowcol.service.bulk.verbs import CONFIRM
from rowcol.service.payment_commands.confirm import confirm
from tests.support.bulk_records import Records, new_record, of_bill
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd

ALL = Mode.ALL_OR_NOTHING


def test_a_thousand_are_confirmed_in_at_most_sixty_transactions() -> None:
    desk = Records()
    names = desk.drafts(1000)
    desk.boundary.names = []
    batch = desk.do("confirm", names)
    assert (batch.ok, batch.failed) == (1000, 0)
    assert desk.boundary.names.count("commit:after") <= 60
    assert desk.numbers(names) == [f"2026-{place:06d}" for place in range(1, 1001)]
    assert len(desk.entries()) == 1000


def test_and_so_are_a_thousand_that_each_pay_a_part_of_a_bill() -> None:
    desk = Records()
    bill = desk.read(amount=usd("10000.00"))
    names = desk.drafts(1000, allocations=of_bill(bill, "10.00"))
    desk.boundary.names = []
    batch = desk.do("confirm", names)
    assert batch.ok == 1000
    assert desk.boundary.names.count("commit:after") <= 60
    assert desk.allocated(bill.id).total("USD") == usd("10000.00")


def test_each_item_has_the_code_of_its_single_command() -> None:
    desk = Records()
    bill = desk.read(amount=usd("25.00"))
    fits = desk.drafts(3, allocations=of_bill(bill, "10.00"))
    posted = desk.drafts(1)
    desk.act(lambda change: confirm(desk.environment, change, posted[0]))
    batch = desk.do("confirm", [*fits, *posted, "pay_none", fits[0], "a/b"])
    assert desk.codes(batch) == [
        None, None, Code.OVER_ALLOCATED, Code.NOT_DRAFT, Code.NOT_FOUND, Code.DUPLICATE_ITEM,
        Code.NOT_FOUND,
    ]  # fmt: skip
    alone = desk.act(lambda change: confirm(desk.environment, change, fits[2]))
    assert isinstance(alone, Refusal)
    assert alone.code is Code.OVER_ALLOCATED
    over = desk.results(batch.id)[2]
    assert over.detail == alone.detail
    assert over.numbers["open"] == {"minor": 500, "currency": "USD"}
    # Refused ones took no number.
    assert desk.numbers([*fits[:2], *posted]) == ["2026-000002", "2026-000003", "2026-000001"]


def test_what_is_posted_already_is_fine_for_post() -> None:
    desk = Records()
    names = desk.drafts(3)
    desk.do("confirm", names[:1])
    before = desk.payment(names[0])
    batch = desk.do("post", names)
    assert desk.codes(batch) == [None] * 3
    assert desk.payment(names[0]) == before
    assert [each.version for each in desk.results(batch.id)] == [
        desk.payment(name).version for name in names
    ]
    assert desk.numbers(names) == ["2026-000001", "2026-000002", "2026-000003"]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_reset_keeps_numbers_and_gives_allocations_back(mode: Mode) -> None:
    desk = Records()
    bill = desk.read(amount=usd("1000.00"))
    names = desk.drafts(60, allocations=of_bill(bill, "10.00"))
    desk.do("confirm", names)
    numbers = desk.numbers(names)
    batch = desk.do("reset-to-draft", names, mode)
    assert (batch.state, batch.ok) == (BatchState.DONE, 60)
    assert {desk.payment(name).posting for name in names} == {Posting.DRAFT}
    assert desk.numbers(names) == numbers
    assert desk.allocated(bill.id).parts == ()
    assert len(desk.entries()) == 120
    again = desk.do("confirm", names, mode)
    assert again.ok == 60
    assert desk.numbers(names) == numbers


def test_drafts_without_a_number_are_deleted() -> None:
    desk = Records()
    names = desk.drafts(3)
    desk.do("confirm", names[:1])
    desk.do("reset-to-draft", names[:1])
    batch = desk.do("delete", names)
    assert desk.codes(batch) == [Code.NUMBERED, None, None]
    assert desk.codes(desk.do("confirm", names[1:])) == [Code.NOT_FOUND] * 2


def test_a_record_cannot_be_cancelled() -> None:
    desk = Records()
    batch = desk.do("cancel", desk.drafts(2))
    assert desk.codes(batch) == [Code.WRONG_STATE] * 2


def test_all_or_nothing_reserves_what_the_items_will_pay() -> None:
    desk = Records()
    bill = desk.read(amount=usd("1000.00"))
    names = desk.drafts(100, allocations=of_bill(bill, "9.00"))
    [other] = desk.drafts(1, amount=usd("200.00"), allocations=of_bill(bill, "200.00"))
    name = desk.submitted(names, ALL, verb="confirm")
    desk.boundary.between = lambda call: desk.clock.pause(1) if call == "commit:after" else None
    while desk.batch(name).state is not BatchState.COMMITTED:
        desk.advance(name, until=desk.clock.now() + timedelta(seconds=1))
    desk.boundary.between = lambda _call: None
    refused = desk.act(lambda change: confirm(desk.environment, change, other), person="ben")
    assert isinstance(refused, Refusal)
    assert refused.code is Code.OVER_ALLOCATED
    batch = desk.advance(name)
    assert (batch.state, batch.ok) == (BatchState.DONE, 100)
    assert desk.allocated(bill.id).total("USD") == usd("900.00")
    assert desk.numbers(names) == [f"2026-{place:06d}" for place in range(1, 101)]


def test_what_was_reserved_is_open_again_when_nothing_is_done() -> None:
    desk = Records()
    bill = desk.read(amount=usd("1000.00"))
    names = desk.drafts(100, allocations=of_bill(bill, "9.00"))
    name = desk.submitted(names, ALL, verb="confirm")
    desk.boundary.between = lambda call: desk.clock.pause(1) if call == "commit:after" else None
    while desk.batch(name).state is not BatchState.PREPARED:
        desk.advance(name, until=desk.clock.now() + timedelta(seconds=1))
    assert desk.allocated(bill.id).total("USD") == usd("900.00")
    desk.cancel(name)
    assert desk.advance(name).is_over
    assert desk.allocated(bill.id).parts == ()
    assert {desk.payment(each).batch_id for each in names} == {None}
    assert {desk.payment(each).number for each in names} == {None}


def test_all_or_nothing_finds_what_is_too_much_together() -> None:
    desk = Records()
    bill = desk.read(amount=usd("25.00"))
    names = desk.drafts(3, allocations=of_bill(bill, "10.00"))
    batch = desk.do("confirm", names, ALL)
    assert desk.codes(batch) == [Code.ITEM_FAILED, Code.ITEM_FAILED, Code.OVER_ALLOCATED]
    assert desk.entries() == []


def test_a_rehearsal_says_what_confirm_would_and_writes_nothing() -> None:
    desk = Records()
    bill = desk.read(amount=usd("25.00"))
    names = desk.drafts(3, allocations=of_bill(bill, "10.00"))
    asked = [*names, names[0], "pay_none"]
    items, log = dict(desk.store.items), desk.types()
    told = rehearse(desk.environment, SCOPE, desk.anna, CONFIRM, asked)
    assert not isinstance(told, Refusal)
    assert (desk.store.items, desk.types()) == (items, log)
    batch = desk.do("confirm", asked)
    assert told == desk.results(batch.id)


def test_records_are_imported_and_the_bad_ones_told() -> None:
    desk = Records()
    tomorrow = date(2026, 11, 21)
    items = [
        item_of(new_record(1), 2),
        item_of(new_record(2, paid_on=tomorrow), 3),
        item_of(Refusal(Code.IMPORT_UNREADABLE, "no amount", {"column": "Amount"}), 4),
        item_of(new_record(1), 5),
    ]
    batch = desk.do("import", items)
    results = desk.results(batch.id)
    assert [(each.line, each.code) for each in results] == [
        (2, None), (3, Code.DATE_FUTURE), (4, Code.IMPORT_UNREADABLE), (5, None),
    ]  # fmt: skip
    assert results[2].numbers == {"column": "Amount"}
    assert [each.id is None for each in results] == [False, True, True, False]
    made = [desk.payment(each.id) for each in results if each.outcome is ItemOutcome.OK and each.id]
    assert {payment.posting for payment in made} == {Posting.DRAFT}
    assert len({payment.id for payment in made}) == 2


def test_a_thousand_records_are_imported_in_few_transactions() -> None:
    desk = Records()
    items = [item_of(new_record(number)) for number in range(1000)]
    desk.boundary.names = []
    batch = desk.do("import", items)
    assert batch.ok == 1000
    assert desk.boundary.names.count("commit:after") <= 25
    assert sum(payment.kind == "payment" for payment in desk.store.items.values()) == 1000
