"""Which rows of the views are open work: made of what one entry of the log shows, nothing else.

The shapes here are tolerant: states that newer code added are taken as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from rowcol.domain.bill import ENDED_DECISIONS, DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.holds import DATE_CLEARING, HELD_BY_PROVIDER, RAIL_HOLD, Lifter, rule_of
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.plain import from_plain
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.refusal import Code
from rowcol.domain.tray import Severity, TrayState

WORDS_CHARACTERS_MAX = 200
NAME_CHARACTERS_MAX = 80
_CLOSED_BILLS = frozenset({RailState.PAID, RailState.ARCHIVED, RailState.REJECTED})
_NOT_PAYABLE = frozenset({RailState.UNKNOWN, RailState.PROCESSING})
_HELD = frozenset({Status.HOLD, Status.BANK_HOLD, Status.ADMIN_HOLD})
_HELD_IN_RAMP = frozenset({HELD_BY_PROVIDER, RAIL_HOLD})
_ENDED = frozenset(str(state) for state in ENDED_DECISIONS)
_UNDECIDED = frozenset({DecisionState.STAGED, DecisionState.OVERDUE})
# What a payment's own row tells is not told a second time by the tray item about it.
TOLD_BY_PAYMENT = frozenset({"held", "awaiting_release"})
# Codes of a bill's work that are no state of a decision or of Ramp.
OVERRIDE = "override"
BILL_NOT_OPEN = str(Code.BILL_NOT_OPEN)
BILL_NOT_APPROVED = str(Code.BILL_NOT_APPROVED)
BILL_INCOMPLETE = str(Code.BILL_INCOMPLETE)
CONNECTION_SUBJECT = "connection-"


@dataclass(frozen=True, slots=True)
class _RailDate:
    """The payment part of a rail's bill."""

    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Rail:
    """A rail's bill."""

    amount: Money
    state: str
    vendor_name: str = ""
    vendor_id: str | None = None
    invoice_number: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    approved: bool = False
    archived: bool = False
    payment: _RailDate | None = None

    @property
    def is_closed(self) -> bool:
        return self.archived or self.state in _CLOSED_BILLS

    @property
    def date(self) -> date | None:
        """On which Ramp is going to pay it."""
        return self.payment.planned_on if self.payment is not None and not self.is_closed else None

    @property
    def is_complete(self) -> bool:
        """Whether it can be taken up here."""
        return self.due_on is not None and bool(self.vendor_id) and self.amount.minor > 0


@dataclass(frozen=True, slots=True)
class _Decision:
    """A bill's decision. `…_hands`: who counts as that person, where it is not the actor."""

    id: str
    state: str
    staged_by: str
    staged_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    staged_hands: str | None = None
    decided_hands: str | None = None


@dataclass(frozen=True, slots=True)
class _Override:
    """A bill's override of the guardrail: asked until another person approved it."""

    asked_by: str | None = None
    asked_hands: str | None = None
    asked_at: datetime | None = None
    approved_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Hold:
    """Why a payment does not move."""

    kind: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class _CancelAsked:
    """A person cancelled it."""

    state: str


@dataclass(frozen=True, slots=True)
class _RailState:
    """What a payment knows of its bill."""

    state: str
    payment: _RailDate | None = None


@dataclass(frozen=True, slots=True)
class _Payment:
    """A payment."""

    status: str
    amount: Money
    pay_on: date
    counterparty_name: str
    created_by: str
    invoice_number: str | None = None
    bill_id: str | None = None
    decision_id: str | None = None
    hold: _Hold | None = None
    rail: _RailState | None = None
    awaiting_release_since: datetime | None = None
    cancel_asked: _CancelAsked | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """A tray item."""

    subject: str
    item: str
    severity: str
    title: str
    opened_at: datetime
    state: str


def bill_work(shown: Mapping[str, Any]) -> Queued | None:
    """The open work of a bill's snapshot. PlainError when it is none."""
    if not isinstance(shown.get("rail"), Mapping):
        return None
    rail = from_plain(_Rail, shown["rail"])
    told = shown.get("decision")
    decision = from_plain(_Decision, told) if told is not None else None
    if decision is not None and decision.state in _ENDED:
        decision = None
    override = _open_override(shown.get("override"))
    if decision is not None and decision.state == DecisionState.AWAITING_SECOND_PERSON:
        return _decided(rail, QueueKind.SECOND_PERSON, decision)
    if override is not None and not rail.is_closed:
        asker = override.asked_hands or override.asked_by
        return replace(
            _of_bill(rail, QueueKind.SECOND_PERSON, OVERRIDE, override.asked_at),
            decision_id=decision.id if decision is not None else None,
            words=_short(override.reason, WORDS_CHARACTERS_MAX),
            hands=(asker,) if asker is not None else (),
        )
    if decision is not None:
        is_open = decision.state in _UNDECIDED
        return _decided(rail, QueueKind.TO_DECIDE, decision) if is_open else None
    return _not_taken_up(rail) if shown.get("live_payment_id") is None else None


def _decided(rail: _Rail, kind: QueueKind, decision: _Decision) -> Queued:
    """Staged or decided, and a person is waited for; `code` tells when the bill is in the way."""
    code, in_ramp = decision.state, False
    if rail.is_closed or rail.state in _NOT_PAYABLE:
        code = BILL_NOT_OPEN
    elif not rail.approved:
        code, in_ramp = BILL_NOT_APPROVED, True
    since = decision.decided_at if kind is QueueKind.SECOND_PERSON else None
    queued = _of_bill(rail, kind, code, since or decision.staged_at, in_ramp=in_ramp)
    return replace(queued, decision_id=decision.id, hands=_hands(decision))


def _not_taken_up(rail: _Rail) -> Queued | None:
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
    rail: _Rail, kind: QueueKind, code: str, since: date | None, *, in_ramp: bool = False
) -> Queued:
    return Queued(
        kind,
        code,
        due_on=rail.due_on,
        rail_date=rail.date,
        since=_day(since),
        amount=rail.amount,
        party=rail.vendor_name[:NAME_CHARACTERS_MAX],
        invoice_number=_short(rail.invoice_number, NAME_CHARACTERS_MAX),
        waiting_in_ramp=in_ramp,
    )


def _open_override(told: object) -> _Override | None:
    if not isinstance(told, Mapping):
        return None
    override = from_plain(_Override, told)
    return override if override.approved_by is None else None


def _hands(decision: _Decision) -> tuple[str, ...]:
    """Who staged it and who decided it, each once."""
    staged = decision.staged_hands or decision.staged_by
    decided = decision.decided_hands or decision.decided_by or staged
    return tuple(sorted({staged, decided}))


def payment_work(shown: Mapping[str, Any]) -> Queued | None:
    """The open work of a payment's snapshot. PlainError when it is none."""
    payment = from_plain(_Payment, shown)
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


def _is_being_cancelled(payment: _Payment) -> bool:
    """A person cancelled it: Ramp is waited for, nobody here."""
    return payment.cancel_asked is not None and payment.cancel_asked.state == "asked"


def _held(payment: _Payment, hold: _Hold) -> Queued | None:
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
        waiting_in_ramp=hold.kind in _HELD_IN_RAMP,
        hands=(payment.created_by,),
        **_of_payment(payment),
    )


def _of_payment(payment: _Payment) -> dict[str, Any]:
    return {
        "amount": payment.amount,
        "party": payment.counterparty_name[:NAME_CHARACTERS_MAX],
        "invoice_number": _short(payment.invoice_number, NAME_CHARACTERS_MAX),
        "bill_id": payment.bill_id,
        "decision_id": payment.decision_id,
    }


def tray_work(shown: Mapping[str, Any]) -> Queued | None:
    """The open work of a tray item's snapshot; None for one that a payment's row tells already.

    PlainError when it is none.
    """
    item = from_plain(_Item, shown)
    if item.state != TrayState.OPEN or item.item in TOLD_BY_PAYMENT:
        return None
    known = {severity.value for severity in Severity}
    return Queued(
        QueueKind.CONNECTION if item.subject.startswith(CONNECTION_SUBJECT) else QueueKind.TRAY,
        item.item,
        Severity(item.severity) if item.severity in known else Severity.HIGH,
        since=_day(item.opened_at),
        subject=item.subject,
        words=_short(item.title, WORDS_CHARACTERS_MAX),
    )


def _day(at: date | None) -> date | None:
    """The day in UTC of an instant."""
    return at.astimezone(UTC).date() if isinstance(at, datetime) else at


def _short(text: str | None, characters_max: int) -> str | None:
    return text[:characters_max] if text is not None else None
