"""What people do with items of the tray, as plans of one change: one item each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain import tray_acts as acts
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_acts import Doing, TrayVerb
from rowcol.domain.tray_kinds import kind_of
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.tray_rights import rights_refusal
from rowcol.service.tray_rules import RuleWanted, exclude, forget_rule_of

NO_ITEM = Refusal(Code.NOT_FOUND, "no such item of the tray")
WORDS_NEEDED = frozenset(
    {TrayVerb.FIX, TrayVerb.ACCEPT, TrayVerb.EXCLUDE, TrayVerb.ASK, TrayVerb.ANSWER}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of one item. `mark`: what was seen of it; `words`: reason, deed or question."""

    verb: TrayVerb
    item_id: str
    words: str = ""
    mark: str | None = None
    owner: str | None = None
    due_on: date | None = None
    until: datetime | None = None
    rule: RuleWanted | None = None


def act_on_item(environment: Environment, change: Change, wanted: Wanted) -> TrayItem | Refusal:
    """Do it, with a fact that says so; gives the item as it is stored.

    Order: is it there, may they, does its state take it, is it what they saw.
    Refused: `not_found`, `forbidden`, `verb_not_allowed`, `same_person`, `second_person_required`,
    `step_up_required`, `wrong_state`, `version_mismatch`, `already_asked`, `date_in_past`,
    `date_too_far`, `invalid_input`, `too_many_items`.
    """
    item = change.get(TrayItem, wanted.item_id)
    if item is None:
        return NO_ITEM
    refused = (
        rights_refusal(change, item, wanted.verb)
        or acts.state_refusal(item, wanted.verb)
        or _mark_refusal(item, wanted)
        or _words_refusal(wanted)
    )
    if refused is not None:
        return refused
    done = _done(environment, change, item, wanted)
    if isinstance(done, Refusal):
        return done
    change.put(done)
    undone = item.last_standing_verb if wanted.verb is TrayVerb.UNDO else None
    change.state("tray.acted", tray=done, verb=wanted.verb, reason=wanted.words, undone=undone)
    return done


def _done(
    environment: Environment, change: Change, item: TrayItem, wanted: Wanted
) -> TrayItem | Refusal:
    doing, row = Doing(change.actor, change.now, wanted.words), kind_of(item.item)
    match wanted.verb:
        case TrayVerb.FIX:
            return acts.fix(item, row, doing)
        case TrayVerb.ACCEPT:
            return acts.accept(item, doing)
        case TrayVerb.EXCLUDE:
            return exclude(environment, change, item, wanted.rule, wanted.words)
        case TrayVerb.ASSIGN:
            return acts.assign(item, doing, wanted.owner, wanted.due_on)
        case TrayVerb.ASK:
            return acts.ask(item, doing)
        case TrayVerb.ANSWER:
            return acts.answer(item, doing)
        case TrayVerb.WITHDRAW:
            return acts.withdraw(item, doing)
        case TrayVerb.SNOOZE:
            if wanted.until is None:
                return Refusal(Code.INVALID_INPUT, "until is needed", {"field": "until"})
            return acts.snooze(item, row, doing, wanted.until)
        case TrayVerb.WAKE:
            return acts.wake(item, doing)
        case TrayVerb.UNDO:
            return _undone(change, item, doing)


def _undone(change: Change, item: TrayItem, doing: Doing) -> TrayItem | Refusal:
    """Taking an exclusion back takes its rule back: else it would keep the item out again."""
    last = acts.last_act(item)
    if isinstance(last, Refusal):
        return last
    if last.verb == TrayVerb.EXCLUDE.value:
        forget_rule_of(change, item)
    return acts.undo(item, doing)


def _mark_refusal(item: TrayItem, wanted: Wanted) -> Refusal | None:
    """Nobody accepts what they have not seen."""
    if wanted.mark is None and wanted.verb is not TrayVerb.ACCEPT:
        return None
    if wanted.mark is None:
        detail = "say which values are accepted: send the item's mark as it was shown"
        return Refusal(Code.INVALID_INPUT, detail, {"field": "mark"})
    if wanted.mark == item.mark:
        return None
    return Refusal(
        Code.VERSION_MISMATCH,
        "the item says something else by now",
        {"expected": item.expected, "found": item.found, "mark": item.mark},
        remedy="look at it again, and send the mark that it has now",
    )


def _words_refusal(wanted: Wanted) -> Refusal | None:
    if wanted.verb not in WORDS_NEEDED or wanted.words.strip():
        return None
    return Refusal(Code.INVALID_INPUT, f"{wanted.verb.value} needs words", {"field": "text"})
