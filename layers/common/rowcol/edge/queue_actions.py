"""What a person may do in place about an item of the queue: calls of this API, ready to be made.

Routes come from the operations themselves, so that none is offered which is not served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rowcol.domain.holds import (
    ADMIN_HOLD,
    BILL_WITHDRAWN,
    CALLED_BACK,
    HELD_BY_PROVIDER,
    Lifter,
    rule_of,
)
from rowcol.domain.permission import Permission
from rowcol.domain.plain import to_plain
from rowcol.domain.queue import QueueKind
from rowcol.domain.refusal import Code
from rowcol.domain.scope import ActorKind
from rowcol.domain.shown import EvidenceKind
from rowcol.domain.vendor import vendor_id
from rowcol.edge import balance_request, decision_operations, payment_commands, vendors
from rowcol.edge.caller import ADMINISTER, Caller
from rowcol.edge.operation import Operation
from rowcol.service.project import BILLS, PAYMENTS
from rowcol.service.queue import BANK_SUBJECT, Work
from rowcol.service.queue_facts import BILL_INCOMPLETE, BLOCKED, OVERRIDE

_ROUTES: Mapping[tuple[str, str], Operation] = {
    **decision_operations.OPERATIONS,
    **payment_commands.OPERATIONS,
    **balance_request.OPERATIONS,
    **vendors.COMMANDS,
}
_CLIENT = "/clients/{client}"
_STAGE = f"{_CLIENT}/bills/{{bill}}/stage"
_DECISIONS = f"{_CLIENT}/decisions"
_DECISION = f"{_DECISIONS}/{{decision}}"
_ASKED = f"{_CLIENT}/bills/{{bill}}/override"
_OVERRIDE = f"{_ASKED}/{{override}}"
_PAYMENT = f"{_CLIENT}/payments/{{payment}}"
_CALL_BACK = f"{_CLIENT}/vendors/{{vendor}}/call-backs"
_CALLED = ("account_id", "account_confirmed", "number_from", "spoken_to", "reference")
_NOT_DECIDED_HERE = frozenset({*BLOCKED, str(Code.CAPABILITY_MISSING)})
_LIFTERS = frozenset({Lifter.SYSTEM, Lifter.APPROVER, Lifter.SECOND_PERSON, Lifter.ADMIN})
# What an override helps against: the pool of cash, not what one account has.
_CASH_HOLDS = frozenset({Code.GUARDRAIL_INSUFFICIENT, Code.RESERVE_UNCOVERED})


@dataclass(frozen=True, slots=True)
class Action:
    """One call that this caller may make: the operation's name, where, what it needs, a body.

    `fill`: fields of the body (a path with dots) that are left to the person; they are null. A
    POST needs an Idempotency-Key of the caller's own.
    """

    name: str
    method: str
    path: str
    permission: Permission
    body: dict[str, object] | None
    fill: tuple[str, ...]


When = Callable[[Work, Caller], bool]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A route, its body with names of ids in braces, and for which items it is meant.

    `amount`: the body says what the bill asks for as it is shown, so that nothing else is decided.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    fill: tuple[str, ...] = ()
    when: When = lambda _work, _caller: True
    amount: bool = False


def _code_in(*codes: str) -> When:
    return lambda work, _caller: work.queue.code in codes


def _code_not_in(*codes: str) -> When:
    return lambda work, _caller: work.queue.code not in codes


def may_approve(work: Work, caller: Caller) -> bool:
    """Whether two people stand behind a decision when this one says the last yes.

    As `may_speak_last` (service/decisions/second_person.py), by what the queue knows.
    """
    queued, actor = work.queue, caller.actor
    if actor.kind is not ActorKind.PERSON or actor.hands == queued.staged_hands:
        return False
    took_part = {queued.staged_hands, queued.decided_hands, actor.hands} - {None}
    return queued.code not in {OVERRIDE, *_NOT_DECIDED_HERE} and len(took_part) > 1


def _may_refuse(work: Work, caller: Caller) -> bool:
    return work.queue.code != OVERRIDE and caller.actor.hands != work.queue.decided_hands


def _may_override(work: Work, caller: Caller) -> bool:
    is_person = caller.actor.kind is ActorKind.PERSON
    return work.queue.code == OVERRIDE and is_person and _is_another(work, caller)


def _may_ask_override(work: Work, _caller: Caller) -> bool:
    return work.queue.uncovered and work.queue.code not in _NOT_DECIDED_HERE


def _is_another(work: Work, caller: Caller) -> bool:
    return caller.actor.hands not in (work.queue.staged_hands, work.queue.decided_hands)


def _lifted_by(*lifters: Lifter, evidence: bool) -> When:
    """Holds that these may lift by the table, with or without evidence, if the caller is one."""

    def when(work: Work, caller: Caller) -> bool:
        rule = rule_of(work.queue.code)
        if rule.lifter not in lifters or rule.needs_evidence is not evidence:
            return False
        if rule.lifter is Lifter.ADMIN:
            return caller.refusal(work.client, ADMINISTER) is None
        if rule.lifter is not Lifter.SECOND_PERSON:
            return True
        return caller.actor.kind is ActorKind.PERSON and _is_another(work, caller)

    return when


def _may_call_back(work: Work, caller: Caller) -> bool:
    """One call lifts all payments of the vendor that wait for one, and answers the next ones."""
    is_person = caller.actor.kind is ActorKind.PERSON
    return work.queue.code in CALLED_BACK and is_person and _is_another(work, caller)


def _lift(when: When, kind: EvidenceKind | None = None) -> _Offer:
    """Lifting with evidence, of which the kind may be known."""
    fill = ("evidence.reference",) if kind else ("evidence.kind", "evidence.reference")
    told = kind.value if kind else None
    body = {"evidence": {"kind": told, "reference": None, "note": ""}}
    return _Offer("POST", f"{_PAYMENT}/lift", body, fill, when)


def _decide(action: str, *fill: str) -> _Offer:
    body = {"bill_id": "{bill}", "action": action, **dict.fromkeys(fill)}
    return _Offer("POST", _DECISIONS, body, fill, _code_not_in(*_NOT_DECIDED_HERE), amount=True)


def _reasoned(path: str, when: When) -> _Offer:
    return _Offer("POST", path, {"reason": None}, ("reason",), when)


def _reschedule(when: When) -> _Offer:
    return _Offer("POST", f"{_PAYMENT}/reschedule", {"pay_on": None}, ("pay_on",), when)


def _cancel(when: When) -> _Offer:
    return _Offer("POST", f"{_PAYMENT}/cancel", {"reason": None}, when=when)


_OFFERS: dict[tuple[QueueKind, str], tuple[_Offer, ...]] = {
    (QueueKind.TO_STAGE, BILLS): (_Offer("POST", _STAGE, when=_code_not_in(BILL_INCOMPLETE)),),
    (QueueKind.TO_RELEASE, BILLS): (_Offer("POST", _STAGE),),
    (QueueKind.TO_DECIDE, BILLS): (
        _decide("pay_now"),
        _decide("schedule", "pay_on"),
        _decide("delay", "until", "reason"),
        _reasoned(_ASKED, _may_ask_override),
        _Offer("DELETE", _STAGE),
    ),
    (QueueKind.SECOND_PERSON, BILLS): (
        _Offer("POST", f"{_DECISION}/approve", when=may_approve),
        _reasoned(f"{_DECISION}/refuse", _may_refuse),
        _Offer("DELETE", _DECISION, when=_code_not_in(OVERRIDE)),
        _Offer("POST", f"{_OVERRIDE}/approve", when=_may_override),
        _Offer("DELETE", _OVERRIDE, when=_code_in(OVERRIDE)),
    ),
    (QueueKind.TO_RELEASE, PAYMENTS): (
        _cancel(_code_not_in()),
        _reschedule(_code_not_in()),
    ),
    (QueueKind.HELD, PAYMENTS): (
        _Offer("POST", f"{_PAYMENT}/lift", {}, when=_lifted_by(*_LIFTERS, evidence=False)),
        _Offer("POST", _CALL_BACK, dict.fromkeys(_CALLED), _CALLED, _may_call_back),
        _lift(_lifted_by(Lifter.SECOND_PERSON, evidence=True), EvidenceKind.CALL_BACK),
        _lift(_lifted_by(*_LIFTERS - {Lifter.SECOND_PERSON}, evidence=True)),
        _reasoned(_ASKED, _code_in(*_CASH_HOLDS)),
        _reschedule(lambda work, _caller: rule_of(work.queue.code).new_date_heals),
        _cancel(_code_not_in(HELD_BY_PROVIDER)),
        _reasoned(f"{_PAYMENT}/reject", _code_in(ADMIN_HOLD, BILL_WITHDRAWN)),
    ),
}
_REFRESH = (_Offer("POST", f"{_CLIENT}/balances/refresh"),)
# Every route that may ever be offered.
OFFERED = frozenset(
    (offer.method, offer.path) for offers in (*_OFFERS.values(), _REFRESH) for offer in offers
)


def actions_of(work: Work, caller: Caller) -> tuple[Action, ...]:
    """What this caller may do about an item here; more may be done in Ramp."""
    about_bank = work.queue.kind is QueueKind.CONNECTION and work.queue.subject == BANK_SUBJECT
    offers = _REFRESH if about_bank else _OFFERS.get((work.queue.kind, work.view), ())
    ids = _ids_of(work)
    found = (_action(offer, ids, work, caller) for offer in offers)
    return tuple(action for action in found if action is not None)


def _ids_of(work: Work) -> dict[str, str | None]:
    """Names of things by the parameters of paths."""
    return {
        "client": work.client,
        "bill": work.key if work.view == BILLS else work.queue.bill_id,
        "payment": work.key if work.view == PAYMENTS else None,
        "decision": work.queue.decision_id,
        "override": work.queue.override_id,
        "vendor": vendor_id(work.queue.vendor_id) if work.queue.vendor_id else None,
    }


def _action(
    offer: _Offer, ids: Mapping[str, str | None], work: Work, caller: Caller
) -> Action | None:
    needed = _ROUTES[offer.method, offer.path].needs
    if needed is None or not offer.when(work, caller):
        return None
    if caller.refusal(work.client, needed) is not None:
        return None
    if any(f"{{{name}}}" in offer.path and value is None for name, value in ids.items()):
        return None
    name, path = _ROUTES[offer.method, offer.path].name, offer.path.format(**ids)
    body = {
        field: value.format(**ids) if isinstance(value, str) else value
        for field, value in (offer.body or {}).items()
    }
    if offer.amount and work.queue.amount is not None:
        body["amount"] = to_plain(work.queue.amount)
    shown = body if offer.body is not None else None
    return Action(name, offer.method, path, needed, shown, offer.fill)
