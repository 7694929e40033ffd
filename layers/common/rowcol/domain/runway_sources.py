"""Everything that a client's runway is made of, and all flows that follow from it.

One place counts: the line that is shown, the line after a decision and the line of a scenario are
drawn from the flows of `Sources.flows`, so that they cannot differ in what they count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from rowcol.domain.allocation import Allocated, AllocationTarget, allocated_id
from rowcol.domain.bill import Bill
from rowcol.domain.calendar import local_date, next_bank_day
from rowcol.domain.client import Client, Head
from rowcol.domain.guardrail import buffer
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.receipts import EVERYBODY, PayingHabit, habit_id, receipt_flow
from rowcol.domain.receivables.collected import Collected
from rowcol.domain.receivables.flows import payout_flow
from rowcol.domain.receivables.payout_record import PayoutRecord
from rowcol.domain.recurrence import Recurrence, RecurrenceState, nominal_dates
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.runway import HORIZON_MAX, Certainty, Flow, FlowKind, LeftOut
from rowcol.domain.runway_payments import Frame, bill_flow, planned_flow, record_flow
from rowcol.domain.scope import key_of
from rowcol.domain.spending import Spending, burn_flows

_PLACE = {kind: place for place, kind in enumerate(FlowKind)}


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read of one client at `now`: aggregates by id.

    `bills`: those that hold money or are not over. `payments`: those not over or looked for at the
    bank. `invoices`: open ones. `recurrences`: active ones. `payouts`: those of Stripe's that have
    not arrived; `collected`: by invoice, what Stripe collected.
    """

    client: Client
    head: Head
    now: datetime
    bills: Mapping[str, Bill] = field(default_factory=dict)
    payments: Mapping[str, Payment] = field(default_factory=dict)
    allocated: Mapping[str, Allocated] = field(default_factory=dict)
    invoices: Mapping[str, Invoice] = field(default_factory=dict)
    habits: Mapping[str, PayingHabit] = field(default_factory=dict)
    recurrences: Mapping[str, Recurrence] = field(default_factory=dict)
    spending: Spending | None = None
    payouts: Mapping[str, PayoutRecord] = field(default_factory=dict)
    collected: Mapping[str, Collected] = field(default_factory=dict)

    @property
    def first(self) -> date:
        """Today, where the client is: the first day of every line."""
        return local_date(self.now, self.client.zone)

    @property
    def opening(self) -> Money | Refusal:
        """The accepted balance, however old; unknown is never zero."""
        if self.head.balance is None:
            return Refusal(
                Code.BALANCE_UNKNOWN,
                "no balance of this client was ever accepted, so its runway is not known",
                remedy="refresh the balance",
            )
        return self.head.balance.pool

    @property
    def buffer(self) -> Money | Refusal:
        """What the guardrail keeps back."""
        return buffer(self.client, self.head.burn)

    @property
    def burn(self) -> Spending | Refusal:
        """What leaves beside the bills, when the bank's history is long enough to tell."""
        days = self.spending.days if self.spending is not None else 0
        needed = max(self.client.guardrail.history_days_min, 1)
        spending = self.spending
        if spending is not None and days >= needed and self._adds(spending.debits):
            return spending
        return Refusal(
            Code.BUFFER_UNKNOWN,
            f"{days} days of bank history, {needed} needed: what leaves beside bills is not known"
            " and not counted",
            {"days": days, "days_needed": needed},
        )

    def _adds(self, amount: Money) -> bool:
        return amount.currency == self.client.currency

    def deciding(self, bill: Bill, payment: Payment | None) -> Sources:
        """The same once a bill, and its live payment if it has one, are so."""
        bills = {**self.bills, bill.id: bill}
        payments = dict(self.payments)
        if payment is not None:
            payments[payment.id] = payment
        return replace(self, bills=bills, payments=payments)

    def flows(self) -> tuple[tuple[Flow, ...], tuple[LeftOut, ...]]:
        """All flows from `first` on, each source once, and what could not be counted."""
        flows: list[Flow] = []
        left_out: list[LeftOut] = []
        every = (
            *self._bills(),
            *self._occurrences(),
            *self._records(),
            *self._receipts(),
            *self._payouts(),
        )
        for found in every:
            if isinstance(found, LeftOut):
                left_out.append(found)
            elif found is not None:
                flows.append(found)
        flows += self._burn()
        flows.sort(key=lambda flow: (flow.day, _PLACE[flow.kind], flow.source_id))
        return tuple(flows), tuple(left_out)

    @property
    def _frame(self) -> Frame:
        balance = self.head.balance
        operating = frozenset(self.client.operating_account_ids)
        seen_at = balance.observed_at if balance is not None else None
        return Frame(self.first, self.client.currency, operating, seen_at)

    def _paid_here(self, target: AllocationTarget, name: str) -> Money:
        known = self.allocated.get(allocated_id(target, name))
        currency = self.client.currency
        return known.total(currency) if known is not None else Money.zero(currency)

    def _bills(self) -> Iterable[Flow | LeftOut | None]:
        frame = self._frame
        for bill in self.bills.values():
            live = self.payments.get(bill.live_payment_id or "")
            live = live if live is not None and live.is_live else None
            yield bill_flow(frame, bill, live, self._paid_here(AllocationTarget.BILL, bill.id))

    def _waiting(self) -> list[Payment]:
        """Occurrences that wait for their bill, the earliest first."""
        found = [
            payment
            for payment in self.payments.values()
            if payment.commands_rail and payment.bill_id is None and payment.is_live
        ]
        return sorted(found, key=lambda payment: (payment.pay_on, payment.id))

    def _occurrences(self) -> Iterable[Flow | LeftOut | None]:
        """Those made, and those that will be: only the next weeks' are made ahead.

        A bill that is not approved yet and that one of them will take is counted as the bill.
        """
        frame = self._frame
        coming = [bill for bill in self.bills.values() if self._will_attach(bill)]
        for payment in self._waiting():
            taken = next((bill for bill in coming if self._takes(payment, bill)), None)
            if taken is not None:
                coming.remove(taken)
                continue
            yield planned_flow(frame, payment)
        last = self.first + timedelta(days=HORIZON_MAX)
        for recurrence in self.recurrences.values():
            if recurrence.state is RecurrenceState.ACTIVE:
                yield from self._to_be_planned(recurrence, last)

    def _will_attach(self, bill: Bill) -> bool:
        return not bill.rail.approved and not bill.is_closed and bill.open_reserve is None

    def _takes(self, payment: Payment, bill: Bill) -> bool:
        recurrence = self.recurrences.get(payment.recurrence_id or "")
        if recurrence is None or recurrence.terms.vendor_id != bill.rail.vendor_id:
            return False
        return recurrence.terms.tolerance.allows(recurrence.terms.amount, bill.amount)

    def _to_be_planned(self, recurrence: Recurrence, last: date) -> Iterable[Flow]:
        terms = recurrence.terms
        for position, nominal in enumerate(nominal_dates(terms.schedule)):
            day = next_bank_day(nominal)
            if day > last:
                return
            is_ours = position >= recurrence.planned_count and day >= self.first
            if is_ours and terms.amount.currency == self.client.currency:
                yield Flow(
                    key_of("", f"{recurrence.id}-{nominal}"),
                    FlowKind.PLANNED,
                    day,
                    -terms.amount,
                    Certainty.LIKELY,
                    f"{terms.vendor_name}, recurring",
                    f"recurs on {nominal}",
                    nominal,
                    movable=True,
                )

    def _records(self) -> Iterable[Flow | None]:
        frame = self._frame
        for payment in self.payments.values():
            yield record_flow(frame, payment)

    def _receipts(self) -> Iterable[Flow | LeftOut | None]:
        everybody = self.habits.get(EVERYBODY)
        for invoice in self.invoices.values():
            if not invoice.is_open:
                continue
            label, left = invoice.ledger.customer_name, invoice.ledger.balance
            if left.currency != self.client.currency:
                because = f"it is in {left.currency}, the books are in {self.client.currency}"
                yield LeftOut(invoice.id, label, left, because)
                continue
            unpaid = invoice.amount - self._paid_here(AllocationTarget.INVOICE, invoice.id)
            known = self.collected.get(invoice.id)
            rest = known.rest_of(invoice) if known is not None else left
            if rest < left:
                because = "paid through Stripe: it comes with Stripe's payouts"
                yield LeftOut(invoice.id, label, left - rest, because)
            left = min(rest, unpaid)
            if left.minor > 0:
                own = self.habits.get(habit_id(invoice))
                yield receipt_flow(invoice, left, own, everybody, self.first)

    def _payouts(self) -> Iterable[Flow | LeftOut | None]:
        balance = self.head.balance
        seen_on = local_date(balance.observed_at, self.client.zone) if balance else None
        for record in self.payouts.values():
            yield payout_flow(record, self.client.currency, seen_on, self.first)

    def _burn(self) -> tuple[Flow, ...]:
        spending, balance = self.burn, self.head.balance
        if isinstance(spending, Refusal) or balance is None:
            return ()
        seen_on = min(local_date(balance.observed_at, self.client.zone), self.first)
        return burn_flows(spending, seen_on, self.first, HORIZON_MAX)
