"""Proofs as files: of logs in as many runs as they take, and of payments; whose rights."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.memory_checkpoints import MemoryCheckpoints
from rowcol.domain.export import ATTEMPTS_MAX, RUN_LASTS, Export
from rowcol.domain.permission import Role
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.edge.checkpoint_schedule import take_todays
from rowcol.edge.exports import write
from rowcol.edge.exports.worker import run
from rowcol.service import audit
from rowcol.service.due_work import sweep_due
from rowcol.service.evidence import pack as packs
from rowcol.service.evidence import verify_evidence
from rowcol.service.exports.ports import ExportDesk
from tests.support.api import Web
from tests.support.exporting import House
from tests.support.furnished import CLIENT, FIRM, OF_SECOND, by_role

SCOPE = Scope(FIRM, CLIENT)


class Proving(House):
    """With checkpoints, and pages of ten entries; `runs`: how many runs there were."""

    def __init__(self) -> None:
        super().__init__()
        self.kept, self.runs = MemoryCheckpoints(), 0
        self.environment = replace(self.environment, checkpoints=self.kept)
        desk = ExportDesk(
            lambda scope, name: self.called.append((scope, name)),
            self.files,
            write.writer(self.environment),
        )
        self.environment = replace(self.environment, exports=desk)
        self.web = Web(self.environment, self.web.operations, FIRM)

    def one_run(self, seconds: float = 0) -> None:
        """Of whoever was called; time is up after so many seconds, and one page."""
        scope, name = self.called.pop(0)
        self.runs += 1
        event = {"firm": scope.firm, "client": scope.client, "export": name}
        run(self.environment, event, self.clock.now() + timedelta(seconds=seconds))

    def told(self, asked: Any, scope: Scope = SCOPE) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.file(asked.body["id"], scope))
        return content


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Proving:
    for module in (audit, packs):
        monkeypatch.setattr(module, "ENTRIES_PER_READ", 10)
    return Proving()


def test_a_log_is_verified_in_as_many_runs_as_it_takes(house: Proving) -> None:
    take_todays(house.environment, house.kept)
    asked = house.export("verifyAudit", format="json")
    assert asked.status == 202, asked.body
    while house.called:
        house.one_run()
    length = len(house.store.logs[SCOPE]) - 1  # that it ended came after
    assert house.runs > 3
    told = house.told(asked)
    assert (told["intact"], told["next_cursor"]) == (True, None)
    assert told["length"] == length
    assert told["checkpoint"]["sequence"] == length - 1, "the asking itself is in the log"
    shown = house.shown(asked.body["id"]).body
    assert (shown["state"], shown["link_seconds"]) == ("done", 300)
    facts = [one.type for one in house.store.logs[SCOPE]]
    assert facts.count("export.ended") == 1


def test_a_run_that_dies_is_gone_on_with_from_the_last_mark(house: Proving) -> None:
    asked = house.export("verifyAudit", format="json")
    house.one_run()
    for _ in range(ATTEMPTS_MAX + 2):
        house.called.clear()  # it was called for, and died
        house.clock.pause(RUN_LASTS.total_seconds() + 1)
        sweep_due(house.environment)
        house.one_run()
    known = house.store.books(SCOPE).get(Export, asked.body["id"])
    assert known is not None
    assert known.pauses >= ATTEMPTS_MAX, "runs that get somewhere are no failures"
    while house.called:
        house.one_run()
    assert house.told(asked)["intact"] is True


def test_what_is_broken_is_named_whatever_run_finds_it(house: Proving) -> None:
    asked = house.export("verifyAudit", format="json")
    house.one_run()
    log = house.store.logs[SCOPE]
    log[25] = replace(log[25], bill_id="another")
    while house.called:
        house.one_run()
    told = house.told(asked)
    assert (told["intact"], told["broken_at"], told["kind"]) == (False, 26, "edited")


def test_the_firms_own_log_too(house: Proving) -> None:
    asked = house.export("verifyFirmAudit", format="json", client=None)
    house.do_work()
    assert house.told(asked, Scope(FIRM, FIRM_WIDE))["intact"] is True


@pytest.mark.parametrize("format_", ["json", "html"])
def test_evidence_is_what_the_api_gives_at_once(house: Proving, format_: str) -> None:
    take_todays(house.environment, house.kept)
    payment = house.ids[CLIENT]["payment"][0]
    asked = house.export("readEvidence", format=format_, path={"payment": payment})
    house.one_run(900)
    text = house.file(asked.body["id"]).decode()
    pack, wrong = verify_evidence.read(text)
    assert (pack["payment"], wrong, verify_evidence.problems(pack)) == (payment, [], [])
    assert pack["checkpoint"] is not None


def test_a_log_too_long_for_a_run_and_a_payment_that_is_none_end_it(house: Proving) -> None:
    payment = house.ids[CLIENT]["payment"][0]
    for name, code in ((payment, "too_many_items"), ("pay_none", "not_found")):
        asked = house.export("readEvidence", format="json", path={"payment": name})
        house.one_run()
        shown = house.shown(asked.body["id"]).body
        assert (shown["state"], shown["code"]) == ("failed", code)


def test_rights_and_formats_are_those_of_the_proof(house: Proving) -> None:
    assert house.export("verifyAudit", format="json", person=OF_SECOND).status == 404
    viewer = by_role(Role.VIEWER)
    firm = house.export("verifyFirmAudit", format="json", client=None, person=viewer)
    assert firm.status in (403, 404)
    assert house.export("verifyAudit", format="csv").body["code"] == "invalid_input"
    assert house.export("verifyAudit", format="html").body["code"] == "invalid_input"
    assert house.export("readEvidence", format="json").body["code"] == "invalid_input"
    assert house.now("verifyAudit", format="json").body["code"] == "invalid_input"
