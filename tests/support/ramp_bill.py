"""One bill at a Ramp that does as it is told, or as a test says it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from local.simulation.clock import SimulatedClock
from rowcol.domain.facts import RailBill, RailDraft, RailState, ReadInterval
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    CommandResult,
    OutcomeUnknown,
    RailUnavailable,
)
from tests.support.domain.builders import rail_bill, rail_payment

_NO_DATE: dict[str, Any] = {"planned_on": None, "effective_on": None}
# In these Ramp changes no date (its own rule, contract section 5.4).
_FIXED = frozenset(
    {
        RailState.PROCESSING,
        RailState.PAID,
        RailState.AWAITING_RELEASE,
        RailState.HELD_BY_PROVIDER,
        RailState.BLOCKED,
        RailState.ON_HOLD,
        RailState.ARCHIVED,
        RailState.REJECTED,
    }
)


@dataclass
class RampBill:
    """`answers`: how the next commands go: accept, refuse, lost, vanished, missing, down.

    lost: it happened, the answer did not come; vanished: nothing happened, no answer came either;
    down: certainly not sent. Without any it accepts, unless the state forbids it.
    """

    clock: SimulatedClock
    bill: RailBill = field(
        default_factory=lambda: rail_bill(RailState.READY, payment=rail_payment(**_NO_DATE))
    )
    answers: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    down: bool = False

    def show(self, state: RailState, planned_on: date | None = None, **bill: Any) -> RailBill:
        """Ramp shows another state; the date stays unless one is given. Gives the bill."""
        assert self.bill.payment is not None
        day = planned_on or self.bill.payment.planned_on
        if state is RailState.READY:
            day = planned_on
        effective = day if state in (RailState.PROCESSING, RailState.PAID) else None
        payment = replace(self.bill.payment, planned_on=day, effective_on=effective)
        archived = state is RailState.ARCHIVED
        fields: dict[str, Any] = {"payment": payment, "archived": archived, **bill}
        self.bill = replace(self.bill, state=state, raw_state=state.value.upper(), **fields)
        return self.bill

    def reading(self) -> RailBill:
        """The bill as one read would show it now; a read takes a second."""
        began = self.clock.now()
        self.clock.pause(1)
        return replace(self.bill, read=ReadInterval(began, self.clock.now()))

    # ---- the port

    def read_bill(self, bill_id: str) -> RailBill | None:
        """The bill, if it is this one."""
        if self.down:
            raise RailUnavailable("ramp", "down")
        return self.reading() if bill_id == self.bill.bill_id else None

    def open_bills(self) -> Iterator[RailBill]:
        """It, while it is not paid."""
        if self.bill.state is not RailState.PAID:
            yield self.reading()

    def paid_bills(self, since: datetime) -> Iterator[RailBill]:
        """It, once it is paid."""
        if self.bill.state is RailState.PAID:
            yield self.reading()

    def archived_bills(self, since: datetime) -> Iterator[RailBill]:
        """None."""
        return iter(())

    def drafts(self) -> Iterator[RailDraft]:
        """None."""
        return iter(())

    def bills_of_payment(self, payment_id: str) -> tuple[RailBill, ...]:
        """It alone."""
        return (self.reading(),)

    def set_payment_date(self, bill_id: str, day: date) -> CommandResult:
        """Set a date."""
        return self._command(f"set {day}", day)

    def clear_payment_date(self, bill_id: str) -> CommandResult:
        """Take the date off."""
        return self._command("clear", None)

    def set_payment_method(self, bill_id: str, method: str) -> CommandResult:
        """Another way to pay."""
        assert self.bill.payment is not None
        payment = replace(self.bill.payment, method=method)
        return self._order(f"method {method}", "payment_method", payment=payment)

    def hold(self, bill_id: str, reason: str | None = None) -> CommandResult:
        """Stop it on every rail; its date goes."""
        assert self.bill.payment is not None
        payment = replace(self.bill.payment, planned_on=None)
        return self._order("hold", "hold", RailState.ON_HOLD, payment=payment)

    def lift(self, bill_id: str) -> CommandResult:
        """No longer on hold."""
        return self._order("lift", "lift", RailState.READY)

    def archive(self, bill_id: str) -> CommandResult:
        """It is taken away."""
        return self._order("archive", "archive", RailState.ARCHIVED, archived=True)

    def _order(
        self, told: str, lever: str, state: RailState | None = None, **fields: Any
    ) -> CommandResult:
        self.asked.append(told)
        answer = self.answers.pop(0) if self.answers else "accept"
        if self.down or answer == "down":
            raise RailUnavailable("ramp", "down")
        if answer == "missing":
            return CapabilityMissing(lever, "unknown field")
        if answer == "vanished":
            return OutcomeUnknown("timed out")
        if answer == "refuse" or self.bill.state in (RailState.ARCHIVED, RailState.PAID):
            return CommandRefused("400", "not in this state")
        now = state or self.bill.state
        self.bill = replace(self.bill, state=now, raw_state=now.value.upper(), **fields)
        return OutcomeUnknown("timed out") if answer == "lost" else CommandAccepted(self.reading())

    def _command(self, told: str, day: date | None) -> CommandResult:
        self.asked.append(told)
        answer = self.answers.pop(0) if self.answers else "accept"
        if self.down or answer == "down":
            raise RailUnavailable("ramp", "down")
        if answer == "missing":
            return CapabilityMissing("payment_date", "unknown field")
        if answer == "vanished":
            return OutcomeUnknown("timed out")
        if answer == "refuse" or self.bill.state in _FIXED:
            return CommandRefused("400", "cannot be rescheduled")
        state = RailState.READY if day is None else RailState.SCHEDULED
        self.show(state, day)
        if answer == "lost":
            return OutcomeUnknown("timed out")
        return CommandAccepted(self.reading())
