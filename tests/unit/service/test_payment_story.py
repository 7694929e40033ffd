"""The story of a payment: every entry says what it changed, with the ids of all three sides."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.bill import WishState
from rowcol.domain.event_versions import CURRENT
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Status
from rowcol.domain.limits import Level
from rowcol.domain.payment import Payment
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.judgement import judge_payment
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse
from rowcol.service.payment_story import Became, StoryEntry, limits_held, story_of
from rowcol.service.payment_words import WORDS, words_of
from rowcol.service.proof import observe_cash
from rowcol.service.sync.bank import sync_bank
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import bank_line, usd
from tests.support.events.logs import UNKNOWN, payment_fact, write
from tests.support.payment_desk import PaymentDesk

MONDAY = date(2026, 12, 7)


def told(desk: PaymentDesk, name: str) -> tuple[StoryEntry, ...]:
    return story_of(desk.books.entries_of_payment(name))


def at(story: tuple[StoryEntry, ...], fact: str) -> StoryEntry:
    [*_, found] = [entry for entry in story if entry.type == fact]
    return found


def replayed(story: tuple[StoryEntry, ...]) -> dict[str, object]:
    """What the changes add up to."""
    state: dict[str, object] = {}
    lists: dict[str, list[object]] = {"dates": [], "evidence": [], "journal": []}
    for entry in story:
        for name in Became.__slots__:
            value = getattr(entry.became, name)
            if name in lists:
                lists[name] += value
            elif name != "ended" and value is not None:
                state[name] = value
        for name in entry.became.ended:
            state[name] = None
    return {**state, **lists}


def agree(story: tuple[StoryEntry, ...], payment: Payment) -> None:
    found = replayed(story)
    for name in ("pay_on", "hold", "command", "rail", "ledger", "cash", "verdict", "route"):
        assert found.get(name) == getattr(payment, name), name
    assert tuple(found["evidence"]) == payment.evidence  # type: ignore[arg-type]  # a list here
    last = story[-1]
    assert (last.status, last.posting, last.verification) == (
        payment.status,
        payment.posting,
        payment.verification,
    )


def test_a_payment_from_the_decision_to_the_money_back() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    desk.shows(RailState.PROCESSING)
    desk.plaid.lines.append(bank_line())
    sync_bank(desk.environment, SCOPE)
    observe_cash(desk.environment, SCOPE, name, None, wake=True)
    desk.sweep()
    judge_payment(desk.environment, SCOPE, name, desk.payment(name).custody.attempt)
    given = Given(EvidenceKind.BANK_NOTICE, "notice 17", "R01")
    desk.do(lambda env, change: reverse(env, change, name, Reverse(Why.RETURNED, given)), "rita")
    story, payment = told(desk, name), desk.payment(name)
    agree(story, payment)

    made = story[0]
    assert (made.type, made.words) == ("payment.created", "decided: pay now or scheduled")
    assert (made.actor.id, made.became.pay_on) == ("boris", payment.pay_on)
    sent = at(story, "payment.command_sent").became.command
    assert sent is not None
    assert sent.is_open
    accepted = at(story, "payment.command_accepted")
    assert accepted.became.command is not None
    assert accepted.became.command.result == "accepted"
    assert set(accepted.said) == {"asked", "confirmed"}
    taken = at(story, "payment.rail_taken")
    assert (taken.said["source"], taken.said["target"]) == ("pending", "processing")
    assert taken.became.rail is not None
    assert (taken.became.rail.bill_id, taken.became.rail.state) == (
        payment.bill_id,
        RailState.PROCESSING,
    )
    cash = at(story, "payment.cash_observed").became.cash
    assert cash is not None
    assert [line.line_id for line in cash.debits] == [bank_line().line_id]
    assert at(story, "payment.judged").became.verdict == payment.verdict
    shown = at(story, "payment.return_seen")
    assert [one.reference for one in shown.became.evidence] == ["notice 17"]
    assert (shown.actor.id, shown.status) == ("rita", Status.REVERSING)


def test_dates_asked_and_holds_that_come_and_go() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    first = desk.payment(name).pay_on
    desk.do(lambda env, change: reschedule(env, change, name, MONDAY))
    desk.do(lambda env, change: hold(env, change, name, "vendor asked"), "rita")
    desk.do(lambda env, change: lift(env, change, name, Lift(By.ADMIN)), "rita")
    story = told(desk, name)
    agree(story, desk.payment(name))
    assert story[0].became.pay_on == first
    moved = at(story, "payment.date_asked").became
    assert moved.pay_on == MONDAY
    assert [(one.asked, one.state) for one in moved.dates] == [(MONDAY, WishState.ASKED)]
    done = at(story, "payment.date_confirmed").became
    assert [(one.asked, one.state) for one in done.dates] == [(MONDAY, WishState.CONFIRMED)]
    assert done.pay_on is None
    held = at(story, "payment.held").became
    assert held.hold is not None
    assert (held.hold.by, held.pay_on, held.dates) == ("rita", None, ())
    assert at(story, "payment.lifted").became.ended == ("hold",)


def test_limits_show_what_is_promised_then_what_is_used() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    reserved = limits_held(desk.payment(name), SCOPE)
    assert {one.level for one in reserved} == set(Level)
    assert {(one.reserved, one.used) for one in reserved} == {(usd("1250"), usd("0"))}
    assert {one.day for one in reserved} == desk.days_in_use()
    desk.shows(RailState.PROCESSING)
    used = limits_held(desk.payment(name), SCOPE)
    assert {(one.reserved, one.used) for one in used} == {(usd("0"), usd("1250"))}


@pytest.mark.parametrize(
    "fact",
    [
        payment_fact("pay-1", UNKNOWN),
        payment_fact("pay-1", 1),  # of version 1, but without what that version had
        payment_fact("pay-1", CURRENT, status="evaporated"),
        payment_fact("pay-1", CURRENT, amount=None),
    ],
)
def test_an_entry_that_cannot_be_read_is_told_without_its_states(fact: object) -> None:
    desk = Desk()
    good = payment_fact("pay-1")
    entries = write(desk, good, fact, good)  # type: ignore[arg-type]  # all of them are facts
    before, odd, after = story_of(entries)
    assert (odd.sequence, odd.hash) == (entries[1].sequence, entries[1].hash)
    assert (odd.status, odd.posting, odd.verification, odd.became) == (None, None, None, Became())
    assert before.became.pay_on is not None
    assert (after.status, after.became) == (before.status, Became())


def test_a_newer_release_may_have_written_facts_that_have_no_words_yet() -> None:
    assert words_of("payment.seen_on_moon") == "payment seen on moon"
    assert all(words_of(name) == words for name, words in WORDS.items())
