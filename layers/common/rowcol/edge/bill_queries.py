"""Routes that read bills and the decisions taken on them."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.bill import Bill, Decision
from rowcol.domain.link import Link
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Refusal
from rowcol.domain.reserve import Reserve
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.operation import ETAG, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.project import BILLS

TAG = "Bills"


@dataclass(frozen=True, slots=True)
class BillItem:
    """A bill as the log shows it at position `sequence`."""

    bill: Bill
    sequence: int


@dataclass(frozen=True, slots=True)
class BillsPage:
    """A page, by id."""

    items: tuple[BillItem, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A bill's latest decision, with what is reserved for it."""

    bill_id: str
    decision: Decision
    reserve: Reserve | None


def _list(read: OfClient) -> Reply:
    asked = read.page
    page = read.environment.views.page(
        read.books.scope, BILLS, after=asked.cursor, limit=asked.limit
    )
    items = [{"bill": row.row, "sequence": row.sequence} for row in page.rows]
    return Reply({"items": items, "next_cursor": page.next_key})


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
        read_operation(Reading("/bills", "listBills", "Bills", TAG, BillsPage, PageQuery), _list),
        read_operation(
            Reading("/bills/{bill}", "readBill", "One bill", TAG, Bill, headers=ETAG), _bill
        ),
        read_operation(
            Reading("/decisions/{decision}", "readDecision", "One decision", TAG, DecisionShown),
            _decision,
        ),
    )
)
