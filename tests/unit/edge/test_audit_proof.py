"""Verifying over the API, in parts and against the last checkpoint; evidence; the scheduled run."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.memory_checkpoints import MemoryCheckpoints
from rowcol.domain.checkpoint import BadCheckpoint
from rowcol.domain.permission import Role
from rowcol.edge import audit_proof
from rowcol.edge.checkpoint_schedule import NoCheckpoints, take_todays
from rowcol.edge.http import serve
from rowcol.service import audit
from rowcol.service.checkpoint_ports import CheckpointsUnavailable
from rowcol.service.evidence import verify_evidence
from rowcol.service.store import StoreUnavailable
from tests.support.api import Web
from tests.support.desk import SCOPE
from tests.support.furnished import ADMIN, CLIENT, FIRM, OF_SECOND, OTHER_FIRM, Furnished, firm_wide

VERIFY = "/clients/{client}/audit/verify"
EVIDENCE = "/clients/{client}/payments/{payment}/evidence"


class House(Furnished):
    """Furnished, with a place for checkpoints."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = MemoryCheckpoints()
        self.environment = replace(self.environment, checkpoints=self.kept)
        self.web = Web(self.environment, audit_proof.READS, FIRM)

    def verify(self, person: str = ADMIN, **query: str) -> Any:
        return self.web.call("GET", VERIFY, person=person, path={"client": CLIENT}, query=query)


@pytest.fixture
def house() -> House:
    return House()


def test_a_whole_log_is_intact_and_agrees_with_the_last_checkpoint(house: House) -> None:
    before = house.verify()
    assert (before.status, before.body["intact"], before.body["checkpoint"]) == (200, True, None)
    told = take_todays(house.environment, house.kept)
    assert (told["is_new"], told["broken"]) == (True, 0)
    assert take_todays(house.environment, house.kept)["is_new"] is False
    body = house.verify().body
    length = len(house.store.logs[SCOPE])
    assert body["intact"] is True
    assert (body["length"], body["entries"], body["next_cursor"]) == (length, length, None)
    assert body["checkpoint"]["sequence"] == length
    assert body["checkpoint"]["hash"] == told["hash"]
    firm = house.web.call("GET", "/audit/verify", person=ADMIN)
    assert (firm.status, firm.body["intact"]) == (200, True)


def test_a_log_made_anew_with_its_head_is_found_by_the_checkpoint(house: House) -> None:
    take_todays(house.environment, house.kept)
    log = house.store.logs[SCOPE]
    forged = [*log[:-1]]
    head = house.store.books(SCOPE).head("USD")
    last = forged[-1]
    assert house.store.books(SCOPE).save(replace(head, sequence=last.sequence, chain=last.hash))
    house.store.logs[SCOPE] = forged
    body = house.verify().body
    assert (body["intact"], body["kind"]) == (False, "cut_tail")
    assert body["broken_at"] == len(log)


def test_a_long_log_is_walked_in_parts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ENTRIES_PER_READ", 7)
    length, parts, cursor = len(house.store.logs[SCOPE]), 0, None
    now = house.clock.now()
    while True:
        event = {
            "httpMethod": "GET",
            "resource": VERIFY,
            "pathParameters": {"client": CLIENT},
            "queryStringParameters": {"cursor": cursor} if cursor else None,
            "requestContext": {"authorizer": {"sub": ADMIN, "firm": FIRM}},
        }
        answer = serve(event, audit_proof.READS, house.environment, now)  # the time is up at once
        body = json.loads(answer["body"])
        assert body["intact"] is True
        parts, cursor = parts + 1, body["next_cursor"]
        if cursor is None:
            break
        assert body["length"] == 7 * parts
    assert (body["length"], parts) == (length, length // 7 + 1)


def test_a_cursor_of_elsewhere_is_refused(house: House) -> None:
    for cursor in ("x", "eyJhIjoxfQ", "bm90IG9uZQ"):
        answer = house.verify(cursor=cursor)
        assert (answer.status, answer.body["code"]) == (400, "invalid_input")


def test_an_edit_is_named_with_its_position_and_kind(house: House) -> None:
    log = house.store.logs[SCOPE]
    log[8] = replace(log[8], data={**log[8].data, "amount": 1})
    body = house.verify().body
    assert (body["intact"], body["broken_at"], body["kind"]) == (False, 9, "edited")
    answer = _evidence(house)
    assert (answer.status, answer.body["code"]) == (409, "log_broken")
    assert answer.body["numbers"] == {"broken_at": 9, "kind": "edited"}


def _evidence(house: House, person: str = ADMIN, client: str = CLIENT, **query: str) -> Any:
    path = {"client": client, "payment": house.ids[CLIENT]["payment"][4]}
    return house.web.call("GET", EVIDENCE, person=person, path=path, query=query)


def test_evidence_comes_as_json_and_as_a_page(house: House) -> None:
    take_todays(house.environment, house.kept)
    pack = _evidence(house)
    assert pack.status == 200
    assert verify_evidence.problems(pack.body) == []
    assert pack.body["checkpoint"]["statement"]["count"] == 5
    assert OTHER_FIRM not in json.dumps(pack.body)  # of the other chains: hashes only
    page = _evidence(house, format="html")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "attachment" in page.headers["Content-Disposition"]
    assert verify_evidence.read(page.body)[1] == []


def test_who_may_not_look_sees_nothing(house: House) -> None:
    assert _evidence(house, person=OF_SECOND).status == 404
    assert _evidence(house, client="cedar").status == 404  # its id, under another client
    assert house.verify(person=OF_SECOND).status == 404
    viewer = house.web.call("GET", "/audit/verify", person=firm_wide(Role.VIEWER))
    assert viewer.status == 403


def test_a_broken_or_unreachable_checkpoint_is_no_agreement(house: House) -> None:
    take_todays(house.environment, house.kept)
    [(day, text)] = house.kept.kept.items()
    house.kept.kept[day] = text.replace(b'"count":5', b'"count":6')
    answer = house.verify()
    assert (answer.status, answer.body["code"]) == (409, "log_broken")
    house.clock.pause(timedelta(days=1).total_seconds())
    with pytest.raises(BadCheckpoint):
        take_todays(house.environment, house.kept)

    class Away(MemoryCheckpoints):
        def latest(self, until: object = None) -> None:
            del until
            raise CheckpointsUnavailable("s3: timeout")

    house.web = replace(house.web, environment=replace(house.environment, checkpoints=Away()))
    with pytest.raises(StoreUnavailable):
        house.verify()
    with pytest.raises(NoCheckpoints):
        take_todays(house.environment, None)
