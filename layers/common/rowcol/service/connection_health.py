"""How a client's connections are: what calls, notices and clocks say moves the table's states.

`connection` is "ramp", "qbo", or "bank" for all of the client's Plaid items. State, log, tray and
queue change in one write. Who may call: `Connection.is_usable`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.client import Client
from rowcol.domain.connection import (
    PLAID,
    Connection,
    ConnectionState,
    ShownConnection,
)
from rowcol.domain.connection_health import (
    BROKEN,
    ITEMS,
    SLOW,
    SPENT,
    TROUBLES_MAX,
    Event,
    after,
    event_of,
)
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.domain.tray import Severity, TrayItem, tray_id
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.ports import ConnectionBroken, RailError
from rowcol.service.tray import close_item, open_item

logger = logging.getLogger(__name__)
BANK = "bank"
# How old the record of the last answer may be: reconciliation's writes grow with changes.
SUCCESS_TOLD = timedelta(hours=12)
_KINDS = (BROKEN, SLOW, SPENT)


def report_connection(
    environment: Environment, scope: Scope, connection: str, broken: ConnectionBroken
) -> None:
    """A call found that a person is needed: into state, log and tray, until the rail answers.

    A rail that was never connected has no state; it is in the tray all the same.
    """

    def plan(change: Change) -> bool:
        known = _of(change, connection, broken.rail)
        if known is None:
            open_broken(change, connection, BROKEN, "needs a person", broken.code)
        else:
            happened(change, known, event_of(broken.code), broken.code)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def report_trouble(
    environment: Environment, scope: Scope, connection: str, error: RailError
) -> None:
    """A run failed in passing. TROUBLES_MAX in a row and a person is told; none of them stops."""
    books = environment.store.books(scope)
    for known in books.get_many(Connection, _names(books.get(Client, scope.client), connection)):
        _trouble(environment, scope, known, type(error).__name__)


def _trouble(environment: Environment, scope: Scope, connection_id: str, code: str) -> None:
    def plan(change: Change) -> bool:
        known = change.get(Connection, connection_id)
        if known is None or not known.is_usable:
            return False
        counted = replace(known, troubles=min(known.troubles + 1, TROUBLES_MAX))
        if counted.troubles < TROUBLES_MAX:
            change.books.save(counted)  # beside the log: passing trouble is no news
        else:
            happened(change, counted, Event.TROUBLED, code)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def report_quota(environment: Environment, scope: Scope, connection: str, code: str) -> None:
    """The rail's calls of this period are used up, or the rest is kept for what cannot wait."""

    def plan(change: Change) -> bool:
        known = change.get(Connection, connection)
        if known is not None:
            happened(change, known, Event.OUT_OF_QUOTA, code)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def connection_answered(environment: Environment, scope: Scope, connection: str) -> None:
    """The rail answered a call for data: what was told of its trouble is over.

    Two reads when there is nothing to tell. A Plaid item that waited for a login has had it; a
    token that was refused stays refused, whatever a late answer to it says.
    """
    books = environment.store.books(scope)
    names = _names(books.get(Client, scope.client) if connection == BANK else None, connection)
    known = books.get_many(Connection, names)
    items = books.get_many(TrayItem, [tray_id(_subject(connection), kind) for kind in _KINDS])
    is_told = any(item.is_live for item in items.values())
    if not is_told and all(_is_well(one, environment.now()) for one in known.values()):
        return

    def plan(change: Change) -> bool:
        for name in names:
            one = change.get(Connection, name)
            if one is not None:
                answered(change, one)
        if not known:
            close_item(change, _subject(connection), BROKEN, "the rail answers again")
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _is_well(connection: Connection, now: datetime) -> bool:
    seen = connection.last_success_at
    is_told_lately = seen is not None and now - seen < SUCCESS_TOLD
    healthy = ConnectionState.HEALTHY
    is_healthy = connection.state is healthy and connection.logged_state is healthy
    return is_healthy and not connection.troubles and is_told_lately


def answered(change: Change, known: Connection) -> Connection:
    """A call of this connection worked."""
    event = Event.REPAIRED if known.rail == PLAID else Event.ANSWERED
    if known.state is ConnectionState.DISCONNECTED:
        return known
    return happened(change, replace(known, last_success_at=change.now), event, None)


def happened(change: Change, known: Connection, event: Event, code: str | None) -> Connection:
    """Move a connection by the table: put it, state the fact, keep the tray in step."""
    state = after(known.state, event)
    if state is known.state:
        return told(change, replace(known, code=known.code or code))
    return told(change, replace(known, state=state, code=code, since=change.now))


def told(change: Change, known: Connection) -> Connection:
    """Bring log and tray up to a connection's state."""
    is_healthy = known.state is ConnectionState.HEALTHY
    moved = replace(
        known,
        logged_state=known.state,
        code=None if is_healthy else known.code,
        since=known.since or change.now,
        troubles=0 if is_healthy else known.troubles,
    )
    if known.state is not known.logged_state:
        change.state(
            "connection.state_changed",
            connection=ShownConnection.of(moved),
            state_before=known.logged_state,
        )
        logger.warning(
            "connection changed",
            extra={"connection": moved.id, "state": moved.state.value, "code": moved.code},
        )
    if moved != change.get(Connection, known.id):
        change.put(moved)
    _show(change, moved)
    return moved


def broken_connections(environment: Environment, scope: Scope) -> int:
    """How many of a client's connections wait for a person; those disconnected wait for nobody."""
    books = environment.store.books(scope)
    found = books.get_many(Connection, every_id(books, Connection, ""))
    ended = ConnectionState.DISCONNECTED
    return sum(not one.is_usable and one.state is not ended for one in found.values())


def link_of(scope: Scope) -> str:
    """Where a person sees what to do, and begins to connect again: a path of this API."""
    return f"/clients/{scope.client}/connections"


# ---- which connections, and their items


def _names(client: Client | None, connection: str) -> list[str]:
    """Ids of the connections behind a name."""
    if connection != BANK:
        return [connection]
    return [key_of(PLAID, item_id) for item_id in client.bank_item_ids] if client else []


def _of(change: Change, connection: str, told: str) -> Connection | None:
    """The one connection that is broken; `told` is an item's where the rail's client knows it."""
    names = _names(change.client, connection)
    if told in names:
        return change.get(Connection, told)
    return change.get(Connection, names[0]) if len(names) == 1 else None


def _subject(connection: str) -> str:
    return f"connection-{connection}"


def subject_of(connection: Connection) -> str:
    """What its tray items are about: all Plaid items of a client are one subject."""
    return _subject(BANK if connection.rail == PLAID else connection.id)


def open_broken(change: Change, name: str, kind: str, words: str, code: str | None) -> None:
    """Open the tray item of one kind for "ramp", "qbo", "stripe" or "bank"."""
    severity = next((s for k, s, _ in ITEMS.values() if k == kind), Severity.HIGH)
    open_item(
        change,
        _subject(name),
        kind,
        f"The {name} connection {words}: {code or 'no reason told'}",
        found=code or "",
        severity=severity,
        link=link_of(change.scope),
    )


def _show(change: Change, connection: Connection) -> None:
    """The tray says what the state is, of all Plaid items of the client together."""
    name = BANK if connection.rail == PLAID else connection.id
    ids = _names(change.client, name)
    change.load(Connection, [one for one in ids if one != connection.id])
    change.load(TrayItem, [tray_id(_subject(name), kind) for kind in _KINDS])
    every = {one: change.get(Connection, one) for one in ids} | {connection.id: connection}
    open_now: dict[str, tuple[str, str | None]] = {}
    for one in every.values():
        if one is not None and one.state in ITEMS:
            kind, _, words = ITEMS[one.state]
            open_now[kind] = (words, one.code)
    for kind in _KINDS:
        if kind in open_now:
            open_broken(change, name, kind, *open_now[kind])
        else:
            close_item(change, _subject(name), kind, "the rail answers again")
