"""Change a decision until the rail has it: the old one is taken back, another takes its place."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Decision, DecisionState
from rowcol.domain.calendar import local_date
from rowcol.domain.link import Link
from rowcol.domain.refusal import Refusal
from rowcol.service.change import Change
from rowcol.service.decide import Decide, decide
from rowcol.service.decisions.finding import find_decided
from rowcol.service.environment import Environment
from rowcol.service.reserves import cover, open_reserve
from rowcol.service.wishes import Outcome
from rowcol.service.withdraw import withdraw


def change_decision(
    environment: Environment, change: Change, decision_id: str, wish: Decide
) -> Outcome | Refusal:
    """Decide otherwise, in one write. The staging stands: who staged it, what rules demanded, and
    its reserve; one that a delay has given back is opened again.

    Refused: what `withdraw` and `decide` refuse; then the old decision stands as it was.
    `wish.bill_id` is that of the decision.
    """
    found = find_decided(change, decision_id)
    if isinstance(found, Refusal):
        return found
    _, before = found
    withdrawn = withdraw(change, decision_id, keep_reserve=True)
    if isinstance(withdrawn, Refusal):
        return withdrawn
    bill = withdrawn.bill
    decision = Decision(
        environment.surroundings.ids.new("dec"),
        DecisionState.STAGED,
        before.staged_by,
        before.staged_at,
        requirements=before.requirements,
        staged_hands=before.staged_hands,
        staged_for=before.staged_for,
        replaces=before.id,
    )
    today = local_date(change.now, change.client.zone)
    needed_on = max(bill.rail.due_on or today, today)
    bill = open_reserve(change, replace(bill, decision=decision), needed_on, observed=False)
    bill = cover(change, bill)
    change.put(Link(decision.id, 0, bill.id))
    change.put(bill)
    change.state("decision.changing", bill=bill, replaced_id=before.id)
    return decide(environment, change, replace(wish, bill_id=bill.id))
