"""A change planned item by item: what an item put goes back, and what still fits is known."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code
from rowcol.domain.scope import SYSTEM, Actor, ActorKind
from rowcol.service.change import Change, open_change
from rowcol.service.claims import claimed_elsewhere
from rowcol.service.consequences import follow, follow_item, free_room
from rowcol.service.payment_commands.confirm import confirm
from tests.support.bulk import record
from tests.support.bulk_records import Records, of_bill
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import NOW, usd

ANNA = Actor(ActorKind.PERSON, "anna", NOW)


def change_of(desk: Desk, actor: Actor = SYSTEM) -> Change:
    return open_change(desk.store, desk.environment.surroundings, SCOPE, actor)


def test_all_that_was_planned_after_a_savepoint_goes_back() -> None:
    change = change_of(Desk())
    first, second = record("pay_1"), record("pay_2")
    change.put(first)
    change.state("payment.recorded", payment=first)
    before, head = change.savepoint(), change.head
    change.put(replace(first, memo="changed"))
    change.put(replace(first, memo="changed again"))
    change.put(second)
    change.state("payment.recorded", payment=second)
    change.head, _ = change.head.numbered(2026)
    assert change.put_since(before) == (replace(first, memo="changed again"), second)
    inner = change.savepoint()
    change.put(record("pay_3"))
    change.roll_back(inner)
    assert change.get(Payment, "pay_3") is None
    change.roll_back(before)
    assert list(change.puts.values()) == [first]
    assert [fact.payment_id for fact in change.facts] == ["pay_1"]
    assert change.head == head
    assert change.put_since(before) == ()
    assert change.get(Payment, "pay_2") is None


def test_what_follows_from_an_item_follows_once() -> None:
    desk = Records()
    bill = desk.read(amount=usd("50.00"))
    name = desk.drafts(1, allocations=of_bill(bill, "10.00"))[0]
    change = change_of(desk, ANNA)
    before = change.savepoint()
    assert isinstance(confirm(desk.environment, change, name), Payment)
    payments = [put for put in change.put_since(before) if isinstance(put, Payment)]
    assert follow_item(change, payments) is None
    puts, facts, room = dict(change.puts), list(change.facts), free_room(change)
    assert follow(change) is None
    assert (change.puts, change.facts) == (puts, facts)
    # The payment, its entry, what the bill has, and one fact, beside the head.
    assert room == 99 - 3 - 1


def test_a_claim_keeps_people_away_and_nobody_else() -> None:
    desk = Desk()
    assert desk.books.save(record("pay_1", batch_id="bat_1"))
    for actor, batch_id, refused in (
        (ANNA, None, True),
        (ANNA, "bat_2", True),
        (ANNA, "bat_1", False),
        (SYSTEM, None, False),
        (Actor(ActorKind.RAIL, "ramp"), None, False),
        (Actor(ActorKind.MACHINE, "robot"), None, True),
    ):
        change = change_of(desk, actor)
        change.batch_id = batch_id
        payment = change.get(Payment, "pay_1")
        assert payment is not None
        found = claimed_elsewhere(change, (payment,))
        assert (found is not None) is refused
        if found is not None:
            assert found.code is Code.BATCH_MEMBER
