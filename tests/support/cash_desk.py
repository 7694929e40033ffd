"""A desk with a bank and open items, asked over HTTP as well."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from local.openapi import operations
from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState
from rowcol.domain.facts import RailState
from rowcol.domain.link import Link
from rowcol.domain.scope import Role, key_of
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.edge.operation import table
from rowcol.service.cash_matches.run import CashLook
from rowcol.service.listing import every_id
from rowcol.service.sync.bank import look_at_cash
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.domain.builders import rail_payment, usd
from tests.support.records import RecordDesk

OPERATIONS = table(operations())
_CLIENT = "/clients/{client}"
FRIDAY = date(2026, 11, 20)


class CashDesk(RecordDesk):
    """Bluebird's books; anna approves, vera only views, otto owns the client."""

    def __init__(self) -> None:
        super().__init__()
        self.join("anna")
        self.join("vera", Role.VIEWER)
        self.join("paul", Role.PREPARER)
        self.join("otto", Role.CLIENT_OWNER)
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)

    def ask(
        self, method: str, path: str, body: object = None, person: str = "anna", **how: Any
    ) -> Answer:
        """One call below the client; `ids` are those of the path."""
        ids = {"client": SCOPE.client, **how.pop("ids", {})}
        return self.web.call(method, _CLIENT + path, body, person=person, path=ids, **how)

    def looked(self) -> CashLook:
        """All matching, as after a reading of the bank."""
        return look_at_cash(self.environment, SCOPE, None)[1]

    def line(self, name: str, amount: str, text: str, **fields: Any) -> str:
        """A settled line; money out is above zero."""
        self.bank_shows(line_id=name, amount=usd(amount), text=text, **fields)
        return name

    def open_bill(self, name: str, amount: str, vendor: str, **fields: Any) -> Bill:
        """An open bill that nobody pays through Ramp yet."""
        told: dict[str, Any] = {
            "bill_id": name,
            "amount": usd(amount),
            "vendor_name": vendor,
            "vendor_id": f"v-{vendor.split(maxsplit=1)[0].lower()}",
            "invoice_number": f"A-{name}",
            "payment": rail_payment(planned_on=None, effective_on=None, payment_id=f"rp-{name}"),
            "issued_on": FRIDAY - timedelta(days=20),
            "due_on": FRIDAY + timedelta(days=5),
        }
        return self.read(RailState.READY, **(told | fields))

    def matches(self, state: MatchState) -> list[CashMatch]:
        """Matches of one state, in the list's order."""
        ids = every_id(self.books, CashMatch, f"{state.value}#")
        found = self.books.get_many(CashMatch, ids)
        return [found[name] for name in ids]

    def claim(self, line_id: str) -> str | None:
        """Who has a line."""
        link = self.books.get(Link, key_of("bank", line_id))
        return link.bill_id if link is not None and link.is_claimed else None

    def open_tray(self) -> dict[str, TrayItem]:
        """Open items by kind."""
        items = self.books.get_many(TrayItem, every_id(self.books, TrayItem, "")).values()
        return {item.item: item for item in items if item.state is TrayState.OPEN}
