"""What a firm is told of the calls that a rail gives by the month (qbo contract, section 2)."""

from __future__ import annotations

from rowcol.domain.connection_health import NEARLY_SPENT
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import Severity, TrayItem, tray_id
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import link_of
from rowcol.service.environment import Environment
from rowcol.service.rail_budget_ports import Left
from rowcol.service.tray import close_item, open_item


def tell_calls_left(environment: Environment, scope: Scope, connection: str, left: Left) -> None:
    """From 70 % on an item is in the client's tray, until the next month or until 90 %.

    Then the connection's state says it (connection_health.py). One read when nothing is new.
    """
    subject = f"connection-{connection}"
    books = environment.store.books(scope)
    item = books.get(TrayItem, tray_id(subject, NEARLY_SPENT))
    wanted = left is Left.LITTLE
    if wanted == (item is not None and item.is_live):
        return

    def plan(change: Change) -> bool:
        if wanted:
            open_item(
                change,
                subject,
                NEARLY_SPENT,
                f"Most of the month's calls to {connection} are spent",
                found="70 %",
                severity=Severity.MEDIUM,
                link=link_of(scope),
            )
        else:
            because = "they are spent" if left is not Left.PLENTY else "another month has begun"
            close_item(change, subject, NEARLY_SPENT, because)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
