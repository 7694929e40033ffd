"""A desk with a ledger of vendors, bills, credits and preferences, and what its tray tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from rowcol.domain.bill import Bill
from rowcol.domain.facts import (
    CreditKind,
    LedgerBill,
    LedgerChanges,
    LedgerCredit,
    LedgerInvoice,
    LedgerPreferences,
    LedgerVendor,
    RailBill,
    RailState,
    ReadInterval,
)
from rowcol.domain.hygiene.kinds import HYGIENE
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem
from rowcol.service.change import transact
from rowcol.service.hygiene.ledger import keep_reference
from rowcol.service.hygiene.round import hygiene_round, refresh_reference
from rowcol.service.invoices import keep_invoices
from rowcol.service.rail_facts import RAMP, record_reading
from rowcol.service.store import Commit
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import client, ledger_bill, rail_bill, usd

OTHER = Scope(SCOPE.firm, "cormorant")
Open = set[tuple[str, str]]


class ReferenceLedger:
    """QuickBooks: what it holds; every call is noted."""

    def __init__(self, desk: HygieneDesk) -> None:
        self.desk = desk
        self.vendors: dict[str, LedgerVendor] = {}
        self.bills: dict[str, LedgerBill] = {}
        self.credits: dict[tuple[CreditKind, str], LedgerCredit] = {}
        self.closed_through: date | None = None
        self.calls: list[str] = []

    def read_vendor(self, vendor_id: str) -> LedgerVendor | None:
        self.calls.append(f"vendor {vendor_id}")
        return self.vendors.get(vendor_id)

    def active_vendors(self) -> tuple[LedgerVendor, ...]:
        self.calls.append("vendors")
        return tuple(one for one in self.vendors.values() if one.active)

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        self.calls.append(f"bill {bill_id}")
        return self.bills.get(bill_id)

    def open_bills(self) -> tuple[LedgerBill, ...]:
        self.calls.append("bills")
        return tuple(one for one in self.bills.values() if one.balance.minor > 0)

    def credits_since(self, since: datetime) -> tuple[LedgerCredit, ...]:
        self.calls.append("credits")
        return tuple(self.credits.values())

    def changes(self, since: datetime) -> LedgerChanges:
        self.calls.append("changes")
        return LedgerChanges()

    def open_invoices(self) -> tuple[LedgerInvoice, ...]:
        return ()

    def preferences(self) -> LedgerPreferences:
        self.calls.append("preferences")
        return LedgerPreferences(self.closed_through, self.desk.read_now())


class HygieneDesk(Desk):
    """Bluebird with a ledger, and Cormorant beside it."""

    def __init__(self, ledger_realm_id: str | None = "9130") -> None:
        super().__init__(ledger_realm_id=ledger_realm_id)
        rails: Any = self
        self.environment = replace(self.environment, rails=rails)
        self.qbo = ReferenceLedger(self)
        self.qbo.vendors["56"] = self.vendor("56")
        other = replace(client(), id=OTHER.client, version=0, ledger_realm_id="9131")
        books = self.store.books(OTHER)
        books.commit(Commit(OTHER, books.head(other.currency), (other,), ()))

    def counting(self, meter: object) -> HygieneDesk:
        return self

    def ledger(self, firm: str, name: str) -> ReferenceLedger:
        return self.qbo

    def read_now(self) -> ReadInterval:
        began = self.clock.now()
        self.clock.pause(1)
        return ReadInterval(began, self.clock.now())

    def reading(self, state: RailState = RailState.READY, **bill: Any) -> RailBill:
        """Ramp is read and shows a bill so."""
        return replace(rail_bill(state, paid_at=None, payment=None, **bill), read=self.read_now())

    def apply(self, reading: RailBill, scope: Scope = SCOPE) -> None:
        """A reading is applied."""
        surroundings = self.environment.surroundings
        transact(self.store, surroundings, scope, RAMP, lambda c: record_reading(c, reading))

    def show(self, scope: Scope = SCOPE, state: RailState = RailState.READY, **bill: Any) -> None:
        """Ramp is read and the reading applied."""
        self.apply(self.reading(state, **bill), scope)

    def told(self, scope: Scope = SCOPE, **changes: Any) -> int:
        """The ledger's change feed tells something."""
        return keep_reference(self.environment, scope, LedgerChanges(**changes))

    def invoiced(self, *invoices: LedgerInvoice, scope: Scope = SCOPE) -> int:
        """The ledger shows invoices."""
        fresh = [replace(one, read=self.read_now()) for one in invoices]
        return keep_invoices(self.environment, scope, fresh)

    def night(self, scope: Scope = SCOPE) -> int:
        """The nightly round."""
        return refresh_reference(self.environment, scope) + hygiene_round(self.environment, scope)

    def open(self, scope: Scope = SCOPE) -> Open:
        """Subjects and kinds of open items about data."""
        return {
            (item.subject, item.item)
            for (_, name, _, _), item in self.store.items.items()
            if name == scope.client
            and isinstance(item, TrayItem)
            and item.is_live
            and item.item in HYGIENE
        }

    def writes(self, scope: Scope = SCOPE) -> int:
        """How often the client's books were written."""
        return self.store.books(scope).head("USD").version

    def vendor(self, name: str, *, active: bool = True) -> LedgerVendor:
        """A vendor as the ledger shows it."""
        return LedgerVendor(name, f"Vendor {name}", active, self.read_now())

    def booked(self, name: str, balance: str = "1250.00", **changes: Any) -> LedgerBill:
        """A bill as the ledger shows it."""
        fields = {"bill_id": name, "balance": usd(balance), "payment_ids": (), **changes}
        return ledger_bill(**fields, read=self.read_now())

    def known(self, name: str) -> Bill | None:
        """A bill as stored."""
        return self.books.get(Bill, name)
