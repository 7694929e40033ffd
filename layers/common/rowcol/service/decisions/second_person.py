"""When a decision needs a second person, and who that may be (design section 5).

Two people took part, the last of them a person who did not stage it. One person counts once,
whatever roles they hold; a machine counts as who answers for it, and never speaks last. RowCol
staging by rule is nobody, and so is who staged the bill with another amount or payee.
"""

from __future__ import annotations

from rowcol.domain.bill import Bill, Decision
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Actor, ActorKind
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.proposer import lost_right


def needs_two(change: Change, bill: Bill, decision: Decision) -> bool:
    """Whether threshold or rules ask for two people. The threshold is the client's of now."""
    threshold = change.client.dual_control_from
    above = threshold is not None and not bill.amount < threshold
    return above or decision.requirements.second_person


def may_speak_last(decision: Decision, actor: Actor) -> bool:
    """Whether two people stand behind the decision when this one says the last yes."""
    staged = decision.staged_hands or decision.staged_by
    if actor.kind is not ActorKind.PERSON or actor.hands == staged:
        return False
    return len(decision.agreed | {actor.hands}) > 1


def completes(environment: Environment, change: Change, decision: Decision) -> bool:
    """Whether who asks now is the second person: another stands behind it, with the right to."""
    if not may_speak_last(decision, change.actor):
        return False
    others = decision.agreed - {change.actor.hands}
    staged = decision.staged_hands or decision.staged_by
    if first_stands(environment, change, decision.staged_by, Permission.STAGE) is not None:
        others -= {staged}
    return bool(others)


def not_the_second(change: Change, bill: Bill, decision: Decision) -> Refusal | None:
    """Refuse an approver who is not the second person."""
    return None if may_speak_last(decision, change.actor) else alone(change, bill, decision)


def alone(change: Change, bill: Bill, decision: Decision) -> Refusal:
    """Why one person, or a machine, is not enough."""
    machine = change.actor.kind is not ActorKind.PERSON
    return Refusal(
        Code.SECOND_PERSON_REQUIRED if machine else Code.SAME_PERSON,
        "a machine never says the last yes"
        if machine
        else "who staged it, or decided it alone, cannot be the one to approve it",
        numbers_of(change, bill, decision),
        remedy="another person with the right to decide approves it",
    )


def numbers_of(change: Change, bill: Bill, decision: Decision) -> dict[str, object]:
    """What explains that two people are needed, and who took part so far."""
    return {
        "amount": bill.amount,
        "threshold": change.client.dual_control_from,
        "rules": decision.requirements.because,
        "staged_by": decision.staged_by,
        "decided_by": decision.decided_by,
    }


def first_stands(
    environment: Environment, change: Change, person: str, needed: Permission
) -> Refusal | None:
    """Refuse when who spoke first has lost the right to: one person would stand for two.

    Who asks now is checked by the caller; RowCol, staging by rule, needs no right.
    """
    if person in (change.actor.id, SYSTEM.id):
        return None
    return lost_right(environment, change, person, needed, "decisions")
