"""Two firms with the same names of all: clients, bills, people, keys. Neither sees the other.

What is called the same is the hardest to keep apart: batch ids and commands are made of a person's
name and key.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from local.memory_store import MemoryStore
from rowcol.domain.bill import Bill
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import RailState, ReadInterval
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Role
from rowcol.domain.scope import SYSTEM, Member, Scope
from rowcol.service.change import transact
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.rail_facts import record_reading
from rowcol.service.stage import stage
from tests.support.api import Answer, Web
from tests.support.decision_api import APPROVE, FINALIZE, MONDAY, OPERATIONS, Api
from tests.support.domain.builders import balance, client, rail_bill, usd
from tests.support.firm_books import UNDATED

OTHER = "cedar"
KEY = "the-same-key-1"
DECISIONS = "/clients/{client}/decisions"
BATCH = "/batches/{batch}"
BILL = "c00-b000"


class Firms(Api):
    """Maple and cedar each have Anna, Boris, client c00 and its bill c00-b000."""

    def __init__(self) -> None:
        super().__init__(2, dual_control_from=usd("500"))
        self.bills("c00", 2, amount=usd("1000"))
        self.bills("c01", 1, amount=usd("1000"))
        self.cedar = Web(self.environment, OPERATIONS, OTHER)
        register_firm(self.store, OTHER, "Cedar")
        for name in ("anna", "boris", "carla"):
            register_member(self.store, OTHER, Member(name, 0, {"*": (Role.RELEASER,)}))
        fields: dict[str, Any] = {"guardrail": GuardrailSettings(floor=usd("500"))}
        fields["dual_control_from"] = usd("500")
        register_client(self.store, OTHER, client(id="c00", version=0, **fields))
        scope = Scope(OTHER, "c00")
        books = self.store.books(scope)
        observed = balance("50000", observed_at=self.clock.now())
        assert books.save(replace(books.head("USD"), balance=observed))
        now = self.clock.now()
        reading = replace(
            rail_bill(RailState.READY, bill_id=BILL, amount=usd("900"), payment=UNDATED),
            paid_at=None,
            read=ReadInterval(now, now),
        )
        surroundings = self.environment.surroundings
        transact(self.store, surroundings, scope, SYSTEM, lambda c: record_reading(c, reading))
        transact(
            self.store,
            surroundings,
            scope,
            self.actor("boris"),
            lambda change: stage(self.environment, change, BILL),
        )

    def call_of(
        self, firm: str, method: str, route: str, body: object = None, **how: Any
    ) -> Answer:
        """A call of Anna's, of one firm or the other."""
        web = self.web if firm == "maple" else self.cedar
        return web.call(method, route, body, person=how.pop("person", "anna"), **how)

    def of(self, firm: str) -> dict[Any, Any]:
        """All that is stored of a firm, for its clients and for itself."""
        return {key: value for key, value in self.store.items.items() if key[0] == firm}


def finalize(firms: Firms, firm: str, count: int = 1, **how: Any) -> Answer:
    rows = [
        {"client": "c00", "bill_id": f"c00-b{number:03d}", "action": "schedule", "pay_on": MONDAY}
        for number in range(count)
    ]
    return firms.call_of(firm, "POST", FINALIZE, {"decisions": rows}, key=KEY, **how)


def test_the_same_person_key_and_input_are_two_batches() -> None:
    firms = Firms()
    before = firms.of(OTHER)
    first = finalize(firms, "maple").body
    assert firms.of(OTHER) == before
    path = {"batch": first["id"]}
    assert firms.call_of(OTHER, "GET", BATCH, path=path).status == 404
    assert firms.call_of(OTHER, "POST", f"{BATCH}/cancel", path=path).status == 404
    assert firms.call_of(OTHER, "POST", f"{BATCH}/resume", path=path).status == 404
    assert firms.of(OTHER) == before
    answer = finalize(firms, OTHER)
    assert "Idempotency-Replayed" not in answer.headers
    assert answer.body["id"] == first["id"]
    amounts = {
        firm: firms.store.books(Scope(firm, "c00")).get(Bill, BILL) for firm in ("maple", OTHER)
    }
    assert [bill.amount for bill in amounts.values() if bill and bill.live_payment_id] == [
        usd("1000"),
        usd("900"),
    ]
    again = firms.call_of(OTHER, "GET", BATCH, path=path).body
    assert json.dumps(again).count('"c00"') > 0
    assert again["submitted"] == 1


@pytest.mark.parametrize("firm", ["maple", OTHER])
def test_a_key_and_input_of_another_client_is_another_command(firm: str) -> None:
    firms = Firms()
    body = {"bill_id": BILL, "action": "pay_now"}
    one = firms.call_of("maple", "POST", DECISIONS, body, key=KEY, path={"client": "c00"})
    assert one.status == 202
    other = "c01" if firm == "maple" else "c00"
    answer = firms.call_of(firm, "POST", DECISIONS, body, key=KEY, path={"client": other})
    assert "Idempotency-Replayed" not in answer.headers
    # In c01 there is no such bill; cedar's is its own.
    assert answer.status == (404 if firm == "maple" else 202)
    assert one.body["payment_id"] not in str(answer.body)


def test_another_persons_key_gives_nobody_elses_answer() -> None:
    firms = Firms()
    body = {"bill_id": BILL, "action": "pay_now"}
    path = {"client": "c00"}
    one = firms.call_of("maple", "POST", DECISIONS, body, key=KEY, path=path)
    assert one.status == 202
    other = firms.call_of("maple", "POST", DECISIONS, body, key=KEY, path=path, person="carla")
    assert (other.status, other.code) == (409, "not_staged")


def waiting(firms: Firms, bill: str = BILL) -> str:
    """The id of a decision of maple's c00 that waits for the second person."""
    body = {"bill_id": bill, "action": "pay_now"}
    path = {"client": "c00"}
    answer = firms.call_of("maple", "POST", DECISIONS, body, path=path, person="boris")
    assert answer.body["decision"]["state"] == "awaiting_second_person"
    name: str = answer.body["decision"]["id"]
    return name


@pytest.mark.parametrize(("firm", "client_id"), [("maple", "c01"), (OTHER, "c00")])
@pytest.mark.parametrize("verb", ["approve", "refuse", "change", "", None])
def test_a_decision_is_reached_where_it_is_only(
    firm: str, client_id: str, verb: str | None
) -> None:
    firms = Firms()
    name = waiting(firms)
    before = dict(firms.store.items)
    route = f"{DECISIONS}/{{decision}}" + (f"/{verb}" if verb else "")
    bodies = {"refuse": {"reason": "no"}, "change": {"action": "pay_now"}}
    method = "GET" if verb is None else "POST" if verb else "DELETE"
    path = {"client": client_id, "decision": name}
    answer = firms.call_of(firm, method, route, bodies.get(verb or ""), path=path)
    assert (answer.status, answer.code) == (404, "not_found")
    assert firms.store.items == before


@pytest.mark.parametrize(("firm", "client_id"), [("maple", "c01"), (OTHER, "c00")])
def test_nor_in_a_batch(firm: str, client_id: str) -> None:
    firms = Firms()
    name = waiting(firms)
    rows = [{"client": client_id, "decision_id": name}]
    told = firms.call_of(firm, "POST", APPROVE, {"decisions": rows}).body
    assert [each["code"] for each in told["results"]] == ["not_found"]
    decide = {"client": client_id, "bill_id": "c00-b001", "action": "pay_now"}
    done = firms.call_of(firm, "POST", FINALIZE, {"decisions": [decide]}).body
    assert [each["code"] for each in done["results"]] == ["not_found"]
    store: MemoryStore = firms.store
    assert not any(isinstance(item, Payment) for item in store.items.values())


def test_a_cursor_leads_on_in_ones_own_list_only() -> None:
    firms = Firms()
    mine = firms.call_of(
        "maple", "POST", FINALIZE, {"decisions": firms.rows(2, action="pay_now", pay_on=None)}
    ).body["id"]
    page = firms.call_of("maple", "GET", BATCH, path={"batch": mine}, query={"limit": "1"}).body
    other = finalize(firms, OTHER).body["id"]
    query = {"cursor": page["next_cursor"], "limit": "1"}
    answer = firms.call_of(OTHER, "GET", BATCH, path={"batch": other}, query=query)
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert answer.body["results"] == []
