"""Routes of the console: clients at a glance, cash with its parts, money held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.bill import Bill
from rowcol.domain.client import AcceptedBalance, Client, Head
from rowcol.domain.facts import BalanceSource
from rowcol.domain.guardrail import buffer, is_fresh
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.plain import from_plain
from rowcol.domain.refusal import Refusal
from rowcol.domain.reserve import Reserve
from rowcol.domain.scope import FIRM_WIDE
from rowcol.domain.tray import TrayItem
from rowcol.edge.operation import Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.environment import Environment
from rowcol.service.project import CASH
from rowcol.service.store import Books

TAG = "Console"
_COUNTED_MAX = 100


@dataclass(frozen=True, slots=True)
class CashShown:
    """Cash with its parts. `available` = balance - covered - buffer; None when a part is unknown.

    `fresh`: guards may count on the balance. `age_seconds`: since the bank was last seen.
    """

    covered: Money
    uncovered: Money
    buffer: Money | None
    balance: Money | None
    fresh: bool
    available: Money | None
    source: BalanceSource | None
    observed_at: datetime | None
    age_seconds: int | None


@dataclass(frozen=True, slots=True)
class ClientShown:
    """One client at a glance. `more`: a count stopped at a hundred."""

    client: str
    name: str
    cash: CashShown
    open_tray_items: int
    payments_in_custody: int
    bills_reserved: int
    more: bool


@dataclass(frozen=True, slots=True)
class FirmShown:
    """One row per client that the caller may see."""

    clients: tuple[ClientShown, ...]


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


def _summary(environment: Environment, books: Books, client: Client) -> ClientShown:
    head = books.head(client.currency)
    tray = books.ids(TrayItem, prefix="open#", limit=_COUNTED_MAX)
    live = books.ids(Payment, prefix="live#", limit=_COUNTED_MAX)
    held = books.ids(Bill, prefix="held#", limit=_COUNTED_MAX)
    return ClientShown(
        client.id,
        client.name,
        _cash(environment, client, head),
        len(tray.ids),
        len(live.ids),
        len(held.ids),
        bool(tray.next_key or live.next_key or held.next_key),
    )


def _cash(environment: Environment, client: Client, head: Head) -> CashShown:
    now = environment.now()
    keep = buffer(client, head.burn)
    kept = None if isinstance(keep, Refusal) else keep
    balance = head.balance
    known = balance is not None and kept is not None
    return CashShown(
        head.covered_total,
        head.uncovered_total,
        kept,
        balance.pool if balance else None,
        is_fresh(client, balance, now),
        balance.pool - head.covered_total - kept if known and balance and kept else None,
        balance.source if balance else None,
        balance.observed_at if balance else None,
        int((now - balance.observed_at).total_seconds()) if balance else None,
    )


def _client_console(read: OfClient) -> Reply:
    return Reply(_summary(read.environment, read.books, read.client))


def _firm_console(call: Call) -> Reply:
    allowed = call.caller.clients()
    scopes = [
        scope
        for scope in call.environment.store.scopes()
        if scope.firm == call.caller.firm and scope.client != FIRM_WIDE
        if "*" in allowed or scope.client in allowed
    ]
    rows: list[ClientShown] = []
    for scope in scopes:
        books = call.environment.store.books(scope)
        client = books.get(Client, scope.client)
        if client is not None:
            rows.append(_summary(call.environment, books, client))
    return Reply(FirmShown(tuple(rows)))


def _balances(read: OfClient) -> Reply:
    row = read.environment.views.get(read.books.scope, CASH, "balance")
    return Reply(
        BalancesShown(
            _cash(read.environment, read.client, read.books.head(read.client.currency)),
            from_plain(BalanceAccepted, row.row) if row else None,
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
    return Reply(ReservesPage(items, page.next_key))


READS: Operations = table(
    (
        Operation(
            "GET", "/console", "firmConsole", "One row per client", TAG, _firm_console, None,
            {200: FirmShown},
        ),
        read_operation(
            Reading("/console", "clientConsole", "One client at a glance", TAG, ClientShown),
            _client_console,
        ),
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
