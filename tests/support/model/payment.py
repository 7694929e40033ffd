"""What a payment should be after each thing that happens: a small model, told apart from the code.

It keeps words instead of aggregates: no log, no versions, no workflow, no store. It knows of the
bill what was last read, and asks Ramp itself (the tests' own) what a read would show now.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.money import Money
from tests.support.ramp_bill import RampBill
from tests.unit.domain.test_rail_triggers import CELLS

R = RailState
OVER = {R.PAID, R.ERROR, R.ARCHIVED, R.REJECTED}
CLOSED = {R.PAID, R.ARCHIVED, R.REJECTED}
TAKEN = {R.PROCESSING, R.PAID, R.ERROR}
BEFORE = {"scheduled", "pending", "hold", "admin_hold"}
STANDS = {"processing", "done", "reversing"}
FINAL = {"cancelled", "rejected", "reversed", "reissued"}
STOPS = {"bill_changed", "bank_details_changed", "admin_hold", "date_clearing"}
DAY_HEALS = {"missed_cutoff"}
PAUSES = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))


@dataclass
class Model:
    """One bill, its live payment if any, and what earlier ones left behind."""

    ramp: RampBill
    known: RailBill
    now: datetime
    status: str = "none"
    hold: str | None = None
    pay_on: date | None = None
    amount: Money | None = None
    command: str | None = None  # open, accepted, refused
    command_day: date | None = None
    sent_at: datetime | None = None
    cancel: str | None = None  # asked, confirmed, refused
    moving: bool = False
    error: bool = False
    debited: bool = False
    credited: bool = False
    step: str = "stopped"  # check, send, await, stopped
    unknown_due: datetime | None = None
    asked_again: int = 0
    clear: str | None = None  # open, done, refused
    clear_due: datetime | None = None
    news: bool = False  # something was read since the last clear was answered
    account: str | None = "vendor-account-1"
    ledger: Money = field(default_factory=lambda: Money.parse("1300.00", "USD"))
    used: list[tuple[date, int]] = field(default_factory=list)

    # ---- what can be said

    @property
    def today(self) -> date:
        """The bank's date."""
        return local_date(self.now, BANK_ZONE)

    @property
    def unanswered(self) -> bool:
        """Whether a date of ours may have arrived or not."""
        return self.command == "open" or self.hold == "outcome_unknown"

    @property
    def carries(self) -> bool:
        """Whether Ramp may pay the bill by itself, as far as is known."""
        payment = self.known.payment
        return (
            payment is not None and payment.planned_on is not None and self.known.state not in OVER
        )

    @property
    def live(self) -> bool:
        """Whether the bill has a payment."""
        return self.status not in {"none", *FINAL}

    def usage(self) -> dict[date, tuple[int, int]]:
        """Held and used of each day's limit."""
        held: dict[date, tuple[int, int]] = {}
        parts = [(day, minor, minor) for day, minor in self.used]
        if self.live and self.pay_on is not None and self.amount is not None:
            used = self.amount.minor if self.status in STANDS else 0
            parts.append((self.pay_on, self.amount.minor, used))
        for day, total, used in parts:
            known = held.get(day, (0, 0))
            held[day] = (known[0] + total, known[1] + used)
        return held

    # ---- moves

    def stop(self, kind: str) -> None:
        """On hold."""
        self.status, self.hold, self.step = "hold", kind, "stopped"
        if kind == "outcome_unknown":
            self.unknown_due, self.asked_again = self.now + PAUSES[0], 0

    def go_on(self) -> None:
        """Out of a hold by the date."""
        assert self.pay_on is not None
        late = self.pay_on <= self.today
        self.status, self.hold, self.command = "pending" if late else "scheduled", None, None
        self.step = "check" if late else "stopped"

    def let_go(self) -> None:
        """The same, once Ramp carries no date."""
        command = self.command
        self.go_on()
        if self.carries:
            self.stop("date_clearing")
            self.command = command
            self.ask_clear(wished=True)

    def end(self, status: str) -> None:
        """Over; what was used stays used."""
        used = status in ("reversed", "reissued")
        if used and self.pay_on is not None and self.amount is not None:
            self.used.append((self.pay_on, self.amount.minor))
        self.status, self.hold, self.step = status, None, "stopped"

    def ask_clear(self, *, wished: bool) -> None:
        """Ramp is to take its date off, unless it is being asked or has said no to the same."""
        if not self.carries or self.known.state is R.PROCESSING or self.clear == "open":
            return
        if self.clear is None or wished or self.news:
            self.clear, self.clear_due = "open", self.now + timedelta(minutes=2)

    # ---- readings

    def read(self) -> None:
        """The bill is read: nothing happens unless it shows something new."""
        shown = replace(self.ramp.bill, read=self.known.read, trace_id=self.known.trace_id)
        if shown == self.known:
            return
        before, self.known = self.known, shown
        self.news = True
        self.follow(before)

    def follow(self, before: RailBill) -> None:
        """The payment follows what is known of its bill."""
        if not self.live:
            return
        cell = CELLS[self._situation(), self.known.state.value]
        pulled = cell not in "!."
        self._pull(cell)
        if not pulled:
            self._changed(before)
        if self.hold in STOPS:
            self.ask_clear(wished=False)
        self.progress()

    def _situation(self) -> str:
        if self.status == "pending":
            return "pending_asked" if self.command else "pending"
        if self.status == "processing":
            return "after_error" if self.error else "processing"
        if self.status != "hold":
            return self.status
        if self.hold == "date_clearing" and self.command == "accepted":
            return "clearing_ours"
        names = {
            "outcome_unknown": "unknown",
            "paid_outside": "outside",
            "bill_withdrawn": "withdrawn",
            "date_clearing": "clearing",
        }
        return names.get(self.hold or "", "held")

    def _pull(self, cell: str) -> None:
        match cell:
            case "." | "!":
                return
            case "hold" | "lift+hold":
                self.stop("outcome_unknown" if self.command == "open" else self._why())
            case "bank":
                self.status, self.hold, self.step = "bank_hold", "held_by_provider", "stopped"
            case "ok":
                late = self.pay_on is not None and self.pay_on <= self.today
                self.status, self.hold = "pending", None
                self.step = "await" if self.command else "check" if late else "stopped"
            case "no":
                self.end("rejected")
            case _:
                self._taken(cell)

    def _why(self) -> str:
        if self.known.state in (R.PAID, R.PROCESSING):
            return "paid_outside"
        return "bill_withdrawn" if self.known.state in (R.REJECTED, R.ARCHIVED) else "rail_hold"

    def _taken(self, cell: str) -> None:
        """The rail has begun to pay, and perhaps gone further."""
        if self.command == "open":
            self.command = "accepted"
        self.status, self.hold, self.step = "processing", None, "await"
        self.error = self.error or "err" in cell
        if "paid" in cell:
            self.status = "done"

    def _changed(self, before: RailBill) -> None:
        """Another amount or payee stops what was not taken."""
        if self.status not in ("scheduled", "pending") or self.command == "open":
            return
        failed = self.known.state is R.ERROR and before.state is not R.ERROR
        if self.command is None and failed:
            self.stop("rail_failed")
        elif (problem := self.differs()) is not None:
            self.stop(problem)

    def differs(self) -> str | None:
        """What of the bill is not as it was decided."""
        if self.known.amount != self.amount:
            return "bill_changed"
        paid_to = self.known.payment.vendor_account_id if self.known.payment else None
        return "bank_details_changed" if paid_to != self.account else None

    def progress(self) -> None:
        """What people asked goes on as far as it can."""
        asked = self.cancel == "asked"
        if not self.live or not (asked or self.moving or self.hold == "date_clearing"):
            return
        ours = self.command == "accepted" and self.known.state in TAKEN
        if self.status in ("processing", "done"):
            self._too_late()
        elif self.status == "bank_hold" or self.unanswered or self.clear == "open":
            return
        elif asked and ours:
            self._too_late()
        elif self.status == "pending" and not asked:
            self.moving = False
        elif self.carries:
            self.ask_clear(wished=False)
        elif asked:
            self.cancel = "confirmed"
            self.end("cancelled")
        else:
            self.moving = False
            if self.hold == "date_clearing":
                self.go_on()

    def _too_late(self) -> None:
        if self.cancel == "asked":
            self.cancel = "refused"
        if self.moving:
            self.moving = False
            self.pay_on = self.command_day or self.pay_on
