"""Routes that read: from the views, and from the log where the whole story is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client, Head
from rowcol.domain.guardrail import buffer, is_fresh
from rowcol.domain.link import Link
from rowcol.domain.log import Entry
from rowcol.domain.payment import Payment
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE
from rowcol.domain.tray import TrayItem
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.operation import Call, NoQuery, Operation, Operations, Query, Reply, Run, table
from rowcol.service.audit import verify_log
from rowcol.service.environment import Environment
from rowcol.service.project import BILLS, CASH, PAYMENTS, TRAY
from rowcol.service.store import Books
from rowcol.service.view_ports import ViewPage

PAGE_DEFAULT = 50
PAGE_MAX = 200
Read = Callable[[Environment, Books, Client, Call], "Reply | Refusal"]


class PageQuery(Query):
    """`limit` rows a page, from 1 to 200; `cursor` as the page before gave it."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    cursor: str | None = None


def _scoped(read: Read) -> Run:
    def run(call: Call) -> Reply | Refusal:
        books = call.environment.store.books(call.scope)
        client = books.get(Client, call.scope.client)
        if client is None:
            return NOT_FOUND
        return read(call.environment, books, client, call)

    return run


def _list(environment: Environment, books: Books, call: Call, view: str) -> Reply | Refusal:
    asked = call.query_as(PageQuery)
    page = environment.views.page(books.scope, view, after=asked.cursor, limit=asked.limit)
    return Reply(_paged(page))


def _paged(page: ViewPage) -> dict[str, object]:
    return {
        "items": [{**row.row, "sequence": row.sequence} for row in page.rows],
        "next_cursor": page.next_key,
    }


def _console(environment: Environment, books: Books, client: Client, call: Call) -> Reply:
    """What an advisor sees first of one client: cash with its parts, what waits, what is wrong."""
    return Reply(_summary(environment, books, client))


def _summary(environment: Environment, books: Books, client: Client) -> dict[str, object]:
    head = books.head(client.currency)
    tray = books.ids(TrayItem, prefix="open#", limit=100)
    live = books.ids(Payment, prefix="live#", limit=100)
    held = books.ids(Bill, prefix="held#", limit=100)
    return {
        "client": client.id,
        "name": client.name,
        "cash": _cash(environment, client, head),
        "open_tray_items": len(tray.ids),
        "payments_in_custody": len(live.ids),
        "bills_reserved": len(held.ids),
        "more": bool(tray.next_key or live.next_key or held.next_key),
    }


def _firm_console(call: Call) -> Reply:
    """One row per client that the caller may see."""
    allowed = call.caller.clients()
    scopes = [
        scope
        for scope in call.environment.store.scopes()
        if scope.firm == call.caller.firm and scope.client != FIRM_WIDE
        if "*" in allowed or scope.client in allowed
    ]
    rows: list[dict[str, object]] = []
    for scope in scopes:
        books = call.environment.store.books(scope)
        client = books.get(Client, scope.client)
        if client is not None:
            rows.append(_summary(call.environment, books, client))
    return Reply({"clients": rows})


def _cash(environment: Environment, client: Client, head: Head) -> dict[str, object]:
    now = environment.now()
    keep = buffer(client, head.burn)
    balance = head.balance
    shown: dict[str, object] = {
        "covered": to_plain(head.covered_total),
        "uncovered": to_plain(head.uncovered_total),
        "buffer": None if isinstance(keep, Refusal) else to_plain(keep),
        "balance": to_plain(balance.pool) if balance else None,
        "fresh": is_fresh(client, balance, now),
        "available": None,
    }
    if balance is not None:
        shown["source"] = balance.source.value
        shown["observed_at"] = to_plain(balance.observed_at)
        shown["age_seconds"] = int((now - balance.observed_at).total_seconds())
        if not isinstance(keep, Refusal):
            shown["available"] = to_plain(balance.pool - head.covered_total - keep)
    return shown


def _balances(environment: Environment, books: Books, client: Client, call: Call) -> Reply:
    row = environment.views.get(books.scope, CASH, "balance")
    return Reply(
        {
            "cash": _cash(environment, client, books.head(client.currency)),
            "last_accepted": row.row if row else None,
        }
    )


def _reserves(
    environment: Environment, books: Books, client: Client, call: Call
) -> Reply | Refusal:
    asked = call.query_as(PageQuery)
    page = books.ids(Bill, prefix="held#", after=asked.cursor, limit=asked.limit)
    bills = books.get_many(Bill, page.ids)
    items = [
        {"bill_id": bill.id, "vendor": bill.rail.vendor_name, "reserve": to_plain(bill.reserve)}
        for bill in bills.values()
        if bill.open_reserve is not None
    ]
    return Reply({"items": items, "next_cursor": page.next_key})


def _bill(environment: Environment, books: Books, client: Client, call: Call) -> Reply | Refusal:
    bill = books.get(Bill, call.path["bill"])
    return Reply(to_plain(bill)) if bill else NOT_FOUND


def _payment(environment: Environment, books: Books, client: Client, call: Call) -> Reply | Refusal:
    payment = books.get(Payment, call.path["payment"])
    if payment is None:
        return NOT_FOUND
    return Reply(_without_token(payment), headers={"ETag": f'"{payment.version}"'})


def _without_token(payment: Payment) -> dict[str, object]:
    shown: dict[str, object] = to_plain(payment)
    custody = shown.get("custody")
    if isinstance(custody, dict):
        custody.pop("token", None)
    return shown


def _decision(
    environment: Environment, books: Books, client: Client, call: Call
) -> Reply | Refusal:
    link = books.get(Link, call.path["decision"])
    bill = books.get(Bill, link.bill_id) if link else None
    if bill is None or bill.decision is None or bill.decision.id != call.path["decision"]:
        return NOT_FOUND
    return Reply(
        {"bill_id": bill.id, "decision": to_plain(bill.decision), "reserve": to_plain(bill.reserve)}
    )


def _custody(environment: Environment, books: Books, client: Client, call: Call) -> Reply | Refusal:
    """The whole story of one payment, entry by entry, and what the three sides say of it now."""
    payment = books.get(Payment, call.path["payment"])
    if payment is None:
        return NOT_FOUND
    entries = books.entries_of_payment(payment.id)
    return Reply({"payment": _without_token(payment), "story": [_told(entry) for entry in entries]})


def _told(entry: Entry) -> dict[str, object]:
    payment = entry.data.get("payment")
    return {
        "sequence": entry.sequence,
        "at": to_plain(entry.at),
        "type": entry.type,
        "actor": to_plain(entry.actor),
        "status": payment.get("status") if isinstance(payment, dict) else None,
        "verification": payment.get("verification") if isinstance(payment, dict) else None,
        "hash": entry.hash,
    }


def _tray(environment: Environment, books: Books, client: Client, call: Call) -> Reply | Refusal:
    return _list(environment, books, call, TRAY)


def _audit(environment: Environment, books: Books, client: Client, call: Call) -> Reply | Refusal:
    asked = call.query_as(PageQuery)
    after, limit = asked.cursor or "0", asked.limit
    if not (after.isascii() and after.isdigit() and len(after) <= 12):
        return Refusal(Code.INVALID_INPUT, "cursor is a sequence number", {"field": "cursor"})
    entries = books.entries(int(after), limit)
    following = str(entries[-1].sequence) if len(entries) == limit else None
    return Reply({"items": to_plain(entries), "next_cursor": following})


def _audit_verify(environment: Environment, books: Books, client: Client, call: Call) -> Reply:
    proof = verify_log(books, client.currency)
    return Reply(to_plain(proof))


def _bills(environment: Environment, books: Books, client: Client, call: Call) -> Reply | Refusal:
    return _list(environment, books, call, BILLS)


def _payments(
    environment: Environment, books: Books, client: Client, call: Call
) -> Reply | Refusal:
    return _list(environment, books, call, PAYMENTS)


def _operation(
    path: str, name: str, summary: str, run: Run, query: type[Query] = NoQuery
) -> Operation:
    return Operation("GET", path, name, summary, "Console", run, VIEW, {200: dict}, query=query)


_C = "/clients/{client}"
OPERATIONS: Operations = table(
    (
        replace(
            _operation("/console", "firmConsole", "One row per client", _firm_console), roles=None
        ),
        _operation(f"{_C}/console", "clientConsole", "One client at a glance", _scoped(_console)),
        _operation(f"{_C}/bills", "listBills", "Bills", _scoped(_bills), PageQuery),
        _operation(f"{_C}/bills/{{bill}}", "readBill", "One bill", _scoped(_bill)),
        _operation(f"{_C}/balances", "readBalances", "Cash with its parts", _scoped(_balances)),
        _operation(
            f"{_C}/reserves", "listReserves", "Money held for bills", _scoped(_reserves), PageQuery
        ),
        _operation(f"{_C}/payments", "listPayments", "Payments", _scoped(_payments), PageQuery),
        _operation(f"{_C}/payments/{{payment}}", "readPayment", "One payment", _scoped(_payment)),
        _operation(
            f"{_C}/payments/{{payment}}/custody",
            "readCustody",
            "The whole story of one payment",
            _scoped(_custody),
        ),
        _operation(f"{_C}/tray", "listTray", "What does not agree", _scoped(_tray), PageQuery),
        _operation(f"{_C}/audit", "listAudit", "The client's log", _scoped(_audit), PageQuery),
        _operation(
            f"{_C}/audit/verify", "verifyAudit", "Verify the log's chain", _scoped(_audit_verify)
        ),
        _operation(
            f"{_C}/decisions/{{decision}}", "readDecision", "One decision", _scoped(_decision)
        ),
    )
)
