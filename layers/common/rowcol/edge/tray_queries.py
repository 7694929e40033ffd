"""Routes that read the tray: of a firm over the caller's clients, of one client, of one item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import Field

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE
from rowcol.domain.tray import Act, QuestionState, Severity, TrayItem, TrayState
from rowcol.domain.tray_kind import Family
from rowcol.domain.tray_kinds import KINDS
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.operation import Call, Operation, Operations, Reply, table
from rowcol.edge.payment_queries import LIST_CHARACTERS_MAX
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.tray_shown import TrayItemShown, item_of, shown
from rowcol.service.project import TRAY
from rowcol.service.tray_list import (
    Snoozed,
    TrayCounts,
    TrayFilter,
    counts_of,
    live_rows,
    page_of,
)
from rowcol.service.view_ports import TrayRow

TAG = "Hygiene"
ME = "me"
E = TypeVar("E", bound=StrEnum)
Several = Annotated[str | None, Field(min_length=1, max_length=LIST_CHARACTERS_MAX)]


class TrayQuery(PageQuery):
    """Filters narrow together; `state`, `family`, `kind`, `severity` and `question` take several,
    separated by commas. `owner`: `me`, `nobody`, or a person. Open items unless `state` says more;
    closed ones are listed of one client and by themselves, the latest first.
    """

    state: Several = None
    family: Several = None
    kind: Several = None
    severity: Several = None
    question: Several = None
    owner: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    age_days_min: Annotated[int | None, Field(ge=0, le=10_000)] = None
    due_before: date | None = None
    snoozed: Snoozed = Snoozed.HIDDEN


class FirmTrayQuery(TrayQuery):
    """The same, and of one client only; `client` may be `-` for the firm's own items."""

    client: Annotated[str | None, Field(min_length=1, max_length=64)] = None


@dataclass(frozen=True, slots=True)
class TrayPage:
    """A page by severity and age. `counts` are taken before the filter, `matching` after it."""

    as_of: datetime
    counts: TrayCounts
    items: tuple[TrayItemShown, ...]
    matching: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TrayItemRead:
    """One item with its history, the oldest act first; `undo`: the act that undo takes back."""

    shown: TrayItemShown
    history: tuple[Act, ...]
    undo: str | None


def _firm(call: Call) -> Reply | Refusal:
    asked = call.query_as(FirmTrayQuery)
    names = list(call.visible_clients())
    if call.caller.refusal(FIRM_WIDE, VIEW) is None:
        names.append(FIRM_WIDE)
    if asked.client not in (None, *names):
        return NOT_FOUND
    own = call.environment.store.books(call.scope).get(Client, FIRM_WIDE)
    zone = own.zone if own is not None else "UTC"
    return _page(call, zone, asked, (names if asked.client is None else [asked.client], names))


def _client(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(TrayQuery)
    name = read.books.scope.client
    return _page(read.call, read.client.zone, asked, ([name], [name]))


def _page(
    call: Call, zone: str, asked: TrayQuery, whose: tuple[Sequence[str], Sequence[str]]
) -> Reply | Refusal:
    """`whose`: the clients whose items are listed, and those whose items are counted."""
    names, counted = whose
    wanted = _filter(asked, call.caller.actor.id)
    if isinstance(wanted, Refusal):
        return wanted
    question = {"filter": wanted, "clients": list(names) if len(names) == 1 else None}
    after = after_of(question, asked.cursor) if asked.cursor is not None else None
    if isinstance(after, Refusal):
        return after
    environment, firm = call.environment, call.caller.firm
    now = environment.now()
    rows = live_rows(environment.views, firm, counted)
    today = local_date(now, zone)
    counts = counts_of(rows, now, today)
    if wanted.states == {TrayState.CLOSED}:
        if len(names) != 1:
            return _one_client_only()
        closed = environment.views.closed_tray(firm, names[0], after, asked.limit)
        # What is over is filtered page by page: a page may have fewer items than asked for.
        found = [row for row in closed.rows if wanted.lets(row, now)]
        matching, more = len(found), closed.next_key
    elif TrayState.CLOSED in wanted.states:
        return _one_client_only()
    else:
        mine = [row for row in rows if row.scope.client in set(names)]
        page = page_of(mine, wanted, now, after, asked.limit)
        found, matching, more = list(page.rows), page.matching, page.next_after
    cursor = cursor_of(question, more) if more else None
    items = _items(call, found, (now, today))
    return Reply(TrayPage(now, counts, items, matching, cursor))


def _one_client_only() -> Refusal:
    return Refusal(
        Code.INVALID_INPUT,
        "closed items are listed of one client, and by themselves",
        {"field": "state"},
        remedy="ask for state=closed of one client",
    )


def _zone(call: Call) -> str:
    owner = call.environment.store.books(call.scope).get(Client, call.scope.client)
    return owner.zone if owner is not None else "UTC"


def _items(
    call: Call, rows: Iterable[TrayRow], at: tuple[datetime, date]
) -> tuple[TrayItemShown, ...]:
    places = [(row.scope.client, row.key) for row in rows]
    found = call.environment.views.rows_of(call.caller.firm, TRAY, places)
    return tuple(
        shown(client, item_of(row.row), row.sequence, call.caller, at)
        for (client, _), row in found.items()
    )


def _filter(asked: TrayQuery, me: str) -> TrayFilter | Refusal:
    known: dict[str, frozenset[str]] = {
        "state": frozenset(TrayState),
        "family": frozenset(Family),
        "kind": frozenset(KINDS),
        "severity": frozenset(Severity),
        "question": frozenset({*QuestionState, "none"}),
    }
    told: dict[str, frozenset[str]] = {}
    for name, values in known.items():
        text = getattr(asked, name)
        parts = frozenset(part for part in (text or "").split(",") if part)
        wrong = sorted(parts - {str(value) for value in values})
        if wrong or (text is not None and not parts):
            return Refusal(
                Code.UNKNOWN_VALUE,
                f"check {name}",
                {
                    "field": name,
                    "found": [part[:40] for part in wrong],
                    "known": sorted(str(value) for value in values),
                },
            )
        told[name] = parts
    return TrayFilter(
        frozenset(map(TrayState, told["state"])) or frozenset({TrayState.OPEN}),
        frozenset(map(Family, told["family"])),
        told["kind"],
        frozenset(map(Severity, told["severity"])),
        me if asked.owner == ME else asked.owner,
        asked.age_days_min,
        asked.due_before,
        Snoozed.SHOWN if told["state"] == {TrayState.CLOSED} else asked.snoozed,
        told["question"],
    )


def _item(call: Call) -> Reply | Refusal:
    """From the records: never behind."""
    books = call.environment.store.books(call.scope)
    item = books.get(TrayItem, call.path["item"])
    if item is None:
        return NOT_FOUND
    return Reply(item_read(call, item))


def item_read(call: Call, item: TrayItem) -> TrayItemRead:
    """One item with its history, for the caller."""
    now = call.environment.now()
    at = (now, local_date(now, _zone(call)))
    standing = [act for act in item.acts if act.undone_at is None]
    last = standing[-1] if standing else None
    undo = last.verb if last is not None and last.before is not None else None
    told = shown(call.scope.client, item, None, call.caller, at)
    return TrayItemRead(told, item.acts, undo)


_UNKNOWN = frozenset({Code.UNKNOWN_VALUE})
READS: Operations = table(
    (
        Operation(
            "GET", "/tray", "firmTray", "What does not agree, across clients", TAG, _firm, None,
            {200: TrayPage}, query=FirmTrayQuery, refusals=_UNKNOWN,
        ),
        Operation(
            "GET", "/tray/{item}", "readFirmItem", "One of the firm's own items, with its history",
            TAG, _item, VIEW, {200: TrayItemRead},
        ),
        read_operation(
            Reading(
                "/tray", "listTray", "What does not agree at one client", TAG, TrayPage, TrayQuery,
                refusals=_UNKNOWN,
            ),
            _client,
        ),
        Operation(
            "GET", "/clients/{client}/tray/{item}", "readItem", "One item with its history", TAG,
            _item, VIEW, {200: TrayItemRead},
        ),
    )
)  # fmt: skip
