"""The furnished firm with open work of every kind, made by people, by Ramp, and by the system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.client import Client
from rowcol.domain.facts import RailState
from rowcol.domain.holds import ADMIN_HOLD, CALLED_BACK, HELD_BY_PROVIDER, HOLDS
from rowcol.domain.lifecycle import By, Trigger
from rowcol.domain.override import Override
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Scope
from rowcol.domain.tray import Severity
from rowcol.service.change import Change
from rowcol.service.hold import hold
from rowcol.service.tray import open_item
from tests.support.domain.builders import rail_payment, usd
from tests.support.furnished import ADMIN, CLIENT, FIRM, SECOND, Furnished
from tests.support.queue_world import UNDATED

STAGER = "approver-all"
_TRIGGERS = {
    ADMIN_HOLD: (Trigger.ADMIN_HOLD, By.ADMIN),
    HELD_BY_PROVIDER: (Trigger.BANK_HOLD, By.RAIL),
}


class OpenHouse(Furnished):
    """Of both clients: a bill of each kind, a payment on each kind of hold, tray items.

    `bills`: names of bills by what they are for.
    """

    def __init__(self) -> None:
        super().__init__()
        for name in (CLIENT, SECOND):
            self._open_work(name)
        self.project()

    def _open_work(self, name: str) -> None:
        self._reported(
            name,
            f"{name}-unapproved",
            RailState.AWAITING_APPROVAL,
            payment=UNDATED,
            approved=False,
        )
        self._reported(name, f"{name}-ready", RailState.READY, payment=UNDATED)
        self._reported(name, f"{name}-bare", RailState.READY, payment=UNDATED, due_on=None)
        self._reported(name, f"{name}-going", RailState.AWAITING_RELEASE, payment=rail_payment())
        self._staged(name, f"{name}-staged")
        self._staged(name, f"{name}-gone")
        self._reported(name, f"{name}-gone", RailState.PAID)
        self._staged(name, f"{name}-overdue")
        self._system(name, _changed_bill(f"{name}-overdue", _overdue))
        self._staged(name, f"{name}-override")
        now = self.clock.now()
        asked = Override(
            "ovr_1", usd("1250"), "a loan comes", STAGER, STAGER, now, now + timedelta(hours=6), {}
        )
        self._system(
            name,
            _changed_bill(f"{name}-override", lambda bill: replace(bill, override=asked)),
        )
        self._awaiting_second(name, f"{name}-second")
        for kind in HOLDS:
            self._held(name, kind)
        self._awaiting_release(name)
        self._system(name, _broken_bank)

    def _reported(self, name: str, bill: str, state: RailState, **bill_fields: Any) -> None:
        """Another vendor's than those whose bills a recurrence waits for."""
        vendor = {} if "-bill-" in bill else {"vendor_id": "vendor-9", "vendor_name": "Birch"}
        super()._reported(name, bill, state, **vendor, **bill_fields)

    def _staged(self, name: str, bill: str) -> None:
        self._reported(name, bill, RailState.READY, payment=UNDATED)
        path = {"client": name, "bill": bill}
        route = "/clients/{client}/bills/{bill}/stage"
        answer = self.web.call("POST", route, person=STAGER, path=path)
        assert answer.status == 201, answer.body

    def _decided(self, name: str, bill: str, person: str = ADMIN) -> str | None:
        wish = {"bill_id": bill, "action": "pay_now"}
        route = "/clients/{client}/decisions"
        answer = self.web.call("POST", route, wish, person=person, path={"client": name})
        assert answer.status == 202, answer.body
        found: str | None = answer.body["payment_id"]
        return found

    def _awaiting_second(self, name: str, bill: str) -> None:
        books = self.store.books(Scope(FIRM, name))
        known = books.get(Client, name)
        assert known is not None
        assert books.save(replace(known, dual_control_from=usd("1000")))
        self._staged(name, bill)
        assert self._decided(name, bill, STAGER) is None
        known = books.get(Client, name)
        assert known is not None
        assert books.save(replace(known, dual_control_from=None))

    def _held(self, name: str, kind: str) -> None:
        bill = f"{name}-{kind[:40]}"
        self._staged(name, bill)
        # Who calls a vendor back had no hand in the payment.
        payment_id = self._decided(name, bill, STAGER if kind in CALLED_BACK else ADMIN)
        assert payment_id is not None
        trigger, by = _TRIGGERS.get(kind, (Trigger.SYSTEM_HOLD, By.SYSTEM))

        def plan(change: Change) -> str:
            payment = change.get(Payment, payment_id)
            assert payment is not None
            hold(change, payment, kind, "for a reason", trigger, by)
            return "held"

        self._system(name, plan)

    def _awaiting_release(self, name: str) -> None:
        bill = f"{name}-release"
        self._staged(name, bill)
        payment_id = self._decided(name, bill)
        assert payment_id is not None

        def plan(change: Change) -> str:
            payment = change.get(Payment, payment_id)
            assert payment is not None
            assert payment.rail is not None
            rail = replace(payment.rail, state=RailState.AWAITING_RELEASE)
            waiting = replace(payment, rail=rail, awaiting_release_since=change.now)
            change.put(waiting)
            change.state("payment.reported", payment=waiting)
            return "waiting"

        self._system(name, plan)

    def everything(self, person: str, **query: str) -> list[dict[str, Any]]:
        """All items of the console, page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            asked = {"limit": "200", **query, **cursor}
            answer = self.web.call("GET", "/console", person=person, query=asked)
            assert answer.status == 200, answer.body
            found += answer.body["items"]
            if answer.body["next_cursor"] is None:
                return found
            cursor = {"cursor": answer.body["next_cursor"]}


def _changed_bill(name: str, how: Callable[[Bill], Bill]) -> Callable[[Change], str]:
    def plan(change: Change) -> str:
        bill = change.get(Bill, name)
        assert bill is not None
        changed = how(bill)
        change.put(changed)
        change.state("bill.reported", bill=changed)
        return "changed"

    return plan


def _overdue(bill: Bill) -> Bill:
    assert bill.decision is not None
    return replace(bill, decision=replace(bill.decision, state=DecisionState.OVERDUE))


def _broken_bank(change: Change) -> str:
    title = "The bank connection needs a person: ITEM_LOGIN_REQUIRED"
    open_item(change, "connection-bank", "connection_broken", title, severity=Severity.HIGH)
    open_item(change, "connection-qbo", "connection_broken", title, severity=Severity.HIGH)
    return "opened"
