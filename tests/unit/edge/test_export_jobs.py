"""Exports as jobs: asked once, done by whoever is called, ended once; links that live minutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from local.memory_exports import MemoryExportFiles
from rowcol.domain.export import ATTEMPTS_MAX, RUN_LASTS, Export, ExportState
from rowcol.domain.scope import Scope
from rowcol.edge.exports import routes
from rowcol.edge.exports.worker import run
from rowcol.edge.task import BadTaskInput
from rowcol.service.due_work import sweep_due
from rowcol.service.exports.jobs import carry_out
from rowcol.service.exports.ports import ExportFilesUnavailable
from tests.support.exporting import House
from tests.support.furnished import CLIENT, FIRM


@pytest.fixture
def house() -> House:
    return House()


def test_the_answer_leads_to_a_link_for_minutes(house: House) -> None:
    asked = house.export("listBills", key="bills-of-today")
    assert asked.headers["Location"] == f"/clients/{CLIENT}/exports/{asked.body['id']}"
    assert house.shown(asked.body["id"]).body["state"] == "running"
    again = house.export("listBills", key="bills-of-today")
    assert (again.body["id"], again.headers["Idempotency-Replayed"]) == (asked.body["id"], "true")
    house.do_work()
    shown = house.shown(asked.body["id"]).body
    assert (shown["state"], shown["link_seconds"]) == ("done", 300)
    assert shown["link"].startswith("https://files.test/")
    assert len(house.files.kept) == 1  # the second call found it done
    house.clock.pause(8 * 86_400)
    assert house.shown(asked.body["id"]).body["link"] is None
    facts = [one.type for one in house.store.logs[Scope(FIRM, CLIENT)]]
    assert (facts.count("export.asked"), facts.count("export.ended")) == (1, 1)


def test_one_that_died_in_the_middle_is_done_by_the_next_run(house: House) -> None:
    class Broken(MemoryExportFiles):
        def put(self, *given: Any) -> None:
            raise ExportFilesUnavailable("s3: timeout")

    desk = house.environment.exports
    assert desk is not None
    asked = house.export("listBills")
    [(scope, name)] = house.called
    away = replace(house.environment, exports=replace(desk, files=Broken()))
    with pytest.raises(ExportFilesUnavailable):
        carry_out(away, scope, name)
    house.called.clear()
    assert house.shown(asked.body["id"]).body["state"] == "running"
    house.clock.pause(RUN_LASTS.total_seconds() + 1)
    sweep_due(house.environment)
    assert house.called == [(scope, name)]
    house.do_work()
    assert house.shown(asked.body["id"]).body["state"] == "done"


def test_one_that_always_dies_is_given_up_and_says_so(house: House) -> None:
    asked = house.export("listBills")
    for _ in range(ATTEMPTS_MAX + 1):
        for scope, name in house.called:
            books = house.store.books(scope)
            known = books.get(Export, name)
            assert known is not None
            assert books.save(replace(known, attempts=known.attempts + 1))  # begun, and dead
        house.called.clear()
        house.clock.pause(RUN_LASTS.total_seconds() + 1)
        sweep_due(house.environment)
    shown = house.shown(asked.body["id"]).body
    assert (shown["state"], shown["code"]) == ("failed", "gave_up")


def test_two_at_once_make_one_end(house: House) -> None:
    asked = house.export("listBills")
    [(scope, name)] = house.called
    desk = house.environment.exports
    assert desk is not None
    assert desk.write is not None
    inner = desk.write

    def slow(*given: Any) -> Any:
        house.environment = replace(house.environment, exports=desk)
        carry_out(house.environment, scope, name)  # another run from beginning to end
        return inner(*given)

    first = replace(house.environment, exports=replace(desk, write=slow))
    ended = carry_out(first, scope, name)
    assert ended is not None
    assert (ended.state, ended.attempts) == (ExportState.DONE, 2)
    facts = [one.type for one in house.store.logs[scope]]
    assert facts.count("export.ended") == 1
    assert house.shown(asked.body["id"]).body["state"] == "done"


def test_too_many_rows_are_refused_with_what_to_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "INLINE_ROWS_MAX", 3)
    answer = house.now("listBills")
    assert (answer.status, answer.body["code"]) == (400, "too_many_items")
    assert "POST" in answer.body["remedy"]


def test_a_worker_takes_nothing_else(house: House) -> None:
    bad: tuple[dict[str, Any], ...] = (
        {},
        {"firm": FIRM, "export": "../x"},
        {"firm": "a/b", "export": "e"},
    )
    for event in bad:
        with pytest.raises(BadTaskInput):
            run(house.environment, event)
    assert run(house.environment, {"firm": FIRM, "export": "exp_none"})["state"] == "unknown"
