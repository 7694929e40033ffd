"""Decisions of three clients through the deployed API and the real machine."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from local.demo.firm import FIRM, DemoClient
from rowcol.domain.batch import Batch, Mode
from rowcol.domain.bill import Bill, DecisionAction
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.decision_batch import DecisionBatch, DecisionsState
from rowcol.domain.scope import Actor, ActorKind, Scope
from rowcol.service.bulk.decision_verbs import DECIDE, decision_item
from rowcol.service.change import Asked
from rowcol.service.decide import Decide
from rowcol.service.decision_batches.submit import Row, Submission, Submitted, submit
from rowcol.service.rights import rights_of
from tests.integration.test_bulk import bare_environment
from tests.support.rig.calls import call
from tests.support.rig.stack import Rig, eventually

ANN = "ann-advisor"
WHOLE = Scope(FIRM)


@pytest.fixture(autouse=True)
def _bank_morning(rig: Rig) -> None:
    rig.early()


def clients(rig: Rig, count: int = 3, bills: int = 3) -> list[DemoClient]:
    """Clients whose bills Ramp has reported."""
    made = [rig.client(("10.00",) * bills) for _ in range(count)]

    def known() -> bool:
        return all(
            rig.books(each).get(Bill, each.bill_id(place)) is not None
            for each in made
            for place in range(1, bills + 1)
        )

    eventually(known, "the bills")
    return made


def rows(rig: Rig, made: list[DemoClient], bills: int = 3) -> list[dict[str, Any]]:
    day = next_bank_day(rig.timeline.now().date() + timedelta(days=7))
    return [
        {
            "client": each.id,
            "bill_id": each.bill_id(place),
            "action": "schedule",
            "pay_on": day.isoformat(),
        }
        for place in range(1, bills + 1)
        for each in made
    ]


def ended(rig: Rig, name: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        answer = call(rig, "GET", f"/batches/{name}?limit=200")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found if found["state"] == "done" else None

    return eventually(over, "the end of the decisions")


def test_one_list_over_three_clients_is_looked_at_and_decided(rig: Rig) -> None:
    made = clients(rig)
    wishes = [*rows(rig, made), {"client": made[1].id, "bill_id": "none", "action": "pay_now"}]
    looked = call(rig, "POST", "/decisions/precheck", json.dumps({"decisions": wishes}))
    assert looked.status_code == 200, looked.text
    assert [row["code"] for row in looked.json()["rows"]] == [None] * 9 + ["not_found"]
    answer = call(rig, "POST", "/decisions/finalize", json.dumps({"decisions": wishes}))
    assert answer.status_code in (200, 202), answer.text
    body = ended(rig, answer.json()["id"])
    assert (body["submitted"], body["ok"], body["failed"], body["pending"]) == (10, 9, 1, 0)
    assert [each["code"] for each in body["results"]] == [None] * 9 + ["not_found"]
    for each in made:
        part = rig.books(each).get(Batch, body["id"])
        assert part is not None
        assert part.ok == 3
        payments = rig.ann.get(f"/clients/{each.id}/payments")
        assert len(payments["items"]) == 3
        assert rig.ann.get(f"/clients/{each.id}/audit/verify")["intact"] is True


@pytest.mark.parametrize("mode", list(Mode))
def test_the_machine_does_what_a_request_left_and_the_sweep_starts_it(rig: Rig, mode: Mode) -> None:
    made = clients(rig)
    left = abandoned(rig, made, mode)
    rig.pass_time(minutes=2)
    rig.due_work()
    body = ended(rig, left.id)
    assert (body["ok"], body["failed"]) == (9, 0)
    assert {each["state"] for each in body["clients"]} == {"done"}
    stored = rig.store.books(WHOLE).get(DecisionBatch, left.id)
    assert stored is not None
    assert (stored.state, stored.attempt) == (DecisionsState.DONE, 1)


def abandoned(rig: Rig, made: list[DemoClient], mode: Mode) -> DecisionBatch:
    """Decisions as a request leaves them that died right after writing them down."""
    environment = bare_environment(rig)
    rights = rights_of(rig.store, FIRM, ANN)
    assert rights is not None
    day = next_bank_day(rig.timeline.now().date() + timedelta(days=7))
    wishes = tuple(
        Row(each.id, decision_item(Decide(each.bill_id(place), DecisionAction.SCHEDULE, day)))
        for place in range(1, 4)
        for each in made
    )
    actor = Actor(ActorKind.PERSON, ANN, rig.timeline.now())
    asked = Asked.by(ANN, f"left-alone-{mode.value}-{made[0].id}", wishes)
    answer = submit(environment, Submission(DECIDE, mode, wishes, actor, rights, asked))
    assert isinstance(answer, Submitted), answer
    return answer.batch
