"""A desk with one bill at Ramp, an open ledger and a bank: payments from decision to proof."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from rowcol.domain.bill import DecisionAction
from rowcol.domain.calendar import release_at
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import (
    AccountBalance,
    BalanceReading,
    BalanceSource,
    BankChanges,
    BankLine,
    LedgerBill,
    LedgerPayment,
    RailState,
    ReadInterval,
)
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Custody, Origin, Payment, Step
from rowcol.domain.refusal import Refusal
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.service.change import Change
from rowcol.service.custody import load, recheck
from rowcol.service.decide import Decide, decide
from rowcol.service.environment import Environment
from rowcol.service.execute import execute
from rowcol.service.judgement import judge_payment
from rowcol.service.proof import observe_cash
from rowcol.service.rail_dates import clear_date
from rowcol.service.rail_facts import REGRESS_CONFIRM, refresh_bill
from rowcol.service.stage import stage
from rowcol.service.sync.bank import sync_bank
from rowcol.service.wishes import Outcome
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import ledger_bill, payment, usd
from tests.support.quiet_reference import QuietReference
from tests.support.ramp_bill import RampBill

BILL = "bill-1"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Plan = Callable[[Environment, Change], "Payment | Refusal"]


@dataclass
class OpenLedger(QuietReference):
    """QBO shows the bill, with what is still open of it."""

    balance: str = "1250.00"

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        """The bill."""
        return ledger_bill(balance=usd(self.balance), payment_ids=())

    def read_payment(self, payment_id: str) -> LedgerPayment | None:
        """None is booked."""
        return None


class QuietBank:
    """Plaid: enough money in one account, and the lines that a test posts."""

    def __init__(self, desk: PaymentDesk) -> None:
        self.desk = desk
        self.lines: list[BankLine] = []
        self.cash = "10000"

    def balances(self, *, live: bool) -> BalanceReading:
        """The money, seen just now."""
        now, cash = self.desk.clock.now(), usd(self.cash)
        account = AccountBalance(
            "operating-1", "0001", "Operating", "depository", "checking", cash, cash
        )
        return BalanceReading((account,), BalanceSource.LIVE, now, ReadInterval(now, now))

    def changes(self, item_id: str, cursor: str | None) -> BankChanges:
        """The lines after the cursor, which counts them."""
        now = self.desk.clock.now()
        known = int(cursor or 0)
        fresh, at = tuple(self.lines[known:]), str(len(self.lines))
        return BankChanges(fresh, (), (), at, True, ReadInterval(now, now))


class PaymentDesk(Desk):
    """Bluebird with bill-1 staged by Anna; Boris decides; cash is not looked at unless asked."""

    def __init__(self, **settings: Any) -> None:
        free = GuardrailSettings(enabled=False)
        fields: dict[str, Any] = {
            "guardrail": free,
            "operating_account_ids": ("operating-1",),
            "bank_item_ids": ("item-1",),
        }
        super().__init__(**(fields | settings))
        self.ramp = RampBill(self.clock)
        self.qbo, self.plaid = OpenLedger(), QuietBank(self)
        rails: Any = self
        self.environment = replace(self.environment, rails=rails)
        self.refresh()

    # ---- rails

    def counting(self, meter: object) -> PaymentDesk:
        """The same: no calls are counted here."""
        return self

    def execution(self, firm: str, client: str) -> RampBill:
        """Ramp."""
        return self.ramp

    def ledger(self, firm: str, client: str) -> OpenLedger:
        """QBO."""
        return self.qbo

    def bank(self, firm: str, client: str) -> QuietBank:
        """Plaid."""
        return self.plaid

    def refresh(self) -> None:
        """A webhook: the bill is read."""
        refresh_bill(self.environment, SCOPE, BILL)

    def shows(self, state: RailState, planned_on: date | None = None, **bill: Any) -> None:
        """Ramp shows another state, and it is read; a step back is read twice, as it must be."""
        self.ramp.show(state, planned_on, **bill)
        self.refresh()
        if self.bill().regress_seen_at is not None:
            self.clock.pause(REGRESS_CONFIRM.total_seconds())
            self.refresh()

    # ---- people

    def do(self, plan: Plan, person: str = "boris") -> Payment | Refusal:
        """A person's command on a payment."""
        answer = self.act(lambda change: plan(self.environment, change), person)
        assert isinstance(answer, Payment | Refusal)
        return answer

    def stage(self, person: str = "anna") -> None:
        """The bill is staged."""
        staged = self.act(lambda change: stage(self.environment, change, BILL), person)
        assert isinstance(staged, Outcome), staged

    def decide(self, pay_on: date | None = None, person: str = "boris") -> str:
        """Pay now, or on a day; gives the payment's id."""
        action = DecisionAction.SCHEDULE if pay_on else DecisionAction.PAY_NOW
        wish = Decide(BILL, action, pay_on)
        taken = self.act(lambda change: decide(self.environment, change, wish), person)
        assert isinstance(taken, Outcome), taken
        assert taken.payment is not None
        return taken.payment.id

    # ---- the workflow

    def run(self, name: str) -> None:
        """The execution of the payment's attempt goes as far as it can without waiting.

        Nothing when none was started yet.
        """
        attempt = self.payment(name).custody.attempt
        if attempt == 0:
            return
        step = load(self.environment, SCOPE, name, attempt)
        if step in (Step.REFRESH_BALANCE, Step.RECHECK):
            recheck(self.environment, SCOPE, name, attempt)
            step = load(self.environment, SCOPE, name, attempt)
        if step == Step.EXECUTE:
            execute(self.environment, SCOPE, name, attempt)

    def clear(self) -> str:
        """What asks Ramp to take its date off runs."""
        return clear_date(self.environment, SCOPE, BILL)

    def until(self, hours: float) -> None:
        """Time passes, and what is due is done."""
        self.clock.pause(hours * 3600)
        self.sweep()

    # ---- what people see

    def items(self) -> set[str]:
        """Kinds of the open tray items."""
        found = self.store.items.values()
        shown = [item for item in found if isinstance(item, TrayItem)]
        return {item.item for item in shown if item.state is TrayState.OPEN}

    def usage(self) -> dict[str, tuple[int, int]]:
        """Counters of limits that are not zero: total and used, in minor units."""
        found = {name: (one.total, one.used) for (_, name), one in self.store.counters.items()}
        return {name: pair for name, pair in found.items() if pair != (0, 0)}

    def days_in_use(self) -> set[date]:
        """The days on which limits hold something."""
        return {
            date.fromisoformat(found[0]) for name in self.usage() if (found := _DAY.findall(name))
        }

    # ---- payments in a state, by the way they really get there

    def scheduled(self, days: int = 10) -> str:
        """Scheduled for a Monday ten days ahead."""
        self.stage()
        return self.decide(self.today() + timedelta(days=days))

    def taken(self, state: RailState = RailState.PROCESSING) -> str:
        """Paid now, and Ramp has taken it; then it shows another state, perhaps."""
        name = self.asked()
        self.shows(RailState.PROCESSING)
        self.shows(state)
        return name

    def recorded(self, method: str) -> str:
        """A record of a vendor's payment, as it is confirmed in no way yet."""
        made = payment(
            Status.DONE,
            id="rec_1",
            version=0,
            bill_id=None,
            decision_id=None,
            origin=Origin.RECORD,
            custody=Custody(Step.DONE, 0),
            method=method,
            reference="1041",
        )

        def plan(change: Change) -> bool:
            change.put(made)
            change.state("payment.recorded", payment=made)
            return True

        self.work(plan)
        return made.id

    def judged(self, name: str) -> Payment:
        """What the sweep would start: the bank is read, then the payment judged."""
        self.sweep()
        sync_bank(self.environment, SCOPE)
        observe_cash(self.environment, SCOPE, name, None, wake=True)
        self.sweep()
        judge_payment(self.environment, SCOPE, name, self.payment(name).custody.attempt)
        return self.payment(name)

    def on_its_day(self, name: str) -> None:
        """Its day comes, and its release runs as far as it can."""
        day = self.payment(name).pay_on
        while self.clock.now() < release_at(day):
            self.until(6)
        self.sweep()
        self.run(name)

    def asked(self) -> str:
        """Pay now, and Ramp has the date."""
        self.stage()
        name = self.decide()
        self.run(name)
        return name
