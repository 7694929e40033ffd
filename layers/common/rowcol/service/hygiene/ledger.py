"""Keep of the ledger what data checks need: vendors that bills name, bills and credits left open.

Driven by the same change feed as the proof of payments: reads and writes grow with changes. All is
read together the first time, and when the feed may lack deletions. What fails is done again by the
next run, for the feed has then not gone on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.facts import LedgerBill, LedgerChanges
from rowcol.domain.hygiene.copies import OPEN, KeptBill, KeptCredit, bill_key, is_older
from rowcol.domain.link import Feed, Link
from rowcol.domain.scope import Scope, key_of
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.hygiene.ledger_credits import drop_credits, keep_credits
from rowcol.service.hygiene.ledger_subjects import judge_ledger_bill
from rowcol.service.hygiene.ledger_vendors import keep_vendors, read_new_vendors
from rowcol.service.listing import every_id
from rowcol.service.proof import QBO
from rowcol.service.store import Books

FEED = "reference"
CREDITS_LOOK_BACK = timedelta(days=400)
# Those that are open here and in no list any more are read one by one, so many a run.
MISSING_READ_MAX = 50


def keep_reference(environment: Environment, scope: Scope, changes: LedgerChanges) -> int:
    """Apply what the change feed tells; how much was news. Raises RailError."""
    books = environment.store.books(scope)
    feed = books.get(Feed, FEED)
    count = 0
    if feed is None or not changes.complete:
        began_at = environment.now()
        count += _load(environment, scope)
        books.save(replace(feed or Feed(FEED, 0), read_through=began_at))
    count += keep_vendors(environment, scope, changes.vendors)
    count += keep_bills(environment, scope, changes.bills)
    count += drop_bills(environment, scope, changes.deleted_bill_ids)
    count += keep_credits(environment, scope, changes.credits)
    count += drop_credits(environment, scope, changes.deleted_credits)
    return count + read_new_vendors(environment, scope)


def _load(environment: Environment, scope: Scope) -> int:
    """Read all that is open together, and by itself what was open here and is not among it."""
    ledger, books = environment.rails.ledger(scope.firm, scope.client), _books(environment, scope)
    bills = ledger.open_bills()
    count = keep_bills(environment, scope, bills)
    shown = {bill_key(one.bill_id) for one in bills}
    left = [name for name in every_id(books, KeptBill, OPEN) if name not in shown]
    for kept in books.get_many(KeptBill, left[:MISSING_READ_MAX]).values():
        if kept.ledger is None:
            continue
        found = ledger.read_bill(kept.ledger.bill_id)
        if found is not None:
            count += keep_bills(environment, scope, [found])
        else:
            count += drop_bills(environment, scope, [kept.ledger.bill_id])
    since = environment.now() - CREDITS_LOOK_BACK
    shown_credits = ledger.credits_since(since)
    count += keep_credits(environment, scope, shown_credits)
    known = books.get_many(KeptCredit, every_id(books, KeptCredit, OPEN)).values()
    there = {(one.credit, one.credit_id) for one in shown_credits}
    gone = [
        (one.ledger.credit, one.ledger.credit_id)
        for one in known
        if (one.ledger.credit, one.ledger.credit_id) not in there
        and one.ledger.issued_on >= since.date()
    ]
    return count + drop_credits(environment, scope, gone)


def _books(environment: Environment, scope: Scope) -> Books:
    return environment.store.books(scope)


def keep_bills(environment: Environment, scope: Scope, readings: Iterable[LedgerBill]) -> int:
    """Keep bills that Ramp does not name and that are to be paid; follow those kept already."""
    every = tuple(readings)
    books = _books(environment, scope)
    links = books.get_many(Link, [key_of("qbo-bill", one.bill_id) for one in every])
    known = books.get_many(KeptBill, [bill_key(one.bill_id) for one in every])
    news = [
        one
        for one in every
        if bill_key(one.bill_id) in known
        or (one.balance.minor > 0 and key_of("qbo-bill", one.bill_id) not in links)
    ]
    return in_parts(environment, scope, QBO, news, _keep_bill)


def _keep_bill(change: Change, reading: LedgerBill) -> bool:
    name = bill_key(reading.bill_id)
    known = change.get(KeptBill, name)
    if known is not None and not known.gone and known.ledger is not None:
        before = known.ledger
        if replace(reading, read=before.read) == before or is_older(before.sync_token, reading):
            return False
    seen_at = known.first_seen_at if known is not None else change.now
    kept = KeptBill(name, known.version if known is not None else 0, reading, seen_at)
    change.put(kept)
    judge_ledger_bill(change, kept)
    return True


def drop_bills(environment: Environment, scope: Scope, ledger_ids: Iterable[str]) -> int:
    """Mark bills as deleted, of those that are kept or that a bill of Ramp's names."""
    every = tuple(dict.fromkeys(ledger_ids))
    books = _books(environment, scope)
    links = books.get_many(Link, [key_of("qbo-bill", name) for name in every])
    known = books.get_many(KeptBill, [bill_key(name) for name in every])
    news = [name for name in every if key_of("qbo-bill", name) in links or bill_key(name) in known]
    return in_parts(environment, scope, QBO, news, _drop_bill)


def _drop_bill(change: Change, ledger_id: str) -> bool:
    name = bill_key(ledger_id)
    known = change.get(KeptBill, name)
    if known is not None and known.gone:
        return False
    kept = replace(known or KeptBill(name, 0, None, change.now), gone=True)
    change.put(kept)
    judge_ledger_bill(change, kept, ledger_id)
    return True
