"""Sum up what the bank's lines say left a client's accounts, so that readers need one item."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.scope import Scope, key_of, valid_id
from rowcol.domain.spending import HISTORY_DAYS, Accounts, Spending, spent
from rowcol.service.environment import Environment
from rowcol.service.proof import stored_lines
from rowcol.service.store import Books

SPENDING = "spending"
# Fewer new lines than these on a day on which it was summed up already change no average.
NEWS_MIN = 20


def keep_spending(environment: Environment, scope: Scope, news: int) -> bool:
    """Sum up the last 90 days after `news` bank lines came; True when it was written.

    Once a day, and when many lines came at once: the bank tells its history in several parts. The
    item is beside the log, as the lines are that it sums up. Reads grow with the lines of 90 days.
    """
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    if client is None or not news:
        return False
    today = local_date(environment.now(), client.zone)
    known = books.get(Spending, SPENDING)
    if known is not None and known.through == today and news < NEWS_MIN:
        return False
    first = today - timedelta(days=HISTORY_DAYS)
    lines = stored_lines(books, first, today, today)
    version = known.version if known is not None else 0
    bills, moved = _explained(books, lines)
    accounts = Accounts(frozenset(client.operating_account_ids), frozenset(client.own_account_ids))
    debits, for_bills = spent(lines, accounts, bills, moved, client.currency)
    earliest = books.ids(StoredLine, limit=1).ids
    oldest = books.get(StoredLine, earliest[0]) if earliest else None
    days = min((today - oldest.line.posted_on).days, HISTORY_DAYS) if oldest else 0
    return books.save(Spending(SPENDING, version, today, max(days, 0), debits, for_bills))


def _explained(books: Books, lines: Iterable[BankLine]) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of lines that paid bills, and of those that are recorded as own transfers.

    A line is claimed by a payment on the rail, which paid a bill, or by a record: of those only a
    vendor's payment paid one.
    """
    links = {line.line_id: key_of("bank", line.line_id) for line in lines}
    found = books.get_many(Link, links.values())
    claims = {
        line_id: found[name].bill_id
        for line_id, name in links.items()
        if name in found and found[name].is_claimed
    }
    payments = books.get_many(Payment, sorted({name for name in claims.values() if valid_id(name)}))
    types = {name: payment.type for name, payment in payments.items() if not payment.commands_rail}
    paid = PaymentType.VENDOR_PAYMENT
    bills = frozenset(line for line, whose in claims.items() if types.get(whose, paid) is paid)
    moved = frozenset(
        line for line, whose in claims.items() if types.get(whose) is PaymentType.TRANSFER
    )
    return bills, moved
