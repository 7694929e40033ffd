"""Who may do what with an item of the tray."""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind, Scope
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_acts import TrayVerb, last_act
from rowcol.domain.tray_kind import Accept, TrayKind
from rowcol.domain.tray_kinds import kind_of
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.rights import rights_of
from rowcol.service.second_factor import second_factor_refusal

_ACCEPTING = {
    Accept.PREPARER: Permission.STAGE,
    Accept.APPROVER: Permission.DECIDE,
    Accept.ANOTHER: Permission.ADMINISTER,
}
_NEEDED = {
    # The client answers, and its rules are the client's: both are its owner's.
    TrayVerb.ANSWER: Permission.CONFIGURE,
    TrayVerb.EXCLUDE: Permission.CONFIGURE,
}
# What takes an item out of sight for good: for what is severe another person does it.
_SETTLES = frozenset({TrayVerb.ACCEPT, TrayVerb.FIX})


def needed_for(verb: TrayVerb, row: TrayKind) -> Permission:
    """What must be permitted for a verb on an item of a kind; undo is asked by what it undoes."""
    if verb is TrayVerb.ACCEPT:
        return _ACCEPTING.get(row.accept, Permission.ADMINISTER)
    if verb is TrayVerb.FIX and _is_for_another(verb, row):
        return Permission.ADMINISTER
    return _NEEDED.get(verb, Permission.STAGE)


def _is_for_another(verb: TrayVerb, row: TrayKind) -> bool:
    """Whether somebody without a hand in it must do it. A fix that facts have to show hides it
    for days only.
    """
    return row.accept is Accept.ANOTHER and (verb is TrayVerb.ACCEPT or not row.by_facts)


def rights_refusal(change: Change, item: TrayItem, verb: TrayVerb) -> Refusal | None:
    """None when who asks may do it. Refused: `forbidden`, `verb_not_allowed`, `same_person`,
    `step_up_required`, and for undo `wrong_state` when there is nothing to undo.
    """
    row = kind_of(item.item)
    if verb is TrayVerb.UNDO:
        last = last_act(item)
        if isinstance(last, Refusal):
            return last
        needed = needed_for(TrayVerb(last.verb), row)
    else:
        refused = _kind_refusal(row, verb)
        if refused is not None:
            return refused
        needed = needed_for(verb, row)
    assert change.rights is not None  # whoever runs the plan has read them
    refused = change.rights.refusal(change.scope.client, needed)
    if refused is None and verb in _SETTLES and _is_for_another(verb, row):
        refused = _another_refusal(change, item, verb)
    return refused


def _kind_refusal(row: TrayKind, verb: TrayVerb) -> Refusal | None:
    accepts = verb is TrayVerb.ACCEPT and row.accept is Accept.NOBODY
    excludes = verb is TrayVerb.EXCLUDE and not row.may_be_excluded
    if not (accepts or excludes):
        return None
    return Refusal(
        Code.VERB_NOT_ALLOWED,
        f"{row.kind} cannot be {'accepted' if accepts else 'excluded'}: {row.words}",
        {"kind": row.kind, "verb": verb},
        remedy=row.remedy or None,
    )


def _another_refusal(change: Change, item: TrayItem, verb: TrayVerb) -> Refusal | None:
    """Refuse a machine, who had a hand in it, and who has not shown a second factor."""
    hands = hands_in(change, item)
    machine = change.actor.kind is not ActorKind.PERSON
    if machine or change.actor.hands in hands:
        return Refusal(
            Code.SECOND_PERSON_REQUIRED if machine else Code.SAME_PERSON,
            f"{item.item} is settled by a person who had no hand in it",
            {"hands": sorted(hands), "kind": item.item},
            remedy="another person with the right to administer does it",
        )
    return second_factor_refusal(change.actor, change.now, f"{verb.value} of {item.item}")


def hands_in(change: Change, item: TrayItem) -> frozenset[str]:
    """The people who made or decided what an item is about, and who asked for an order of it."""
    subject, found = item.subject, set[str]()
    bill_id = subject.removeprefix("bill-") if subject.startswith("bill-") else None
    if subject.startswith("payment-"):
        payment = change.get(Payment, subject.removeprefix("payment-"))
        if payment is not None:
            found.add(payment.maker)
            bill_id = payment.bill_id
    bill = change.get(Bill, bill_id) if bill_id else None
    if bill is not None and bill.decision is not None:
        found |= bill.decision.hands
    return frozenset(found)


def owner_refusal(environment: Environment, scope: Scope, owner: str | None) -> Refusal | None:
    """Refuse somebody as owner who is nobody here, or may not even see the client's items."""
    if owner is None:
        return None
    rights = rights_of(environment.store, scope.firm, owner)
    if rights is not None and rights.may(Permission.VIEW, scope.client):
        return None
    return Refusal(
        Code.INVALID_INPUT,
        "the owner is no active member of the firm who may see this client",
        {"field": "owner"},
    )
