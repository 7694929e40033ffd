"""The note beside an invoice whose money was found: once, off by default, nothing else written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from rowcol.domain.allocation import Allocation, AllocationTarget
from rowcol.domain.evidence import CashFact
from rowcol.domain.invoice import Invoice, invoice_key
from rowcol.domain.ledger_note import LedgerNote, NoteState
from rowcol.domain.payment import Payment, PaymentType, Verification
from rowcol.domain.tray import TrayItem
from rowcol.rails.qbo.guard import is_note
from rowcol.service.change import Change
from rowcol.service.ledger_notes import carry_note
from rowcol.service.ports import LedgerRefused
from rowcol.service.received_notes import Received, ask_received, note_record
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import NOW, bank_line, payment, usd
from tests.support.invoice_desk import shown

KEY = invoice_key("1741")
SEEN = Received("match_1", usd("300"), NOW.date(), ("Bank: 300.00 USD",))


@dataclass
class Books:
    """A ledger that takes notes, or refuses them."""

    refuses: bool = False
    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def attach_note(self, entity: str, entity_id: str, note: str, request_id: str) -> str:
        if self.refuses:
            raise LedgerRefused("fault 5010", "period_closed")
        self.sent.append((entity, entity_id, note))
        return f"n-{len(self.sent)}"

    def find_note(self, text: str, since: object) -> str | None:
        for place, (_, _, note) in enumerate(self.sent, 1):
            if note.endswith(text):
                return f"n-{place}"
        return None


class Notes(Desk):
    """A client whose ledger holds an invoice."""

    def __init__(self, *, enabled: bool = True) -> None:
        super().__init__(ledger_realm_id="9130", ledger_notes=enabled)
        self.qbo = Books()
        rails: Any = self
        self.environment = replace(self.environment, rails=rails)

        def plan(change: Change) -> bool:
            change.put(Invoice(KEY, 0, shown()))
            return True

        self.work(plan)

    def ledger(self, firm: str, name: str) -> Books:
        return self.qbo

    def ask(self, received: Received = SEEN) -> None:
        self.work(lambda change: ask_received(change, KEY, received))

    def notes(self) -> list[LedgerNote]:
        return [one for one in self.store.items.values() if isinstance(one, LedgerNote)]

    def carry(self) -> list[str]:
        self.clock.pause(400)
        return [carry_note(self.environment, SCOPE, one.id) for one in self.notes()]


def test_it_is_asked_once_and_written_beside_the_invoice() -> None:
    desk = Notes()
    desk.ask()
    desk.ask()
    assert desk.carry() == ["confirmed"]
    [(entity, entity_id, text)] = desk.qbo.sent
    assert (entity, entity_id) == ("Invoice", "1741")
    assert text.startswith("RowCol: 300.00 USD for invoice INV-2041 was received.")
    desk.ask()
    assert desk.carry() == ["nothing"]
    assert desk.types() == ["ledger_note.asked", "ledger_note.sent", "ledger_note.confirmed"]
    assert all("invoice" in entry.data for entry in desk.books.entries())


def test_it_is_off_unless_the_client_wants_it() -> None:
    desk = Notes(enabled=False)
    desk.ask()
    assert (desk.notes(), desk.types()) == ([], [])


def test_another_source_is_another_note_and_a_void_invoice_gets_none() -> None:
    desk = Notes()
    desk.ask()
    desk.ask(replace(SEEN, source="po_1"))
    assert len(desk.notes()) == 2

    def void(change: Change) -> bool:
        known = change.get(Invoice, KEY)
        assert known is not None
        change.put(replace(known, gone=True))
        return True

    desk.work(void)
    desk.ask(replace(SEEN, source="po_2"))
    assert len(desk.notes()) == 2


def test_a_closed_period_is_told_at_the_invoice() -> None:
    desk = Notes()
    desk.qbo.refuses = True
    desk.ask()
    assert desk.carry() == ["refused"]
    [item] = [one for one in desk.store.items.values() if isinstance(one, TrayItem)]
    assert (item.subject, item.item) == (f"invoice-{KEY}", "ledger_note_refused")
    assert desk.notes()[0].state is NoteState.REFUSED


def received(**changes: Any) -> Payment:
    """A recorded payment of a customer that the bank shows."""
    line = bank_line(amount=usd("-300"))
    fields: dict[str, Any] = {
        "type": PaymentType.CUSTOMER_PAYMENT,
        "bill_id": None,
        "amount": usd("300"),
        "cash": CashFact((), (line,), "exact", "it fits", NOW, NOW),
        "verification": Verification.VERIFIED,
        "allocations": (Allocation(AllocationTarget.INVOICE, KEY, usd("300")),),
    }
    return payment(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        ({}, 1),
        ({"verification": Verification.AWAITING}, 0),
        ({"type": PaymentType.REFUND}, 0),
        ({"cash": None}, 0),
        ({"allocations": ()}, 0),
    ],
)
def test_a_record_that_the_bank_shows_is_noted_at_its_invoices(
    changes: dict[str, Any], notes: int
) -> None:
    desk = Notes()

    def plan(change: Change) -> bool:
        note_record(change, received(**changes))
        return True

    desk.work(plan)
    desk.work(plan)
    assert len(desk.notes()) == notes


def body(**target: object) -> bytes:
    named = {"type": "Invoice", "value": "1741", **target}
    refs = [{"EntityRef": named, "IncludeOnSend": False}]
    return httpx.Request(
        "POST", "https://q.test", json={"Note": "n", "AttachableRef": refs}
    ).content


def test_the_allow_list_has_one_more_target_and_nothing_else() -> None:
    assert is_note(body())
    for other in ("Payment", "Customer", "SalesReceipt", "invoice", "Vendor", "JournalEntry"):
        assert not is_note(body(type=other))
    assert not is_note(body(Balance=0))
