"""What the workflow and the sweep do, and what Ramp and the bank then say: the model's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.calendar import BANK_ZONE, add_bank_days, end_of_day, release_at
from rowcol.domain.facts import RailState
from rowcol.service.ports import (
    CommandAccepted,
    CommandResult,
    OutcomeUnknown,
    RailUnavailable,
)
from tests.support.model.payment import PAUSES, STANDS, Model

R = RailState


class WorkingModel(Model):
    """Asks a Ramp of its own that is told the same as the code's."""

    def do_clear(self) -> None:
        """Ramp is asked to take its date off; an answer that is lost is asked for again."""
        self.read()
        if self.clear != "open":
            return
        if not self.carries:
            self._cleared("done")
        elif self.command == "open":
            self.clear_due = self.now + PAUSES[0]
        else:
            self._cleared(_told(self.ramp.clear_payment_date, self.known.bill_id))

    def _cleared(self, told: str) -> None:
        if told in ("lost", "down"):
            self.clear_due = self.now + PAUSES[0]
            return
        self.clear = "done" if told in ("done", "accepted") else "refused"
        self.news = False
        if self.clear == "done":
            self.read()
            self.news = False
            self.progress()

    def run(self) -> None:
        """The execution of its attempt goes on: checks, then the command."""
        if self.step == "check":
            self._check()
        if self.step == "send":
            self._send()

    def _check(self) -> None:
        self.read()
        if self.step != "check" or self.cancel == "asked":
            return
        assert self.pay_on is not None
        missed = self.status == "scheduled" and self.now >= end_of_day(self.pay_on, BANK_ZONE)
        booked = self.amount is not None and self.ledger < self.amount
        problem = (
            "paid_outside"
            if booked
            else self._gone() or self.differs() or ("missed_cutoff" if missed else None)
        )
        if problem is not None:
            self.stop(problem)
        else:
            self.status, self.step = "pending", "send"

    def _gone(self) -> str | None:
        if self.known.state in (R.PAID, R.PROCESSING):
            return "paid_outside"
        return "bill_withdrawn" if self.known.state in (R.REJECTED, R.ARCHIVED) else None

    def _send(self) -> None:
        if self.clear == "open":
            self.do_clear()
            if self.clear == "open":
                return
        if self.status != "pending" or self.step != "send" or self.cancel == "asked":
            return
        assert self.pay_on is not None
        self.command_day, self.sent_at = max(self.pay_on, self.today), self.now
        told = _told(self.ramp.set_payment_date, self.known.bill_id, self.command_day)
        match told:
            case "accepted":
                self._accepted()
            case "refused":
                self.command = "refused"
                self.stop("rail_refused")
                self.progress()
            case "lost":
                self.command = "open"
                self.stop("outcome_unknown")
            case _:
                self.progress()  # certainly not sent

    def _accepted(self) -> None:
        """Ramp has the date; its answer is a reading."""
        self.command, self.step = "accepted", "await"
        before = self.known
        self.known = replace(self.ramp.bill, read=before.read, trace_id=before.trace_id)
        self.news = self.news or self.known != before
        self.follow(before)

    def ask_again(self) -> None:
        """A command without an answer: Ramp is read, and says what became of it."""
        shown = self.ramp.bill
        dated = shown.payment is not None and shown.payment.planned_on is not None
        assert self.sent_at is not None
        if shown.state in (R.PROCESSING, R.PAID):
            self.command = "accepted"
            self._accepted_by_reading()
        elif dated:
            self.status, self.hold = "pending", None
            self._accepted()
        elif self.now - self.sent_at < timedelta(seconds=120):
            self.asked_again += 1
            self.unknown_due = self.now + PAUSES[min(self.asked_again, 2)]
        else:
            self.status, self.hold, self.command, self.step = "pending", None, None, "check"
            self.progress()

    def _accepted_by_reading(self) -> None:
        before = self.known
        self.known = replace(self.ramp.bill, read=before.read, trace_id=before.trace_id)
        self.news = True
        self.follow(before)

    def sweep(self) -> None:
        """What is due is done."""
        clears = self.clear == "open" and self.clear_due is not None
        if clears and self.clear_due is not None and self.clear_due <= self.now:
            self.do_clear()
        unknown = self.hold == "outcome_unknown" and self.unknown_due is not None
        if unknown and self.unknown_due is not None and self.unknown_due <= self.now:
            self.ask_again()
        elif self._waits_for_its_day() and self.pay_on and release_at(self.pay_on) <= self.now:
            self.step = "check"

    def _waits_for_its_day(self) -> bool:
        if self.cancel == "asked":
            return False
        unsent = self.status == "pending" and self.step == "stopped" and self.command is None
        return self.status == "scheduled" or unsent

    def prove(self) -> None:
        """Ramp's side, the bank's lines and the time are judged."""
        if self.status not in STANDS:
            return
        if self.debited and self.credited:
            self.end("reversed")
        elif self._never_collected():
            self.end("rejected")

    def _never_collected(self) -> bool:
        """It failed on the rail, and the bank shows nothing when the last deadline has passed."""
        failed = self.status == "processing" and self.error and self.known.state is R.ERROR
        payment = self.known.payment
        if not failed or self.debited or payment is None:
            return False
        start = payment.effective_on or payment.planned_on or self.pay_on
        assert start is not None
        last = add_bank_days(start, 5)
        if payment.method == "CHECK":
            last = start + timedelta(days=45)
        return end_of_day(add_bank_days(last, 7), BANK_ZONE) <= self.now


def _told(command: Callable[..., CommandResult], *given: object) -> str:
    """accepted, refused, lost or down."""
    try:
        result = command(*given)
    except RailUnavailable:
        return "down"
    if isinstance(result, CommandAccepted):
        return "accepted"
    return "lost" if isinstance(result, OutcomeUnknown) else "refused"
