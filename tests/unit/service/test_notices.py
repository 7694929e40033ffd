"""Notices that only say "look": one look for many, never none after the last one."""

from __future__ import annotations

import gzip
import hashlib
import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from local.simulation.boundary import Boundary, Crash
from rowcol.domain.client import Client, GuardrailSettings
from rowcol.domain.facts import AccountBalance, BalanceReading, BalanceSource, ReadInterval
from rowcol.domain.guardrail import accepted_balance, covers
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.apply_event import apply_rows
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Endpoint, InboxEntry, Notice, Reading
from rowcol.service.sync.bank_pass import LEASE
from rowcol.storage.inbox_memory import MemoryInbox
from tests.support.domain.builders import usd
from tests.unit.sync.test_bank_pass import ITEM, BankDesk

NEW_LINES = "TRANSACTIONS.SYNC_UPDATES_AVAILABLE"


class NoticeDesk(BankDesk):
    """Bluebird's bank, and an inbox."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.inbox = MemoryInbox()
        self.kind, self.details = NEW_LINES, dict[str, str]()

    def told(self) -> str:
        """One more notice is stored, not applied yet."""
        key = f"delivery-{len(self.inbox.items)}"
        endpoint = Endpoint("plaid", "endpoint-key-0001", "maple", "bluebird")
        now = self.clock.now()
        entry = InboxEntry(endpoint, key, "delivery", _GZIP, _HASH, 2, key, {}, now)
        return self.inbox.put(entry).inbox_key

    def understand(self, _row: InboxRow) -> Reading:
        return Reading((Notice("plaid", "", self.kind, ITEM, (ITEM,), None, None, self.details),))

    def apply(self, *keys: str) -> tuple[str, ...]:
        """Gives what has to come again."""
        return apply_rows(self.environment, self.inbox, self.understand, keys).retry

    def waiting(self) -> tuple[str, ...]:
        return self.inbox.unapplied(self.clock.now() + LEASE, 1_000)


_GZIP = gzip.compress(b"{}", mtime=0)
_HASH = hashlib.sha256(b"{}").hexdigest()


def looks(desk: NoticeDesk) -> int:
    return desk.bank.calls


@pytest.mark.parametrize("together", [1, 7, 100])
def test_a_hundred_notices_are_one_look(together: int) -> None:
    desk = NoticeDesk()
    desk.shows("one")
    keys = []
    for _ in range(100):
        keys.append(desk.told())
        desk.clock.pause(0.005)
    for start in range(0, 100, together):
        assert desk.apply(*keys[start : start + together]) == ()
        desk.clock.pause(0.05)
    assert looks(desk) == 1
    assert desk.waiting() == ()
    assert desk.stored == desk.bank.lines


def test_a_hundred_around_a_look_are_two() -> None:
    desk = NoticeDesk()
    keys = [desk.told() for _ in range(50)]
    desk.clock.pause(0.1)
    desk.apply(*keys)
    desk.shows("meanwhile")
    desk.clock.pause(0.1)
    late = [desk.told() for _ in range(50)]
    desk.clock.pause(0.1)
    for key in reversed(late):
        desk.apply(key)
    assert looks(desk) == 2
    assert desk.stored == desk.bank.lines


@pytest.mark.parametrize("seed", range(40))
def test_in_any_order_with_deaths_the_last_one_is_looked_for(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - seeded
    desk = NoticeDesk()
    boundary = Boundary()
    desk.store.on_call = boundary
    for number in range(12):
        desk.shows(f"line-{number}")
        for _ in range(chance.randint(1, 4)):
            desk.told()
        desk.clock.pause(chance.choice((0.0, 0.01, 3.0)))
        keys = [*desk.waiting()]
        chance.shuffle(keys)
        boundary.crash_at = (
            boundary.count + chance.randint(1, 60) if chance.random() < 0.5 else None
        )
        for key in keys[: chance.randint(0, len(keys))]:
            try:
                desk.apply(key)
            except Crash:
                break
        boundary.crash_at = None
        desk.clock.pause(LEASE.total_seconds() + 1 if chance.random() < 0.3 else 0.5)
    desk.clock.pause(LEASE.total_seconds() + 1)
    assert desk.apply(*desk.waiting()) == ()
    assert desk.waiting() == ()
    assert desk.stored == desk.bank.lines, seed


def test_a_notice_that_comes_while_its_item_is_read_is_looked_for_again() -> None:
    desk = NoticeDesk()
    desk.told()
    desk.clock.pause(0.1)
    seen: list[datetime] = []
    changes = desk.bank.changes

    def read(item_id: str, cursor: str | None) -> Any:
        answer = changes(item_id, cursor)
        if not seen:
            seen.append(desk.clock.now())
            desk.clock.pause(0.1)
            desk.shows("late")  # after the bank had answered
            late = desk.told()
            assert desk.apply(late) == (late,)  # another run reads this item
        return answer

    bank: Any = desk.bank
    bank.changes = read
    desk.apply(*desk.waiting())
    desk.clock.pause(1)
    assert desk.apply(*desk.waiting()) == ()
    assert desk.stored == desk.bank.lines


def test_an_account_that_was_revoked_is_no_cash() -> None:
    desk = NoticeDesk(
        operating_account_ids=("operating-1",), guardrail=GuardrailSettings(floor=usd("100"))
    )
    assert not isinstance(
        covers(desk.client(), desk.books.head("USD"), usd("1"), desk.clock.now()), Refusal
    )
    desk.kind, desk.details = "ITEM.USER_ACCOUNT_REVOKED", {"account_id": "operating-1"}
    for _ in range(2):
        assert desk.apply(desk.told()) == ()
    refused = covers(desk.client(), desk.books.head("USD"), usd("1"), desk.clock.now())
    assert isinstance(refused, Refusal)
    assert refused.code is Code.BALANCE_UNKNOWN
    assert desk.types().count("balance.account_revoked") == 1
    now, cash = desk.clock.now(), usd("9")
    shown = AccountBalance("operating-1", None, "", "depository", None, cash, cash)
    reading = BalanceReading((shown,), BalanceSource.LIVE, now, ReadInterval(now, now))
    again = accepted_balance(desk.client(), reading, desk.clock.now())
    assert isinstance(again, Refusal)
    typed_in = accepted_balance(
        desk.client(), replace(reading, source=BalanceSource.MANUAL), desk.clock.now()
    )
    assert not isinstance(typed_in, Refusal)


def test_another_clients_account_changes_nothing() -> None:
    desk = NoticeDesk(operating_account_ids=("operating-1",))
    desk.kind, desk.details = "ITEM.USER_ACCOUNT_REVOKED", {"account_id": "operating-9"}
    assert desk.apply(desk.told()) == ()
    known = desk.books.get(Client, "bluebird")
    assert known is not None
    assert known.revoked_account_ids == ()
    assert desk.books.head("USD").balance is not None


def test_a_repaired_login_asks_the_bank_where_a_person_typed_a_balance_in() -> None:
    desk = NoticeDesk(operating_account_ids=("operating-1",), revoked_account_ids=("operating-1",))
    head = desk.books.head("USD")
    assert head.balance is not None
    typed_in = replace(head.balance, source=BalanceSource.MANUAL)
    assert desk.books.save(replace(head, balance=typed_in))
    desk.kind = "ITEM.LOGIN_REPAIRED"
    desk.clock.pause(1)
    assert desk.apply(desk.told()) == ()
    balance = desk.books.head("USD").balance
    assert balance is not None
    assert balance.source is BalanceSource.LIVE
    assert desk.client().revoked_account_ids == ()
    assert desk.types().count("balance.account_back") == 1
