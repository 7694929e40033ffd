"""Orders about a bill and audit notes, with a process that dies at each boundary call of them.

From the death on only the minute sweep works. Ramp and QuickBooks are the simulators; one decision
has one effect there, and the books say so in the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from local.simulation.boundary import Died
from local.simulation.defects import no_defects
from local.simulation.pay_now import CLIENT, PayNow
from local.simulation.quiet import exchange, repair_connections
from local.simulation.registration import FIRM
from rowcol.domain.bill_order import BillOrder, OrderState
from rowcol.domain.client import Client
from rowcol.domain.ledger_note import LedgerNote, NoteState
from rowcol.domain.payment import Payment
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.edge.schedules import DueWorkFailed
from rowcol.service.audit import verify_log
from rowcol.service.change import Change, transact
from rowcol.service.ledger_notes import ask_note

SCOPE = Scope(FIRM, CLIENT)
_BILL = "/clients/{client}/bills/{bill}"
_PASSES = 12
_MINUTES = 6.0


class Flow(PayNow):
    """One client, one bill; what Ramp was told by us is counted by method."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        shown = self.product.rails.ramp.handle

        def handle(request: Any) -> Any:
            answer = shown(request)
            holding = request.method == "POST" and request.path.endswith("/hold")
            if (holding or request.method in ("PATCH", "DELETE")) and answer.status < 300:
                self.told.append(request.method)
            return answer

        self.product.rails.ramp.handle = handle  # type: ignore[method-assign]

    def say(self, person: str, suffix: str, body: object = None, **path: str) -> Any:
        """A person's command, asked again with the same key while its process dies."""
        route, at = f"{_BILL}{suffix}", int(self.product.clock.now().timestamp())
        given: dict[str, Any] = {"key": f"{person}-command-1", "shown_at": at}
        given |= {"body": body} if body is not None else {}
        where = {"client": CLIENT, "bill": self.bill_id, **path}
        for _ in range(3):
            with contextlib.suppress(Died):
                return self.product.api(person, "POST", route, where, **given)
        raise AssertionError("nobody answers")

    def live(self, crash_at: int | None, begin: Callable[[Flow], None]) -> None:
        """What people do, then minutes; a process dies at one of its calls."""
        self.boundary.count, self.boundary.crash_at = 0, crash_at
        begin(self)
        for _ in range(_PASSES):
            with contextlib.suppress(Died, DueWorkFailed):
                if not self.product.crashes:
                    exchange(self.product)
            self.product.rails.pass_time(_MINUTES * 60)
            with contextlib.suppress(Died, DueWorkFailed):
                self.product.minute()
            if "connection_broken" in self._open_items():
                repair_connections(self.product)
        self.boundary.crash_at = None
        self.calls = self.boundary.count
        assert verify_log(self.product.store.books(SCOPE), "USD").intact

    def order(self) -> BillOrder:
        found = self.product.store.books(SCOPE).get(BillOrder, self.bill_id)
        assert found is not None
        return found


def archived(flow: Flow) -> None:
    asked = flow.say("ann", "/archive", {"reason": "billed twice"})
    order = asked.body["order_id"]
    yes = flow.say("ben", "/archive/{order}/approve", order=order)
    assert yes.status == 202, yes


def by_check(flow: Flow) -> None:
    assert flow.say("ann", "/payment-method", {"method": "CHECK"}).status == 202


def held(flow: Flow) -> None:
    assert flow.say("ann", "/hold", {"reason": "disputed"}).status == 202


def shown(flow: Flow) -> dict[str, Any]:
    row: dict[str, Any] = flow.product.rails.ramp.document.rows("bills")[flow.bill_id]
    return row


CASES: dict[str, tuple[Callable[[Flow], None], Callable[[Flow], bool], int]] = {
    "archive": (archived, lambda flow: shown(flow)["archived_at"] is not None, 1),
    "method": (by_check, lambda flow: shown(flow)["payment_method"] == "CHECK", 1),
    "hold": (held, lambda flow: shown(flow)["state"] == "ON_HOLD", 1),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_call_of_an_order_may_be_the_last_of_its_process(name: str) -> None:
    begin, done, told = CASES[name]
    calls = total = 0
    for number in range(500):
        with no_defects():
            flow = Flow()
            flow.live(number or None, begin)
        if number == 0:
            calls = flow.calls
        where = f"{name}, crash at call {number}"
        assert flow.order().state is OrderState.CONFIRMED, where
        assert done(flow), where
        assert len(flow.told) == told, f"{where}: {flow.told}"
        total += flow.product.crashes
        if number >= calls:
            break
    assert total > 20, f"{name}: only {total} deaths in {calls} calls"


def test_every_call_of_a_note_may_be_the_last_of_its_process() -> None:
    with no_defects():
        flow = proved()
        noted(flow, None)
    calls = flow.boundary.count
    assert calls > 5
    for number in range(1, calls + 1):
        with no_defects():
            flow = proved()
            noted(flow, number)
        notes = flow.product.rails.qbo.document.rows(f"{realm(flow)}/Attachable")
        assert len(notes) == 1, f"crash at call {number}: {notes}"
        [note] = [one for one in flow.product.store.items.values() if isinstance(one, LedgerNote)]
        assert note.state is NoteState.CONFIRMED, f"crash at call {number}: {note}"
        assert note.ledger_id in notes


def proved() -> PayNow:
    """The whole flow without a note, then the client wants notes, and the verdict stands."""
    flow = PayNow()
    flow.run()
    product = flow.product

    def plan(change: Change) -> bool:
        change.client = replace(change.client, ledger_notes=True)
        change.put(change.client)
        payment = next(one for one in product.store.items.values() if isinstance(one, Payment))
        current = change.get(Payment, payment.id)
        assert current is not None
        change.state("ledger_notes.changed", enabled=True)
        ask_note(change, current)
        return True

    transact(product.store, product.surroundings, SCOPE, SYSTEM, plan)
    return flow


def noted(flow: PayNow, crash_at: int | None) -> None:
    product = flow.product
    flow.boundary.count, flow.boundary.crash_at = 0, crash_at
    product.crashed = lambda: None
    for _ in range(_PASSES):
        product.rails.pass_time(_MINUTES * 60)
        with contextlib.suppress(Died, DueWorkFailed):
            product.minute()
        if "connection_broken" in flow._open_items():
            repair_connections(product)
    flow.boundary.crash_at = None


def realm(flow: PayNow) -> str:
    client: Client = flow.product.store.items[(FIRM, CLIENT, Client.kind, CLIENT)]
    assert client.ledger_realm_id is not None
    return client.ledger_realm_id
