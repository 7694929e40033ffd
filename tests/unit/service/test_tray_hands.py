"""Who had a hand in what an item is about does not settle it; and the log says who did."""

from __future__ import annotations

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Role
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.tray_acts import TrayVerb
from rowcol.service.change import Change
from rowcol.service.tray import open_item
from tests.support.payment_desk import PaymentDesk
from tests.support.tray_desk import KIND, TrayDesk

V = TrayVerb


@pytest.mark.parametrize("kind", ["held", "duplicate", "amount", "reversed_or_returned"])
def test_who_made_it_never_accepts_it(kind: str) -> None:
    desk = PaymentDesk()
    payment = desk.payment(desk.scheduled())
    tray = _beside(desk)
    name = tray.tell(kind, f"payment-{payment.id}")
    makers = {payment.maker}
    bill = desk.books.get(Bill, payment.bill_id or "")
    assert bill is not None
    assert bill.decision is not None
    makers |= bill.decision.hands
    for maker in makers:
        tray.join(maker, Role.FIRM_ADMIN)
        refused = tray.do(V.ACCEPT, maker, item_id=name)
        assert isinstance(refused, Refusal)
        assert refused.code is Code.SAME_PERSON, refused
    stale = tray.do(V.ACCEPT, "releaser", item_id=name, fresh=False)
    assert isinstance(stale, Refusal)
    assert stale.code is Code.STEP_UP_REQUIRED
    machine = tray.do(V.ACCEPT, "bot", item_id=name)
    assert isinstance(machine, Refusal)
    assert machine.code is Code.SECOND_PERSON_REQUIRED
    low = tray.do(V.ACCEPT, "approver", item_id=name)
    assert isinstance(low, Refusal)
    assert low.code is Code.FORBIDDEN
    assert isinstance(tray.do(V.ACCEPT, "releaser", item_id=name), TrayItem)


def _beside(desk: PaymentDesk) -> TrayDesk:
    """The tray of the same books."""
    tray = TrayDesk()
    tray.store, tray.environment, tray.books = desk.store, desk.environment, desk.books
    tray.clock = desk.clock
    tray.people()
    return tray


def test_who_did_what_is_in_the_log() -> None:
    desk = TrayDesk()
    desk.tell()
    desk.do(V.ACCEPT, "approver", words="a fee")
    [entry] = [one for one in desk.books.entries() if one.type == "tray.acted"]
    assert (entry.actor.id, entry.data["verb"], entry.data["reason"]) == (
        "approver",
        "accept",
        "a fee",
    )
    told = entry.data["tray"]
    assert isinstance(told, dict)
    assert told["state"] == "accepted"
    assert "acts" not in told


def test_what_a_payment_is_about_is_known_without_being_told() -> None:
    desk = PaymentDesk()
    payment = desk.payment(desk.scheduled())

    def plan(change: Change) -> bool:
        assert change.get(Payment, payment.id) is not None
        open_item(change, f"payment-{payment.id}", KIND, "Late")
        return True

    desk.work(plan)
    item = desk.books.get(TrayItem, tray_id(f"payment-{payment.id}", KIND))
    assert item is not None
    assert (item.party_id, item.amount) == (payment.counterparty_id, payment.amount)
