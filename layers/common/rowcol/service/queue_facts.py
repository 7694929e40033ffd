"""Which rows of the views are open work: made of what one entry of the log shows, nothing else.

The shapes here are tolerant: states that newer code added are taken as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from rowcol.domain.bill import ENDED_DECISIONS, DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.holds import DATE_CLEARING, RAIL_HOLD, Lifter, rule_of
from rowcol.domain.lifecycle import Status
from rowcol.domain.plain import from_plain
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.refusal import Code
from rowcol.domain.tray import Severity, TrayState
from rowcol.domain.tray_facts import TrayFacts
from rowcol.service.awaiting_release import ITEM as AWAITING_RELEASE
from rowcol.service.queue_shapes import (
    ShownDecision,
    ShownHold,
    ShownItem,
    ShownOverride,
    ShownPayment,
    ShownRail,
    ShownReserve,
)
from rowcol.service.wishes import RAMP_LINK

WORDS_CHARACTERS_MAX = 200
NAME_CHARACTERS_MAX = 80
_NOT_PAYABLE = frozenset({RailState.UNKNOWN, RailState.PROCESSING})
_HELD = frozenset({Status.HOLD, Status.BANK_HOLD, Status.ADMIN_HOLD})
# Nothing but Ramp, or its own people, can go on with these.
_HELD_IN_RAMP = frozenset({RAIL_HOLD, str(Code.CAPABILITY_MISSING)})
_ENDED = frozenset(str(state) for state in ENDED_DECISIONS)
_KINDS: dict[str, QueueKind] = {
    DecisionState.STAGED: QueueKind.TO_DECIDE,
    DecisionState.OVERDUE: QueueKind.TO_DECIDE,
    DecisionState.AWAITING_SECOND_PERSON: QueueKind.SECOND_PERSON,
}
# What a payment's own row tells is not told a second time by the tray item about it.
TOLD_BY_PAYMENT = frozenset({"held", AWAITING_RELEASE})
# Codes of a bill's work that are no state of a decision or of Ramp.
OVERRIDE = "override"
BILL_NOT_OPEN = str(Code.BILL_NOT_OPEN)
BILL_NOT_APPROVED = str(Code.BILL_NOT_APPROVED)
BLOCKED = frozenset({BILL_NOT_OPEN, BILL_NOT_APPROVED})
BILL_INCOMPLETE = str(Code.BILL_INCOMPLETE)
CONNECTION_SUBJECT = "connection-"


def bill_work(shown: Mapping[str, Any]) -> Queued | None:
    """The open work of a bill's snapshot. PlainError when it is none."""
    if not isinstance(shown.get("rail"), Mapping):
        return None
    rail = from_plain(ShownRail, shown["rail"])
    told, asked = shown.get("decision"), shown.get("override")
    decision = from_plain(ShownDecision, told) if told is not None else None
    if decision is not None and decision.state in _ENDED:
        decision = None
    if decision is not None:
        kind = _KINDS.get(decision.state)
        work = _decided(rail, kind, decision) if kind is not None else None
        work = replace(work, uncovered=_is_uncovered(shown)) if work is not None else None
    else:
        work = _not_taken_up(rail) if shown.get("live_payment_id") is None else None
    override = from_plain(ShownOverride, asked) if asked is not None else None
    if override is None or override.approved_at is not None or rail.is_closed:
        return work
    return _with_override(rail, override, decision, work)


def _is_uncovered(shown: Mapping[str, Any]) -> bool:
    told = shown.get("reserve")
    return told is not None and from_plain(ShownReserve, told).is_uncovered


def _with_override(
    rail: ShownRail, asked: ShownOverride, decision: ShownDecision | None, work: Queued | None
) -> Queued:
    """A second person is waited for until the override's end, and for `work` after that."""
    queued = _of_bill(rail, QueueKind.SECOND_PERSON, OVERRIDE, asked.asked_at)
    return replace(
        queued,
        severity=Severity.HIGH,
        decision_id=decision.id if decision is not None else None,
        override_id=asked.id,
        words=_short(asked.reason, WORDS_CHARACTERS_MAX),
        decided_hands=asked.asked_hands or asked.asked_by,
        until=asked.until,
        afterwards=work,
    )


def _decided(rail: ShownRail, kind: QueueKind, decision: ShownDecision) -> Queued:
    """Staged or decided, and a person is waited for; `code` tells when the bill is in the way."""
    code, in_ramp = decision.state, False
    if rail.is_closed or rail.state in _NOT_PAYABLE:
        code = BILL_NOT_OPEN
    elif not rail.approved:
        code, in_ramp = BILL_NOT_APPROVED, True
    since = decision.decided_at if kind is QueueKind.SECOND_PERSON else None
    queued = _of_bill(rail, kind, code, since or decision.staged_at, in_ramp=in_ramp)
    return replace(
        queued,
        decision_id=decision.id,
        staged_hands=decision.stager,
        decided_hands=decision.decider,
    )


def _not_taken_up(rail: ShownRail) -> Queued | None:
    """Nobody has staged it, and it has no payment of ours."""
    if rail.is_closed or rail.state in _NOT_PAYABLE:
        return None
    if not rail.approved:
        return _of_bill(rail, QueueKind.TO_APPROVE, rail.state, rail.issued_on, in_ramp=True)
    if rail.state == RailState.AWAITING_RELEASE:
        return _of_bill(rail, QueueKind.TO_RELEASE, rail.state, rail.issued_on, in_ramp=True)
    code = rail.state if rail.is_complete else BILL_INCOMPLETE
    in_ramp = code == BILL_INCOMPLETE
    return _of_bill(rail, QueueKind.TO_STAGE, code, rail.issued_on, in_ramp=in_ramp)


def _of_bill(
    rail: ShownRail, kind: QueueKind, code: str, since: date | None, *, in_ramp: bool = False
) -> Queued:
    return Queued(
        kind,
        code,
        due_on=rail.due_on,
        rail_date=rail.going_out_on,
        since=_day(since),
        amount=rail.amount,
        party=_short(rail.vendor_name, NAME_CHARACTERS_MAX),
        invoice_number=_short(rail.invoice_number, NAME_CHARACTERS_MAX),
        waiting_in_ramp=in_ramp,
    )


def payment_work(shown: Mapping[str, Any]) -> Queued | None:
    """The open work of a payment's snapshot. PlainError when it is none."""
    payment = from_plain(ShownPayment, shown)
    if payment.deleted_at is not None or _is_being_cancelled(payment):
        return None
    if payment.status in _HELD:
        return _held(payment, payment.hold) if payment.hold is not None else None
    rail = payment.rail
    waits = rail is not None and rail.state == RailState.AWAITING_RELEASE
    if payment.status != Status.PENDING or not waits:
        return None
    planned = rail.payment.planned_on if rail is not None and rail.payment is not None else None
    return Queued(
        QueueKind.TO_RELEASE,
        str(RailState.AWAITING_RELEASE),
        due_on=payment.pay_on,
        rail_date=planned,
        since=_day(payment.awaiting_release_since),
        waiting_in_ramp=True,
        **_of_payment(payment),
    )


def _is_being_cancelled(payment: ShownPayment) -> bool:
    """A person cancelled it: Ramp is waited for, nobody here."""
    return payment.cancel_asked is not None and payment.cancel_asked.state == "asked"


def _held(payment: ShownPayment, hold: ShownHold) -> Queued | None:
    if hold.kind == DATE_CLEARING:
        return None
    lifter = rule_of(hold.kind).lifter
    deliberate = payment.status == Status.ADMIN_HOLD
    severity = Severity.MEDIUM if deliberate or lifter is Lifter.RAIL else Severity.HIGH
    return Queued(
        QueueKind.HELD,
        hold.kind,
        severity,
        due_on=payment.pay_on,
        since=_day(hold.since),
        words=_short(hold.detail, WORDS_CHARACTERS_MAX),
        waiting_in_ramp=lifter is Lifter.RAIL or hold.kind in _HELD_IN_RAMP,
        decided_hands=payment.created_hands or payment.created_by,
        vendor_id=payment.counterparty_id,
        **_of_payment(payment),
    )


def _of_payment(payment: ShownPayment) -> dict[str, Any]:
    return {
        "amount": payment.amount,
        "party": _short(payment.counterparty_name, NAME_CHARACTERS_MAX),
        "invoice_number": _short(payment.invoice_number, NAME_CHARACTERS_MAX),
        "bill_id": payment.bill_id,
        "decision_id": payment.decision_id,
    }


def tray_work(shown: Mapping[str, Any]) -> Queued | None:
    """The open work of a tray item's snapshot; None for one that a payment's row tells already.

    PlainError when it is none.
    """
    item = from_plain(ShownItem, shown)
    if item.state != TrayState.OPEN or item.item in TOLD_BY_PAYMENT:
        return None
    if item.snoozed_until is not None:
        return None  # the entry of its waking brings it back
    return Queued(
        QueueKind.CONNECTION if item.subject.startswith(CONNECTION_SUBJECT) else QueueKind.TRAY,
        item.item,
        _severity(item.severity),
        since=_day(item.opened_at),
        subject=item.subject,
        words=_short(item.title, WORDS_CHARACTERS_MAX),
        waiting_in_ramp=item.link == RAMP_LINK,
        link=item.link,
    )


def tray_facts(shown: Mapping[str, Any]) -> TrayFacts:
    """What the list of the tray needs of an item's snapshot. PlainError when it is none."""
    item = from_plain(ShownItem, shown)
    known = {state.value for state in TrayState}
    return TrayFacts(
        TrayState(item.state) if item.state in known else TrayState.OPEN,
        _severity(item.severity),
        item.item,
        item.closed_at or item.opened_at if item.state == TrayState.CLOSED else item.opened_at,
        item.owner,
        item.due_on,
        item.snoozed_until,
        item.question.state if item.question is not None else None,
    )


def _severity(told: str) -> Severity:
    """One that this code does not know is high."""
    known = {severity.value for severity in Severity}
    return Severity(told) if told in known else Severity.HIGH


def _day(at: date | None) -> date | None:
    """The day in UTC of an instant."""
    return at.astimezone(UTC).date() if isinstance(at, datetime) else at


def _short(text: str | None, characters_max: int) -> str | None:
    return text[:characters_max] if text else None
