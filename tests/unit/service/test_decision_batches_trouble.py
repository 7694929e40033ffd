"""Defects and deaths in the middle of decisions over many clients: no item stops the others."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.batch import Mode
from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.bulk.decision_verbs import DECIDE, wish_of
from rowcol.service.bulk.verb import Verbs
from rowcol.service.change import Change
from rowcol.service.decision_batches.run import clients_to_do, close, run_part
from rowcol.service.environment import Environment
from rowcol.service.wishes import Outcome
from tests.support.bulk import dies
from tests.support.decisions import FIRM, DecisionFirm, Wish

BAD = "c01-b003"


class Defect(Exception):
    """What a bug would raise."""


def planned(environment: Environment, change: Change, item: str) -> Outcome | Refusal:
    """As the product would, but for one bill."""
    if wish_of(item).bill_id == BAD:
        raise Defect(BAD)
    outcome = DECIDE.plan(environment, change, item)
    assert isinstance(outcome, Outcome | Refusal)
    return outcome


VERBS: Verbs = {DECIDE.name: replace(DECIDE, plan=planned)}


def tried(firm: DecisionFirm, name: str) -> int:
    """Every client's part is tried until all are over; how often one raised."""
    raised = 0
    for _ in range(40):
        for client in clients_to_do(firm.environment, FIRM, name):
            try:
                run_part(firm.environment, firm.scope(client), name, None, VERBS)
            except Defect:
                raised += 1
        if close(firm.environment, FIRM, name).state is DecisionsState.DONE:
            return raised
    raise AssertionError("never over")


@pytest.mark.parametrize(("mode", "ok"), [(Mode.INDEPENDENT, 17), (Mode.ALL_OR_NOTHING, 12)])
def test_an_item_that_meets_a_defect_is_given_up_after_five_tries(mode: Mode, ok: int) -> None:
    firm = DecisionFirm(3)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 6)]
    name = firm.submitted(wishes, mode)
    assert tried(firm, name) == 5
    batch = firm.batch(name)
    assert (batch.ok, batch.failed) == (ok, 18 - ok)
    results = {each.id: each.code for each in firm.results(name)}
    assert results[BAD] is Code.CONFLICT
    assert firm.claims(name) == set()


def test_a_defect_in_the_very_first_item_of_a_part_is_counted_too() -> None:
    firm = DecisionFirm(2)
    firm.bills("c01", 3)
    wishes = [Wish("c01", bill) for bill in firm.bills("c01", 1)]
    wishes += [Wish("c00", bill) for bill in firm.bills("c00", 2)]
    assert wishes[0].bill == BAD
    name = firm.submitted(wishes)
    assert tried(firm, name) == 5
    batch = firm.batch(name)
    assert (batch.ok, batch.failed) == (2, 1)


@pytest.mark.parametrize("seed", range(12))
def test_death_while_it_is_cancelled_leaves_nothing_behind(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # where to cancel and where to die
    firm = DecisionFirm(3)
    wishes = [Wish("c00", bill) for bill in firm.bills("c00", 45, staged=False)]
    wishes += [Wish(name, bill) for name in ("c01", "c02") for bill in firm.bills(name, 4)]
    name = firm.submitted(wishes, Mode.ALL_OR_NOTHING)
    firm.boundary.between = lambda call: firm.clock.pause(1) if call == "commit:after" else None
    until = firm.clock.now() + timedelta(seconds=chance.randint(1, 4))
    run_part(firm.environment, firm.scope("c00"), name, until)
    firm.boundary.between = lambda _call: None

    def cancel() -> None:
        firm.cancel(name)
        firm.run(name)

    firm.boundary.crash_at = firm.boundary.count + chance.randint(1, 60)
    dies(cancel)
    firm.boundary.crash_at = None
    batch = firm.swept(name)
    assert batch.state is DecisionsState.DONE, f"seed {seed}"
    made = sum(len(firm.payments(client)) for client in firm.clients)
    assert made == batch.ok, f"seed {seed}"
    assert batch.ok + batch.skipped == 53, f"seed {seed}"
    assert batch.ok in (0, 4, 8, 45, 49, 53), f"seed {seed}: all of a client or none"
    assert firm.claims(name) == set(), f"seed {seed}"
    held = sum(firm.held(client)[0] for client in firm.clients)
    staged = 0 if len(firm.payments("c00")) == 0 else 45
    assert held == (8 + staged) * 100_00, f"seed {seed}"
    firm_day = [total for (_, key), total in firm.usage().items() if key.startswith("firm-")]
    assert firm_day == ([made * 100_00] if made else []), f"seed {seed}"
