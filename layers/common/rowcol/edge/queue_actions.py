"""What a person may do in place about an item of the queue: calls of this API, ready to be made.

Routes come from the operations themselves, so that none is offered which is not served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rowcol.domain.holds import ADMIN_HOLD, BILL_WITHDRAWN, HELD_BY_PROVIDER, Lifter, rule_of
from rowcol.domain.permission import Permission
from rowcol.domain.queue import Queued, QueueKind
from rowcol.edge import balance_request, decisions, payment_commands
from rowcol.edge.caller import ADMINISTER, Caller
from rowcol.edge.operation import Operation
from rowcol.service.project import BILLS, PAYMENTS
from rowcol.service.queue import BANK_SUBJECT, Work
from rowcol.service.queue_facts import (
    BILL_INCOMPLETE,
    BILL_NOT_APPROVED,
    BILL_NOT_OPEN,
    OVERRIDE,
)

_ROUTES: Mapping[tuple[str, str], Operation] = {
    **decisions.OPERATIONS,
    **payment_commands.OPERATIONS,
    **balance_request.OPERATIONS,
}
_CLIENT = "/clients/{client}"
_STAGE = f"{_CLIENT}/bills/{{bill}}/stage"
_DECISION = f"{_CLIENT}/decisions/{{decision}}"
_OVERRIDE = f"{_CLIENT}/bills/{{bill}}/override"
_PAYMENT = f"{_CLIENT}/payments/{{payment}}"
_BLOCKED = frozenset({BILL_NOT_OPEN, BILL_NOT_APPROVED})
_LIFTERS = frozenset({Lifter.SYSTEM, Lifter.APPROVER, Lifter.SECOND_PERSON, Lifter.ADMIN})


@dataclass(frozen=True, slots=True)
class Action:
    """One call that this caller may make: operation's name, method, path, permission, and a body.

    `fill`: fields of the body (a path with dots) that a person has to fill in; they are null. A
    POST needs an Idempotency-Key of the caller's own.
    """

    name: str
    method: str
    path: str
    permission: Permission
    body: dict[str, object] | None
    fill: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A route, its body with names of ids in braces, and for which items it is meant."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    fill: tuple[str, ...] = ()
    when: Callable[[Work, Caller], bool] = lambda _work, _caller: True


def _is_open(work: Work, _caller: Caller) -> bool:
    return work.queue.code not in _BLOCKED


def _is_other(work: Work, caller: Caller) -> bool:
    return caller.actor.hands not in work.queue.hands


def _is_second(work: Work, caller: Caller) -> bool:
    return (
        work.queue.code != OVERRIDE
        and _is_other(work, caller)
        and (work.queue.code not in _BLOCKED)
    )


def _is_lifted(work: Work, caller: Caller) -> bool:
    """By the table of holds: by this person, without evidence."""
    rule = rule_of(work.queue.code)
    return not rule.needs_evidence and _may_lift(work, caller)


def _is_lifted_with_evidence(work: Work, caller: Caller) -> bool:
    return rule_of(work.queue.code).needs_evidence and _may_lift(work, caller)


def _may_lift(work: Work, caller: Caller) -> bool:
    lifter = rule_of(work.queue.code).lifter
    if lifter is Lifter.ADMIN and caller.refusal(work.client, ADMINISTER) is not None:
        return False
    return lifter in _LIFTERS and (lifter is not Lifter.SECOND_PERSON or _is_other(work, caller))


def _code_is(*codes: str) -> Callable[[Work, Caller], bool]:
    return lambda work, _caller: work.queue.code in codes


_PAY_NOW = _Offer(
    "POST", f"{_CLIENT}/decisions", {"bill_id": "{bill}", "action": "pay_now"}, when=_is_open
)
_SCHEDULE = _Offer(
    "POST",
    f"{_CLIENT}/decisions",
    {"bill_id": "{bill}", "action": "schedule", "pay_on": None},
    ("pay_on",),
    _is_open,
)
_DELAY = _Offer(
    "POST",
    f"{_CLIENT}/decisions",
    {"bill_id": "{bill}", "action": "delay", "until": None, "reason": None},
    ("until", "reason"),
    _is_open,
)
_CANCEL = _Offer("POST", f"{_PAYMENT}/cancel", {"reason": None})
_RESCHEDULE = _Offer("POST", f"{_PAYMENT}/reschedule", {"pay_on": None}, ("pay_on",))
_EVIDENCE = {"evidence": {"kind": None, "reference": None, "note": ""}}
_OFFERS: dict[tuple[QueueKind, str], tuple[_Offer, ...]] = {
    (QueueKind.TO_STAGE, BILLS): (
        _Offer("POST", _STAGE, when=lambda work, _: work.queue.code != BILL_INCOMPLETE),
    ),
    (QueueKind.TO_RELEASE, BILLS): (_Offer("POST", _STAGE),),
    (QueueKind.TO_DECIDE, BILLS): (
        _PAY_NOW,
        _SCHEDULE,
        _DELAY,
        _Offer("POST", _OVERRIDE, {"reason": None}, ("reason",), _is_open),
        _Offer("DELETE", _STAGE),
    ),
    (QueueKind.SECOND_PERSON, BILLS): (
        _Offer("POST", f"{_DECISION}/approve", when=_is_second),
        _Offer("POST", f"{_DECISION}/refuse", {"reason": None}, ("reason",), _is_second),
        _Offer("DELETE", _DECISION, when=lambda work, _: work.queue.code != OVERRIDE),
        _Offer(
            "POST",
            f"{_OVERRIDE}/{{override}}/approve",
            when=lambda work, caller: work.queue.code == OVERRIDE and _is_other(work, caller),
        ),
        _Offer("DELETE", f"{_OVERRIDE}/{{override}}", when=_code_is(OVERRIDE)),
    ),
    (QueueKind.TO_RELEASE, PAYMENTS): (_CANCEL, _RESCHEDULE),
    (QueueKind.HELD, PAYMENTS): (
        _Offer("POST", f"{_PAYMENT}/lift", {}, when=_is_lifted),
        _Offer(
            "POST",
            f"{_PAYMENT}/lift",
            _EVIDENCE,
            ("evidence.kind", "evidence.reference"),
            _is_lifted_with_evidence,
        ),
        _Offer(
            "POST",
            f"{_PAYMENT}/reschedule",
            {"pay_on": None},
            ("pay_on",),
            lambda work, _: rule_of(work.queue.code).new_date_heals,
        ),
        _Offer(
            "POST",
            f"{_PAYMENT}/cancel",
            {"reason": None},
            when=lambda work, _: work.queue.code != HELD_BY_PROVIDER,
        ),
        _Offer(
            "POST",
            f"{_PAYMENT}/reject",
            {"reason": None},
            ("reason",),
            _code_is(ADMIN_HOLD, BILL_WITHDRAWN),
        ),
    ),
}
_REFRESH = (_Offer("POST", f"{_CLIENT}/balances/refresh"),)


def actions_of(work: Work, caller: Caller) -> tuple[Action, ...]:
    """What this caller may do about an item here; more may be done in Ramp."""
    if work.queue.kind is QueueKind.CONNECTION and work.queue.subject == BANK_SUBJECT:
        offers: tuple[_Offer, ...] = _REFRESH
    else:
        offers = _OFFERS.get((work.queue.kind, work.view), ())
    ids = _ids_of(work)
    found = (_action(offer, ids, work, caller) for offer in offers)
    return tuple(action for action in found if action is not None)


def _ids_of(work: Work) -> dict[str, str]:
    """Names of things by the parameters of paths."""
    queued: Queued = work.queue
    named = {
        "client": work.client,
        "bill": work.key if work.view == BILLS else queued.bill_id,
        "payment": work.key if work.view == PAYMENTS else None,
        "decision": queued.decision_id,
        "override": queued.override_id,
    }
    return {name: value for name, value in named.items() if value is not None}


def _action(offer: _Offer, ids: Mapping[str, str], work: Work, caller: Caller) -> Action | None:
    operation = _ROUTES.get((offer.method, offer.path))
    if operation is None or operation.needs is None or not offer.when(work, caller):
        return None
    if caller.refusal(work.client, operation.needs) is not None:
        return None
    body = None
    if offer.body is not None:
        body = {
            name: value.format(**ids) if isinstance(value, str) else value
            for name, value in offer.body.items()
        }
    path = offer.path.format(**ids)
    return Action(operation.name, offer.method, path, operation.needs, body, offer.fill)
