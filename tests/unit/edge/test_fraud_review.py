"""The yearly review: what is in it, its pages, its years, its file, and who may read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.log import Entry
from rowcol.domain.scope import SYSTEM, Role, Scope
from rowcol.edge.cursor import cursor_of
from rowcol.service import fraud_review
from rowcol.service.change import Change, transact
from rowcol.service.fraud_review import Place, line_of, review
from tests.support.api import Answer
from tests.support.furnished import ADMIN, CLIENT, FIRM, SECOND, Furnished, by_role, firm_wide

OF_CLIENT = "/clients/{client}/fraud-review"


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished) -> Iterator[Furnished]:
    yield furniture
    furniture.restore()


def ask(house: Furnished, route: str, person: str = ADMIN, **query: Any) -> Answer:
    path = {"client": CLIENT} if "{client}" in route else None
    asked = {name: str(value) for name, value in ({"year": 2026} | query).items()}
    return house.web.call("GET", route, person=person, path=path, query=asked)


def every(house: Furnished, route: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(500):
        page = ask(house, route, limit=limit, **cursor)
        assert page.status == 200, page.body
        assert len(page.body["items"]) <= limit
        found += page.body["items"]
        if page.body["next_cursor"] is None:
            return found
        cursor = {"cursor": page.body["next_cursor"]}
    raise AssertionError("it does not end")


def log_of(house: Furnished, client: str) -> list[Entry]:
    return list(house.store.books(Scope(FIRM, client)).entries(0, 10_000))


def wanted(house: Furnished, *clients: str) -> list[tuple[str, int]]:
    return [
        (entry.client, entry.sequence)
        for client in clients
        for entry in log_of(house, client)
        if line_of(entry) is not None
    ]


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_pages_together_are_all_lines_once(house: Furnished, limit: int) -> None:
    lines = every(house, OF_CLIENT, limit)
    assert [(one["client"], one["sequence"]) for one in lines] == wanted(house, CLIENT)
    assert {one["kind"] for one in lines} >= {"hold", "limit_change"}


@pytest.mark.parametrize("limit", [2, 1000])
def test_the_firm_is_its_own_log_and_all_its_clients(house: Furnished, limit: int) -> None:
    lines = every(house, "/fraud-review", limit)
    found = [(one["client"], one["sequence"]) for one in lines]
    assert found == wanted(house, "-", CLIENT, SECOND)
    assert {client for client, _ in found} == {"-", CLIENT, SECOND}


def test_the_firms_review_is_for_who_manages_people(house: Furnished) -> None:
    for person in (by_role(Role.FIRM_ADMIN), firm_wide(Role.CLIENT_OWNER)):
        assert ask(house, "/fraud-review", person).status in (403, 404)


def test_a_call_and_its_second_factor_are_told_in_words(house: Furnished) -> None:
    call = {
        "account_id": "vendor-account-1",
        "account_confirmed": True,
        "number_from": "contract",
        "spoken_to": "=M. Osei",
        "reference": "call 17",
    }
    path = {"client": CLIENT, "vendor": "vendor-vendor-1"}
    now = house.clock.now()
    kept = house.web.call(
        "POST",
        "/clients/{client}/vendors/{vendor}/call-backs",
        call,
        person=ADMIN,
        path=path,
        shown_at=now - timedelta(seconds=40),
    )
    assert kept.status == 200
    line = every(house, OF_CLIENT, 200)[-1]
    assert (line["kind"], line["by"], line["by_kind"]) == ("call_back", ADMIN, "person")
    assert 39 <= line["second_factor_age_seconds"] <= 42
    assert "confirmed account vendor-account-1; number from contract" in line["summary"]
    assert line["data"]["call_back"]["reference"] == "call 17"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"year": 1999}, "invalid_input"),
        ({"year": "next"}, "invalid_input"),
        ({"limit": 1001}, "invalid_input"),
        ({"cursor": "nonsense"}, "invalid_input"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    house: Furnished, query: dict[str, Any], code: str
) -> None:
    assert ask(house, OF_CLIENT, **query).code == code


def test_a_cursor_of_another_question_or_made_up_is_refused(house: Furnished) -> None:
    other = ask(house, OF_CLIENT, limit=1).body["next_cursor"]
    assert ask(house, OF_CLIENT, year=2027, cursor=other).code == "invalid_input"
    assert ask(house, "/fraud-review", cursor=other).code == "invalid_input"
    made_up = cursor_of({"review": 2026, "of": CLIENT}, f"{CLIENT} x")
    assert ask(house, OF_CLIENT, cursor=made_up).code == "invalid_input"
    away = cursor_of({"review": 2026, "of": CLIENT}, f"{SECOND} 0")
    assert ask(house, OF_CLIENT, cursor=away).body["items"] == [], "nothing of another client"


@pytest.mark.parametrize(
    ("route", "name", "clients"),
    [
        ("/clients/{client}/lists/{list}", "reviewFraud", (CLIENT,)),
        ("/lists/{list}", "reviewFraudOfFirm", ("-", CLIENT, SECOND)),
    ],
)
def test_as_a_file_it_is_had_as_every_list_is(
    house: Furnished, route: str, name: str, clients: tuple[str, ...]
) -> None:
    path = {"list": name} | ({"client": CLIENT} if "{client}" in route else {})
    query = {"format": "csv", "year": "2026"}
    file = house.web.call("GET", route, person=ADMIN, path=path, query=query)
    assert file.status == 200, file.body
    rows = list(csv.DictReader(io.StringIO(file.body)))
    found = [(row["client"].lstrip("'"), int(row["sequence"])) for row in rows]
    assert found == wanted(house, *clients)
    assert all({"kind", "by", "summary", "data"} <= set(row) for row in rows)
    other = by_role(Role.VIEWER)
    status = house.web.call("GET", route, person=other, path=path, query=query).status
    assert (status == 200) is (name == "reviewFraud"), "the firm's is for who manages people"


# ---- years, and how much is read


def many(house: Furnished, at: datetime, count: int) -> None:
    """So many lines in the second client's log, from an instant on."""
    house.clock.at = at

    def plan(change: Change) -> bool:
        for _ in range(20):
            change.state("limits.expired")
        return True

    for _ in range(count // 20):
        transact(
            house.store,
            house.environment.surroundings,
            Scope(FIRM, SECOND),
            SYSTEM,
            plan,
        )


def test_a_year_is_new_yorks_and_found_without_reading_what_was_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = Furnished()
    many(house, datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC), 40)
    many(house, datetime(2027, 1, 1, 5, 0, tzinfo=UTC), 60)
    many(house, datetime(2028, 1, 1, 5, 0, tzinfo=UTC), 20)
    lengths = {
        year: len(review(house.store, FIRM, (SECOND,), year, 1000, None).lines)
        for year in range(2025, 2030)
    }
    before = len([one for one in log_of(house, SECOND) if one.at.year == 2026 and line_of(one)])
    assert lengths == {2025: 0, 2026: before + 40, 2027: 60, 2028: 20, 2029: 0}
    monkeypatch.setattr(fraud_review, "SCANNED_MAX", 30)
    monkeypatch.setattr(fraud_review, "ENTRIES_PER_READ", 10)
    part = review(house.store, FIRM, (SECOND,), 2027, 1000, None)
    assert len(part.lines) == 30
    assert part.next is not None
    rest = review(house.store, FIRM, (SECOND,), 2027, 1000, part.next)
    assert (len(rest.lines), rest.next is not None) == (30, True)
    assert review(house.store, FIRM, (SECOND,), 2027, 1000, rest.next).lines == ()


def test_a_part_looks_into_some_books_only(
    house: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fraud_review, "SCOPES_MAX", 1)
    scopes = fraud_review.scopes_of(house.store, FIRM)
    assert scopes == ("-", CLIENT, SECOND)
    part = review(house.store, FIRM, scopes, 2026, 1000, None)
    assert part.next == Place(CLIENT)
