"""Whatever people, rails, the bank and time do to a payment, it is what a small model says.

Runs by `ROWCOL_MODEL_RUNS`, 60 when it is not set. The 2,000 runs of the bar:
`ROWCOL_MODEL_RUNS=2000 .venv/bin/python -m pytest tests/property/test_payment_model.py -q`
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local.simulation.clock import SimulatedClock
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import TABLE, By
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.audit import verify_log
from rowcol.service.feeds import sync_bank
from rowcol.service.judgement import judge_payment
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reject import Reject, reject
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse
from rowcol.service.ports import RailUnavailable
from rowcol.service.proof import observe_cash
from tests.support.desk import SCOPE
from tests.support.domain.builders import bank_line, usd
from tests.support.model.payment import BEFORE
from tests.support.model.people import PaymentModel
from tests.support.payment_desk import PaymentDesk, Plan
from tests.support.ramp_bill import RampBill

RUNS = int(os.environ.get("ROWCOL_MODEL_RUNS") or 60)
NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 17")
CALL = Given(EvidenceKind.CALL_BACK, "call at 10:40")
REJECT = Reject("not ours", NOTICE)
MOVES = {(row.source.value if row.source else None, row.target.value) for row in TABLE}
ANSWERS = ("accept", "accept", "refuse", "lost", "vanished", "down")
# What Ramp can come to show of a bill from what it shows; PAID ends there or comes back failed.
OPEN = ("ready", "scheduled", "awaiting_release", "on_hold", "blocked", "held_by_provider")
AFTER: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(OPEN, (*OPEN, "processing", "archived", "rejected", "error")),
    "processing": ("paid", "paid", "error", "ready"),
    "error": ("ready", "scheduled", "error"),
    "archived": ("archived",),
    "rejected": ("ready", "rejected"),
    "paid": ("paid",),
}
GOES_ON = (RailState.SCHEDULED, RailState.AWAITING_RELEASE, RailState.PROCESSING)
STAGES = ("nothing", "scheduled", "decided", "asked", "processing", "done")
DATED = {"scheduled", "awaiting_release", "held_by_provider", "blocked", "processing"}


def _lift(name: str, shown: Given) -> Plan:
    return lambda env, change: lift(env, change, name, Lift(By.ADMIN, shown))


def _seen(name: str, why: Why) -> Plan:
    return lambda env, change: reverse(env, change, name, Reverse(why, NOTICE))


VERBS: dict[str, Callable[[str, date], Plan]] = {
    "cancel": lambda name, _day: lambda env, change: cancel(env, change, name),
    "reschedule": lambda name, day: lambda env, change: reschedule(env, change, name, day),
    "hold": lambda name, _day: lambda env, change: hold(env, change, name, "disputed"),
    "lift": lambda name, _day: _lift(name, NOTICE),
    "lift_by_call": lambda name, _day: _lift(name, CALL),
    "reject": lambda name, _day: lambda env, change: reject(env, change, name, REJECT),
    "reverse": lambda name, _day: _seen(name, Why.RETURNED),
    "money_back": lambda name, _day: _seen(name, Why.MONEY_BACK),
}


class PaymentMachine(RuleBasedStateMachine):
    """The code on a memory store beside the model, each with a Ramp of its own."""

    @initialize(stage=st.sampled_from(STAGES), answer=st.sampled_from(ANSWERS))
    def begin(self, stage: str, answer: str) -> None:
        """A bill; often with a payment that has come some way already."""
        self.desk = PaymentDesk()
        twin = RampBill(SimulatedClock(self.desk.clock.now()))
        self.model = PaymentModel(twin, self.desk.bill().rail, self.desk.clock.now())
        self.desk.qbo.balance = "1300.00"
        self.name = ""
        self.ended: list[str] = []
        self.seen = 0
        self.statuses: dict[str, str] = {}
        self.lines = 0
        if stage != "nothing":
            self.decide(6 if stage == "scheduled" else 0)
        for reached in ("asked", "processing", "done"):
            if STAGES.index(stage) >= STAGES.index(reached):
                self._goes_to(reached, answer)

    def _goes_to(self, reached: str, answer: str) -> None:
        if reached == "asked":
            return self.execution(answer)
        state = RailState.PROCESSING if reached == "processing" else RailState.PAID
        self.both(lambda ramp: ramp.show(state))
        return self.webhook()

    def both(self, do: Callable[[RampBill], Any]) -> None:
        for ramp in (self.desk.ramp, self.model.ramp):
            do(ramp)

    def tick(self) -> None:
        self.model.now = self.desk.clock.now()

    # ---- Ramp

    @rule(choice=st.integers(0, 50), days=st.integers(0, 6), told=st.booleans())
    def ramp_moves(self, choice: int, days: int, told: bool) -> None:
        """Ramp, or somebody there, does something; a webhook tells of it, or nobody knows yet."""
        ways = AFTER[self.desk.ramp.bill.state.value]
        state = ways[choice % len(ways)]
        payment = self.desk.ramp.bill.payment
        assert payment is not None
        day = payment.planned_on or self.desk.today() + timedelta(days=days)
        self.both(lambda ramp: ramp.show(RailState(state), day if state in DATED else None))
        if told:
            self.webhook()

    @precondition(lambda self: self.desk.ramp.bill.state in GOES_ON)
    @rule()
    def ramp_pays(self) -> None:
        """Ramp goes on by the date that it carries, and tells."""
        began = self.desk.ramp.bill.state is not RailState.PROCESSING
        state = RailState.PROCESSING if began else RailState.PAID
        self.both(lambda ramp: ramp.show(state))
        self.webhook()

    @rule(dollars=st.sampled_from(["1250.00"] * 5 + ["1300.00"]))
    def amount_changes(self, dollars: str) -> None:
        """The bill's amount, in Ramp."""
        if self.desk.ramp.bill.state not in (RailState.PROCESSING, RailState.PAID):
            self.both(lambda ramp: setattr(ramp, "bill", replace(ramp.bill, amount=usd(dollars))))

    @rule(number=st.sampled_from(["1"] * 5 + ["2"]))
    def account_changes(self, number: str) -> None:
        """The vendor's account, in Ramp."""

        def change(ramp: RampBill) -> None:
            assert ramp.bill.payment is not None
            paid_to = replace(ramp.bill.payment, vendor_account_id=f"vendor-account-{number}")
            ramp.bill = replace(ramp.bill, payment=paid_to)

        if self.desk.ramp.bill.state not in (RailState.PROCESSING, RailState.PAID):
            self.both(change)

    def answers(self, answer: str) -> None:
        """How Ramp takes the next command."""
        self.both(lambda ramp: setattr(ramp, "answers", [answer]))

    @rule()
    def webhook(self) -> None:
        """The bill is read."""
        self.tick()
        self.model.read()
        self.desk.refresh()

    @rule(balance=st.sampled_from(["1300.00"] * 5 + ["1250.00", "0.00"]))
    def ledger_changes(self, balance: str) -> None:
        """What the ledger shows open of the bill."""
        self.desk.qbo.balance, self.model.ledger = balance, usd(balance)

    # ---- the workflow and time

    @precondition(lambda self: self.model.clear == "open")
    @rule(answer=st.sampled_from(ANSWERS))
    def clear(self, answer: str) -> None:
        """The stream has Ramp's date taken off."""
        self.answers(answer)
        self.tick()
        self.model.do_clear()
        self.desk.clear()

    @precondition(lambda self: self.model.step in ("check", "send"))
    @rule(answer=st.sampled_from(ANSWERS))
    def execution(self, answer: str) -> None:
        """The payment's execution goes on."""
        self.answers(answer)
        self.tick()
        self.model.run()
        with suppress(RailUnavailable):
            self.desk.run(self.name)

    @rule(minutes=st.sampled_from([6, 6, 70]))
    def minutes_pass(self, minutes: int) -> None:
        """Some time, then the sweep."""
        if self.desk.clock.now().hour < 19:
            self.desk.clock.pause(minutes * 60)
        self.tick()
        self.model.sweep()
        self.desk.sweep()

    @rule(days=st.sampled_from([1, 1, 1, 3, 9]))
    def days_pass(self, days: int) -> None:
        """Some days, to ten o'clock in New York; then the sweep."""
        now = self.desk.clock.now()
        morning = now.replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=days)
        self.desk.clock.pause((morning - now).total_seconds())
        self.tick()
        self.model.sweep()
        self.desk.sweep()

    # ---- the bank

    @precondition(lambda self: self.model.status in ("processing", "done", "reversing"))
    @rule(back=st.booleans())
    def bank(self, back: bool) -> None:
        """The debit is posted, or the return of it; the lines are read, the payment judged."""
        model, payment = self.model, self.model.known.payment
        assert payment is not None
        if not model.debited and payment.effective_on is not None:
            self._line("1250.00", payment.effective_on, "RAMP BILL PAY ACME SUPPLIES")
            model.debited = True
        elif model.debited and back and not model.credited:
            self._line("-1250.00", self.desk.today(), "ACH RETURN R01")
            model.credited = True
        self._judge()

    def _line(self, amount: str, day: date, text: str) -> None:
        self.lines += 1
        assert self.model.amount is not None
        sign = -1 if amount.startswith("-") else 1
        money = replace(self.model.amount, minor=sign * self.model.amount.minor)
        line = bank_line(line_id=f"line-{self.lines}", amount=money, posted_on=day, text=text)
        self.desk.plaid.lines.append(line)

    @precondition(lambda self: self.model.status in ("processing", "done", "reversing"))
    @rule()
    def judged(self) -> None:
        """The bank shows nothing new; the time may have."""
        self._judge()

    def _judge(self) -> None:
        self.tick()
        self.model.prove()
        sync_bank(self.desk.environment, SCOPE)
        observe_cash(self.desk.environment, SCOPE, self.name, None, wake=True)
        attempt = self.desk.payment(self.name).custody.attempt
        judge_payment(self.desk.environment, SCOPE, self.name, attempt)

    # ---- people

    @precondition(lambda self: self.model.decidable)
    @rule(days=st.integers(0, 6))
    def decide(self, days: int) -> None:
        """The bill is staged and decided: now, or for a later day."""
        self.tick()
        day = next_bank_day(self.desk.today() + timedelta(days=days)) if days else None
        self.model.decide(day)
        self.desk.stage()
        if self.name:
            self.ended.append(self.name)
        self.name = self.desk.decide(day)

    @precondition(lambda self: self.name)
    @rule(verb=st.sampled_from(sorted(VERBS)), days=st.integers(1, 9))
    def any_wish(self, verb: str, days: int) -> None:
        """Somebody asks for anything, whether it makes sense or not."""
        self._wish(verb, days)

    @precondition(lambda self: self.model.status in BEFORE)
    @rule(verb=st.sampled_from(["cancel", "reschedule", "hold"]), days=st.integers(1, 9))
    def stopping_wish(self, verb: str, days: int) -> None:
        """Somebody does not want it paid, or not now."""
        self._wish(verb, days)

    @precondition(lambda self: self.model.hold)
    @rule(verb=st.sampled_from(["lift", "lift", "lift_by_call", "reject", "reschedule"]))
    def wish_of_a_held_one(self, verb: str) -> None:
        """Somebody wants a held one to go on, or to end."""
        self._wish(verb, 3)

    def _wish(self, verb: str, days: int) -> None:
        self.tick()
        day = next_bank_day(self.desk.today() + timedelta(days=days))
        expected = self.model.wish(verb, day)
        answer = self.desk.do(VERBS[verb](self.name, day), "rita")
        found = answer.code.value if isinstance(answer, Refusal) else None
        assert found == expected, answer

    # ---- they agree

    @invariant()
    def ramp_was_asked_the_same(self) -> None:
        assert self.desk.ramp.asked == self.model.ramp.asked
        assert self.desk.ramp.bill == self.model.ramp.bill

    @invariant()
    def the_payment_is_what_the_model_says(self) -> None:
        if not self.name:
            return
        payment, model = self.desk.payment(self.name), self.model
        told = {
            "status": payment.status.value,
            "hold": payment.hold.kind if payment.hold else None,
            "cancel": payment.cancel_asked.state.value if payment.cancel_asked else None,
            "moving": "asked" in {one.state.value for one in payment.changes},
            "pay_on": payment.pay_on,
            "posted": payment.posting.value == "posted",
            "live": self.desk.bill().live_payment_id == self.name,
        }
        assert told == {
            "status": model.status,
            "hold": model.hold,
            "cancel": model.cancel,
            "moving": model.moving,
            "pay_on": model.pay_on,
            "posted": model.status in ("processing", "done", "reversing"),
            "live": model.live,
        }
        self._command(payment)

    def _command(self, payment: Payment) -> None:
        command = payment.command
        found = None if command is None else command.result or "open"
        assert found == self.model.command or payment.status.value in ("cancelled", "rejected")
        clear = self.desk.bill().command
        is_open = clear is not None and clear.is_open
        assert is_open is (self.model.clear == "open")

    @invariant()
    def limits_hold_what_the_model_says(self) -> None:
        held = {
            key.removeprefix("client-USD-"): pair
            for key, pair in self.desk.usage().items()
            if key.startswith("client-")
        }
        assert held == {day.isoformat(): pair for day, pair in self.model.usage().items()}

    @invariant()
    def only_moves_of_the_table_are_in_the_log(self) -> None:
        for entry in self.desk.books.entries(self.seen):
            self.seen = entry.sequence
            shown = entry.data.get("payment")
            if isinstance(shown, dict):
                name, status = str(shown["id"]), str(shown["status"])
                before = self.statuses.get(name)
                assert before == status or (before, status) in MOVES, entry.type
                self.statuses[name] = status

    def teardown(self) -> None:
        assert verify_log(self.desk.books, "USD").intact


TestPaymentModel = PaymentMachine.TestCase
TestPaymentModel.settings = settings(
    max_examples=RUNS,
    stateful_step_count=40,
    deadline=None,
    derandomize=not os.environ.get("ROWCOL_MODEL_RUNS"),
    suppress_health_check=list(HealthCheck),
)
