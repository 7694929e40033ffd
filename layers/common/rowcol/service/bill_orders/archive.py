"""Archive the client's bill in Ramp: asked by one person with a reason, approved by another.

It takes a bill of the client away, so it is an admin's verb beside cancelling, which only takes the
date off (decision 0019).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.bill_order import BillOrder, OrderKind, OrderState
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import Severity
from rowcol.service.bill_orders.asking import Ask, drafted, given
from rowcol.service.bill_orders.rules import against, changed_since
from rowcol.service.change import Change, transact
from rowcol.service.decisions.second_person import first_stands
from rowcol.service.environment import Environment
from rowcol.service.levers import no_lever
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.second_hand import no_last_word
from rowcol.service.tray import close_item, open_item

WAITS = timedelta(days=7)
ITEM = "archive_waiting"


def ask_archive(
    environment: Environment, change: Change, bill_id: str, reason: str
) -> BillOrder | Refusal:
    """Ask that the bill be archived; it waits seven days for another person.

    Refused: as `asking.ask`.
    """
    order = drafted(environment, change, bill_id, Ask(OrderKind.ARCHIVE, reason))
    if isinstance(order, Refusal):
        return order
    bill = change.get(Bill, bill_id)
    assert bill is not None  # drafted has found it
    order = replace(order, until=change.now + WAITS, due=change.now + WAITS)
    change.put(order)
    change.state("bill_order.waiting", bill=bill, order=order)
    open_item(
        change,
        f"bill-{bill_id}",
        ITEM,
        f"The bill of {bill.rail.vendor_name} is to be archived in Ramp: another person decides",
        expected="approved or withdrawn",
        found=(order.reason or "")[:200],
        severity=Severity.MEDIUM,
    )
    return order


def approve_archive(
    environment: Environment, change: Change, bill_id: str, order_id: str
) -> BillOrder | Refusal:
    """Another person's yes, with a second factor shown just now; then it is carried out.

    Refused: `no_pending_change`, `second_person_required` for a machine, `same_person`,
    `step_up_required`, `forbidden` when who asked lost the right, `bill_changed`,
    `bank_details_changed`, `capability_missing`, and what `rules.against` says.
    """
    found = _waiting(change, bill_id, order_id)
    if isinstance(found, Refusal):
        return found
    bill, order = found
    refused = (
        no_last_word(change.actor)
        or _same_person(change, order)
        or second_factor_refusal(change.actor, change.now, "archiving a client's bill")
        or first_stands(environment, change, order.asked_by, Permission.ADMINISTER)
        or no_lever(change.client, OrderKind.ARCHIVE)
        or changed_since(order, bill.rail)
        or against(change, bill, OrderKind.ARCHIVE)
    )
    if refused is not None:
        return refused
    order = replace(
        given(change, order),
        approved_by=change.actor.id,
        approved_hands=change.actor.hands,
        approved_at=change.now,
        authenticated_at=change.actor.authenticated_at,
    )
    change.put(order)
    change.state("bill_order.approved", bill=bill, order=order)
    close_item(change, f"bill-{bill_id}", ITEM, "another person approved it")
    return order


def withdraw_archive(change: Change, bill_id: str, order_id: str) -> BillOrder | Refusal:
    """Take it back while it waits, or say no to it. Refused: `no_pending_change`."""
    found = _waiting(change, bill_id, order_id)
    if isinstance(found, Refusal):
        return found
    bill, order = found
    order = replace(order, state=OrderState.WITHDRAWN, ended_at=change.now, due=None)
    change.put(order)
    change.state("bill_order.withdrawn", bill=bill, order=order)
    close_item(change, f"bill-{bill_id}", ITEM, "it was withdrawn")
    return order


def expire(environment: Environment, scope: Scope, bill_id: str) -> None:
    """Nobody decided in time: the order is over."""

    def plan(change: Change) -> bool:
        order, bill = change.get(BillOrder, bill_id), change.get(Bill, bill_id)
        if order is None or order.state is not OrderState.WAITING:
            return False
        if order.until is None or order.until > change.now:
            return False
        ended = replace(order, state=OrderState.EXPIRED, ended_at=change.now, due=None)
        change.put(ended)
        change.state("bill_order.expired", bill=bill, order=ended)
        close_item(change, f"bill-{bill_id}", ITEM, "nobody decided within seven days")
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _waiting(change: Change, bill_id: str, order_id: str) -> tuple[Bill, BillOrder] | Refusal:
    bill, order = change.get(Bill, bill_id), change.get(BillOrder, bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    waits = order is not None and order.order_id == order_id
    waits = waits and order is not None and order.state is OrderState.WAITING
    if order is None or not waits or order.until is None or order.until <= change.now:
        return Refusal(
            Code.NO_PENDING_CHANGE,
            "no such archiving waits: it was approved, withdrawn, replaced, or is too old",
            {"asked": order_id[:64], "pending": order.order_id if order is not None else None},
        )
    return bill, order


def _same_person(change: Change, order: BillOrder) -> Refusal | None:
    if change.actor.hands != order.asked_hands:
        return None
    return Refusal(
        Code.SAME_PERSON,
        "who asked to archive a bill cannot be the one to approve it",
        {"asked_by": order.asked_by},
        remedy="another person with the right to administer approves it",
    )
