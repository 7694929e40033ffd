"""Which balance is read: the free one that Plaid has, or the paid one that asks the bank now.

Chosen by need. A guardrail decides on money that leaves, so it needs the bank's word of now unless
Plaid's is young enough by the bank's own time; whoever only looks or compares takes Plaid's. The
need is kept with every run and every accepted balance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.client import AcceptedBalance, Client
from rowcol.domain.facts import BalanceReading, BalanceSource
from rowcol.domain.guardrail import is_fresh
from rowcol.domain.link import Feed
from rowcol.domain.plain import instant_text
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import FeedKind, NeededBy, SyncOutcome
from rowcol.service.balances import accept_balance
from rowcol.service.connection_health import BANK, connection_answered, report_connection
from rowcol.service.environment import Environment
from rowcol.service.ports import ConnectionBroken, RailUnavailable
from rowcol.service.rail_budget_ports import Left
from rowcol.service.store import Books
from rowcol.service.sync.log import Asked, Notes, recorded

PLAID = "plaid"
BALANCE_FEED = "balance"
CAPPED = "live_reads_used_up"
COUNT_TRIES_MAX = 5
# Who asks the bank again within a minute is told what it said.
JUST_READ = timedelta(seconds=60)
# Needs that the bank itself must answer. A person who asks for the balance asks for that of now.
LIVE_FOR = frozenset({NeededBy.GUARDRAIL, NeededBy.PERSON, NeededBy.PAYMENT})


@dataclass(frozen=True, slots=True)
class _Need:
    """Who needs a balance, and whether only the bank itself will do."""

    why: NeededBy
    live: bool


def refresh_balance(
    environment: Environment,
    scope: Scope,
    why: NeededBy = NeededBy.GUARDRAIL,
    *,
    live: bool = False,
) -> str:
    """Get a balance good enough for the need, the free way if it will do.

    `live`: the free way will not. Answers "fresh" (nothing was asked), "accepted" (young enough to
    decide on) or "unknown". A broken connection is "unknown" with a tray item; RailUnavailable is
    the caller's to retry.
    """
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    if client is None:
        return "unknown"

    def work(counted: Environment, notes: Notes) -> str:
        return _read(counted, scope, client, _Need(why, live), notes)

    try:
        return recorded(environment, scope, Asked(PLAID, FeedKind.BALANCE, why), work)
    except ConnectionBroken as broken:
        report_connection(environment, scope, BANK, broken)
        return "fresh" if _typed_in_holds(environment, books, client) else "unknown"
    except RailUnavailable:
        if not _typed_in_holds(environment, books, client):
            raise
        return "fresh"


def _typed_in_holds(environment: Environment, books: Books, client: Client) -> bool:
    """Whether a balance that a person typed in stands in for the bank that cannot be asked."""
    balance = books.head(client.currency).balance
    typed_in = balance is not None and balance.source is BalanceSource.MANUAL
    return typed_in and is_fresh(client, balance, environment.now())


def _read(environment: Environment, scope: Scope, client: Client, need: _Need, notes: Notes) -> str:
    books, now = environment.store.books(scope), environment.now()
    head = books.head(client.currency)
    if _is_good(client, head.balance, now, live=need.live):
        notes.outcome = SyncOutcome.FRESH
        return "fresh"
    if environment.budgets.left(PLAID, scope) is Left.NOTHING:
        notes.outcome = SyncOutcome.NO_BUDGET
        return "unknown"
    bank = environment.rails.bank(scope.firm, scope.client)
    cached = None if need.live else bank.balances(live=False)
    reading = cached
    if cached is None or (need.why in LIVE_FOR and not young(client, cached, now)):
        if may_read_live(books, client, local_date(now, BANK_ZONE)):
            reading = bank.balances(live=True)
        else:
            notes.detail = CAPPED
    if reading is None:
        reading = bank.balances(live=False)
    connection_answered(environment, scope, BANK)
    notes.count(reading.source.value)
    notes.to_cursor = instant_text(reading.observed_at) if reading.observed_at else None
    return accept_balance(environment, scope, reading, need.why)


def _is_good(client: Client, balance: AcceptedBalance | None, now: datetime, *, live: bool) -> bool:
    """Whether the accepted balance will do as it is.

    One that a person typed in never does: the bank is asked each time, until it answers.
    """
    if balance is not None and balance.source is BalanceSource.MANUAL:
        return False
    if not live:
        return is_fresh(client, balance, now)
    just_read = balance is not None and now - balance.observed_at < JUST_READ
    return just_read and balance is not None and balance.source is BalanceSource.LIVE


def young(client: Client, reading: BalanceReading, now: datetime) -> bool:
    """Whether the bank itself was seen lately enough to decide on what it said."""
    if reading.observed_at is None:
        return False
    return (now - reading.observed_at).total_seconds() <= client.guardrail.balance_age_seconds_max


def live_readings_left(books: Books, client: Client, now: datetime) -> int:
    """How many of the day's live readings nobody has taken yet. One read."""
    feed = books.get(Feed, BALANCE_FEED)
    used = feed.live_readings if feed and feed.day == local_date(now, BANK_ZONE) else 0
    return max(0, client.guardrail.live_reads_per_day_max - used)


def may_read_live(books: Books, client: Client, day: date) -> bool:
    """Take one of the day's live readings, each a paid call per item; False when none is left.

    Counted before the call, by one conditional put: two at once never make one too many.
    """
    for _ in range(COUNT_TRIES_MAX):
        feed = books.get(Feed, BALANCE_FEED) or Feed(BALANCE_FEED, 0)
        used = feed.live_readings if feed.day == day else 0
        if used >= client.guardrail.live_reads_per_day_max:
            return False
        if books.save(replace(feed, day=day, live_readings=used + 1)):
            return True
    return False
