"""Routes that read payments, over HTTP: filters, orders, pages, statistics, types and statuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.lifecycle import FINAL, TABLE, Status
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.scope import Scope
from rowcol.edge import payment_meanings, payment_queries
from rowcol.service import payment_statistics
from tests.support.api import Answer
from tests.support.furnished import ADMIN, CLIENT, FIRM, OPERATIONS, SECOND, Furnished

LIST = OPERATIONS["GET", "/clients/{client}/payments"]
STATISTICS = OPERATIONS["GET", "/clients/{client}/payments/summary/statistics"]
TYPES = OPERATIONS["GET", "/clients/{client}/payments/types"]
STATUSES = OPERATIONS["GET", "/clients/{client}/payments/statuses"]
HOUSE = Furnished()
# What is stored, without any read model in between.
STORED = [
    payment
    for payment in HOUSE.store.items.values()
    if isinstance(payment, Payment)
    and HOUSE.store.books(Scope(FIRM, CLIENT)).get(Payment, payment.id) is payment
]


def ask(operation: Any = LIST, client: str = CLIENT, **query: str) -> Answer:
    return HOUSE.ask(operation, {"client": client}, ADMIN, query=query)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["payment"]["id"] for item in answer.body["items"]]


def every(**query: str) -> list[str]:
    """All pages of a list, one after the other."""
    found: list[str] = []
    while True:
        answer = ask(**query)
        found += ids(answer)
        if answer.body["next_cursor"] is None:
            return found
        query["cursor"] = answer.body["next_cursor"]


def one_of(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *values])


questions = st.fixed_dictionaries(
    {},
    optional={
        "status": st.lists(st.sampled_from([*Status]), min_size=1, max_size=3).map(",".join),
        "type": st.sampled_from(["vendor_payment", "fee"]),
        "origin": st.sampled_from(["decision", "record", "recurrence"]),
        "posting": st.sampled_from(["draft", "posted"]),
        "verification": st.sampled_from(["awaiting", "verified"]),
        "counterparty_id": st.sampled_from(["vendor-1", "vendor-9"]),
        "date_from": st.sampled_from(["2026-11-01", "2026-11-20", "2026-12-01"]),
        "date_to": st.sampled_from(["2026-12-01", "2026-12-02", "2027-12-31"]),
        "amount_from": st.sampled_from(["0", "48000", "48001"]),
        "amount_to": st.sampled_from(["125000", "124999", "1000000000000000"]),
    },
)


def is_wanted(payment: Payment, query: dict[str, str]) -> bool:
    """The question asked of the stored payment itself."""
    said = {
        "status": payment.status.value in query.get("status", payment.status.value).split(","),
        "type": payment.type.value == query.get("type", payment.type.value),
        "origin": payment.origin.value == query.get("origin", payment.origin.value),
        "posting": payment.posting.value == query.get("posting", payment.posting.value),
        "verification": payment.verification.value
        == query.get("verification", payment.verification.value),
        "counterparty_id": query.get("counterparty_id") in (None, payment.counterparty_id),
        "date_from": query.get("date_from", "0000") <= payment.pay_on.isoformat(),
        "date_to": payment.pay_on.isoformat() <= query.get("date_to", "9999"),
        "amount_from": int(query.get("amount_from", "0")) <= payment.amount.minor,
        "amount_to": payment.amount.minor <= int(query.get("amount_to", "9" * 15)),
    }
    return all(said.values())


@settings(max_examples=150, deadline=None)
@given(
    questions,
    st.sampled_from(["date", "amount", "status"]),
    st.sampled_from(["asc", "desc"]),
    st.sampled_from(["1", "2", "200"]),
)
def test_any_question_gives_what_is_so_once_and_in_order(
    query: dict[str, str], sort: str, direction: str, limit: str
) -> None:
    found = every(**query, sort=sort, direction=direction, limit=limit)
    wanted = [payment for payment in STORED if is_wanted(payment, query)]
    keys = {
        "date": lambda one: (one.pay_on, one.id),
        "amount": lambda one: (one.amount.minor, one.id),
        "status": lambda one: (one.status.value, one.pay_on, one.id),
    }
    ordered = sorted(wanted, key=keys[sort], reverse=direction == "desc")
    assert found == [payment.id for payment in ordered]


def test_newest_first_unless_said_otherwise() -> None:
    assert len(STORED) >= 7
    assert every() == every(sort="date", direction="desc") == every(direction="asc")[::-1]


def test_another_clients_payments_are_in_no_list() -> None:
    others = set(HOUSE.ids[SECOND]["payment"])
    assert not others & set(every())
    assert others <= set(ids(ask(client=SECOND)))


@pytest.mark.parametrize(
    "other",
    [
        {"direction": "asc"},
        {"sort": "amount"},
        {"status": "done"},
        {"amount_from": "1"},
        {"date_to": "2027-01-01"},
    ],
)
def test_a_cursor_of_another_question_is_refused(other: dict[str, str]) -> None:
    cursor = ask(limit="1").body["next_cursor"]
    assert ids(ask(limit="2", cursor=cursor))  # another size of page is the same question
    refused = ask(cursor=cursor, **other)
    assert (refused.status, refused.code) == (400, "invalid_input")
    assert refused.body["numbers"] == {"field": "cursor"}


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"status": "paid"}, "unknown_value", "status"),
        ({"status": "done,paid"}, "unknown_value", "status"),
        ({"status": ""}, "unknown_value", "status"),
        ({"status": ",,"}, "unknown_value", "status"),
        ({"status": "x" * 401}, "invalid_input", "status"),
        ({"type": "gift"}, "unknown_value", "type"),
        ({"sort": "vendor"}, "unknown_value", "sort"),
        ({"direction": "up"}, "unknown_value", "direction"),
        ({"date_from": "2026-02-30"}, "date_impossible", "date_from"),
        ({"date_from": "2026-12-02", "date_to": "2026-12-01"}, "invalid_input", "date_to"),
        ({"amount_from": "2", "amount_to": "1"}, "invalid_input", "amount_to"),
        ({"amount_from": "-1"}, "invalid_input", "amount_from"),
        ({"amount_from": "1.5"}, "invalid_input", "amount_from"),
        ({"limit": "0"}, "invalid_input", "limit"),
        ({"limit": "201"}, "invalid_input", "limit"),
        ({"cursor": "x"}, "invalid_input", "cursor"),
        ({"counterparty_id": ""}, "invalid_input", "counterparty_id"),
        ({"vendor": "vendor-1"}, "invalid_input", "vendor"),
    ],
)
def test_a_bad_question_names_its_field(query: dict[str, str], code: str, field: str) -> None:
    answer = ask(**query)
    assert (answer.status, answer.code) == (400, code)
    numbers = answer.body["numbers"]
    named = (
        [numbers["field"]] if "field" in numbers else [one["field"] for one in numbers["fields"]]
    )
    assert named == [field]


# ---- statistics


def test_statistics_are_sums_of_what_is_stored() -> None:
    answer = ask(STATISTICS)
    assert answer.status == 200
    assert answer.body["total"] == {
        "name": "total",
        "count": len(STORED),
        "sums": [{"minor": sum(one.amount.minor for one in STORED), "currency": "USD"}],
    }
    fields: dict[str, Callable[[Payment], str]] = {
        "by_status": lambda one: one.status.value,
        "by_type": lambda one: one.type.value,
        "by_month": lambda one: one.pay_on.isoformat()[:7],
    }
    for field, name_of in fields.items():
        counts = {tally["name"]: tally["count"] for tally in answer.body[field]}
        names = [name_of(one) for one in STORED]
        assert counts == {name: names.count(name) for name in names}, field
    parties = [one.counterparty_id or one.counterparty_name for one in STORED]
    found = {one["id"] or one["name"]: one["count"] for one in answer.body["by_counterparty"]}
    assert found == {party: parties.count(party) for party in parties}
    assert answer.body["counterparties_left_out"] == 0
    waiting = [one for one in STORED if one.status not in FINAL]
    assert sum(tally["count"] for tally in answer.body["ageing"]) == len(
        [one for one in waiting if one.verification.value != "verified"]
    )


def test_statistics_of_a_span() -> None:
    span = {"date_from": "2026-12-01", "date_to": "2026-12-01"}
    answer = ask(STATISTICS, **span)
    within = [one for one in STORED if one.pay_on.isoformat() == "2026-12-01"]
    assert answer.body["total"]["count"] == len(within) > 0
    assert (answer.body["first_day"], answer.body["last_day"]) == ("2026-12-01", "2026-12-01")
    turned = ask(STATISTICS, date_from="2026-12-02", date_to="2026-12-01")
    assert (turned.status, turned.body["numbers"]) == (400, {"field": "date_to"})


def test_too_many_payments_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payment_statistics, "ROWS_MAX", len(STORED) - 1)
    answer = ask(STATISTICS)
    assert (answer.status, answer.code) == (400, "too_many_items")
    assert answer.body["remedy"]


# ---- what types and statuses mean


def test_every_type_is_told_once() -> None:
    items = ask(TYPES).body["items"]
    assert [item["type"] for item in items] == [kind.value for kind in PaymentType]
    assert [item["type"] for item in items if item["rail"]] == ["vendor_payment"]


def test_statuses_tell_the_whole_table() -> None:
    body = ask(STATUSES).body
    assert [item["status"] for item in body["items"]] == [status.value for status in Status]
    assert {item["status"] for item in body["items"] if item["final"]} == {*FINAL}
    told = [
        (item["status"], move["trigger"], move["to"])
        for item in body["items"]
        for move in item["moves"]
    ]
    told += [(None, move["trigger"], move["to"]) for move in body["created"]]
    rows = [(row.source, row.trigger.value, row.target) for row in TABLE]
    assert sorted(told, key=str) == sorted(rows, key=str)


def test_words_in_paths_are_no_ids() -> None:
    """Whatever could be an id of a payment is another route: it wins over the parameter."""
    reads = {**payment_queries.READS, **payment_meanings.READS}
    words = {path.split("/payments/")[1] for _, path in reads if "/payments/" in path}
    assert words == {"types", "statuses", "summary/statistics"}
    assert not words & {payment.id for payment in STORED}
