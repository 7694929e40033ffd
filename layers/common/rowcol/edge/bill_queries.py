"""Routes that read bills and the decisions taken on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.bill import Bill, Decision
from rowcol.domain.draft import Draft
from rowcol.domain.facts import RailDraft
from rowcol.domain.link import Link
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Refusal
from rowcol.domain.reserve import Reserve
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.operation import ETAG, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.hygiene.bills import BILL
from rowcol.service.hygiene.shown import (
    Problems,
    ShownProblem,
    problems_of_client,
    problems_of_page,
    with_problems,
)
from rowcol.service.project import BILLS
from rowcol.service.ready_bills import ReadyFor, VendorReady, by_vendor, ready_bills, synced_at
from rowcol.service.store import Books
from rowcol.service.view_ports import ViewPage

TAG = "Bills"
DRAFTS_MAX = 200


@dataclass(frozen=True, slots=True)
class BillItem:
    """A bill as the log shows it at position `sequence`. `problems`: of its data, with the fix."""

    bill: Bill
    sequence: int
    problems: tuple[ShownProblem, ...]


@dataclass(frozen=True, slots=True)
class DraftItem:
    """A draft in Ramp, which nobody has submitted yet; `missing`: what keeps it from being."""

    draft: RailDraft
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BillsPage:
    """A page, by id. `synced_at`: when all open bills were last read from Ramp.

    `drafts`: where they were asked for, by the day they are due, the same on every page.
    """

    items: tuple[BillItem, ...]
    next_cursor: str | None
    synced_at: datetime | None
    drafts: tuple[DraftItem, ...] | None = None


class BillsQuery(PageQuery):
    """`drafts`: Ramp's drafts too, at most DRAFTS_MAX of them.

    `with_problems`: only bills whose data has a problem that nobody accepted.
    """

    drafts: bool = False
    with_problems: bool = False


@dataclass(frozen=True, slots=True)
class ReadyItem:
    """A bill to be staged, or staged and to be decided. `rail_date`: Ramp pays it by itself."""

    bill: Bill
    sequence: int
    ready_for: ReadyFor
    due_on: date | None
    rail_date: date | None


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """A page, the most urgent first; `vendors` and `matching` are of all that match."""

    items: tuple[ReadyItem, ...]
    matching: int
    vendors: tuple[VendorReady, ...]
    next_cursor: str | None
    synced_at: datetime | None


class ReadyQuery(PageQuery):
    """Narrowed to what comes next, and to one vendor by Ramp's id."""

    ready_for: ReadyFor | None = None
    vendor_id: Annotated[str | None, Field(min_length=1, max_length=100)] = None


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A bill's latest decision, with what is reserved for it."""

    bill_id: str
    decision: Decision
    reserve: Reserve | None


def _list(read: OfClient) -> Reply:
    asked = read.call.query_as(BillsQuery)
    page, problems = _page(read, asked)
    items = [
        {"bill": row.row, "sequence": row.sequence, "problems": to_plain(problems.get(row.key, ()))}
        for row in page.rows
    ]
    read_at = to_plain(synced_at(read.books))
    drafts = _drafts(read.books) if asked.drafts else None
    answer = {"items": items, "next_cursor": page.next_key, "synced_at": read_at}
    return Reply({**answer, "drafts": to_plain(drafts)})


def _page(read: OfClient, asked: BillsQuery) -> tuple[ViewPage, Problems]:
    views, scope = read.environment.views, read.books.scope
    if not asked.with_problems:
        page = views.page(scope, BILLS, after=asked.cursor, limit=asked.limit)
        names = [row.key for row in page.rows]
        return page, problems_of_page(read.environment, scope, BILL, names)
    problems = problems_of_client(read.environment, scope, BILL)
    rest = [name for name in with_problems(problems) if name > (asked.cursor or "")]
    part = rest[: asked.limit]
    rows = views.get_many(scope, BILLS, part)
    following = part[-1] if len(rest) > len(part) else None
    return ViewPage(tuple(rows[name] for name in part if name in rows), following), problems


def _drafts(books: Books) -> tuple[DraftItem, ...]:
    listed = books.ids(Draft, limit=DRAFTS_MAX).ids
    found = books.get_many(Draft, listed)
    return tuple(
        DraftItem(found[name].rail, found[name].missing) for name in listed if name in found
    )


def _ready(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(ReadyQuery)
    question = {"ready_for": asked.ready_for, "vendor_id": asked.vendor_id}
    after = after_of(question, asked.cursor) if asked.cursor is not None else ""
    if isinstance(after, Refusal):
        return after
    wanted = [
        one
        for one in ready_bills(read.environment, read.books.scope)
        if asked.ready_for in (None, one.ready_for) and asked.vendor_id in (None, one.vendor_id)
    ]
    rest = [one for one in wanted if one.place > after]
    shown = rest[: asked.limit]
    items = [
        {
            "bill": one.bill,
            "sequence": one.sequence,
            "ready_for": one.ready_for,
            "due_on": one.due_on,
            "rail_date": one.rail_date,
        }
        for one in shown
    ]
    answer = {
        "items": items,
        "matching": len(wanted),
        "vendors": by_vendor(wanted),
        "next_cursor": cursor_of(question, shown[-1].place) if len(rest) > len(shown) else None,
        "synced_at": synced_at(read.books),
    }
    return Reply(to_plain(answer))


def _bill(read: OfClient) -> Reply | Refusal:
    bill = read.books.get(Bill, read.call.path["bill"])
    return NOT_FOUND if bill is None else Reply(bill, headers={"ETag": f'"{bill.version}"'})


def _decision(read: OfClient) -> Reply | Refusal:
    wanted = read.call.path["decision"]
    link = read.books.get(Link, wanted)
    bill = read.books.get(Bill, link.bill_id) if link else None
    if bill is None or bill.decision is None or bill.decision.id != wanted:
        return NOT_FOUND
    return Reply(to_plain(DecisionShown(bill.id, bill.decision, bill.reserve)))


READS: Operations = table(
    (
        read_operation(Reading("/bills", "listBills", "Bills", TAG, BillsPage, BillsQuery), _list),
        read_operation(
            Reading(
                "/bills/ready",
                "listReadyBills",
                "Bills to be staged or decided, with sums by vendor",
                TAG,
                ReadyPage,
                ReadyQuery,
            ),
            _ready,
        ),
        read_operation(
            Reading("/bills/{bill}", "readBill", "One bill", TAG, Bill, headers=ETAG), _bill
        ),
        read_operation(
            Reading("/decisions/{decision}", "readDecision", "One decision", TAG, DecisionShown),
            _decision,
        ),
    )
)
