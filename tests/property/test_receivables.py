"""Words on objects of Stripe's: any order, again, by either way, give one state that adds up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.money import Money, exponent
from rowcol.domain.plain import instant_text
from rowcol.domain.receivables.composition import composed, rows_of, sums_of
from rowcol.domain.receivables.file_reading import StripeReading
from rowcol.domain.receivables.objects import Entry, PayoutState, entry_of, payout_of
from rowcol.domain.receivables.ranks import payout_rank
from rowcol.domain.receivables.told import (
    EVENTS,
    Field,
    ObjectKind,
    StripeObject,
    Told,
    Word,
    heard,
    unheard,
)
from rowcol.edge.stripe_files.read import read_stripe_file
from tests.support.stripe_desk import StripeDesk, charge, dispute, payout, refund
from tests.support.stripe_files import Sale, balance_change, reconciliation

START = datetime(2026, 11, 1, tzinfo=UTC)
STATES = ("pending", "in_transit", "paid", "failed", "canceled")
FIELDS = (Field.AMOUNT, Field.STATUS, Field.TRACE_ID, Field.ARRIVES_ON, Field.FAILURE_CODE)
CURRENCIES = ("USD", "JPY", "KWD")
AMOUNTS = st.integers(-(10**9), 10**9)


@st.composite
def words(draw: st.DrawFn) -> tuple[Told, str]:
    """A word of an event or of one of three files."""
    claim = draw(st.sampled_from((EVENTS, "one", "two", "three")))
    status = draw(st.sampled_from(STATES))
    known = draw(st.sets(st.sampled_from(FIELDS), min_size=1))
    fields = {field.value: draw(st.sampled_from(("1", "2", "3"))) for field in known}
    if Field.STATUS in known:
        fields[Field.STATUS.value] = status
    at = START + timedelta(seconds=draw(st.integers(0, 3)))
    key = draw(st.sampled_from(("a", "b", "c")))
    key = f"{'event' if claim == EVENTS else 'file'}-{key}"
    told = Told(ObjectKind.PAYOUT, "po_1", fields, at, payout_rank(status), key)
    return told, claim


def told_all(every: list[tuple[Told, str]]) -> StripeObject:
    found = unheard(ObjectKind.PAYOUT, "po_1")
    for word, claim in every:
        found = heard(found, [word], claim)
    return found


@given(st.lists(words(), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_any_order_and_repetition_is_one_state(
    every: list[tuple[Told, str]], chance: random.Random
) -> None:
    other = [*every, *chance.choices(every, k=5)] if every else []
    chance.shuffle(other)
    assert told_all(other) == told_all(every)


@given(st.lists(words(), max_size=12))
@settings(max_examples=300)
def test_words_that_are_put_away_change_nothing(every: list[tuple[Told, str]]) -> None:
    """The state is that of all words ever said, in order."""
    kept = [Word(one.fields, one.at, one.rank, one.key, (claim,)) for one, claim in every]
    truth: dict[str, str] = {}
    for word in sorted(kept, key=lambda one: one.order):
        truth |= word.fields
    assert told_all(every).told == truth


@given(st.lists(words(), max_size=12), st.sampled_from(("one", "two", "three")))
@settings(max_examples=300)
def test_an_undone_import_was_never_there(every: list[tuple[Told, str]], gone: str) -> None:
    left = [(word, claim) for word, claim in every if claim != gone]
    assert told_all(every).without(gone).words == told_all(left).words


@given(st.permutations(STATES))
def test_a_payout_that_failed_stays_so_whatever_comes_late(order: list[str]) -> None:
    found = unheard(ObjectKind.PAYOUT, "po_1")
    for place, status in enumerate(order):
        fields = {"status": status, "currency": "USD", "amount": "1"}
        at = START + timedelta(seconds=place)
        word = Told(ObjectKind.PAYOUT, "po_1", fields, at, payout_rank(status), f"evt{place}")
        found = heard(found, [word], EVENTS)
    told = payout_of(found)
    assert told is not None
    assert told.state is PayoutState.FAILED


@given(
    st.lists(
        st.tuples(
            AMOUNTS, AMOUNTS, st.sampled_from(CURRENCIES),
            st.sampled_from(("charge", "refund", "dispute", "fee", "tax", "quantum", "payout")),
        ),
        max_size=20,
    ),
    AMOUNTS,
)  # fmt: skip
def test_what_a_payout_is_made_of_adds_up(
    drawn: list[tuple[int, int, str, str]], amount: int
) -> None:
    entries = [
        Entry(f"txn_{place}", category, Money(gross, currency), Money(fee, currency), START)
        for place, (gross, fee, currency, category) in enumerate(drawn)
    ]
    rows = rows_of(entries, ())
    for currency in CURRENCIES:
        sums = sums_of(rows, currency)
        gross = sums.charges + sums.refunds + sums.disputes + sums.adjustments + sums.billed
        assert gross - sums.fees == sums.net
    made_of = composed(Money(amount, "USD"), "USD", rows)
    assert made_of.unexplained is not None
    assert made_of.sums.net + made_of.unexplained == Money(amount, "USD")
    assert made_of.sums.count + made_of.other_currencies == len(rows)


@given(
    st.lists(
        st.tuples(st.integers(-(10**8), 10**8), st.integers(0, 10**6), st.sampled_from(CURRENCIES)),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_files_give_back_every_minor_unit(drawn: list[tuple[int, int, str]]) -> None:
    sales = [
        Sale(f"{place}", "other_adjustment", gross, fee, "po_1", currency=currency.lower())
        for place, (gross, fee, currency) in enumerate(drawn)
    ]
    for content in (reconciliation(sales), balance_change(sales)):
        reading = read_stripe_file(content)
        assert isinstance(reading, StripeReading)
        assert reading.bad_row_count == 0
        found = {}
        for row in reading.rows:
            [entry] = [word for word in row.told if word.kind is ObjectKind.ENTRY]
            read = entry_of(heard(None, [entry], "file"))
            assert read is not None
            assert read.net == read.gross - read.fee
            found[read.id] = (read.gross.minor, read.fee.minor, read.gross.currency)
        assert found == {f"txn_{place}": one for place, one in enumerate(drawn)}
        for one in reading.totals:
            assert one.gross - one.fee == one.net
            assert exponent(one.net.currency) in (0, 2, 3)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_content_raises(content: bytes) -> None:
    read_stripe_file(content)
    read_stripe_file(reconciliation() + content, ",")


STORY = (
    ("charge.succeeded", charge(), "2026-11-10"),
    ("charge.refunded", charge(amount_refunded=5_000), "2026-11-12"),
    ("payout.created", payout(), "2026-11-11"),
    ("payout.paid", payout(status="paid"), "2026-11-13"),
    ("payout.failed", payout(status="failed", failure_code="no_account"), "2026-11-16"),
    ("charge.dispute.created", dispute(), "2026-11-15"),
    ("charge.dispute.closed", dispute(status="won"), "2026-11-17"),
    ("refund.created", refund("re_1", 5_000), "2026-11-12"),
    ("charge.refunded", charge(amount_refunded=9_000), "2026-11-13"),
    ("refund.created", refund("re_2", 4_000), "2026-11-13"),
    ("refund.failed", refund("re_2", 4_000, status="failed"), "2026-11-16"),
    ("charge.dispute.created", dispute("du_2", amount=1_000), "2026-11-18"),
)


@given(st.permutations(range(len(STORY))), st.integers(0, len(STORY) - 1), st.integers(0, 7))
@settings(max_examples=25, deadline=None)
def test_a_story_told_in_any_order_ends_the_same(order: list[int], again: int, line: int) -> None:
    def ending(places: list[int], line_at: int) -> tuple[object, ...]:
        desk = StripeDesk()
        invoice = desk.bill_customer()
        for step, place in enumerate([*places, again]):
            if step == line_at:
                desk.bank_shows("line-1", 29_100, "2026-11-13", "STRIPE TRANSFER")
            kind, subject, at = STORY[place]
            desk.keys = 100 * place  # the same event has the same id
            desk.tell(kind, subject, at)
        found = desk.payout()
        told = {name: one.told for name, one in desk.stripe_objects().items()}
        items = sorted(desk.open_items())
        return told, found.standing, found.line, desk.collected(invoice), items

    told = ending(order, line)
    assert told == ending(list(range(len(STORY))), 0)
    assert told[3] == 30_000 - 5_000 - 1_000  # one refund reached the customer, one dispute is open


def test_the_time_of_an_event_is_text_in_order() -> None:
    assert instant_text(START) < instant_text(START + timedelta(microseconds=1))
