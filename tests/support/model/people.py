"""What people may ask of a payment, and what it does: a code when refused, None when not."""

from __future__ import annotations

from datetime import date, timedelta

from rowcol.domain.facts import RailState
from tests.support.model.payment import BEFORE, CLOSED, DAY_HEALS, TAKEN
from tests.support.model.work import WorkingModel

R = RailState
HELD_THERE = {R.ON_HOLD, R.BLOCKED, R.HELD_BY_PROVIDER}
NOT_BY_PEOPLE = {"bill_withdrawn", "date_clearing", "held_by_provider"}
OPEN_TO_DECIDE = set(RailState) - CLOSED - {R.PROCESSING, R.UNKNOWN, R.AWAITING_APPROVAL}


class PaymentModel(WorkingModel):
    """The whole model: readings, work and people."""

    @property
    def decidable(self) -> bool:
        """Whether the bill can be staged and decided."""
        return not self.live and self.clear != "open" and self.known.state in OPEN_TO_DECIDE

    def decide(self, pay_on: date | None) -> None:
        """Pay now, or on a day."""
        self.status, self.step = ("scheduled", "stopped") if pay_on else ("pending", "check")
        self.pay_on, self.amount = pay_on or self.today, self.known.amount
        self.hold = self.command = self.command_day = self.cancel = self.sent_at = None
        self.moving = self.error = self.debited = self.credited = False
        if pay_on and self.carries and self.known.state in (R.SCHEDULED, R.AWAITING_RELEASE):
            self.clear, self.clear_due = "open", self.now + timedelta(minutes=2)

    def wish(self, verb: str, day: date) -> str | None:
        """A person's command by its name."""
        match verb:
            case "cancel":
                return self.cancel_it()
            case "reschedule":
                return self.reschedule(day)
            case "hold":
                return self.put_on_hold()
            case "lift" | "lift_by_call":
                return self.lift(call=verb == "lift_by_call")
            case "reject":
                return self.reject()
            case "reverse":
                return self.reverse()
            case "reissue":
                return self.reissue()
            case _:
                return self.money_back()

    def _late(self) -> bool:
        taken = self.command == "accepted" and self.known.state in TAKEN
        on_rail = self.live and (self.known.state is R.PROCESSING or taken)
        return self.status in ("processing", "done") or on_rail

    def _common(self, allowed: set[str]) -> str | None:
        """What holds for every wish before the rail has taken it."""
        if self._late():
            return "too_late"
        if self.status not in allowed:
            return "wrong_state"
        return "already_asked" if self.cancel == "asked" else None

    def put_on_hold(self) -> str | None:
        """An admin's hold."""
        refused = self._common({"pending", "scheduled"})
        if refused or self.unanswered:
            return refused or "outcome_unknown"
        self.status, self.hold, self.step = "admin_hold", "admin_hold", "stopped"
        self.ask_clear(wished=True)
        return None

    def cancel_it(self) -> str | None:
        """A cancel: over at once, or asked."""
        again = self.clear == "refused" and self.carries
        refused = self._common(BEFORE)
        if refused and not (refused == "already_asked" and again):
            return refused
        self.cancel = "asked"
        if self.unanswered:
            if self.hold is not None:
                self.unknown_due = self.now
            return None
        if self.command is None:
            self.step = "stopped"
        self.clear_again()
        return None

    def clear_again(self) -> None:
        """The wish goes on; a person's wish asks Ramp even if it said no before."""
        if self.carries and self.clear != "open" and not self.unanswered:
            self.ask_clear(wished=True)
        self.progress()

    def reschedule(self, day: date) -> str | None:
        """Another date."""
        refused = self._common(BEFORE)
        if refused or self.unanswered:
            return refused or "outcome_unknown"
        if day == self.pay_on:
            return "already_asked"
        if self.known.state in CLOSED:
            return "bill_not_open"
        self.pay_on, self.moving = day, True
        if self.status == "scheduled":
            self.step = "stopped"
        elif self.status == "pending":
            self.stop("date_clearing")
        elif self.hold in DAY_HEALS:
            self.let_go()
        self.clear_again()
        return None

    def lift(self, *, call: bool) -> str | None:
        """An admin lifts with a bank's notice, or with a call to the vendor."""
        if self.hold is None:
            return "wrong_state"
        refused = self._not_liftable(call=call)
        if refused is not None:
            return refused
        if self.command is not None and self.known.state in TAKEN:
            self.status, self.hold, self.step = "pending", None, "await"
            self.follow(self.known)
            return None
        account = self.account
        if self.hold == "bank_details_changed":
            assert self.known.payment is not None
            self.account = self.known.payment.vendor_account_id
        still = self._still_there()
        if still is not None:
            self.account = account
            return still
        self.let_go()
        return None

    def _not_liftable(self, *, call: bool) -> str | None:
        if self.hold == "outcome_unknown":
            return "outcome_unknown"
        if self.hold in NOT_BY_PEOPLE:
            return "wrong_state"
        if self.cancel == "asked":
            return "already_asked"
        if self.unanswered or self.clear == "open":
            return "outcome_unknown"
        needs_call, needs_notice = self.hold == "bank_details_changed", self.hold == "rail_failed"
        fits = call if needs_call else not call if needs_notice else True
        return None if fits else "evidence_required"

    def _still_there(self) -> str | None:
        if self.known.state in CLOSED or self.known.state is R.PROCESSING:
            return "bill_not_open"
        return "rail_refused" if self.known.state in HELD_THERE else self.differs()

    def reject(self) -> str | None:
        """An admin refuses it for good, with evidence."""
        if self.status == "admin_hold":
            refused = "too_late" if self._late() else None
            if refused is None and (self.unanswered or self.clear == "open"):
                refused = "outcome_unknown"
            if refused is None and self.carries:
                refused = "rail_refused"
        elif self.hold == "bill_withdrawn":
            refused = "outcome_unknown" if self.unanswered else None
        elif self.status == "processing" and self.error:
            proved = not self.debited and self.known.state is R.ERROR
            refused = None if proved else "wrong_state"
        else:
            refused = "wrong_state"
        if refused is None and self.cancel == "asked":
            refused = "already_asked"
        if refused is None:
            self.end("rejected")
        return refused

    def reverse(self) -> str | None:
        """An admin shows that the money comes back."""
        if self.status not in ("processing", "done"):
            return "wrong_state"
        self.status = "reversing"
        return None

    def money_back(self) -> str | None:
        """An admin shows that it is back."""
        if self.status != "reversing":
            return "wrong_state"
        self.end("reversed")
        return None

    def reissue(self) -> str | None:
        """Another payment takes a stopped check's place, when Ramp shows that it can."""
        check = self.known.payment is not None and self.known.payment.method == "CHECK"
        if self.status not in ("processing", "done") or not check:
            return "wrong_state"
        if self.known.state in CLOSED or self.known.state is R.PROCESSING or self.carries:
            return "bill_not_open"
        if self.clear == "open":
            return "outcome_unknown"
        self.end("reissued")
        self.decide(None)
        return None
