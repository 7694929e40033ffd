"""Whatever people, rails, the bank and time do to a payment, it is what a small model says.

Runs by `ROWCOL_MODEL_RUNS`, 60 when it is not set. The 2,000 runs of the bar:
`ROWCOL_MODEL_RUNS=2000 .venv/bin/python -m pytest tests/property/test_payment_model.py -q`
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local.simulation.clock import SimulatedClock
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import TABLE
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.service.audit import verify_log
from rowcol.service.judgement import judge_payment
from rowcol.service.ports import RailUnavailable
from rowcol.service.proof import observe_cash
from rowcol.service.sync.bank import sync_bank
from tests.support.desk import SCOPE
from tests.support.domain.builders import bank_line, rail_payment, usd
from tests.support.model.agreement import expected, held, told
from tests.support.model.payment import BEFORE
from tests.support.model.people import PaymentModel
from tests.support.model.script import (
    AFTER,
    ANSWERS,
    DATED,
    GOES_ON,
    RUN_SETTINGS,
    STAGES,
    VERBS,
)
from tests.support.payment_desk import PaymentDesk
from tests.support.ramp_bill import RampBill

MOVES = {(row.source.value if row.source else None, row.target.value) for row in TABLE}


class PaymentMachine(RuleBasedStateMachine):
    """The code on a memory store beside the model, each with a Ramp of its own."""

    @initialize(
        stage=st.sampled_from(STAGES),
        answer=st.sampled_from(ANSWERS),
        method=st.sampled_from(["ACH", "CHECK"]),
    )
    def begin(self, stage: str, answer: str, method: str) -> None:
        """A bill; often with a payment that has come some way already."""
        self.desk = PaymentDesk()
        twin = RampBill(SimulatedClock(self.desk.clock.now()))
        paid_by = rail_payment(planned_on=None, effective_on=None, method=method)
        for ramp in (self.desk.ramp, twin):
            ramp.bill = replace(ramp.bill, payment=paid_by)
        self.desk.refresh()
        self.model = PaymentModel(twin, self.desk.bill().rail, self.desk.clock.now())
        self.desk.qbo.balance = "1300.00"
        self.name = ""
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
        return self._pays(RailState.PROCESSING if reached == "processing" else RailState.PAID)

    def _pays(self, state: RailState) -> None:
        self.both(lambda ramp: ramp.show(state))
        self.webhook()

    def both(self, do: Callable[[RampBill], Any]) -> None:
        for ramp in (self.desk.ramp, self.model.ramp):
            do(ramp)

    def tick(self) -> None:
        self.model.now = self.desk.clock.now()

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
        self._pays(RailState.PROCESSING if began else RailState.PAID)

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
        self._sweep()

    @rule(days=st.sampled_from([1, 1, 1, 3, 9]))
    def days_pass(self, days: int) -> None:
        """Some days, to ten o'clock in New York; then the sweep."""
        now = self.desk.clock.now()
        morning = now.replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=days)
        self.desk.clock.pause((morning - now).total_seconds())
        self._sweep()

    def _sweep(self) -> None:
        self.tick()
        self.model.sweep()
        self.desk.sweep()

    @precondition(lambda self: self.model.status in ("processing", "done", "reversing"))
    @rule(back=st.booleans())
    def bank(self, back: bool) -> None:
        """The debit is posted, or the return of it; the lines are read, the payment judged."""
        model, payment = self.model, self.model.known.payment
        assert payment is not None
        if not model.debited and payment.effective_on is not None:
            self._line(1, payment.effective_on, "RAMP BILL PAY ACME SUPPLIES")
            model.debited = True
        elif model.debited and back and not model.credited:
            day = max(self.desk.today(), payment.effective_on or self.desk.today())
            self._line(-1, day, "ACH RETURN R01")
            model.credited = True
        self._judge()

    def _line(self, sign: int, day: date, text: str) -> None:
        self.lines += 1
        assert self.model.amount is not None
        money = self.model.amount if sign > 0 else -self.model.amount
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

    @precondition(lambda self: self.model.status in ("processing", "done", "reversing"))
    @rule(verb=st.sampled_from(["reverse", "money_back", "reissue", "reissue", "reject"]))
    def wish_of_a_taken_one(self, verb: str) -> None:
        """Somebody knows more than the rail tells."""
        self._wish(verb, 3)

    @precondition(lambda self: self.model.hold)
    @rule(verb=st.sampled_from(["lift", "lift", "lift_by_call", "reject", "reschedule"]))
    def wish_of_a_held_one(self, verb: str) -> None:
        """Somebody wants a held one to go on, or to end."""
        self._wish(verb, 3)

    def _wish(self, verb: str, days: int) -> None:
        self.tick()
        day = next_bank_day(self.desk.today() + timedelta(days=days))
        code = self.model.wish(verb, day)
        answer = self.desk.do(VERBS[verb](self.name, day), "rita")
        found = answer.code.value if isinstance(answer, Refusal) else None
        assert found == code, answer
        if verb == "reissue" and isinstance(answer, Payment):
            self.name = answer.id

    @invariant()
    def ramp_was_asked_the_same(self) -> None:
        assert self.desk.ramp.asked == self.model.ramp.asked
        assert self.desk.ramp.bill == self.model.ramp.bill

    @invariant()
    def the_payment_is_what_the_model_says(self) -> None:
        if self.name:
            assert told(self.desk, self.name) == expected(self.model)

    @invariant()
    def limits_hold_what_the_model_says(self) -> None:
        assert held(self.desk) == self.model.usage()

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
TestPaymentModel.settings = RUN_SETTINGS
