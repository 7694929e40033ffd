"""The queue across clients: the open work that one person may see, counted, sorted, paged.

The open work of a firm is read as a whole, which costs what is open and nothing of what is over;
all else happens on what was read. Time is looked at here and never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client, Head
from rowcol.domain.facts import BalanceSource
from rowcol.domain.guardrail import is_fresh
from rowcol.domain.queue import Queued, QueueKind, urgency
from rowcol.domain.refusal import Code
from rowcol.domain.tray_kind import Family
from rowcol.domain.tray_kinds import KINDS
from rowcol.service.decision_rules import no_date_lever_of
from rowcol.service.environment import Environment
from rowcol.service.project import CASH, TRAY
from rowcol.service.queue_facts import BLOCKED, CONNECTION_SUBJECT, OVERRIDE
from rowcol.service.view_ports import QueueRow

# Up to so many clients are read one by one; for more the firm's whole queue is read and narrowed.
SINGLE_READS_MAX = 4
# A bank that was not seen for longer than this is a connection to look after.
BANK_SILENT_AFTER = timedelta(days=1)
BANK_SUBJECT = f"{CONNECTION_SUBJECT}bank"
_BY_DATE = frozenset({QueueKind.TO_DECIDE, QueueKind.SECOND_PERSON})
_NO_DAY = "9999-12-31"
# Amounts of all signs as text of one width.
_AMOUNT_ZERO, _AMOUNT_DIGITS = 10**16, 17


class QueueOrder(StrEnum):
    """How items are sorted; ties by client and place. AGE: what waits longest comes first."""

    URGENCY = "urgency"
    DUE = "due"
    AMOUNT = "amount"
    CLIENT = "client"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Work:
    """One item: a row of a client's view, or (`sequence` None) something seen while reading."""

    client: str
    view: str
    key: str
    sequence: int | None
    queue: Queued
    overdue_since: date | None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What one person may see of a firm: clients with their heads, and all their open work."""

    at: datetime
    clients: Mapping[str, Client]
    heads: Mapping[str, Head]
    work: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Conditions narrow together; an empty set and None let everything through. Minor units."""

    kinds: frozenset[QueueKind] = frozenset()
    waiting_in_ramp: bool | None = None
    amount_from: int | None = None
    amount_to: int | None = None
    due_before: date | None = None

    def lets(self, work: Work) -> bool:
        """Whether an item is wanted."""
        queued, amount = work.queue, work.queue.amount
        if self.kinds and queued.kind not in self.kinds:
            return False
        if self.waiting_in_ramp is not None and queued.waiting_in_ramp != self.waiting_in_ramp:
            return False
        if self.due_before is not None:
            due = queued.due_on
            if due is None or due >= self.due_before:
                return False
        if self.amount_from is None and self.amount_to is None:
            return True
        least = self.amount_from if self.amount_from is not None else -_AMOUNT_ZERO
        most = self.amount_to if self.amount_to is not None else _AMOUNT_ZERO
        return amount is not None and least <= amount.minor <= most


@dataclass(frozen=True, slots=True)
class Sorting:
    """An order, upwards or downwards, and where a page begins."""

    order: QueueOrder = QueueOrder.URGENCY
    descending: bool = False
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A page, how many items match in all, and where the next page begins."""

    items: tuple[Work, ...]
    matching: int
    next_after: str | None


def read_open_work(environment: Environment, firm: str, names: Sequence[str]) -> OpenWork:
    """All open work of these clients of a firm; names without a client are left out.

    Calls: two batches of clients and heads (a hundred each), and the queue's own reads: one for
    each of a few clients, else one per megabyte of the firm's open work.
    """
    now = environment.now()
    clients = environment.store.across(firm, Client, {name: name for name in names})
    heads = environment.store.across(firm, Head, dict.fromkeys(clients, Head.id))
    heads = {name: heads.get(name) or Head(known.currency) for name, known in clients.items()}
    today = {name: local_date(now, known.zone) for name, known in clients.items()}
    leverless = {name for name, known in clients.items() if no_date_lever_of(known) is not None}
    work: list[Work] = []
    for row in _rows(environment, firm, clients):
        name, queued = row.scope.client, row.queue.at(now)
        if name in clients and queued is not None:
            queued = _only_in_ramp(queued) if name in leverless else queued
            late = queued.due_on if queued.due_on and queued.due_on < today[name] else None
            work.append(Work(name, row.view, row.key, row.sequence, queued, late))
    told = {one.client for one in work if one.queue.subject == BANK_SUBJECT}
    for name, client in clients.items():
        silent = _silent_bank(client, heads[name], now) if name not in told else None
        if silent is not None:
            work.append(Work(name, CASH, "balance", None, silent, None))
    return OpenWork(now, clients, heads, tuple(work))


def _rows(environment: Environment, firm: str, clients: Mapping[str, Client]) -> Iterable[QueueRow]:
    views = environment.views
    if len(clients) > SINGLE_READS_MAX:
        return views.queue(firm)
    return [row for name in clients for row in views.queue(firm, name)]


def _only_in_ramp(queued: Queued) -> Queued:
    """What is decided by Ramp's date, where this account lets nobody but Ramp set one."""
    if queued.kind not in _BY_DATE or queued.code in (OVERRIDE, *BLOCKED):
        return queued
    return replace(queued, code=str(Code.CAPABILITY_MISSING), waiting_in_ramp=True)


def _silent_bank(client: Client, head: Head, now: datetime) -> Queued | None:
    """A balance that nobody may count on any more, where the guardrail needs one."""
    balance = head.balance
    if not client.guardrail.enabled or is_fresh(client, balance, now):
        return None
    if balance is None:
        return Queued(
            QueueKind.CONNECTION,
            str(Code.BALANCE_UNKNOWN),
            subject=BANK_SUBJECT,
            words="no balance was ever accepted",
        )
    typed_in = balance.source is BalanceSource.MANUAL
    if not typed_in and now - balance.observed_at <= BANK_SILENT_AFTER:
        return None
    seen = balance.observed_at.astimezone(UTC)
    return Queued(
        QueueKind.CONNECTION,
        str(Code.BALANCE_STALE),
        since=seen.date(),
        subject=BANK_SUBJECT,
        words=f"the bank was last seen on {seen.date().isoformat()}",
    )


def page_of(work: Iterable[Work], wanted: QueueFilter, sorting: Sorting) -> WorkPage:
    """The items that match, sorted, from where the page begins."""
    found = sorted(
        ((order_text(sorting.order, one), one) for one in work if wanted.lets(one)),
        key=lambda pair: pair[0],
        reverse=sorting.descending,
    )
    rest = [pair for pair in found if _is_beyond(pair[0], sorting)]
    shown = rest[: sorting.limit]
    more = shown[-1][0] if len(rest) > len(shown) and shown else None
    return WorkPage(tuple(one for _, one in shown), len(found), more)


def _is_beyond(text: str, sorting: Sorting) -> bool:
    if sorting.after is None:
        return True
    return text < sorting.after if sorting.descending else text > sorting.after


def order_text(order: QueueOrder, work: Work) -> str:
    """The text by which an order sorts an item; no two items have the same."""
    queued, place = work.queue, f"{work.client}#{work.view}#{work.key}"
    match order:
        case QueueOrder.URGENCY:
            return f"{urgency(queued)}#{place}"
        case QueueOrder.DUE:
            return f"{_day_text(queued.due_on)}#{place}"
        case QueueOrder.AMOUNT:
            amount = queued.amount
            minor = f"{amount.minor + _AMOUNT_ZERO:0{_AMOUNT_DIGITS}d}" if amount else ""
            return f"{minor}#{place}"
        case QueueOrder.CLIENT:
            return f"{work.client}#{urgency(queued)}#{work.view}#{work.key}"
        case QueueOrder.AGE:
            return f"{_day_text(queued.since)}#{place}"


def _day_text(day: date | None) -> str:
    return day.isoformat() if day is not None else _NO_DAY


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is open: in all, of each kind, late, and how much of it only Ramp can go on with.

    `bill_problems`, `invoice_problems`: of the tray's, those about the data of either.
    """

    total: int = 0
    second_person: int = 0
    to_release: int = 0
    held: int = 0
    to_decide: int = 0
    to_stage: int = 0
    to_approve: int = 0
    connection: int = 0
    tray: int = 0
    overdue: int = 0
    waiting_in_ramp: int = 0
    bill_problems: int = 0
    invoice_problems: int = 0


def counts_of(work: Iterable[Work]) -> Counts:
    """Counts of items."""
    found = dict.fromkeys(_COUNTED, 0)
    for one in work:
        found["total"] += 1
        found[one.queue.kind.value] += 1
        found["overdue"] += one.overdue_since is not None
        found["waiting_in_ramp"] += one.queue.waiting_in_ramp
        family = _FAMILIES.get(one.queue.code) if one.view == TRAY else None
        if family is not None:
            found[family] += 1
    return replace(Counts(), **found)


_PROBLEMS = {Family.BILL_DATA: "bill_problems", Family.INVOICE_DATA: "invoice_problems"}
_FAMILIES = {row.kind: _PROBLEMS[row.family] for row in KINDS.values() if row.family in _PROBLEMS}
_COUNTED = (
    "total",
    "overdue",
    "waiting_in_ramp",
    *_PROBLEMS.values(),
    *(kind.value for kind in QueueKind),
)


def by_client(work: Iterable[Work], clients: Iterable[str]) -> dict[str, Counts]:
    """Counts of each client, also of those without open work."""
    each: dict[str, list[Work]] = {name: [] for name in clients}
    for one in work:
        each[one.client].append(one)
    return {name: counts_of(items) for name, items in each.items()}
