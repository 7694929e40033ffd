"""What a firm decides on an overdue invoice: remind, wait, escalate. RowCol itself moves nothing.

A recorded reminder counts as contact with the customer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.invoice import Invoice

# A reminder is given as long before the invoice asks for a decision again.
REMINDED_DAYS = 7
WAIT_DAYS_MAX = 180
KEPT = 40


class FollowUpVerb(StrEnum):
    """What was decided."""

    REMIND = "remind"
    WAIT = "wait"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class FollowUpStep:
    """One decision. `until`: the day on which the invoice asks again; None after escalating."""

    verb: FollowUpVerb
    reason: str
    by: str
    at: datetime
    until: date | None = None


class FollowUpState(StrEnum):
    """What an open invoice asks for today.

    `not_due`; `ready`: overdue and nothing decided that still holds; `waiting` until a day;
    `escalated`.
    """

    NOT_DUE = "not_due"
    READY = "ready"
    WAITING = "waiting"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class FollowUp(Unlisted, NeverDue):
    """The aggregate: what was decided on one invoice, the latest last. `id` as the invoice."""

    id: str
    version: int
    steps: tuple[FollowUpStep, ...] = ()

    kind = "follow_up"

    @property
    def last(self) -> FollowUpStep | None:
        """What was decided last."""
        return self.steps[-1] if self.steps else None

    @property
    def last_contact_at(self) -> datetime | None:
        """When the customer was last reminded, as far as anybody said so here."""
        contacts = [step.at for step in self.steps if step.verb is FollowUpVerb.REMIND]
        return contacts[-1] if contacts else None

    def with_step(self, step: FollowUpStep) -> FollowUp:
        """The same after a decision; the latest ones are kept."""
        return replace(self, steps=(*self.steps, step)[-KEPT:])


def asks_again_on(verb: FollowUpVerb, asked: date | None, today: date) -> date | None:
    """The day on which an invoice asks again after a decision."""
    if verb is FollowUpVerb.WAIT:
        return asked
    if verb is FollowUpVerb.REMIND:
        return asked or today + timedelta(days=REMINDED_DAYS)
    return None


def overdue_days(invoice: Invoice, today: date) -> int:
    """Days since it was due; zero or less before, and for one without a due date."""
    due_on = invoice.ledger.due_on
    return (today - due_on).days if due_on is not None else 0


def state_of(invoice: Invoice, follow_up: FollowUp | None, today: date) -> FollowUpState:
    """What an open invoice asks for today."""
    last = follow_up.last if follow_up is not None else None
    if last is not None and last.verb is FollowUpVerb.ESCALATE:
        return FollowUpState.ESCALATED
    if last is not None and last.until is not None and today < last.until:
        return FollowUpState.WAITING
    return FollowUpState.READY if overdue_days(invoice, today) > 0 else FollowUpState.NOT_DUE
