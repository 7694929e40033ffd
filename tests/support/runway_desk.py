"""A desk whose runway can be furnished: bills, payments, records, invoices, bank lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rowcol.domain.bill import Bill, DecisionAction
from rowcol.domain.facts import RailState
from rowcol.domain.invoice import Invoice, invoice_key
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.runway import Flow
from rowcol.domain.runway_lines import Runway, runway_of
from rowcol.domain.runway_sources import Sources
from rowcol.domain.scope import key_of
from rowcol.service.decide import Decide, decide
from rowcol.service.invoices import keep_invoices
from rowcol.service.runway import gather
from rowcol.service.spending import keep_spending
from rowcol.service.stage import stage
from tests.support.desk import SCOPE
from tests.support.domain.builders import bank_line, rail_payment
from tests.support.invoice_desk import later, shown
from tests.support.records import RecordDesk

UNDATED = rail_payment(planned_on=None, effective_on=None)


class RunwayDesk(RecordDesk):
    """Bluebird's books; what is named here ends up in its runway."""

    def sources(self) -> Sources:
        """What the runway is made of now."""
        return gather(self.books, self.client(), self.environment.now())

    def runway(self, days: int = 30) -> Runway:
        """The runway now."""
        return runway_of(self.sources(), days)

    def flow(self, source_id: str) -> Flow:
        """The one flow of a source."""
        [found] = [flow for flow in self.runway().flows if flow.source_id == source_id]
        return found

    def sources_named(self) -> list[str]:
        """Ids of all flows, sorted."""
        return sorted(flow.source_id for flow in self.runway().flows)

    def owe(self, name: str = "bill-1", **bill: Any) -> Bill:
        """A bill that Ramp shows without a date, approved unless said."""
        fields: dict[str, Any] = {"payment": UNDATED, **bill}
        return self.read(RailState.READY, bill_id=name, **fields)

    def stage(self, name: str = "bill-1") -> None:
        """Anna stages it."""
        staged = self.act(lambda change: stage(self.environment, change, name))
        assert not isinstance(staged, Refusal), staged

    def decide(self, name: str, action: DecisionAction, day: date | None = None) -> None:
        """Ben decides a staged bill."""
        wish = Decide(name, action, pay_on=day, until=day, reason="waits for a credit")
        decided = self.act(lambda change: decide(self.environment, change, wish), "ben")
        assert not isinstance(decided, Refusal), decided

    def billed(self, name: str, open_minor: int = 30_000, token: int = 0, **fields: Any) -> Invoice:
        """The ledger is read now and shows an invoice so."""
        reading = replace(shown(open_minor, token, invoice_id=name), **fields)
        reading = later(reading, self.clock.now())
        keep_invoices(self.environment, SCOPE, [reading])
        self.clock.pause(2)
        found = self.books.get(Invoice, invoice_key(name))
        assert found is not None
        return found

    def paid_after(self, name: str, days: int, customer: str = "201", late: int = 0) -> Invoice:
        """An invoice that the ledger showed open, then paid today, `days` after its date."""
        today = self.today()
        fields: dict[str, Any] = {
            "customer_id": customer,
            "issued_on": today - timedelta(days=days),
            "due_on": today - timedelta(days=late),
        }
        self.billed(name, **fields)
        return self.billed(name, 0, 1, **fields)

    def at_bank(self, name: str, amount: Money, day: date, **line: Any) -> None:
        """The bank shows a line; money out is above zero."""
        fields = {"text": "PAYROLL", **line}
        known = bank_line(line_id=name, amount=amount, posted_on=day, **fields)
        assert self.books.save(StoredLine(key_of("", name), 0, known))

    def claimed(self, name: str, whose: str) -> None:
        """A bank line belongs to a payment."""
        assert self.books.save(Link(key_of("bank", name), 0, whose))

    def sum_up(self, news: int = 100) -> bool:
        """Spending is summed up after new lines."""
        return keep_spending(self.environment, SCOPE, news)

    def bank_unknown(self) -> None:
        """No balance was ever accepted."""
        assert self.books.save(replace(self.books.head("USD"), balance=None))
