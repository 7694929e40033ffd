"""Items as they are stored: keys, index attributes, numbers, log entries; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.client import Head
from rowcol.domain.link import Feed
from rowcol.domain.log import Fact, sealed
from rowcol.domain.plain import PlainError, canonical
from rowcol.domain.scope import SYSTEM, Scope, ScopeError
from rowcol.storage import keys
from rowcol.storage.codec import aggregate_item, aggregate_of, attribute, plain
from rowcol.storage.entries import entry_item, entry_of
from tests.conformance.world import BLUEBIRD, FIRM
from tests.support.domain import builders
from tests.support.domain.builders import NOW
from tests.support.domain.strategies import PLAIN
from tests.support.storage import samples

# Map keys of DynamoDB are not empty.
STORABLE = PLAIN.filter(lambda value: '"":' not in canonical(value))


def test_an_aggregate_item_says_whose_it_is_and_where_it_is_listed() -> None:
    item = aggregate_item(BLUEBIRD, samples.full_bill(), NOW)
    body = item.pop("body")["M"]
    assert item == {
        "pk": {"S": "oak/bluebird/bill/bill-2"},
        "sk": {"S": "a"},
        "firm": {"S": "oak"},
        "client": {"S": "bluebird"},
        "kind": {"S": "bill"},
        "id": {"S": "bill-2"},
        "version": {"N": "1"},
        "gs1pk": {"S": "oak/bluebird/bill"},
        "gs1sk": {"S": "held#2026-11-20#bill-2"},
        "due_hour": {"S": "2026-11-21T15"},
        "due_at": {"S": "2026-11-21T15:00:00.000000Z"},
    }
    assert body["reserve"]["M"]["amount"]["M"] == {
        "minor": {"N": "125000"},
        "currency": {"S": "USD"},
    }
    assert not {"id", "version"} & set(body)


def test_a_due_time_that_has_passed_is_indexed_under_the_present_hour() -> None:
    long_ago = NOW - timedelta(days=9)
    item = aggregate_item(BLUEBIRD, samples.bill("b1", long_ago), NOW)
    assert item["due_hour"] == {"S": "2026-11-20T15"}
    assert item["due_at"] == {"S": "2026-11-11T15:00:00.000000Z"}
    assert "due_hour" not in aggregate_item(BLUEBIRD, samples.bill("b1"), NOW)


def test_the_head_is_in_no_index_and_below_two_kilobytes() -> None:
    accounts = ["123456789.12"] * 4
    full = builders.head(builders.balance(*accounts))
    item = aggregate_item(BLUEBIRD, full, NOW)
    assert item["pk"] == {"S": "oak/bluebird/head/head"}
    assert not {"gs1pk", "due_hour"} & set(item)
    assert aggregate_of(Head, item) == replace(full, version=1)
    assert size_bytes(item) < 2048


def size_bytes(value: Any) -> int:
    """DynamoDB's measure of an item, near enough: names, values, three bytes per map or list."""
    total = 0
    for name, one in value.items():
        ((kind, content),) = one.items()
        total += len(name) + 1
        if kind == "M":
            total += 3 + size_bytes(content)
        elif kind == "L":
            total += 3 + sum(1 + size_bytes({"": item}) for item in content)
        else:
            total += len(str(content))
    return total


@given(value=STORABLE)
@settings(max_examples=200, deadline=None)
def test_every_plain_value_comes_back(value: Any) -> None:
    assert canonical(plain(attribute(value))) == canonical(value)


@pytest.mark.parametrize("value", [1.5, b"x", {1, 2}, object()])
def test_what_is_not_plain_is_refused(value: Any) -> None:
    with pytest.raises(PlainError):
        attribute(value)
    with pytest.raises(PlainError):
        attribute({"deep": [value]})


@pytest.mark.parametrize("stored", [{"B": b"x"}, {"SS": ["x"]}])
def test_an_attribute_that_we_never_write_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(PlainError):
        plain(stored)


def test_a_newer_writers_attributes_are_ignored() -> None:
    item = aggregate_item(BLUEBIRD, samples.feed(cursor="c"), NOW)
    item["body"]["M"]["added_later"] = {"S": "x"}
    item["added_later"] = {"N": "1"}
    assert aggregate_of(Feed, item) == replace(samples.feed(cursor="c"), version=1)


@given(data=st.dictionaries(st.text(min_size=1, max_size=8), STORABLE, max_size=4))
@settings(max_examples=100, deadline=None)
def test_a_log_entry_keeps_the_text_its_hash_covers(data: dict[str, Any]) -> None:
    fact = Fact("noted", data, "pay_1", "bill-1")
    entry = sealed(BLUEBIRD, 7, NOW, SYSTEM, fact, "0" * 64)
    item = entry_item(BLUEBIRD, entry)
    assert item["data"] == {"S": canonical(data)}
    assert (item["pk"], item["sk"]) == ({"S": "oak/bluebird"}, {"S": "000000000007"})
    assert item["payment_key"] == {"S": "oak/bluebird/pay_1"}
    assert entry_of(item) == entry


def test_an_entry_of_no_payment_is_in_no_index() -> None:
    item = entry_item(BLUEBIRD, sealed(BLUEBIRD, 1, NOW, SYSTEM, Fact("noted", {}), "0" * 64))
    assert not {"payment_key", "payment_id", "bill_id"} & set(item)


def test_keys_begin_with_firm_and_client() -> None:
    assert keys.record_key(FIRM, "member", "anna") == "oak/-/member/anna"
    assert keys.command_key(BLUEBIRD, "key-1") == "oak/bluebird/command/key-1"
    assert keys.view_partition(BLUEBIRD, "bills") == "oak/bluebird/bills"
    assert keys.log_partition(BLUEBIRD) == "oak/bluebird"


def test_no_two_scopes_share_a_key() -> None:
    """Parts hold no separator, so a longer id can never look like two shorter ones."""
    scopes = [Scope("a", "b"), Scope("a-b", "-"), Scope("a", "-"), Scope("b", "a")]
    made = {keys.record_key(scope, "bill", name) for scope in scopes for name in ("a", "b", "a-b")}
    assert len(made) == len(scopes) * 3
    assert all(key.count("/") == 3 for key in made)


@pytest.mark.parametrize("sequence", [-1, 10**12])
def test_a_position_beyond_the_keys_width_is_refused(sequence: int) -> None:
    with pytest.raises(ScopeError):
        keys.log_sort_key(sequence)


@pytest.mark.parametrize("text", ["", "x" * 251])
def test_a_sort_key_is_neither_empty_nor_huge(text: str) -> None:
    with pytest.raises(ScopeError):
        keys.sort_key(text)
