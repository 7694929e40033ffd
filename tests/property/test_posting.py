"""Whatever happens to a payment: what stands balances, mirrors are exact, sums fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.chart import BY_CODE
from rowcol.domain.journal import EntryRole, JournalEntry, JournalRef
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Origin, Payment, PaymentType, Posting
from rowcol.domain.posting import (
    STANDS,
    booked_on,
    kept_refs,
    mirror_of,
    number_text,
    standing,
    wanted_entries,
)
from tests.support.domain.builders import FRIDAY, NOW, bank_line, cash, payment

_DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """A payment of any type, origin and status, with any lines of the bank."""
    lines = st.lists(st.builds(bank_line, pending=st.booleans(), posted_on=_DAYS), max_size=2).map(
        tuple
    )
    seen = st.one_of(
        st.none(),
        st.builds(lambda out, came: replace(cash(), debits=out, credits=came), lines, lines),
    )
    record = draw(st.booleans())
    kinds = st.sampled_from(PaymentType) if record else st.just(PaymentType.VENDOR_PAYMENT)
    return payment(
        draw(st.sampled_from(Status)),
        origin=Origin.RECORD if record else Origin.DECISION,
        type=draw(kinds),
        posting=draw(st.sampled_from(Posting)),
        amount=Money(draw(st.integers(1, 10**13)), "USD"),
        cash=draw(seen),
        method=draw(st.sampled_from([None, "CHECK", "CARD", "VENDOR_CREDIT"])),
        to_account_id=draw(st.sampled_from([None, "operating-2"])),
        pay_on=draw(_DAYS),
    )


def entry_of(known: Payment, role: EntryRole) -> JournalEntry:
    """The entry that a payment wants in a role."""
    [wanted] = [one for one in wanted_entries(known) if one.role is role]
    return JournalEntry(
        "jrn_1", 1, known.id, "2026-000001", role, wanted.day, "USD", wanted.lines,
        known.type.value, known.counterparty_name, None, NOW, "anna",
    )  # fmt: skip


@given(payments())
def test_what_is_wanted_balances_on_known_accounts(known: Payment) -> None:
    wanted = wanted_entries(known)
    assert len({one.role for one in wanted}) == len(wanted)
    for one in wanted:
        entry = entry_of(known, one.role)
        assert entry.debits == known.amount.minor
        for line in entry.lines:
            assert line.account in BY_CODE
            if line.bank_account_id is not None:
                assert BY_CODE[line.account].per_bank_account


@given(payments())
def test_nothing_is_cleared_that_is_not_posted(known: Payment) -> None:
    roles = {one.role for one in wanted_entries(known)}
    assert not roles or EntryRole.POSTING in roles
    if known.status not in STANDS:
        assert not roles
    if known.origin is Origin.RECORD and known.posting is Posting.DRAFT:
        assert not roles


@given(payments())
def test_it_ends_at_cash_when_the_bank_has_shown_all(known: Payment) -> None:
    """Money in transit is what was posted less what was cleared, per account."""
    left: dict[str, int] = {}
    for one in wanted_entries(known):
        for line in one.lines:
            left[line.account] = left.get(line.account, 0) + line.debit - line.credit
    roles = {one.role for one in wanted_entries(known)}
    if EntryRole.CLEARING in roles:
        assert left.get("1010", 0) == 0
    if EntryRole.ARRIVAL in roles:
        assert left.get("1020", 0) == 0
    assert sum(left.values()) == 0


@given(payments(), _DAYS)
def test_a_mirror_is_exact_and_its_own_mirror(known: Payment, day: date) -> None:
    for one in wanted_entries(known):
        entry = entry_of(known, one.role)
        mirror = mirror_of(entry, "jrn_2", day, NOW, "ben")
        assert [(line.debit, line.credit) for line in mirror.lines] == [
            (line.credit, line.debit) for line in entry.lines
        ]
        assert mirror.mirrors == entry.id
        assert mirror_of(mirror, "jrn_3", entry.day, NOW, "ben").lines == entry.lines


@given(_DAYS, _DAYS, st.one_of(st.none(), _DAYS))
def test_a_day_is_never_ahead_nor_closed(day: date, today: date, closed: date | None) -> None:
    booked = booked_on(day, today, closed)
    if closed is not None:
        assert booked > closed
    assert booked <= max(today, (closed or today) + timedelta(days=1))
    if day <= today and (closed is None or day > closed):
        assert booked == day


@given(st.lists(st.booleans(), max_size=120))
def test_what_stands_is_never_forgotten(mirrored: list[bool]) -> None:
    refs = tuple(
        JournalRef(f"jrn_{place}", EntryRole.POSTING, f"jrn_m{place}" if gone else None)
        for place, gone in enumerate(mirrored)
    )
    kept = kept_refs(refs)
    assert [ref for ref in kept if ref.mirrored_by is None] == [
        ref for ref in refs if ref.mirrored_by is None
    ]
    assert sum(ref.mirrored_by is not None for ref in kept) <= 40
    assert list(kept) == sorted(kept, key=refs.index)


def test_numbers_sort_as_they_were_given() -> None:
    texts = [number_text(2026, place) for place in (1, 2, 10, 999_999)]
    assert texts == sorted(texts)
    assert texts[0] == "2026-000001"
    assert standing(payment(Status.DONE)) == {}
    assert FRIDAY.year == 2026
