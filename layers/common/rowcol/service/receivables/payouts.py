"""Follow payouts: what they are made of, and the bank's line that is theirs alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from rowcol.domain.calendar import local_date
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.receivables.composition import Composition, PayoutRow, composed, rows_of
from rowcol.domain.receivables.objects import Payout, charge_of, entry_of, payout_of
from rowcol.domain.receivables.payout_record import (
    ARRIVED,
    OPEN,
    TRACED_DAYS,
    WATCHED_DAYS,
    PayoutRecord,
    PayoutStanding,
    composed_as,
    line_in,
    standing_of,
)
from rowcol.domain.receivables.told import ObjectKind, StripeObject, object_id
from rowcol.domain.scope import Actor, ActorKind, Scope, key_of
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.proof import StoredLines
from rowcol.service.received_notes import note_payout
from rowcol.service.store import Books
from rowcol.service.tray import close_item, open_item

STRIPE = Actor(ActorKind.RAIL, "stripe")
LINK = "https://dashboard.stripe.com/payouts"
PAGE_IDS = 1000


def follow_payouts(environment: Environment, scope: Scope, stripe_ids: Iterable[str]) -> int:
    """Bring payouts up to date after words on them or on their rows; how many changed."""
    books = environment.store.books(scope)
    wanted = list(dict.fromkeys(stripe_ids))
    if not wanted:
        return 0
    lines = StoredLines(books)
    return sum(_follow(environment, scope, books, name, lines) for name in wanted)


def match_payouts(environment: Environment, scope: Scope) -> int:
    """Look for the lines of payouts that have not arrived, and whether those that have still stand.

    After new bank lines. One query when the client has no payouts.
    """
    books = environment.store.books(scope)
    if not books.ids(PayoutRecord, limit=1).ids:
        return 0
    names = every_id(books, PayoutRecord, OPEN, PAGE_IDS)
    for month in _months(environment.now().date()):
        names += every_id(books, PayoutRecord, f"{ARRIVED}{month}", PAGE_IDS)
    known = books.get_many(PayoutRecord, names).values()
    gone = _lines_gone(books, known)
    moved = [
        record.payout.id
        for record in known
        if record.standing is not PayoutStanding.ARRIVED
        or record.id in gone
        or _is_open_at_stripe(record)
    ]
    return follow_payouts(environment, scope, moved)


def _is_open_at_stripe(record: PayoutRecord) -> bool:
    """Whether rows seem to be missing: lists lag behind writes, so the last look may have erred."""
    return record.unexplained is not None and record.unexplained.minor != 0


def _months(today: date) -> list[str]:
    """Months in which payouts that are watched arrived."""
    days = (today - timedelta(days=count) for count in range(-7, WATCHED_DAYS + 1, 7))
    return sorted({f"{day:%Y-%m}" for day in days})


def _lines_gone(books: Books, records: Iterable[PayoutRecord]) -> set[str]:
    by_line = {
        key_of("", record.line.line_id): record.id for record in records if record.line is not None
    }
    stored = books.get_many(StoredLine, by_line)
    return {
        record_id
        for name, record_id in by_line.items()
        if name not in stored or stored[name].removed
    }


def payout_rows(books: Books, stripe_id: str) -> tuple[PayoutRow, ...]:
    """All rows of one payout that are known, in time. One query and one read per 100 rows."""
    entries = _of_payout(books, ObjectKind.ENTRY, stripe_id)
    charges = _of_payout(books, ObjectKind.CHARGE, stripe_id)
    return rows_of(
        (entry for one in entries if (entry := entry_of(one)) is not None),
        (charge for one in charges if (charge := charge_of(one)) is not None),
    )


def _of_payout(books: Books, kind: ObjectKind, stripe_id: str) -> list[StripeObject]:
    prefix = f"{kind.value}#{stripe_id[:64]}#"
    names = every_id(books, StripeObject, prefix, PAGE_IDS)
    return [one for one in books.get_many(StripeObject, names).values() if not one.is_gone]


def _follow(
    environment: Environment, scope: Scope, books: Books, stripe_id: str, lines: StoredLines
) -> bool:
    record_id = object_id(ObjectKind.PAYOUT, stripe_id)
    rows = payout_rows(books, stripe_id)

    def plan(change: Change) -> bool:
        heard = change.get(StripeObject, record_id)
        payout = payout_of(heard) if heard is not None and not heard.is_gone else None
        known = change.get(PayoutRecord, record_id)
        if payout is None:
            return _without_words(change, known)
        made_of = composed(payout.amount, payout.currency, rows)
        return _judge(change, known, record_id, payout, made_of, lines)

    news = transact(environment.store, environment.surroundings, scope, STRIPE, plan) is True
    note_payout(environment, scope, record_id, (row.charge_id for row in rows))
    return news


def _without_words(change: Change, known: PayoutRecord | None) -> bool:
    """Nobody tells of it any more: its import was undone."""
    if known is None or known.standing is PayoutStanding.FORGOTTEN:
        return False
    after = replace(
        known, line=None, standing=PayoutStanding.FORGOTTEN, sums=None, unexplained=None
    )
    _free(change, known, after)
    change.put(after)
    change.state("payout.forgotten", payout=after)
    because = "nothing tells of the payout any more"
    close_item(change, _subject(known), "payout_missing", because)
    close_item(change, _subject(known), "payout_sum", because)
    close_item(change, _subject(known), "payout_failed", because)
    return True


def _judge(
    change: Change,
    known: PayoutRecord | None,
    record_id: str,
    payout: Payout,
    made_of: Composition,
    lines: StoredLines,
) -> bool:
    record = composed_as(known, record_id, payout, made_of)
    today = local_date(change.now, change.client.zone)
    near, bank_is_later = _near(record, lines, today)
    record = _with_line(change, record, near)
    standing = standing_of(record, today, bank_is_later=bank_is_later)
    after = replace(record, standing=standing)
    if after == known:
        return False
    _free(change, known, after)
    if after.line is not None:
        claim_id = key_of("bank", after.line.line_id)
        claim = change.get(Link, claim_id) or Link(claim_id, 0, "")
        if claim.bill_id != record_id:
            change.put(replace(claim, bill_id=record_id))
    change.put(after)
    is_found, is_lost = _line_moved(known, after)
    change.state(
        "payout.arrived" if is_found else "payout.unmatched" if is_lost else "payout.reported",
        payout=after,
    )
    _tell(change, known, after)
    return True


def _near(
    record: PayoutRecord, lines: StoredLines, today: date
) -> tuple[tuple[BankLine, ...], bool]:
    window = record.window
    if window is None:
        return (), False
    span = timedelta(days=TRACED_DAYS)
    near = lines.between(window[0] - span, window[1] + span, today)
    later = any(line.posted_on > window[1] for line in near)
    return near, later


def _with_line(change: Change, record: PayoutRecord, near: tuple[BankLine, ...]) -> PayoutRecord:
    """The record with its line: the one it has, while it stands, or one that nobody has claimed."""
    if record.payout.has_come_back:
        return replace(record, line=None)
    amount, held = record.amount, record.line
    by_amount = [line for line in near if amount is not None and line.amount == -amount]
    if held is not None and any(line.line_id == held.line_id for line in by_amount):
        return record
    claims = {line.line_id: change.get(Link, key_of("bank", line.line_id)) for line in by_amount}
    taken = frozenset(
        name
        for name, claim in claims.items()
        if claim is not None and claim.is_claimed and claim.bill_id != record.id
    )
    return replace(record, line=line_in(record, near, taken, change.now))


def _free(change: Change, known: PayoutRecord | None, after: PayoutRecord) -> None:
    """Give up the claim on the line that is not the payout's any more."""
    before = known.line if known is not None else None
    if before is None or (after.line is not None and after.line.line_id == before.line_id):
        return
    claim = change.get(Link, key_of("bank", before.line_id))
    if claim is not None and claim.bill_id == after.id:
        change.put(claim.freed)


def _line_moved(known: PayoutRecord | None, after: PayoutRecord) -> tuple[bool, bool]:
    """Whether it has a line that it had not, and whether it lost the one it had."""
    before = known.line if known is not None else None
    had = before.line_id if before is not None else None
    has = after.line.line_id if after.line is not None else None
    return has is not None and has != had, had is not None and has is None


def _subject(record: PayoutRecord) -> str:
    return record.id


def _tell(change: Change, known: PayoutRecord | None, after: PayoutRecord) -> None:
    """Open and close what a person has to know of it."""
    payout, subject, amount = after.payout, _subject(after), after.amount
    words = f"{amount}" if amount is not None else "unknown amount"
    if payout.has_come_back:
        had_line = known is not None and known.line is not None
        shown = f", though the bank showed it on {known.line.posted_on}" if had_line else ""  # type: ignore[union-attr]  # had_line says so
        open_item(
            change, subject, "payout_failed",
            f"Stripe's payout of {words} came back: {payout.failure_code or payout.state.value}",
            expected=f"{words} on {payout.arrives_on}",
            found=f"{payout.state.value}{shown}",
            link=LINK, party="Stripe", amount=amount,
        )  # fmt: skip
    else:
        close_item(change, subject, "payout_failed", "Stripe does not show it as failed")
    if after.standing is PayoutStanding.MISSING and after.window is not None:
        open_item(
            change, subject, "payout_missing",
            f"Stripe says that {words} was paid, and the bank does not show it",
            expected=f"{words} within {after.window[0]}..{after.window[1]}",
            found="no line of that amount that names Stripe",
            link=LINK, party="Stripe", amount=amount,
        )  # fmt: skip
    else:
        close_item(change, subject, "payout_missing", f"the payout is {after.standing.value}")
    left = after.unexplained
    if left is not None and left.minor and not payout.has_come_back and after.sums is not None:
        open_item(
            change, subject, "payout_sum",
            f"{left} of Stripe's payout of {words} is not explained by its rows",
            expected=words, found=f"{after.sums.net} in {after.sums.count} rows",
            link=LINK, party="Stripe", amount=left,
        )  # fmt: skip
    else:
        close_item(change, subject, "payout_sum", "its rows make its amount")
