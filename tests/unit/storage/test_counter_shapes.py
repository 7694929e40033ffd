"""Counters as they are asked of DynamoDB, and its answers that no emulator can be asked to give."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.service.counter_rules import CounterOverdrawn
from rowcol.service.store import Conflict, Counter, CounterMove, StoreUnavailable
from rowcol.storage.counters import counter_update
from tests.conformance.world import BLUEBIRD, FIRM, Planned, commit_on
from tests.support.domain.builders import NOW, head
from tests.support.storage.scripted import Answer, Scripted, books, cancelled_for, fails

FAILED, BUSY, NONE = "ConditionalCheckFailed", "TransactionConflict", "None"
VERSION = 3
TAKE = CounterMove(FIRM, "lim_1", 60, 0, 100)
BACK = CounterMove(BLUEBIRD, "lim_2", -60, -40)
# head, then both counters
COMMIT = commit_on(
    BLUEBIRD, replace(head(), version=VERSION), Planned(facts=(), counters=(TAKE, BACK)), NOW
)


def condition(move: CounterMove) -> str | None:
    request = counter_update("records", move)
    returned = request.get("ReturnValuesOnConditionCheckFailure")
    assert returned == ("ALL_OLD" if "ConditionExpression" in request else None)
    found = request.get("ConditionExpression")
    return str(found) if found is not None else None


def test_a_move_is_one_addition_to_three_numbers() -> None:
    assert counter_update("records", CounterMove(BLUEBIRD, "lim_1", 500, 200)) == {
        "TableName": "records",
        "Key": {"pk": {"S": "oak/bluebird/counter/lim_1"}, "sk": {"S": "a"}},
        "UpdateExpression": "ADD #total :total, #used :used, #reserved :reserved",
        "ExpressionAttributeNames": {
            "#total": "total",
            "#used": "used",
            "#reserved": "reserved",
        },
        "ExpressionAttributeValues": {
            ":total": {"N": "500"},
            ":used": {"N": "200"},
            ":reserved": {"N": "300"},
        },
    }


@pytest.mark.parametrize(
    ("total", "used", "ceiling", "expected"),
    [
        (60, 0, None, None),
        (60, 60, None, None),
        (60, 0, 100, "(attribute_not_exists(#total) OR #total <= :room)"),
        (100, 0, 100, "(attribute_not_exists(#total) OR #total <= :room)"),
        (101, 0, 100, "#total <= :room"),
        (0, 60, 100, "#reserved >= :reserved_back"),
        (-60, 0, 100, "#reserved >= :reserved_back"),
        (-60, -60, 100, "#used >= :used_back"),
        (-60, -20, None, "#used >= :used_back AND #reserved >= :reserved_back"),
        (
            5,
            9,
            100,
            "(attribute_not_exists(#total) OR #total <= :room) AND #reserved >= :reserved_back",
        ),
    ],
)
def test_a_condition_is_asked_only_where_a_move_could_break_one(
    total: int, used: int, ceiling: int | None, expected: str | None
) -> None:
    move = CounterMove(BLUEBIRD, "lim_1", total, used, ceiling)
    assert condition(move) == expected
    values = counter_update("records", move)["ExpressionAttributeValues"]
    assert values.get(":room") == (
        {"N": str(ceiling - total)} if ceiling is not None and total > 0 else None
    )


def test_the_firms_counter_is_in_the_firms_partition() -> None:
    assert counter_update("records", TAKE)["Key"]["pk"] == {"S": "oak/-/counter/lim_1"}


def item(total: int, used: int) -> dict[str, Any]:
    amounts = {"total": total, "used": used, "reserved": total - used}
    return {"Item": {name: {"N": str(amount)} for name, amount in amounts.items()}}


def head_at(version: int | None) -> Answer:
    found = {"Item": {"version": {"N": str(version)}}} if version is not None else {}
    return lambda _given: found


FULL = {"Code": FAILED, **item(41, 0)}
TOO_LITTLE = {"Code": FAILED, **item(59, 50)}
ABSENT = {"Code": FAILED}
FINE = {"Code": NONE}


def test_a_full_counter_is_a_conflict_of_its_name() -> None:
    client = Scripted(cancelled_for(FINE, FULL, FINE))
    assert books(client).commit(COMMIT) == Conflict(("counter/lim_1",))
    assert len(client.asked) == 1


@pytest.mark.parametrize("reason", [TOO_LITTLE, ABSENT, {"Code": FAILED, **item(100, 39)}])
def test_an_overdrawn_counter_on_fresh_books_is_a_defect(reason: dict[str, Any]) -> None:
    client = Scripted(cancelled_for(FINE, FINE, reason), head_at(VERSION))
    with pytest.raises(CounterOverdrawn, match="counter/lim_2"):
        books(client).commit(COMMIT)
    assert client.asked[-1]["ConsistentRead"] is True
    assert client.asked[-1]["Key"]["pk"] == {"S": "oak/bluebird/head/head"}


@pytest.mark.parametrize("version", [VERSION + 1, None])
def test_an_overdrawn_counter_on_old_books_is_a_conflict(version: int | None) -> None:
    """Even if a cancelled transaction should not tell that the head has changed as well."""
    client = Scripted(cancelled_for(FINE, FULL, TOO_LITTLE), head_at(version))
    assert books(client).commit(COMMIT) == Conflict(("counter/lim_1", "counter/lim_2"))


def test_a_stale_head_beside_an_overdrawn_counter_is_a_conflict() -> None:
    client = Scripted(cancelled_for({"Code": FAILED}, FINE, TOO_LITTLE))
    assert books(client).commit(COMMIT) == Conflict(("head", "counter/lim_2"))
    assert len(client.asked) == 1


def test_a_counter_under_way_elsewhere_is_a_conflict_that_names_nothing() -> None:
    client = Scripted(cancelled_for(FINE, {"Code": BUSY}, FINE))
    assert books(client).commit(COMMIT) == Conflict(())


def test_trouble_while_asking_for_the_head_is_passing_trouble() -> None:
    client = Scripted(cancelled_for(FINE, FINE, ABSENT), fails("ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        books(client).commit(COMMIT)


def test_counters_are_read_consistently_a_hundred_a_call() -> None:
    client = Scripted(lambda _given: {"Responses": {}})
    found = books(client).counters(f"lim-{number}" for number in range(250))
    assert set(found.values()) == {Counter()}
    sizes = [len(asked["RequestItems"]["records"]["Keys"]) for asked in client.asked]
    assert sizes == [100, 100, 50]
    assert all(asked["RequestItems"]["records"]["ConsistentRead"] for asked in client.asked)
