"""What the queue needs of snapshots in the log: few fields, and words of newer code as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.bill import CLOSED_STATES
from rowcol.domain.money import Money
from rowcol.domain.reserve import ReserveState
from rowcol.domain.scope import SYSTEM
from rowcol.service.rail_agreement import GOING_TO_PAY


@dataclass(frozen=True, slots=True)
class ShownRailDate:
    """The payment part of a rail's bill."""

    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class ShownRail:
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
    payment: ShownRailDate | None = None

    @property
    def is_closed(self) -> bool:
        """Whether nothing is to be paid of it any more."""
        return self.archived or self.state in CLOSED_STATES

    @property
    def going_out_on(self) -> date | None:
        """The day on which Ramp is going to pay it by itself."""
        goes = self.approved and not self.archived and self.state in GOING_TO_PAY
        return self.payment.planned_on if goes and self.payment is not None else None

    @property
    def is_complete(self) -> bool:
        """Whether it can be taken up here."""
        return self.due_on is not None and bool(self.vendor_id) and self.amount.minor > 0


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """A bill's decision."""

    id: str
    state: str
    staged_by: str
    staged_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    staged_hands: str | None = None
    decided_hands: str | None = None

    @property
    def stager(self) -> str | None:
        """The person who counts as having staged it; RowCol staging by rule is nobody."""
        person = self.staged_hands or self.staged_by
        return person if person != SYSTEM.id else None

    @property
    def decider(self) -> str | None:
        """The person who counts as having decided it."""
        return self.decided_hands or self.decided_by


@dataclass(frozen=True, slots=True)
class ShownReserve:
    """What is held for a bill."""

    covered: bool
    state: str

    @property
    def is_uncovered(self) -> bool:
        """Whether cash does not cover it."""
        return self.state == ReserveState.OPEN and not self.covered


@dataclass(frozen=True, slots=True)
class ShownOverride:
    """A bill's override of the guardrail: asked until another person approved it, or `until`."""

    id: str
    reason: str
    asked_by: str
    asked_at: datetime
    until: datetime
    asked_hands: str | None = None
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownHold:
    """Why a payment does not move."""

    kind: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ShownCancelAsked:
    """A person cancelled it."""

    state: str


@dataclass(frozen=True, slots=True)
class ShownRailState:
    """What a payment knows of its bill."""

    state: str
    payment: ShownRailDate | None = None


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """A payment."""

    status: str
    amount: Money
    pay_on: date
    counterparty_name: str
    created_by: str
    invoice_number: str | None = None
    bill_id: str | None = None
    decision_id: str | None = None
    hold: ShownHold | None = None
    rail: ShownRailState | None = None
    awaiting_release_since: datetime | None = None
    cancel_asked: ShownCancelAsked | None = None
    deleted_at: datetime | None = None
    created_hands: str | None = None
    counterparty_id: str | None = None


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question to the client."""

    state: str


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A tray item."""

    subject: str
    item: str
    severity: str
    title: str
    opened_at: datetime
    state: str
    link: str | None = None
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None
    owner: str | None = None
    due_on: date | None = None
    question: ShownQuestion | None = None
