"""What a person may do with an item of the tray: the state machine, as pure functions.

Rights and the rules of settings are asked elsewhere (service/tray_acts.py); here is which verb an
item's state allows, and what the item is afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Actor
from rowcol.domain.tray import (
    Act,
    Question,
    QuestionState,
    Settlement,
    Standing,
    TrayItem,
    TrayState,
    reopened,
)
from rowcol.domain.tray_kind import TrayKind

# A fix that no fact shows by then was none.
PROVED_WITHIN = timedelta(days=3)
SNOOZE_DAYS_MAX, SNOOZE_DAYS_MAX_SEVERE = 90, 7


class TrayVerb(StrEnum):
    """What a person does with an item."""

    FIX = "fix"
    ACCEPT = "accept"
    EXCLUDE = "exclude"
    ASSIGN = "assign"
    ASK = "ask"
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    SNOOZE = "snooze"
    WAKE = "wake"
    UNDO = "undo"


_S = TrayState
LIVE = frozenset(TrayState) - {_S.CLOSED}
_IN_SIGHT = LIVE - {_S.EXCLUDED}
# In which states an item takes a verb. Undo looks at the last act instead.
ALLOWED: Mapping[TrayVerb, frozenset[TrayState]] = {
    TrayVerb.FIX: frozenset({_S.OPEN}),
    TrayVerb.ACCEPT: frozenset({_S.OPEN, _S.FIXED}),
    TrayVerb.EXCLUDE: frozenset({_S.OPEN, _S.FIXED, _S.ACCEPTED}),
    TrayVerb.ASSIGN: LIVE,
    TrayVerb.ASK: _IN_SIGHT,
    TrayVerb.ANSWER: LIVE,
    TrayVerb.WITHDRAW: LIVE,
    TrayVerb.SNOOZE: frozenset({_S.OPEN}),
    TrayVerb.WAKE: frozenset({_S.OPEN}),
    TrayVerb.UNDO: frozenset(TrayState),
}


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does something, when, and in which words."""

    actor: Actor
    now: datetime
    words: str = ""

    def settlement(self) -> Settlement:
        """What is kept of an acceptance or a fix."""
        return Settlement(self.actor.id, self.actor.hands, self.now, self.words)

    def act(self, verb: TrayVerb, before: Standing) -> Act:
        """What is kept of it in the item's history."""
        return Act(self.now, self.actor.id, verb.value, self.words, before)


def _done(item: TrayItem, doing: Doing, verb: TrayVerb, standing: Standing) -> TrayItem:
    return item.standing_as(standing, doing.act(verb, item.standing))


def state_refusal(item: TrayItem, verb: TrayVerb) -> Refusal | None:
    """`wrong_state` when the item's state does not take the verb."""
    if item.state in ALLOWED[verb]:
        return None
    return Refusal(
        Code.WRONG_STATE,
        f"an item that is {item.state.value} does not take {verb.value}",
        {"state": item.state, "allowed": sorted(state.value for state in ALLOWED[verb])},
    )


def fix(item: TrayItem, row: TrayKind, doing: Doing) -> TrayItem:
    """Say what was done. Where facts can show it they have to, within PROVED_WITHIN."""
    standing = replace(
        item.standing, settlement=doing.settlement(), snoozed_until=None, state=TrayState.FIXED
    )
    if row.by_facts:
        standing = replace(standing, prove_by=doing.now + PROVED_WITHIN)
    else:
        standing = replace(
            standing,
            state=TrayState.CLOSED,
            closed_at=doing.now,
            closed_because=f"fixed: {doing.words}"[:200],
        )
    return _done(item, doing, TrayVerb.FIX, standing)


def accept(item: TrayItem, doing: Doing) -> TrayItem:
    """Let it be as it is, while both values stay."""
    standing = replace(
        item.standing,
        state=TrayState.ACCEPTED,
        settlement=doing.settlement(),
        snoozed_until=None,
        prove_by=None,
    )
    return _done(item, doing, TrayVerb.ACCEPT, standing)


def assign(item: TrayItem, doing: Doing, owner: str | None, due_on: date | None) -> TrayItem:
    """Make it somebody's, or nobody's, to be settled by a day."""
    standing = replace(item.standing, owner=owner, due_on=due_on)
    return _done(item, doing, TrayVerb.ASSIGN, standing)


def ask(item: TrayItem, doing: Doing) -> TrayItem | Refusal:
    """Ask the client; one question at a time."""
    if item.question is not None and item.question.state is QuestionState.ASKED:
        return Refusal(
            Code.ALREADY_ASKED,
            "a question waits for its answer already",
            {"asked_by": item.question.asked_by, "asked_at": item.question.asked_at},
            remedy="wait for the answer, or withdraw the question",
        )
    question = Question(doing.words, doing.actor.id, doing.actor.hands, doing.now)
    standing = replace(item.standing, question=question)
    return _done(item, doing, TrayVerb.ASK, standing)


def answer(item: TrayItem, doing: Doing) -> TrayItem | Refusal:
    """The client's answer; never by who asked."""
    question = _asked(item)
    if isinstance(question, Refusal):
        return question
    if question.asked_hands == doing.actor.hands:
        return Refusal(
            Code.SAME_PERSON,
            "who asks does not answer for the client",
            {"asked_by": question.asked_by},
            remedy="the client's owner answers",
        )
    told = replace(
        question,
        state=QuestionState.ANSWERED,
        answer=doing.words,
        ended_by=doing.actor.id,
        ended_at=doing.now,
    )
    standing = replace(item.standing, question=told, snoozed_until=None)
    return _done(item, doing, TrayVerb.ANSWER, standing)


def withdraw(item: TrayItem, doing: Doing) -> TrayItem | Refusal:
    """The question needs no answer any more."""
    question = _asked(item)
    if isinstance(question, Refusal):
        return question
    ended = replace(
        question, state=QuestionState.WITHDRAWN, ended_by=doing.actor.id, ended_at=doing.now
    )
    return _done(item, doing, TrayVerb.WITHDRAW, replace(item.standing, question=ended))


def _asked(item: TrayItem) -> Question | Refusal:
    if item.question is not None and item.question.state is QuestionState.ASKED:
        return item.question
    state = item.question.state if item.question is not None else None
    return Refusal(Code.WRONG_STATE, "no question waits for an answer", {"question": state})


def snooze(item: TrayItem, row: TrayKind, doing: Doing, until: datetime) -> TrayItem | Refusal:
    """Look again at an instant; what is severe is not put off for long."""
    most = SNOOZE_DAYS_MAX_SEVERE if row.is_severe else SNOOZE_DAYS_MAX
    if until <= doing.now:
        return Refusal(
            Code.DATE_PAST, "snooze it until a later time", {"asked": until, "now": doing.now}
        )
    if until > doing.now + timedelta(days=most):
        return Refusal(
            Code.DATE_TOO_FAR,
            f"at most {most} days",
            {"asked": until, "latest": doing.now + timedelta(days=most), "days_max": most},
        )
    return _done(item, doing, TrayVerb.SNOOZE, replace(item.standing, snoozed_until=until))


def wake(item: TrayItem, doing: Doing) -> TrayItem | Refusal:
    """End a snooze before its time."""
    if item.snoozed_until is None:
        return Refusal(Code.WRONG_STATE, "it is not snoozed", {"state": item.state})
    return _done(item, doing, TrayVerb.WAKE, replace(item.standing, snoozed_until=None))


def excluded(item: TrayItem, rule_id: str, act: Act) -> TrayItem:
    """A rule keeps it out of the list."""
    standing = replace(
        item.standing,
        state=TrayState.EXCLUDED,
        rule_id=rule_id,
        snoozed_until=None,
        prove_by=None,
        settlement=None,
    )
    return item.standing_as(standing, act)


def last_act(item: TrayItem) -> Act | Refusal:
    """The act that undo takes back: the last one that stands, if a person did it."""
    standing = [act for act in item.acts if act.undone_at is None]
    last = standing[-1] if standing else None
    if last is None or last.before is None:
        return Refusal(
            Code.WRONG_STATE,
            "nothing of it can be taken back: the last thing that happened was nobody's act",
            {"last": last.verb if last is not None else None},
        )
    return last


def undo(item: TrayItem, doing: Doing) -> TrayItem | Refusal:
    """Take the last act back: everything stands as before it."""
    last = last_act(item)
    if isinstance(last, Refusal):
        return last
    assert last.before is not None  # last_act gives no other
    undone = replace(last, undone_at=doing.now, undone_by=doing.actor.id)
    acts = tuple(undone if act is last else act for act in item.acts)
    changes = {name: getattr(last.before, name) for name in last.before.__dataclass_fields__}
    return replace(item, **changes, acts=acts)


def come_due(item: TrayItem, now: datetime) -> TrayItem | None:
    """The item after its time came: woken, or open again as no fact shows the fix. None: not yet.

    Raises nothing; an item that waits for nothing stays as it is.
    """
    if item.due_at is None or item.due_at > now:
        return None
    if item.state is TrayState.OPEN:
        woken = Act(now, SYSTEM.id, "woken", "its snooze is over")
        return item.standing_as(replace(item.standing, snoozed_until=None), woken)
    days = PROVED_WITHIN.days
    return reopened(item, now, f"no fact has shown the fix within {days} days")
