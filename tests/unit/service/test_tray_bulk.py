"""Many items of the tray at once: each for itself, once, whenever a process dies."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from local.simulation.boundary import Boundary
from rowcol.domain.batch import BatchState, Mode
from rowcol.domain.batch_items import ItemOutcome
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.domain.tray_acts import TrayVerb
from rowcol.service.bulk.results import results_of
from rowcol.service.bulk.run import advance
from rowcol.service.bulk.submit import Submission, Submitted, submit
from rowcol.service.bulk.tray_verbs import MANY, TRAY_VERBS, item_text
from rowcol.service.change import Asked, Change
from rowcol.service.tray_acts import Wanted, act_on_item
from tests.support.bulk import dies
from tests.support.desk import SCOPE
from tests.support.tray_desk import KIND, TrayDesk


class ManyDesk(TrayDesk):
    """So many items of a kind, and one batch about them."""

    def __init__(self, count: int, kind: str = KIND) -> None:
        super().__init__()
        self.names = [self.tell(kind, f"thing-{number}") for number in range(count)]
        self.boundary = Boundary()
        self.store.on_call = self.boundary

    def items(self) -> dict[str, TrayItem]:
        return self.books.get_many(TrayItem, self.names)

    def submit(self, verb: TrayVerb, person: str = "approver", **how: Any) -> str:
        """Write the batch down, with the marks that are shown now."""
        if verb is TrayVerb.ACCEPT and "marks" not in how:
            how["marks"] = {name: item.mark for name, item in self.items().items()}
        marks = how.pop("marks", {})
        texts = [
            item_text(Wanted(verb, name, "because", marks.get(name), **how)) for name in self.names
        ]
        asked = Asked.by(person, "key-00000001", {"bulk": verb})
        work = Submission(
            TRAY_VERBS[verb], Mode.INDEPENDENT, tuple(texts), self.actor(person), asked
        )
        done = submit(self.environment, SCOPE, work, ())
        assert isinstance(done, Submitted), done
        return done.batch.id

    def run(self, name: str) -> tuple[Any, ...]:
        batch = advance(self.environment, SCOPE, name)
        assert batch.state is BatchState.DONE
        assert batch.submitted == batch.ok + batch.failed
        return results_of(self.books, batch)


def _acting(desk: TrayDesk, wanted: Wanted, change: Change) -> TrayItem | Refusal:
    return act_on_item(desk.environment, change, wanted)


def test_a_thousand_are_accepted_in_few_writes() -> None:
    desk = ManyDesk(1_000)
    name = desk.submit(TrayVerb.ACCEPT)
    commits = desk.boundary.count
    results = desk.run(name)
    assert desk.boundary.count > commits
    assert [one.id for one in results] == desk.names
    assert {(one.outcome, one.state) for one in results} == {(ItemOutcome.OK, "accepted")}
    assert {item.state for item in desk.items().values()} == {TrayState.ACCEPTED}
    assert desk.types().count("batch.advanced") <= 25


@pytest.mark.parametrize("verb", MANY)
def test_each_has_the_answer_of_its_single_call(verb: TrayVerb) -> None:
    alone, many = ManyDesk(6), ManyDesk(6)
    for desk in (alone, many):
        desk.agree(KIND, "thing-1")
        desk.do(TrayVerb.SNOOZE, item_id=desk.names[2])
        desk.do(TrayVerb.ACCEPT, item_id=desk.names[3])
        desk.tell("money_awaited", "thing-4")
    more: dict[str, Any] = (
        {"until": alone.item(KIND, "thing-2").snoozed_until} if verb is TrayVerb.SNOOZE else {}
    )
    marks = {name: item.mark for name, item in many.items().items()} | {many.names[5]: "stale"}
    names = [*many.names[:5], many.names[5], "nothing-here", many.names[0]]
    many.names = names
    results = many.run(many.submit(verb, marks=marks, **more))
    codes = []
    for name in names[:-1]:
        mark = marks.get(name)
        wanted = Wanted(verb, name, "because", mark, **more)
        done = alone.planned("approver", partial(_acting, alone, wanted))
        codes.append(getattr(done, "code", None))
    assert [one.code for one in results] == [*codes, Code.DUPLICATE_ITEM]


def test_severe_ones_are_for_another_also_in_a_heap() -> None:
    desk = ManyDesk(3, "duplicate")
    results = desk.run(desk.submit(TrayVerb.ACCEPT))
    assert {one.code for one in results} == {Code.FORBIDDEN}
    assert {item.state for item in desk.items().values()} == {TrayState.OPEN}


def test_every_call_may_be_the_last() -> None:
    def begin() -> tuple[ManyDesk, str]:
        desk = ManyDesk(60)
        return desk, desk.submit(TrayVerb.ACCEPT)

    desk, name = begin()
    before = desk.boundary.count
    desk.run(name)
    calls, wanted = desk.boundary.count - before, desk.types().count("tray.acted")
    assert wanted == 60
    for number in range(1, calls + 1):
        desk, name = begin()
        desk.boundary.crash_at = desk.boundary.count + number
        dies(lambda: desk.run(name))  # noqa: B023  # run before the next round
        desk.boundary.crash_at = None
        results = desk.run(name)
        assert len(results) == 60
        assert desk.types().count("tray.acted") == 60, f"died at call {number}"
        assert {item.state for item in desk.items().values()} == {TrayState.ACCEPTED}


def test_two_people_at_once_settle_it_once() -> None:
    """The second write finds the first one's and plans again."""
    desk = TrayDesk()
    desk.tell()
    mark = desk.item().mark
    raced: list[Any] = []

    def between(_call: str) -> None:
        if _call == "commit:before" and not raced:
            raced.append(None)
            raced[0] = desk.do(TrayVerb.ACCEPT, "releaser", mark=mark)

    desk.store.on_call = between
    second = desk.do(TrayVerb.ACCEPT, "approver", mark=mark)
    assert isinstance(raced[0], TrayItem)
    assert getattr(second, "code", None) is Code.WRONG_STATE
    settled = desk.item().settlement
    assert settled is not None
    assert settled.by == "releaser"


def test_facts_that_agree_meanwhile_win() -> None:
    desk = TrayDesk()
    desk.tell()
    raced: list[bool] = []

    def between(call: str) -> None:
        if call == "commit:before" and not raced:
            raced.append(True)
            desk.agree()

    desk.store.on_call = between
    done = desk.do(TrayVerb.ACCEPT, "approver")
    assert getattr(done, "code", None) is Code.WRONG_STATE
    assert desk.item().state is TrayState.CLOSED
