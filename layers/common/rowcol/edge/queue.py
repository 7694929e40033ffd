"""The console's routes: open work across clients and of one client, with what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from rowcol.domain.money import Money
from rowcol.domain.queue import QueueKind
from rowcol.domain.queue_words import remedy_of, title_of
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import Severity
from rowcol.edge.caller import NOT_FOUND, VIEW, Caller
from rowcol.edge.cash import CashShown, cash_of
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.operation import Call, Operation, Operations, Query, Reply, table
from rowcol.edge.payment_queries import LIST_CHARACTERS_MAX, MINOR_MAX, Direction
from rowcol.edge.queue_actions import Action, actions_of
from rowcol.edge.reading import CURSOR_CHARACTERS_MAX, PAGE_DEFAULT, PAGE_MAX
from rowcol.service.project import BILLS, PAYMENTS, TRAY
from rowcol.service.queue import (
    Counts,
    OpenWork,
    QueueFilter,
    QueueOrder,
    Sorting,
    Work,
    by_client,
    counts_of,
    page_of,
    read_open_work,
)
from rowcol.service.sync.times import SyncTimes, firm_sync_times, sync_times
from rowcol.service.wishes import RAMP_LINK

TAG = "Console"


class ClientQueueQuery(Query):
    """Filters narrow together; `kind` takes several, separated by commas; minor units.

    `direction` is that of the order unless it is given: amounts downwards, all else upwards.
    """

    kind: Annotated[str | None, Field(max_length=LIST_CHARACTERS_MAX)] = None
    waiting_in_ramp: bool | None = None
    amount_from: Annotated[int | None, Field(ge=0, le=MINOR_MAX)] = None
    amount_to: Annotated[int | None, Field(ge=0, le=MINOR_MAX)] = None
    due_before: date | None = None
    sort: QueueOrder = QueueOrder.URGENCY
    direction: Direction | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    cursor: Annotated[str | None, Field(min_length=1, max_length=CURSOR_CHARACTERS_MAX)] = None


class QueueQuery(ClientQueueQuery):
    """The same, and of one client only."""

    client: Annotated[str | None, Field(min_length=1, max_length=64)] = None


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One piece of open work, as the log shows it at position `sequence`.

    `code`: state of decision or bill, or kind of hold or tray item. `rail_date`: on which Ramp pays
    by itself. `overdue_since`: a due day that has passed in the client's zone. `waiting_in_ramp`:
    only Ramp's own people can go on, at `link`, until Ramp reports it. `until`: when nobody is
    waited for any more. `sequence` is null for what was seen while reading.
    """

    client: str
    kind: QueueKind
    code: str
    severity: Severity
    title: str
    remedy: str | None
    due_on: date | None
    overdue_since: date | None
    rail_date: date | None
    since: date | None
    until: datetime | None
    amount: Money | None
    party: str | None
    invoice_number: str | None
    bill_id: str | None
    payment_id: str | None
    decision_id: str | None
    override_id: str | None
    tray_id: str | None
    subject: str | None
    waiting_in_ramp: bool
    link: str | None
    sequence: int | None
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class ClientGlance:
    """One client: its cash, how much is open, and when its rails were last read."""

    client: str
    name: str
    cash: CashShown
    counts: Counts
    synced_at: SyncTimes


@dataclass(frozen=True, slots=True)
class FirmConsole:
    """Open work of all clients that the caller may see; `counts` are taken before the filter."""

    as_of: datetime
    counts: Counts
    clients: tuple[ClientGlance, ...]
    items: tuple[QueueItem, ...]
    matching: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ClientConsole:
    """Open work of one client, and its cash."""

    as_of: datetime
    client: str
    name: str
    cash: CashShown
    counts: Counts
    synced_at: SyncTimes
    items: tuple[QueueItem, ...]
    matching: int
    next_cursor: str | None


def _firm(call: Call) -> Reply | Refusal:
    asked = call.query_as(QueueQuery)
    found = read_open_work(call.environment, call.caller.firm, call.visible_clients())
    if asked.client is not None and asked.client not in found.clients:
        return NOT_FOUND
    page = _page(call.caller, found, asked, asked.client)
    if isinstance(page, Refusal):
        return page
    counts = by_client(found.work, found.clients)
    read_at = firm_sync_times(call.environment.store, call.caller.firm, found.clients)
    glances = [
        ClientGlance(
            name,
            known.name,
            cash_of(known, found.heads[name], found.at),
            counts[name],
            read_at[name],
        )
        for name, known in found.clients.items()
    ]
    return Reply(FirmConsole(found.at, counts_of(found.work), tuple(glances), **page))


def _client(call: Call) -> Reply | Refusal:
    name, asked = call.scope.client, call.query_as(ClientQueueQuery)
    found = read_open_work(call.environment, call.caller.firm, (name,))
    known = found.clients.get(name)
    if known is None:
        return NOT_FOUND
    page = _page(call.caller, found, asked, None)
    if isinstance(page, Refusal):
        return page
    cash = cash_of(known, found.heads[name], found.at)
    counts = counts_of(found.work)
    read_at = sync_times(call.environment.store.books(call.scope))
    return Reply(ClientConsole(found.at, name, known.name, cash, counts, read_at, **page))


def _page(
    caller: Caller, found: OpenWork, asked: ClientQueueQuery, client: str | None
) -> dict[str, Any] | Refusal:
    """The part of an answer that pages: items, how many match, the next cursor."""
    wanted = _filter(asked)
    if isinstance(wanted, Refusal):
        return wanted
    direction = asked.direction or _NATURAL.get(asked.sort, Direction.ASCENDING)
    question = {"filter": wanted, "client": client, "sort": asked.sort, "direction": direction}
    after = after_of(question, asked.cursor) if asked.cursor is not None else None
    if isinstance(after, Refusal):
        return after
    sorting = Sorting(asked.sort, direction is Direction.DESCENDING, after, asked.limit)
    work = [one for one in found.work if client is None or one.client == client]
    page = page_of(work, wanted, sorting)
    return {
        "items": tuple(_shown(one, caller) for one in page.items),
        "matching": page.matching,
        "next_cursor": cursor_of(question, page.next_after) if page.next_after else None,
    }


_NATURAL = {QueueOrder.AMOUNT: Direction.DESCENDING}


def _filter(asked: ClientQueueQuery) -> QueueFilter | Refusal:
    named = [text for text in (asked.kind or "").split(",") if text]
    known = {kind.value for kind in QueueKind}
    unknown = sorted(set(named) - known)
    if unknown or (asked.kind is not None and not named):
        return Refusal(
            Code.UNKNOWN_VALUE,
            "check kind",
            {"field": "kind", "found": [text[:40] for text in unknown], "known": sorted(known)},
        )
    least, most = asked.amount_from, asked.amount_to
    if least is not None and most is not None and most < least:
        field = "amount_to"
        return Refusal(Code.INVALID_INPUT, f"{field} is below amount_from", {"field": field})
    kinds = frozenset(QueueKind(name) for name in named)
    return QueueFilter(kinds, asked.waiting_in_ramp, least, most, asked.due_before)


def _shown(work: Work, caller: Caller) -> QueueItem:
    queued = work.queue
    return QueueItem(
        client=work.client,
        kind=queued.kind,
        code=queued.code,
        severity=queued.severity,
        title=title_of(queued),
        remedy=remedy_of(queued),
        due_on=queued.due_on,
        overdue_since=work.overdue_since,
        rail_date=queued.rail_date,
        since=queued.since,
        until=queued.until,
        amount=queued.amount,
        party=queued.party,
        invoice_number=queued.invoice_number,
        bill_id=work.key if work.view == BILLS else queued.bill_id,
        payment_id=work.key if work.view == PAYMENTS else None,
        decision_id=queued.decision_id,
        override_id=queued.override_id,
        tray_id=work.key if work.view == TRAY else None,
        subject=queued.subject,
        waiting_in_ramp=queued.waiting_in_ramp,
        link=RAMP_LINK if queued.waiting_in_ramp else queued.link,
        sequence=work.sequence,
        actions=actions_of(work, caller),
    )


READS: Operations = table(
    (
        Operation(
            "GET", "/console", "firmConsole", "Open work across clients", TAG, _firm, None,
            {200: FirmConsole}, query=QueueQuery, refusals=frozenset({Code.UNKNOWN_VALUE}),
        ),
        Operation(
            "GET", "/clients/{client}/console", "clientConsole", "Open work of one client", TAG,
            _client, VIEW, {200: ClientConsole}, query=ClientQueueQuery,
            refusals=frozenset({Code.UNKNOWN_VALUE}),
        ),
    )
)  # fmt: skip
