"""Eight processes at once on the engine: guards hold, one bill is paid once, one key acts once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from local.demo.firm import FIRM, DemoClient
from rowcol.domain.bill import Bill
from rowcol.domain.calendar import BANK_ZONE
from rowcol.domain.limits import CLIENT_LIMITS, Level, Limits, LimitSet, counter_id
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Member, Role, Scope
from rowcol.service.audit import verify_log
from rowcol.service.onboard import register_member
from tests.support.rig.racing import Runner, Track, race, racing
from tests.support.rig.stack import Rig, eventually

PROCESSES = 8
ANN = "ann-advisor"
FLOOR, CASH, BILL = 1_000, 6_000, "1000.00"
COVERABLE = (CASH - FLOOR) // 1_000


@pytest.fixture(autouse=True)
def _bank_morning(rig: Rig) -> None:
    rig.early()


def track_of(rig: Rig, client: DemoClient) -> Track:
    store = rig.store
    return Track(
        rig.engine.endpoint,
        store._tables,
        rig.timeline.now() - datetime.now(UTC),
        client.id,
    )


def bills_of(rig: Rig, client: DemoClient, count: int) -> list[Bill]:
    ids = [client.bill_id(place) for place in range(1, count + 1)]
    found = rig.books(client).get_many(Bill, ids)
    return [found[bill_id] for bill_id in ids]


def totals_by_entry(rig: Rig, client: DemoClient) -> Iterator[tuple[int, int]]:
    """Sum of covered and of uncovered open reserves after each entry, folded from the log."""
    reserves: dict[str, Any] = {}
    for entry in rig.books(client).entries(limit=10_000):
        shown: Any = entry.data.get("bill")
        if shown is not None:
            reserves[shown["id"]] = shown["reserve"]
        held = [r for r in reserves.values() if r is not None and r["state"] == "open"]
        yield (
            sum(r["amount"]["minor"] for r in held if r["covered"]),
            sum(r["amount"]["minor"] for r in held if not r["covered"]),
        )


def assert_sound(rig: Rig, client: DemoClient) -> None:
    """Head, reserves and log agree, and cover never passed the cash above the floor."""
    books = rig.books(client)

    def agree() -> bool:
        head = books.head("USD")
        covered, uncovered = list(totals_by_entry(rig, client))[-1]
        return (head.covered_total.minor, head.uncovered_total.minor) == (covered, uncovered)

    eventually(agree, "totals equal the sum of open reserves", 10.0)  # executions go on meanwhile
    assert all(covered <= (CASH - FLOOR) * 100 for covered, _ in totals_by_entry(rig, client))
    assert verify_log(books, "USD").intact


def test_cash_that_covers_some_is_never_promised_twice(rig: Rig) -> None:
    client = rig.client((BILL,) * 10, cash=CASH, floor=FLOOR)
    runners = [
        Runner(ANN, tuple((command, client.bill_id(place), None) for command in ("stage", "pay")))
        for place in range(1, 11)
    ]
    answers = race(track_of(rig, client), runners)
    assert not [answer for answer in answers if "error" in answer]
    codes = Counter(str(answer.get("code")) for answer in answers)
    assert codes == {"None": 10 + COVERABLE, "guardrail_insufficient_cash": 10 - COVERABLE}
    paid = [bill for bill in bills_of(rig, client, 10) if bill.live_payment_id]
    assert len(paid) == COVERABLE
    assert_sound(rig, client)


def test_a_limit_of_a_day_is_passed_by_none_of_sixteen_processes(rig: Rig) -> None:
    client = rig.client((BILL,) * 16, cash=CASH * 10, floor=FLOOR)
    wanted = LimitSet(per_day=Money(500_000, "USD"))
    assert rig.books(client).save(Limits(CLIENT_LIMITS, 0, Level.CLIENT, client.id, wanted))
    runners = [
        Runner(ANN, tuple((command, client.bill_id(place), None) for command in ("stage", "pay")))
        for place in range(1, 17)
    ]
    answers = race(track_of(rig, client), runners)
    assert not [answer for answer in answers if "error" in answer]
    codes = Counter(str(answer.get("code")) for answer in answers)
    assert codes == {"None": 16 + 5, "limit_daily": 11}
    day = rig.timeline.now().astimezone(ZoneInfo(BANK_ZONE)).date()
    counter = counter_id(Level.CLIENT, client.id, "USD", day)
    assert rig.books(client).counters([counter])[counter].total == 500_000
    assert verify_log(rig.books(client), "USD").intact


def test_staging_alone_covers_what_fits(rig: Rig) -> None:
    client = rig.client((BILL,) * 16, cash=CASH, floor=FLOOR)
    runners = [
        Runner(ANN, tuple(("stage", client.bill_id(place), None) for place in (first, first + 8)))
        for first in range(1, PROCESSES + 1)
    ]
    answers = race(track_of(rig, client), runners)
    assert not [answer for answer in answers if "error" in answer or "code" in answer]
    covered = [bill for bill in bills_of(rig, client, 16) if bill.reserve and bill.reserve.covered]
    assert len(covered) == COVERABLE
    assert_sound(rig, client)


def test_one_bill_decided_by_all_is_paid_once(rig: Rig) -> None:
    client = rig.client((BILL,), cash=CASH, floor=FLOOR)
    bill = client.bill_id(1)
    steps = (("stage", bill, None), ("pay", bill, None))
    answers = race(track_of(rig, client), [Runner(ANN, steps)] * PROCESSES)
    payments = {answer["payment_id"] for answer in answers if answer.get("payment_id")}
    assert len(payments) == 1
    assert Counter(str(answer.get("code", "done")) for answer in answers)["done"] == 2
    kept = bills_of(rig, client, 1)[0]
    assert kept.payment_ids == tuple(payments)
    created = [e for e in rig.books(client).entries(limit=10_000) if e.type == "payment.created"]
    assert len(created) == 1
    assert_sound(rig, client)


def test_one_key_has_one_effect_and_one_answer(rig: Rig) -> None:
    client = rig.client((BILL,), cash=CASH, floor=FLOOR)
    bill = client.bill_id(1)
    steps = (("stage", bill, "stage-key-1"), ("pay", bill, "pay-key-0001"))
    answers = race(track_of(rig, client), [Runner(ANN, steps)] * PROCESSES)
    assert len({json.dumps(answer, sort_keys=True) for answer in answers}) == 2
    assert {answer.get("code") for answer in answers} == {None}
    entries = rig.books(client).entries(limit=10_000)
    kinds = Counter(entry.type for entry in entries)
    assert (kinds["bill.staged"], kinds["payment.created"]) == (1, 1)
    assert kinds["command.denied"] == 0
    assert_sound(rig, client)


def test_rights_revoked_in_between_stop_the_write(rig: Rig) -> None:
    client = rig.client((BILL,) * 24, cash=CASH * 10, floor=FLOOR)
    tom = Member("tom-leaving", 0, {"*": (Role.APPROVER,)})
    register_member(rig.store, FIRM, tom)
    places = [range(first, 25, PROCESSES) for first in range(1, PROCESSES + 1)]
    runners = [
        Runner(tom.id, tuple(("stage", client.bill_id(place), None) for place in chosen))
        for chosen in places
    ]
    firm_books = rig.store.books(Scope(FIRM))
    with racing(track_of(rig, client), runners) as finished:
        eventually(lambda: rig.books(client).head("USD").covered_total.minor > 0, "begun")
        known = firm_books.get(Member, tom.id)
        assert known is not None
        assert firm_books.save(replace(known, active=False))
        length = rig.log_length(client)
        answers = [answer for _, found in finished() for answer in found]
    refused = [answer for answer in answers if answer.get("code") == "forbidden"]
    assert refused
    assert len(refused) + sum("code" not in answer for answer in answers) == len(answers)
    later = [e for e in rig.books(client).entries(length, 1_000) if e.actor.id == tom.id]
    assert later == []
    staged = [bill for bill in bills_of(rig, client, 24) if bill.decision is not None]
    assert len(staged) == len(answers) - len(refused)


def test_every_payment_of_the_races_is_one_bills_own(rig: Rig) -> None:
    """Across all clients of this module: no bill has two live payments."""
    for scope in rig.store.scopes():
        books = rig.store.books(scope)
        page = books.ids(Payment, prefix="live#", limit=100)
        live = books.get_many(Payment, page.ids).values()
        assert max(Counter(payment.bill_id for payment in live).values(), default=0) <= 1
