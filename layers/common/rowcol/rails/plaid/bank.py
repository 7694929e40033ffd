"""One client's bank through Plaid: all its items. Implements BankRail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rowcol.domain.facts import BalanceReading, BalanceSource, BankChanges, ReadInterval
from rowcol.domain.scope import key_of
from rowcol.rails.http import Answer
from rowcol.rails.plaid import wire
from rowcol.rails.plaid.client import PlaidClient
from rowcol.rails.plaid.errors import RAIL, FeedMoved, ProductNotReady, WindowTooNarrow
from rowcol.rails.plaid.translate import account_balance, bank_lines, instant
from rowcol.service.ports import (
    ConnectionBroken,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
    Surroundings,
)

RESTARTS_MAX = 3
RESTART_PAUSE_SECONDS = 1.0
PAGES_MAX = 400
CAPITAL_ONE = "ins_128026"
FRESH_WITHIN = timedelta(hours=24)
FRESH_WITHIN_AT_MOST = timedelta(days=7)
_NOT_READY = "NOT_READY"


@dataclass(frozen=True, slots=True)
class ItemAccess:
    """One item of the client and how to reach it."""

    item_id: str
    access_token: str = field(repr=False)
    institution_id: str | None = None


@contextmanager
def _naming(item: ItemAccess) -> Iterator[None]:
    """A broken connection says which item it is, in the words of its connection's id."""
    try:
        yield
    except ConnectionBroken as broken:
        broken.rail = key_of(RAIL, item.item_id)
        raise


class PlaidBank:
    """BankRail over the items of one client. One item that fails makes the whole reading fail:
    a balance that is not known is unknown, never less."""

    def __init__(
        self, client: PlaidClient, items: Sequence[ItemAccess], surroundings: Surroundings
    ) -> None:
        self._client = client
        self._items: Mapping[str, ItemAccess] = {item.item_id: item for item in items}
        self._surroundings = surroundings
        self._clock = surroundings.clock

    def balances(self, *, live: bool) -> BalanceReading:
        """Accounts of all items.

        Seen at the bank: now when live, else as Plaid tells; the oldest item counts.
        """
        began_at = self._clock.now()
        accounts: list[wire.Account] = []
        seen: list[datetime | None] = []
        request_id: str | None = None
        for item in self._items.values():
            with _naming(item):
                found, observed_at = self._live(item) if live else self._cached(item)
            accounts.extend(found.accounts)
            seen.append(observed_at)
            request_id = found.request_id
        known = [observed_at for observed_at in seen if observed_at is not None]
        return BalanceReading(
            accounts=tuple(account_balance(account) for account in accounts),
            source=BalanceSource.LIVE if live else BalanceSource.CACHED,
            observed_at=min(known) if known and len(known) == len(seen) else None,
            read=ReadInterval(began_at, self._clock.now()),
            request_id=request_id,
        )

    def _cached(self, item: ItemAccess) -> tuple[wire.Accounts, datetime | None]:
        state = self._client.item_get(item.access_token)
        accounts, _ = self._client.accounts_get(item.access_token)
        times = state.status.transactions if state.status else None
        return accounts, instant(times.last_successful_update if times else None)

    def _live(self, item: ItemAccess) -> tuple[wire.Accounts, datetime | None]:
        if item.institution_id != CAPITAL_ONE:
            accounts, answer = self._client.balance_get(item.access_token)
            return accounts, answer.read.began_at
        accounts, answer = self._live_within_window(item)
        told = [instant(account.balances.last_updated_datetime) for account in accounts.accounts]
        return accounts, min((t for t in told if t is not None), default=answer.read.began_at)

    def _live_within_window(self, item: ItemAccess) -> tuple[wire.Accounts, Answer]:
        """One bank wants to be told how old a balance may be; the limit is widened once."""
        now = self._clock.now()
        try:
            return self._client.balance_get(item.access_token, updated_since=now - FRESH_WITHIN)
        except WindowTooNarrow:
            oldest = now - FRESH_WITHIN_AT_MOST
        try:
            return self._client.balance_get(item.access_token, updated_since=oldest)
        except WindowTooNarrow as narrow:
            raise RailUnavailable(RAIL, narrow.detail, trace_id=narrow.trace_id) from None

    def changes(self, item_id: str, cursor: str | None) -> BankChanges:
        """All changes after `cursor`, in one complete pass: any failure between pages throws all of
        it away.

        Not ready: no rows, the cursor as it was. Raises RailUnavailable after RESTARTS_MAX new
        starts.
        """
        item = self._items.get(item_id)
        if item is None:
            raise RailProtocolError(RAIL, "not an item of this client")
        for restart in range(RESTARTS_MAX + 1):
            try:
                with _naming(item):
                    return self._pass(item, cursor)
            except ProductNotReady:
                return self._nothing(cursor)
            except RailThrottled:
                raise
            except (FeedMoved, RailUnavailable) as trouble:
                if restart == RESTARTS_MAX:
                    raise RailUnavailable(RAIL, trouble.detail, trace_id=trouble.trace_id) from None
                self._pause(restart)
        raise AssertionError("unreachable: the last pass returns or raises")

    def _pause(self, restart: int) -> None:
        surroundings = self._surroundings
        surroundings.pause(surroundings.random.uniform(0.0, RESTART_PAUSE_SECONDS * 2**restart))

    def _pass(self, item: ItemAccess, first: str | None) -> BankChanges:
        began_at, cursor = self._clock.now(), first
        pages: list[wire.SyncPage] = []
        while len(pages) < PAGES_MAX:
            page, _ = self._client.transactions_page(item.access_token, cursor)
            if not page.next_cursor or page.transactions_update_status == _NOT_READY:
                return self._nothing(first)
            pages.append(page)
            if not page.has_more:
                return self._joined(pages, began_at)
            if page.next_cursor == cursor:
                raise RailProtocolError(RAIL, "paging stands still")
            cursor = page.next_cursor
        raise RailProtocolError(RAIL, f"more than {PAGES_MAX} pages")

    def _joined(self, pages: Sequence[wire.SyncPage], began_at: datetime) -> BankChanges:
        return BankChanges(
            added=bank_lines(row for page in pages for row in page.added),
            modified=bank_lines(row for page in pages for row in page.modified),
            removed_line_ids=tuple(row.transaction_id for page in pages for row in page.removed),
            cursor=pages[-1].next_cursor,
            ready=True,
            read=ReadInterval(began_at, self._clock.now()),
        )

    def _nothing(self, cursor: str | None) -> BankChanges:
        now = self._clock.now()
        return BankChanges((), (), (), cursor, ready=False, read=ReadInterval(now, now))
