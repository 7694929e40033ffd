"""Answers of DynamoDB that no emulator can be asked to give, by a client with a script."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from rowcol.domain.link import Feed, Link
from rowcol.service.store import Command, Conflict, StoreUnavailable, VersionCheck
from rowcol.storage.calls import BATCH_KEYS_MAX, BATCH_ROUNDS_MAX
from rowcol.storage.codec import aggregate_item
from rowcol.storage.store import DynamoStore
from tests.conformance.world import BLUEBIRD, FIRM, Planned, commit_on
from tests.support.domain.builders import NOW, head
from tests.support.storage import samples
from tests.support.storage.scripted import (
    TABLES,
    Answer,
    Scripted,
    books,
    cancelled,
    fails,
    raises,
)

# head, two bills, one entry, one check, one command
COMMIT = commit_on(
    BLUEBIRD,
    head(),
    Planned(
        puts=(samples.bill("b1"), samples.bill("b2")),
        checks=(VersionCheck(FIRM, "member", "anna", 3),),
        command=Command("key-1", "f" * 64, {}, NOW),
    ),
    NOW,
)
FAILED, BUSY, NONE = "ConditionalCheckFailed", "TransactionConflict", "None"
SLOW = "ThrottlingError"


@pytest.mark.parametrize(
    ("codes", "items"),
    [
        ((FAILED, NONE, NONE, NONE, NONE, NONE), ("head",)),
        ((NONE, FAILED, FAILED, NONE, NONE, NONE), ("bill/b1", "bill/b2")),
        ((NONE, NONE, NONE, FAILED, FAILED, FAILED), ("log", "member/anna", "command")),
        ((BUSY, NONE, BUSY, NONE, NONE, NONE), ()),
        ((BUSY, FAILED, NONE, NONE, BUSY, NONE), ("bill/b1",)),
        ((BUSY, SLOW, NONE, NONE, NONE, NONE), ()),
        ((FAILED, SLOW, NONE, NONE, NONE, NONE), ("head",)),
    ],
)
def test_a_cancelled_transaction_names_what_had_changed(
    codes: tuple[str, ...], items: tuple[str, ...]
) -> None:
    assert books(Scripted(cancelled(*codes))).commit(COMMIT) == Conflict(items)


@pytest.mark.parametrize(
    "answer",
    [
        cancelled(NONE, SLOW, NONE, NONE, NONE, NONE),
        cancelled("ProvisionedThroughputExceeded", SLOW, NONE, NONE, NONE, NONE),
        fails("ThrottlingException"),
        fails("ProvisionedThroughputExceededException"),
        fails("RequestLimitExceeded"),
        fails("TransactionInProgressException"),
        fails("InternalServerError", 500),
        fails("SomethingNew", 503),
        raises(ReadTimeoutError(endpoint_url="https://table")),
        raises(ConnectTimeoutError(endpoint_url="https://table")),
    ],
)
def test_what_may_or_may_not_be_written_is_told_as_unavailable(answer: Answer) -> None:
    with pytest.raises(StoreUnavailable):
        books(Scripted(answer)).commit(COMMIT)


@pytest.mark.parametrize(
    "answer",
    [
        cancelled("ValidationError", NONE, NONE, NONE, NONE, NONE),
        cancelled(FAILED, "ValidationError", NONE, NONE, NONE, NONE),
        cancelled("AccessDenied", NONE, NONE, NONE, NONE, NONE),
        cancelled(),
        fails("ValidationException"),
        fails("AccessDeniedException"),
        fails("ResourceNotFoundException"),
    ],
)
def test_a_defect_is_neither_a_conflict_nor_a_passing_trouble(answer: Answer) -> None:
    with pytest.raises(ClientError):
        books(Scripted(answer)).commit(COMMIT)


def test_a_repeated_commit_is_the_same_request() -> None:
    """Else DynamoDB would take a retry with its token for another transaction."""
    client = Scripted(lambda _given: {})
    times = iter([NOW, NOW.replace(hour=23)])
    store = DynamoStore(TABLES, lambda: client, lambda: next(times))  # type: ignore[arg-type,return-value]  # a script
    commit = replace(COMMIT, token="request-1", puts=(samples.bill("b1", NOW.replace(day=1)),))
    for _ in range(2):
        store.books(BLUEBIRD).commit(commit)
    first, second = client.asked
    assert first == second
    assert len(first["ClientRequestToken"]) <= 36


@pytest.mark.parametrize(
    "code", ["ConditionalCheckFailedException", "TransactionConflictException"]
)
def test_a_save_that_lost_says_so(code: str) -> None:
    old = {**aggregate_item(BLUEBIRD, samples.feed(), NOW), "write": {"S": "another"}}
    assert books(Scripted(fails(code, Item=old))).save(samples.feed()) is False
    assert books(Scripted(fails(code))).save(samples.feed()) is False


def test_a_save_whose_first_answer_was_lost_still_counts() -> None:
    """botocore repeated the put: the item that stands in its way is its own."""

    def own_item_in_the_way(given: dict[str, Any]) -> Any:
        return fails("ConditionalCheckFailedException", Item=given["Item"])(given)

    assert books(Scripted(own_item_in_the_way)).save(samples.feed()) is True


def test_equal_content_of_another_writer_is_still_a_conflict() -> None:
    """Two processes that claim a lease at the same instant write the same; one of them has lost."""

    def equal_item_in_the_way(given: dict[str, Any]) -> Any:
        item = {**given["Item"], "write": {"S": "another"}}
        return fails("ConditionalCheckFailedException", Item=item)(given)

    assert books(Scripted(equal_item_in_the_way)).save(samples.feed()) is False


@pytest.mark.parametrize("answer", [fails("ThrottlingException"), fails("Any", 500)])
@pytest.mark.parametrize(
    "call",
    [
        lambda at: at.get(Feed, "ledger"),
        lambda at: at.get_many(Feed, ["ledger"]),
        lambda at: at.head("USD"),
        lambda at: at.ids(Feed),
        lambda at: at.command("key-1"),
        lambda at: at.entries(),
        lambda at: at.entries_of_payment("pay_1"),
        lambda at: at.counters(["lim_1"]),
        lambda at: at.save(samples.feed()),
    ],
)
def test_every_call_tells_passing_trouble_in_the_ports_words(
    call: Callable[[Any], object], answer: Answer
) -> None:
    with pytest.raises(StoreUnavailable):
        call(books(Scripted(answer)))


def part_of(given: dict[str, Any], keys: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Some of the wanted items; the rest stay unprocessed."""
    wanted = given["RequestItems"]["records"]["Keys"]
    done = list(keys)
    names = [key["pk"]["S"].rpartition("/")[2] for key in done]
    items = [aggregate_item(BLUEBIRD, Link(name, 0, "bill-1"), NOW) for name in names]
    rest = [key for key in wanted if key not in done]
    left = {"records": {"Keys": rest, "ConsistentRead": True}} if rest else {}
    return {"Responses": {"records": items}, "UnprocessedKeys": left}


def test_unprocessed_keys_are_asked_for_again() -> None:
    names = [f"link-{number}" for number in range(BATCH_KEYS_MAX + 30)]
    client = Scripted(lambda given: part_of(given, given["RequestItems"]["records"]["Keys"][:40]))
    assert list(books(client).get_many(Link, names)) == names
    sizes = [len(asked["RequestItems"]["records"]["Keys"]) for asked in client.asked]
    assert sizes == [100, 60, 20, 30]
    assert all(asked["RequestItems"]["records"]["ConsistentRead"] for asked in client.asked)


def test_a_thousand_cost_ten_calls() -> None:
    names = [f"link-{number}" for number in range(1000)]
    client = Scripted(lambda given: part_of(given, given["RequestItems"]["records"]["Keys"]))
    assert list(books(client).get_many(Link, [*names, *names])) == names
    assert len(client.asked) == 10


def test_unprocessed_keys_are_not_asked_for_for_ever() -> None:
    client = Scripted(lambda given: part_of(given, []))
    with pytest.raises(StoreUnavailable):
        books(client).get_many(Link, ["link-1", "link-2"])
    assert len(client.asked) == BATCH_ROUNDS_MAX


def test_a_list_of_nothing_costs_no_call() -> None:
    client = Scripted(fails("Any"))
    assert books(client).get_many(Link, []) == {}
    assert client.asked == []


def test_what_guards_a_write_is_read_consistently() -> None:
    client = Scripted(lambda _given: {"Items": []})
    at = books(client)
    at.get(Feed, "ledger")
    at.head("USD")
    at.command("key-1")
    at.entries()
    assert [asked["ConsistentRead"] for asked in client.asked] == [True] * 4
