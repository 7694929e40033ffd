"""Let a run come to rest: nothing fails any more, everything arrives, time passes all deadlines."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from local.simulation.broken import broken
from local.simulation.product import Product
from local.simulation.registration import FIRM, reconnect
from local.simulators.bank_days import NEW_YORK
from local.simulators.core import REQUEST_FAULTS
from local.view_texts import texts_of, texts_of_the_log
from local.walker.runs import Status
from rowcol.domain.connection import Connection, ConnectionState
from rowcol.domain.folded import PATIENCE, Folded
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.service.rebuild import START, Cursor, rebuild_views
from rowcol.service.view_state import ITEM, SUBJECT, folded, marks

_ROUNDS_MAX = 60
_STEPS_MAX = 2_000


def repair(product: Product) -> None:
    """Calls no longer fail, clocks agree, and people connect what broke.

    What is wrong between the rails stays wrong: a payment that will be booked with another amount
    is a disagreement that has to be found.
    """
    product.boundary.crash_at = None
    rails = product.rails
    for core in rails.cores:
        for fault in core.faults.list():
            if fault["kind"] in REQUEST_FAULTS:
                core.faults.remove(fault["id"])
        core.document.commit()
    rails.agree_on_time()
    repair_connections(product)


def repair_connections(product: Product) -> None:
    """People connect what is broken; a crash during a refresh may have broken it unseen."""
    rails = product.rails
    for client, sample in product.clients.items():
        item = rails.plaid.items.find(sample.item_id)
        if item["state"] != "healthy":
            rails.plaid.act("repair", item_id=sample.item_id)
        for connection_id, rail in (("ramp", "ramp"), ("qbo", "qbo"), ("plaid", "plaid")):
            books = product.store.books(Scope(FIRM, client))
            name = connection_id if rail != "plaid" else f"plaid-{sample.item_id}"
            known = books.get(Connection, name)
            if known is None or known.state is not ConnectionState.HEALTHY:
                reconnect(product.store, product.vault, rails, sample, rail)


def exchange(product: Product) -> None:
    """Everything that waits is delivered, in order, until nothing is left."""
    for _ in range(_ROUNDS_MAX):
        if not _exchange_once(product):
            return
    broken("exchange comes to rest", f"{product.streams.lagging()}")


def _exchange_once(product: Product) -> int:
    moved = 0
    product.rails.settle()
    for core in product.rails.cores:
        for delivery in core.due_deliveries():
            status = product.webhook(delivery.url, delivery.headers, delivery.body)
            core.record_delivery_result(delivery.id, status)
            moved += 1
    waiting, product.inbox.inserted = product.inbox.inserted, []
    if waiting:
        product.apply(waiting)
        moved += 1
    for consumer, scope in product.streams.lagging():
        moved += product.streams.deliver(consumer, scope, 500)
    for execution in list(product.executions.running.values()):
        if execution.is_ready:
            execution.run(_STEPS_MAX)
            moved += 1
        if execution.status is Status.FAILED:
            broken("executions do not fail", f"{execution.name}: {execution.failure}")
    product.executions.forget_ended()
    while product.executions.asked:
        product.invoke_asked(0)
        moved += 1
    return moved


def operate(product: Product) -> None:
    """An operator rebuilds the views that lack entries; the tray has said which, by then.

    Only the loss of a log's last entries is unsaid: the next entry will show it.
    """
    for scope in product.streams.lost_to_views:
        log = product.store.logs[scope]
        known = folded(product.views, scope)
        lacking = any(True for _ in marks(product.views, scope))
        item = product.store.items.get(
            (scope.firm, scope.client, TrayItem.kind, tray_id(SUBJECT, ITEM))
        )
        if lacking != (item is not None and item.is_live):
            broken("what the views lack is in the tray", f"{scope.client} {known} {item}")
        if known.ahead and log[-1].at - known.ahead[0].since > PATIENCE:
            broken("what the views lack is said in time", f"{scope.client} {known}")
        came_again = known == Folded(len(log)) and not lacking
        books = product.store.books(scope)
        if came_again and texts_of(product.views, scope) != texts_of_the_log(books):
            broken("views lack nothing unsaid", scope.client)
        cursor: Cursor | None = START
        while cursor is not None:
            cursor = rebuild_views(product.environment, scope, cursor).next
    product.streams.lost_to_views.clear()
    exchange(product)


def sweep(product: Product) -> None:
    """The minute sweep until nothing is due now."""
    exchange(product)
    for _ in range(_ROUNDS_MAX):
        now = product.clock.now()
        due = _due(product, now)
        if not due:
            return
        product.minute()
        exchange(product)
        still = _due(product, now) & due
        if still:
            broken("the sweep moves what is due", f"{sorted(still)[:3]}")


def _due(product: Product, now: datetime) -> set[tuple[str, ...]]:
    """What is due, with its time; seen from outside, so that no process is at work."""
    due: set[tuple[str, ...]] = set()
    for key, item in product.store.items.items():
        at = item.due_at
        if at is not None and at <= now:
            due.add((*key, at.isoformat()))
    return due


def reconcile(product: Product) -> None:
    """One full reconciliation of every client."""
    product.reconcile("full")
    exchange(product)


def _until_morning(now: datetime) -> float:
    """Seconds to the next seven o'clock in New York: releases run at six."""
    local = now.astimezone(NEW_YORK)
    morning = datetime.combine(local.date(), time(7), NEW_YORK)
    if morning <= local:
        morning = datetime.combine(local.date() + timedelta(days=1), time(7), NEW_YORK)
    return (morning - now).total_seconds()


def settle(product: Product, days: int) -> None:
    """Days go by, each with its sweep early in the bank's day, and some with a reconciliation."""
    for day in range(days):
        product.rails.pass_time(_until_morning(product.clock.now()))
        repair_connections(product)
        sweep(product)
        if day % 4 == 3:
            reconcile(product)
    for _ in range(2):
        product.rails.pass_time(120.0)
        reconcile(product)
        sweep(product)
