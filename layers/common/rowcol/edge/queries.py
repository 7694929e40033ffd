"""Routes that read: from the views, and from the log where the whole story is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client, Head
from rowcol.domain.guardrail import buffer, is_fresh
from rowcol.domain.link import Link
from rowcol.domain.log import Entry
from rowcol.domain.payment import Payment
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.domain.tray import TrayItem
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.http import Handle, Reply, Request
from rowcol.service.audit import verify_log
from rowcol.service.environment import Environment
from rowcol.service.project import BILLS, CASH, PAYMENTS, TRAY
from rowcol.service.store import Books, ViewPage

PAGE_DEFAULT = 50
PAGE_MAX = 200
Read = Callable[[Environment, Books, Client, Request], "Reply | Refusal"]


def routes(environment: Environment) -> Mapping[tuple[str, str], Handle]:
    """The table of this function's routes."""
    reads: dict[str, Read] = {
        "/clients/{client}/console": _console,
        "/clients/{client}/bills": lambda env, books, client, request: _list(
            env, books, request, BILLS
        ),
        "/clients/{client}/bills/{bill}": _bill,
        "/clients/{client}/balances": _balances,
        "/clients/{client}/reserves": _reserves,
        "/clients/{client}/payments": lambda env, books, client, request: _list(
            env, books, request, PAYMENTS
        ),
        "/clients/{client}/payments/{payment}": _payment,
        "/clients/{client}/payments/{payment}/custody": _custody,
        "/clients/{client}/tray": _tray,
        "/clients/{client}/audit": _audit,
        "/clients/{client}/audit/verify": _audit_verify,
        "/clients/{client}/decisions/{decision}": _decision,
    }
    table: dict[tuple[str, str], Handle] = {
        ("GET", "/console"): lambda request: _firm_console(environment, request)
    }
    for route, read in reads.items():
        table[("GET", route)] = _scoped(environment, read)
    return table


def _scoped(environment: Environment, read: Read) -> Handle:
    def handle(request: Request) -> Reply | Refusal:
        client_id = request.path["client"]
        refused = request.caller.refusal(client_id, VIEW)
        if refused is not None:
            return refused
        books = environment.store.books(Scope(request.caller.firm, client_id))
        client = books.get(Client, client_id)
        if client is None:
            return NOT_FOUND
        return read(environment, books, client, request)

    return handle


def _page_size(request: Request) -> int | Refusal:
    text = request.query.get("limit", str(PAGE_DEFAULT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= PAGE_MAX):
        return Refusal(
            Code.INVALID_INPUT, f"limit is a number from 1 to {PAGE_MAX}", {"field": "limit"}
        )
    return int(text)


def _list(environment: Environment, books: Books, request: Request, view: str) -> Reply | Refusal:
    limit = _page_size(request)
    if isinstance(limit, Refusal):
        return limit
    page = environment.views.page(books.scope, view, after=request.query.get("cursor"), limit=limit)
    return Reply(_paged(page))


def _paged(page: ViewPage) -> dict[str, object]:
    return {
        "items": [{**row.row, "sequence": row.sequence} for row in page.rows],
        "next_cursor": page.next_key,
    }


def _console(environment: Environment, books: Books, client: Client, request: Request) -> Reply:
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


def _firm_console(environment: Environment, request: Request) -> Reply:
    """One row per client that the caller may see."""
    allowed = request.caller.clients()
    scopes = [
        scope
        for scope in environment.store.scopes()
        if scope.firm == request.caller.firm and scope.client != FIRM_WIDE
        if "*" in allowed or scope.client in allowed
    ]
    rows: list[dict[str, object]] = []
    for scope in scopes:
        books = environment.store.books(scope)
        client = books.get(Client, scope.client)
        if client is not None:
            rows.append(_summary(environment, books, client))
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


def _balances(environment: Environment, books: Books, client: Client, request: Request) -> Reply:
    row = environment.views.get(books.scope, CASH, "balance")
    return Reply(
        {
            "cash": _cash(environment, client, books.head(client.currency)),
            "last_accepted": row.row if row else None,
        }
    )


def _reserves(
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply | Refusal:
    limit = _page_size(request)
    if isinstance(limit, Refusal):
        return limit
    page = books.ids(Bill, prefix="held#", after=request.query.get("cursor"), limit=limit)
    bills = books.get_many(Bill, page.ids)
    items = [
        {"bill_id": bill.id, "vendor": bill.rail.vendor_name, "reserve": to_plain(bill.reserve)}
        for bill in bills.values()
        if bill.open_reserve is not None
    ]
    return Reply({"items": items, "next_cursor": page.next_key})


def _bill(
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply | Refusal:
    bill = books.get(Bill, request.path["bill"])
    return Reply(to_plain(bill)) if bill else NOT_FOUND


def _payment(
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply | Refusal:
    payment = books.get(Payment, request.path["payment"])
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
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply | Refusal:
    link = books.get(Link, request.path["decision"])
    bill = books.get(Bill, link.bill_id) if link else None
    if bill is None or bill.decision is None or bill.decision.id != request.path["decision"]:
        return NOT_FOUND
    return Reply(
        {"bill_id": bill.id, "decision": to_plain(bill.decision), "reserve": to_plain(bill.reserve)}
    )


def _custody(
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply | Refusal:
    """The whole story of one payment, entry by entry, and what the three sides say of it now."""
    payment = books.get(Payment, request.path["payment"])
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


def _tray(
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply | Refusal:
    return _list(environment, books, request, TRAY)


def _audit(
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply | Refusal:
    limit, after = _page_size(request), request.query.get("cursor", "0")
    if isinstance(limit, Refusal):
        return limit
    if not (after.isascii() and after.isdigit() and len(after) <= 12):
        return Refusal(Code.INVALID_INPUT, "cursor is a sequence number", {"field": "cursor"})
    entries = books.entries(int(after), limit)
    following = str(entries[-1].sequence) if len(entries) == limit else None
    return Reply({"items": to_plain(entries), "next_cursor": following})


def _audit_verify(
    environment: Environment, books: Books, client: Client, request: Request
) -> Reply:
    proof = verify_log(books, client.currency)
    return Reply(to_plain(proof))
