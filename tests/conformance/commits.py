"""One state change: everything or nothing, guarded by versions, continuing one chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.chain import verify
from rowcol.domain.client import Head
from rowcol.domain.log import Fact
from rowcol.domain.plain import PlainError
from rowcol.domain.scope import Member, Role, Scope, ScopeError
from rowcol.domain.tray import TrayItem
from rowcol.service.commit_rules import BrokenCommit, TokenReused
from rowcol.service.store import Command, Committed, Conflict, TransactionTooLarge, VersionCheck
from tests.conformance.world import (
    BLUEBIRD,
    CEDAR,
    FIRM,
    RIVAL,
    Planned,
    World,
    commit_on,
    next_commit,
)
from tests.support.domain.builders import NOW
from tests.support.storage import samples

COMMAND = Command("key-1", "f" * 64, {"payment": "pay_1", "total": 3}, NOW + timedelta(days=30))
OF_PAYMENT = Fact("payment.moved", {"step": 1}, payment_id="pay_1", bill_id="bill-1")


class Commits:
    def test_everything_is_written_together(self, world: World) -> None:
        books = world.books()
        planned = Planned(
            puts=(samples.bill(), samples.tray_item()), facts=(OF_PAYMENT,), command=COMMAND
        )
        commit = next_commit(books, planned)
        assert books.commit(commit) == Committed()
        world.settle()
        assert books.head("USD") == replace(commit.head, version=1)
        assert books.get(Bill, "bill-1") == replace(samples.bill(), version=1)
        assert books.get(TrayItem, "item-1") == replace(samples.tray_item(), version=1)
        assert books.entries() == tuple(commit.entries)
        assert books.entries_of_payment("pay_1") == tuple(commit.entries)
        assert books.command("key-1") == COMMAND

    def test_a_chain_of_commits_verifies(self, world: World) -> None:
        books = world.books()
        for number in range(1, 8):
            facts = tuple(
                Fact("noted", {"n": index, "deep": {"list": [1, "two", None, True]}})
                for index in range(number % 3)
            )
            assert books.commit(next_commit(books, Planned(facts=facts))) == Committed()
        head = books.head("USD")
        assert head.version == 7
        assert head.sequence == len(books.entries()) == 7
        assert verify(BLUEBIRD, books.entries(), head.sequence, head.chain).intact

    def test_a_stale_head_writes_nothing(self, world: World) -> None:
        books, stale = world.books(), world.books().head("USD")
        assert books.commit(next_commit(books, Planned())) == Committed()
        planned = Planned(puts=(samples.bill(),), facts=(), command=COMMAND)
        assert books.commit(commit_on(BLUEBIRD, stale, planned, NOW)) == Conflict(("head",))
        assert books.get(Bill, "bill-1") is None
        assert books.command("key-1") is None

    def test_a_position_that_is_taken_is_a_conflict(self, world: World) -> None:
        books = world.books()
        assert books.commit(next_commit(books, Planned())) == Committed()
        again = replace(Head("USD"), version=1)
        assert books.commit(commit_on(BLUEBIRD, again, Planned(), NOW)) == Conflict(("log",))
        assert len(books.entries()) == 1

    def test_a_stale_aggregate_writes_nothing(self, world: World) -> None:
        books = world.books()
        world.save(samples.bill("b1"))
        planned = Planned(puts=(samples.bill("b0"), samples.bill("b1"), samples.tray_item()))
        assert books.commit(next_commit(books, planned)) == Conflict(("bill/b1",))
        assert books.get(Bill, "b0") is None
        assert books.get(TrayItem, "item-1") is None
        assert books.head("USD") == Head("USD")
        assert books.entries() == ()

    def test_each_changed_item_is_named(self, world: World) -> None:
        books = world.books()
        head = books.head("USD")
        first = Planned(puts=(samples.bill("b1"), samples.bill("b2")), command=COMMAND)
        assert books.commit(next_commit(books, first)) == Committed()
        puts = (samples.bill("b1"), samples.bill("b3"), replace(samples.bill("b2"), version=2))
        stale = commit_on(BLUEBIRD, head, Planned(puts=puts, facts=(), command=COMMAND), NOW)
        assert books.commit(stale) == Conflict(("head", "bill/b1", "bill/b2", "command"))

    def test_an_aggregate_is_changed_at_its_version(self, world: World) -> None:
        books = world.books()
        world.save(samples.bill())
        known = books.get(Bill, "bill-1")
        assert known is not None
        changed = replace(known, live_payment_id="pay_1")
        assert books.commit(next_commit(books, Planned(puts=(changed,)))) == Committed()
        assert books.get(Bill, "bill-1") == replace(changed, version=2)

    def test_a_right_that_was_revoked_stops_the_write(self, world: World) -> None:
        books, firm = world.books(), world.books(FIRM)
        anna = Member("anna", 0, {"*": (Role.RELEASER,)})
        world.save(anna, scope=FIRM)
        check = Planned(checks=(VersionCheck(FIRM, "member", "anna", 1),))
        assert books.commit(next_commit(books, check)) == Committed()
        assert firm.save(replace(anna, version=1, active=False))
        assert books.commit(next_commit(books, check)) == Conflict(("member/anna",))
        assert len(books.entries()) == 1

    def test_a_check_can_ask_for_absence(self, world: World) -> None:
        books = world.books()
        check = Planned(checks=(VersionCheck(BLUEBIRD, "bill", "b1", 0),))
        assert books.commit(next_commit(books, check)) == Committed()
        world.save(samples.bill("b1"))
        assert books.commit(next_commit(books, check)) == Conflict(("bill/b1",))

    def test_a_command_is_answered_once(self, world: World) -> None:
        books = world.books()
        assert books.commit(next_commit(books, Planned(command=COMMAND))) == Committed()
        other = replace(COMMAND, answer={"payment": "pay_2"})
        assert books.commit(next_commit(books, Planned(command=other))) == Conflict(("command",))
        assert books.command("key-1") == COMMAND
        assert world.books(CEDAR).command("key-1") is None

    def test_an_expired_command_is_forgotten(self, world: World) -> None:
        books = world.books()
        assert books.commit(next_commit(books, Planned(command=COMMAND))) == Committed()
        later = world.clock.move(days=30)
        assert books.command("key-1") is None
        again = replace(COMMAND, expires_at=later + timedelta(days=30))
        assert books.commit(next_commit(books, Planned(command=again), later)) == Committed()
        assert books.command("key-1") == again

    def test_the_log_is_read_in_pages(self, world: World) -> None:
        books = world.books()
        facts = tuple(Fact("noted", {"n": number}) for number in range(25))
        assert books.commit(next_commit(books, Planned(facts=facts))) == Committed()
        assert [entry.sequence for entry in books.entries(0, 10)] == list(range(1, 11))
        assert [entry.sequence for entry in books.entries(20, 10)] == list(range(21, 26))
        assert books.entries(25) == ()

    def test_a_payments_own_stream_holds_nothing_else(self, world: World) -> None:
        books = world.books()
        for _ in range(3):
            other = replace(OF_PAYMENT, payment_id="pay_2")
            planned = Planned(facts=(OF_PAYMENT, other, Fact("noted", {})))
            assert books.commit(next_commit(books, planned)) == Committed()
        world.settle()
        assert [entry.sequence for entry in books.entries_of_payment("pay_1")] == [1, 4, 7]
        assert world.books(CEDAR).entries_of_payment("pay_1") == ()

    def test_more_than_a_megabyte_of_log_is_read_whole(self, world: World) -> None:
        books = world.books()
        for number in range(8):
            big = Fact("noted", {"n": number, "text": "x" * 200_000}, payment_id="pay_1")
            assert books.commit(next_commit(books, Planned(facts=(big,)))) == Committed()
        world.settle()
        assert [entry.data["n"] for entry in books.entries()] == list(range(8))
        assert len(books.entries_of_payment("pay_1")) == 8

    @pytest.mark.parametrize("other", [CEDAR, FIRM, RIVAL], ids=["client", "firm", "rival"])
    def test_a_commit_of_another_scope_is_refused(self, world: World, other: Scope) -> None:
        foreign = commit_on(other, Head("USD"), Planned(), NOW)
        with pytest.raises(ScopeError):
            world.books().commit(foreign)
        with pytest.raises(ScopeError):
            world.books().commit(replace(foreign, scope=BLUEBIRD))
        assert world.books(other).entries() == ()

    @pytest.mark.parametrize("other", [CEDAR, RIVAL, Scope("elm")], ids=["client", "rival", "elm"])
    def test_a_check_of_another_scope_is_refused(self, world: World, other: Scope) -> None:
        planned = Planned(checks=(VersionCheck(other, "member", "anna", 1),))
        with pytest.raises(ScopeError):
            world.books().commit(next_commit(world.books(), planned))

    def test_an_id_that_could_leave_the_scope_is_refused_in_a_commit(self, world: World) -> None:
        books = world.books()
        bad_puts = Planned(puts=(samples.bill("a/b"),))
        bad_check = Planned(checks=(VersionCheck(BLUEBIRD, "bill", "a#b", 1),))
        bad_key = Planned(command=replace(COMMAND, key="x/y"))
        bad_payment = Planned(facts=(replace(OF_PAYMENT, payment_id="a/b"),))
        for planned in (bad_puts, bad_check, bad_key, bad_payment):
            with pytest.raises(ScopeError):
                books.commit(next_commit(books, planned))
        assert books.entries() == ()

    def test_a_hundred_items_are_one_write_and_one_more_is_refused(self, world: World) -> None:
        books = world.books()
        puts = tuple(samples.line(f"line-{number}") for number in range(98))
        assert books.commit(next_commit(books, Planned(puts=puts))) == Committed()
        more = tuple(samples.line(f"other-{number}") for number in range(99))
        with pytest.raises(TransactionTooLarge):
            books.commit(next_commit(books, Planned(puts=more)))
        assert books.head("USD").version == 1

    def test_a_commit_that_contradicts_itself_is_refused(self, world: World) -> None:
        books, bill = world.books(), samples.bill()
        good = next_commit(books, Planned(puts=(bill,), facts=(OF_PAYMENT, OF_PAYMENT)))
        check = VersionCheck(BLUEBIRD, "bill", bill.id, 0)
        first, second = good.entries
        broken = (
            replace(good, puts=(bill, bill)),
            replace(good, checks=(check,)),
            replace(good, entries=(second, first)),
            replace(good, entries=(first,)),
            replace(good, head=replace(good.head, chain=first.hash)),
            replace(good, command=replace(COMMAND, answer={"pair": (1, 2)})),
        )
        for commit in broken:
            with pytest.raises(BrokenCommit):
                books.commit(commit)
        assert books.commit(good) == Committed()

    def test_no_float_is_ever_stored(self, world: World) -> None:
        books = world.books()
        answer = Planned(command=replace(COMMAND, answer={"amount": 0.1}))
        with pytest.raises(PlainError):
            books.commit(next_commit(books, answer))


class RequestTokens:
    """The same request again is the same request: what a lost answer needs."""

    def test_a_repeated_commit_is_applied_once(self, world: World) -> None:
        books = world.books()
        planned = Planned(puts=(samples.bill(due=NOW),), command=COMMAND, token=world.token)
        commit = next_commit(books, planned)
        assert books.commit(commit) == Committed()
        world.clock.move(seconds=90)
        assert books.commit(commit) == Committed()
        assert books.head("USD").version == 1
        assert len(books.entries()) == 1

    def test_a_token_is_not_used_for_two_commits(self, world: World) -> None:
        books = world.books()
        assert books.commit(next_commit(books, Planned(token=world.token))) == Committed()
        with pytest.raises(TokenReused):
            books.commit(next_commit(books, Planned(token=world.token)))
        assert len(books.entries()) == 1

    def test_tokens_of_two_clients_are_two_tokens(self, world: World) -> None:
        token = f"longer-than-dynamodb-takes-{world.token}"
        for scope in (BLUEBIRD, CEDAR):
            books = world.books(scope)
            assert books.commit(next_commit(books, Planned(token=token))) == Committed()
            assert len(books.entries()) == 1
