"""Open work: what a person is waited for, of which kind, and how soon.

Made of a row's own facts, without the clock: what is late is told when the queue is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.money import Money
from rowcol.domain.tray import Severity


class QueueKind(StrEnum):
    """What is to be done, from what stands nearest to the money to what is farthest from it."""

    SECOND_PERSON = "second_person"  # somebody else has to approve it
    TO_RELEASE = "to_release"  # Ramp waits for its own release
    HELD = "held"  # a payment on hold
    TO_DECIDE = "to_decide"  # staged, or its delay is over
    TO_STAGE = "to_stage"  # approved in Ramp, nobody took it up
    TO_APPROVE = "to_approve"  # waits for approval in Ramp
    CONNECTION = "connection"  # a rail or a bank does not answer, a balance is old
    TRAY = "tray"  # the three sides do not agree


@dataclass(frozen=True, slots=True)
class Queued:
    """Why one row is open work. The row's own id is its key, so it is not repeated here.

    `code`: what it is exactly: a decision's or a rail's state, a hold's or a tray item's kind.
    `due_on`: vendor's due date, or the day on which the money should move. `rail_date`: on which
    Ramp is going to pay it by itself. `since`: day (UTC) since when it waits; of a bill that nobody
    took up its invoice date. `waiting_in_ramp`: only Ramp's own people can go on. `staged_hands`,
    `decided_hands`: the people who took part, as two are needed; None for RowCol. `uncovered`: the
    bill holds money that cash does not cover. `words`: what else a person should read, `link` where
    to go.
    `vendor_id`: whom a call-back about a held payment is made to, by Ramp's id.
    `until`: from then on nobody is waited for any more, or for what is `afterwards`.
    """

    kind: QueueKind
    code: str
    severity: Severity = Severity.MEDIUM
    due_on: date | None = None
    rail_date: date | None = None
    since: date | None = None
    amount: Money | None = None
    party: str | None = None
    invoice_number: str | None = None
    bill_id: str | None = None
    decision_id: str | None = None
    override_id: str | None = None
    subject: str | None = None
    words: str | None = None
    link: str | None = None
    waiting_in_ramp: bool = False
    uncovered: bool = False
    staged_hands: str | None = None
    decided_hands: str | None = None
    vendor_id: str | None = None
    until: datetime | None = None
    afterwards: Queued | None = None

    def at(self, now: datetime) -> Queued | None:
        """What it is at an instant."""
        return self if self.until is None or now < self.until else self.afterwards


_RANK = {Severity.HIGH: "1", Severity.MEDIUM: "2", Severity.LOW: "3"}
_NEARNESS = {kind: str(place) for place, kind in enumerate(QueueKind)}
_NO_DAY = "9999-12-31"


def wanted_on(queued: Queued) -> date | None:
    """The day that orders it: the earlier of due date and Ramp's date, else since when it waits."""
    days = [day for day in (queued.due_on, queued.rail_date) if day is not None]
    return min(days) if days else queued.since


def urgency(queued: Queued) -> str:
    """The text by which urgent work sorts first: severity, day, nearness to the money.

    It does not change with time: of two rows the one that was more urgent stays so.
    """
    day = wanted_on(queued)
    shown = day.isoformat() if day is not None else _NO_DAY
    return f"{_RANK[queued.severity]}#{shown}#{_NEARNESS[queued.kind]}"
