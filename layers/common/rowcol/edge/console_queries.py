"""Routes of the console: open work, cash with its parts, money held."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.bill import Bill
from rowcol.domain.client import AcceptedBalance
from rowcol.domain.money import Money
from rowcol.domain.plain import from_plain
from rowcol.domain.reserve import Reserve
from rowcol.edge import queue
from rowcol.edge.cash import CashShown, cash_of
from rowcol.edge.operation import Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.project import CASH
from rowcol.service.sync.times import SyncTimes, sync_times

TAG = "Console"


@dataclass(frozen=True, slots=True)
class BalanceAccepted:
    """The balance accepted last, as the log tells it."""

    balance: AcceptedBalance | None = None
    covered: Money | None = None
    uncovered: Money | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class BalancesShown:
    """Cash with its parts, and the balance accepted last by account."""

    cash: CashShown
    last_accepted: BalanceAccepted | None
    synced_at: SyncTimes


@dataclass(frozen=True, slots=True)
class ReserveShown:
    """Money held for one bill."""

    bill_id: str
    vendor: str
    reserve: Reserve


@dataclass(frozen=True, slots=True)
class ReservesPage:
    """Open reserves by the day they are needed."""

    items: tuple[ReserveShown, ...]
    next_cursor: str | None
    synced_at: SyncTimes


def _balances(read: OfClient) -> Reply:
    row = read.environment.views.get(read.books.scope, CASH, "balance")
    return Reply(
        BalancesShown(
            cash_of(read.client, read.books.head(read.client.currency), read.environment.now()),
            from_plain(BalanceAccepted, row.row) if row else None,
            sync_times(read.books),
        )
    )


def _reserves(read: OfClient) -> Reply:
    asked = read.page
    page = read.books.ids(Bill, prefix="held#", after=asked.cursor, limit=asked.limit)
    bills = read.books.get_many(Bill, page.ids)
    items = tuple(
        ReserveShown(bill.id, bill.rail.vendor_name, held)
        for name in page.ids
        if (bill := bills.get(name)) is not None and (held := bill.open_reserve) is not None
    )
    return Reply(ReservesPage(items, page.next_key, sync_times(read.books)))


READS: Operations = table(
    (
        *queue.READS.values(),
        read_operation(
            Reading("/balances", "readBalances", "Cash with its parts", TAG, BalancesShown),
            _balances,
        ),
        read_operation(
            Reading(
                "/reserves", "listReserves", "Money held for bills", TAG, ReservesPage, PageQuery
            ),
            _reserves,
        ),
    )
)  # fmt: skip
