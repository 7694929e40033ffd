"""What a digest says, made of queue, heads, runway marks and feeds of the clients somebody sees.

Read at once for all clients: open work as the console reads it, and one read per hundred clients of
marks and of feeds. Who may see the firm's own tray is told of that as well. Exceptions come first,
then what waits, money due, runway, balances, rails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client, Head
from rowcol.domain.guardrail import is_fresh
from rowcol.domain.money import Money, total
from rowcol.domain.permission import Permission
from rowcol.domain.queue import QueueKind, urgency
from rowcol.domain.queue_words import remedy_of, title_of
from rowcol.domain.runway_mark import MARKS, RunwayChange, RunwayMarks, change_of
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.domain.tray_kinds import kind_of
from rowcol.service.digest.content import CashNow, ClientDigest, Digest, DigestItem, MoneyDue
from rowcol.service.environment import Environment
from rowcol.service.project import BILLS, PAYMENTS, TRAY
from rowcol.service.queue import Counts, OpenWork, Work, by_client, counts_of, read_open_work
from rowcol.service.rights import Rights
from rowcol.service.sync.times import SyncTimes, firm_sync_times

EXCEPTIONS_MAX = 50
# Every feed is read each night: one that was not is no reason for calm, whatever else is.
LATE_AFTER = timedelta(hours=26)
DUE_WITHIN = timedelta(days=7)
_EXCEPTIONAL = frozenset({QueueKind.HELD, QueueKind.CONNECTION, QueueKind.TRAY})


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom it is made: the firm, as it is called, and where their day begins (IANA)."""

    firm: str
    firm_name: str
    zone: str


def compose(environment: Environment, rights: Rights, zone: str | None) -> Digest:
    """The digest of the clients that somebody may see, for the day of `zone`, else the firm's.

    Calls: those of `read_open_work`, three batches more of a hundred clients each, and two reads.
    """
    firm, store = rights.firm, environment.store
    found = read_open_work(environment, firm, rights.visible_clients(store))
    marks = store.across(firm, RunwayMarks, dict.fromkeys(found.clients, MARKS))
    times = firm_sync_times(store, firm, found.clients)
    own = store.books(Scope(firm)).get(Client, FIRM_WIDE)
    sees_firm = rights.may(Permission.VIEW, FIRM_WIDE)
    return digest_of(
        Reader(firm, own.name if own else firm, zone or (own.zone if own else "UTC")),
        found,
        _of_the_firm(environment, firm, found.at) if sees_firm else (),
        marks,
        times,
    )


def _of_the_firm(environment: Environment, firm: str, now: datetime) -> tuple[Work, ...]:
    """What is open in the firm's own tray: events of nobody, work that failed, mail that did."""
    rows = ((row, row.queue.at(now)) for row in environment.views.queue(firm, FIRM_WIDE))
    return tuple(
        Work(FIRM_WIDE, row.view, row.key, row.sequence, queued, None)
        for row, queued in rows
        if queued is not None and queued.kind in _EXCEPTIONAL
    )


def digest_of(
    reader: Reader,
    found: OpenWork,
    of_the_firm: Sequence[Work],
    marks: Mapping[str, RunwayMarks],
    times: Mapping[str, SyncTimes],
) -> Digest:
    """The digest that follows from what was read. Pure; the same whatever order work is in."""
    counts = by_client(found.work, found.clients)
    own: dict[str, list[Work]] = {name: [] for name in found.clients}
    for one in found.work:
        own[one.client].append(one)
    clients = [
        _client(client, found, own[name], counts[name], change_of(marks.get(name)), times[name])
        for name, client in found.clients.items()
    ]
    clients.sort(key=lambda one: (-one.exceptions, one.name.casefold(), one.client))
    exceptional = sorted(
        (one for one in (*of_the_firm, *found.work) if one.queue.kind in _EXCEPTIONAL),
        key=lambda one: (urgency(one.queue), one.client, one.view, one.key),
    )
    return Digest(
        reader.firm,
        reader.firm_name,
        found.at,
        local_date(found.at, reader.zone),
        counts_of(found.work),
        len(exceptional),
        len(of_the_firm),
        tuple(_item(one) for one in exceptional[:EXCEPTIONS_MAX]),
        tuple(clients),
    )


def _client(
    client: Client,
    found: OpenWork,
    own: Sequence[Work],
    counts: Counts,
    runway: RunwayChange | None,
    times: SyncTimes,
) -> ClientDigest:
    feeds = {
        "bills": client.rail_business_id is not None,
        "ledger": client.ledger_realm_id is not None,
        "bank_lines": bool(client.bank_item_ids),
    }
    return ClientDigest(
        client.id,
        client.name,
        client.currency,
        counts,
        _due(own, client, found.at),
        _cash(client, found.heads[client.id], found.at),
        runway,
        times,
        tuple(sorted({title_of(one.queue) for one in own if _is_connection(one)})),
        tuple(feed for feed, has in feeds.items() if has and _is_late(times, feed, found.at)),
        tuple(feed for feed, has in feeds.items() if not has),
    )


def _is_late(times: SyncTimes, feed: str, now: datetime) -> bool:
    at: datetime | None = getattr(times, feed)
    return at is None or now - at > LATE_AFTER


def _is_connection(work: Work) -> bool:
    return work.queue.kind is QueueKind.CONNECTION


def _item(work: Work) -> DigestItem:
    queued = work.queue
    return DigestItem(
        work.client,
        queued.kind,
        queued.code,
        queued.severity,
        title_of(queued),
        kind_of(queued.code).remedy if queued.kind is QueueKind.TRAY else remedy_of(queued),
        queued.amount,
        queued.since,
        path_of(work),
        queued.link,
    )


def path_of(work: Work) -> str:
    """Where an item is read: its own route, else its client's console."""
    part = {BILLS: "bills", PAYMENTS: "payments", TRAY: "tray"}.get(work.view)
    if part is None:
        return f"/clients/{work.client}/console"
    return f"/clients/{work.client}/{part}/{work.key}"


def _due(work: Iterable[Work], client: Client, now: datetime) -> MoneyDue:
    """Of the client's own currency; other currencies are in the tray."""
    today = local_date(now, client.zone)
    overdue: list[Money] = []
    now_due: list[Money] = []
    soon: list[Money] = []
    for one in work:
        queued = one.queue
        amount, due = queued.amount, queued.due_on
        if amount is None or due is None:
            continue
        if queued.kind in _EXCEPTIONAL or amount.currency != client.currency:
            continue
        if due < today:
            overdue.append(amount)
        elif due == today:
            now_due.append(amount)
        elif due - today <= DUE_WITHIN:
            soon.append(amount)
    late, at_once, week = (total(part, client.currency) for part in (overdue, now_due, soon))
    return MoneyDue(late, at_once, week, len(overdue) + len(now_due) + len(soon))


def _cash(client: Client, head: Head, now: datetime) -> CashNow:
    balance = head.balance
    if balance is None:
        return CashNow(None, None, False)
    age = int((now - balance.observed_at).total_seconds())
    return CashNow(balance.pool, age, is_fresh(client, balance, now))
