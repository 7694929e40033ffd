"""A plan that lacks only a young balance has the bank asked; Ramp's drafts beside its bills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rowcol.domain.client import Client, GuardrailSettings
from rowcol.domain.draft import Draft
from rowcol.domain.facts import RailDraft, ReadInterval
from rowcol.domain.link import Feed
from rowcol.domain.permission import Role
from rowcol.edge.bill_queries import READS
from rowcol.service.sync.balance import BALANCE_FEED
from tests.support.api import Web
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, usd
from tests.unit.edge.test_plans import PLAN, PlanDesk

BILLS = "/clients/{client}/bills"


@pytest.fixture
def desk() -> PlanDesk:
    made = PlanDesk()
    made.pass_days(0.1)  # the balance is too old to decide on
    return made


def test_the_bank_is_asked_and_the_refusal_says_so(desk: PlanDesk) -> None:
    answer = desk.call(PLAN, {})
    assert (answer.status, answer.body["code"]) == (422, "balance_stale")
    assert answer.body["numbers"]["live_readings_left"] == 24
    assert answer.body["remedy"] == "the bank is being asked now: ask again in a minute"
    assert desk.executions.asked == ["refresh"]


def test_nobody_is_asked_beyond_the_days_readings(desk: PlanDesk) -> None:
    client = desk.books.get(Client, SCOPE.client)
    assert client is not None
    capped = GuardrailSettings(floor=usd("500"), live_reads_per_day_max=2)
    assert desk.books.save(replace(client, guardrail=capped))
    feed = Feed(BALANCE_FEED, 0)
    assert desk.books.save(replace(feed, day=FRIDAY, live_readings=2))
    answer = desk.call(PLAN, {})
    assert answer.body["numbers"]["live_readings_left"] == 0
    assert answer.body["remedy"].startswith("all 2 live readings of today are used up")
    assert desk.executions.asked == []


def test_who_only_looks_spends_nothing(desk: PlanDesk) -> None:
    desk.join("vera", Role.VIEWER)
    answer = desk.call(PLAN, {}, person="vera")
    assert answer.body["code"] == "balance_stale"
    assert answer.body["remedy"] == "somebody who may stage bills refreshes the balance"
    assert desk.executions.asked == []


def test_another_refusal_asks_nobody(desk: PlanDesk) -> None:
    answer = desk.call(PLAN, {"keep_back": {"minor": 100, "currency": "EUR"}})
    assert answer.body["code"] == "currency_mismatch"
    assert desk.executions.asked == []


def test_drafts_are_shown_to_who_asks_for_them(desk: PlanDesk) -> None:
    read = ReadInterval(desk.clock.now(), desk.clock.now())
    due = date(2026, 12, 1)
    bare = RailDraft("draft-2", None, None, "", None, None, None, read)
    whole = RailDraft("draft-1", "INV-7", "vendor-1", "Harbor", usd("12"), due, due, read)
    gone = replace(whole, draft_id="draft-3")
    for draft in (bare, whole):
        assert desk.books.save(Draft(draft.draft_id, 0, draft))
    assert desk.books.save(Draft("draft-3", 0, gone, gone=True))
    web = Web(desk.environment, READS, SCOPE.firm)

    def drafts(query: dict[str, str]) -> list[tuple[str, list[str]]] | None:
        answer = web.call("GET", BILLS, person="anna", query=query, path={"client": SCOPE.client})
        assert answer.status == 200, answer.body
        shown = answer.body["drafts"]
        return shown and [(one["draft"]["draft_id"], one["missing"]) for one in shown]

    assert drafts({}) is None
    missing = ["vendor", "amount", "invoice_number", "issued_on", "due_on"]
    assert drafts({"drafts": "true"}) == [("draft-1", []), ("draft-2", missing)]
