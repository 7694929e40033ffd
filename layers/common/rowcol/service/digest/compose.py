"""What a digest says, made of queue, heads, runway marks and feeds of the clients somebody sees.

Read at once for all clients: open work as the console reads it, and one read per hundred clients of
marks and of feeds. Exceptions come first, then what waits, money due, runway, balances, rails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client, Head
from rowcol.domain.guardrail import is_fresh
from rowcol.domain.money import Money, total
from rowcol.domain.queue import QueueKind, urgency
from rowcol.domain.queue_words import remedy_of, title_of
from rowcol.domain.runway_mark import MARKS, RunwayChange, RunwayMarks, change_of
from rowcol.domain.tray import Severity
from rowcol.service.environment import Environment
from rowcol.service.project import BILLS, PAYMENTS, TRAY
from rowcol.service.queue import Counts, OpenWork, Work, by_client, counts_of, read_open_work
from rowcol.service.sync.times import SyncTimes, firm_sync_times

EXCEPTIONS_MAX = 50
DUE_WITHIN = timedelta(days=7)
_EXCEPTIONAL = frozenset({QueueKind.HELD, QueueKind.CONNECTION, QueueKind.TRAY})


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One exception. `path`: where it is in RowCol; `link`: in the rail, where that helps."""

    client: str
    kind: QueueKind
    code: str
    severity: Severity
    title: str
    remedy: str | None
    amount: Money | None
    since: date | None
    path: str
    link: str | None


@dataclass(frozen=True, slots=True)
class MoneyDue:
    """Open bills that wait for somebody here: past due, due today, and within 7 days after."""

    overdue: Money
    today: Money
    week: Money
    bills: int


@dataclass(frozen=True, slots=True)
class CashNow:
    """The accepted balance and its age; `fresh`: guards count on it."""

    balance: Money | None
    age_seconds: int | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class ClientDigest:
    """One client. `troubles`: connections that need somebody, in words; empty: all are well."""

    client: str
    name: str
    currency: str
    counts: Counts
    due: MoneyDue
    cash: CashNow
    runway: RunwayChange | None
    synced_at: SyncTimes
    troubles: tuple[str, ...]

    @property
    def exceptions(self) -> int:
        """How many things are not as they should be."""
        return self.counts.held + self.counts.connection + self.counts.tray

    @property
    def waiting(self) -> int:
        """How many things wait for somebody's decision, here or in Ramp."""
        return self.counts.total - self.exceptions

    @property
    def is_quiet(self) -> bool:
        """Nothing is open, nothing is due, and the runway is no worse."""
        worse = self.runway is not None and self.runway.is_worse
        return self.counts.total == 0 and not worse


@dataclass(frozen=True, slots=True)
class Digest:
    """`day`: where the reader is. `items`: the most urgent of so many `exceptions`."""

    firm: str
    at: datetime
    day: date
    counts: Counts
    exceptions: int
    items: tuple[DigestItem, ...]
    clients: tuple[ClientDigest, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is needed."""
        return all(client.is_quiet for client in self.clients)


def compose(environment: Environment, firm: str, names: Sequence[str], zone: str) -> Digest:
    """The digest of these clients, for a reader whose day is that of `zone`."""
    found = read_open_work(environment, firm, names)
    marks = environment.store.across(firm, RunwayMarks, dict.fromkeys(found.clients, MARKS))
    times = firm_sync_times(environment.store, firm, found.clients)
    return digest_of(firm, found, marks, times, local_date(found.at, zone))


def digest_of(
    firm: str,
    found: OpenWork,
    marks: Mapping[str, RunwayMarks],
    times: Mapping[str, SyncTimes],
    day: date,
) -> Digest:
    """The digest that follows from what was read. Pure; the same whatever order work is in."""
    counts = by_client(found.work, found.clients)
    own: dict[str, list[Work]] = {name: [] for name in found.clients}
    for one in found.work:
        own[one.client].append(one)
    clients = [
        ClientDigest(
            name,
            client.name,
            client.currency,
            counts[name],
            _due(own[name], client, found.at),
            _cash(client, found.heads[name], found.at),
            change_of(marks.get(name)),
            times[name],
            tuple(sorted({title_of(one.queue) for one in own[name] if _is_connection(one)})),
        )
        for name, client in found.clients.items()
    ]
    clients.sort(key=lambda one: (-one.exceptions, one.name.casefold(), one.client))
    exceptional = sorted(
        (one for one in found.work if one.queue.kind in _EXCEPTIONAL),
        key=lambda one: (urgency(one.queue), one.client, one.view, one.key),
    )
    return Digest(
        firm,
        found.at,
        day,
        counts_of(found.work),
        len(exceptional),
        tuple(_item(one) for one in exceptional[:EXCEPTIONS_MAX]),
        tuple(clients),
    )


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
        remedy_of(queued),
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
