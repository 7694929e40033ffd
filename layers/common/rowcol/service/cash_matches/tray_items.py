"""The tray's word on bank lines: one item for what waits to be confirmed, one for what is nobody's.

Never one per line: a client has hundreds of card charges and wages. Those are not counted, their
texts say what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rowcol.domain.calendar import add_bank_days
from rowcol.domain.cash_matching.candidate import Strength
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState
from rowcol.domain.cash_matching.kinds import TO_CONFIRM, UNMATCHED
from rowcol.domain.cash_matching.text import APART, line_kind
from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service.cash_matches.gather import Gathered
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.tray import close_item, open_item

SUBJECT = "bank-lines"
# A line may be read days before what it belongs to is entered.
UNMATCHED_AFTER_BANK_DAYS = 5
LARGE_MINOR = 1_000_000


def follow_tray(environment: Environment, scope: Scope, gathered: Gathered) -> None:
    """Open, refresh or close both items; nothing is written where nothing changed."""
    books = environment.store.books(scope)
    names = every_id(books, CashMatch, f"{MatchState.TENTATIVE.value}#")
    waiting = sorted(books.get_many(CashMatch, names).values(), key=lambda one: one.id)
    proposed = {line.line_id for match in waiting for line in match.lines}
    last = add_bank_days(environment.now().date(), -UNMATCHED_AFTER_BANK_DAYS)
    alone = [
        line
        for line in gathered.pool.lines
        if line.posted_on <= last
        and line.line_id not in proposed
        and line_kind(line.text) not in APART
    ]
    states = [
        item is not None and item.state is TrayState.OPEN
        for kind in (TO_CONFIRM, UNMATCHED)
        for item in (books.get(TrayItem, tray_id(SUBJECT, kind)),)
    ]
    if not waiting and not alone and not any(states):
        return

    def plan(change: Change) -> None:
        _confirmable(change, waiting)
        _unmatched(change, alone, last)

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _confirmable(change: Change, waiting: Sequence[CashMatch]) -> None:
    if not waiting:
        close_item(change, SUBJECT, TO_CONFIRM, "nothing waits to be confirmed")
        return
    lines = [line for match in waiting for line in match.lines]
    sure = sum(match.strength is Strength.MATCHED for match in waiting)
    ties = sum(match.tie for match in waiting)
    open_item(
        change,
        SUBJECT,
        TO_CONFIRM,
        f"{len(waiting)} proposals for bank lines wait for a person: {sure} are exact and without"
        f" a rival, {ties} have one",
        expected="confirmed or rejected",
        found=_summed(lines),
    )


def _unmatched(change: Change, lines: Sequence[BankLine], last: date) -> None:
    if not lines:
        close_item(change, SUBJECT, UNMATCHED, "every older line is somebody's, or set aside")
        return
    large = sum(abs(line.amount.minor) >= LARGE_MINOR for line in lines)
    open_item(
        change,
        SUBJECT,
        UNMATCHED,
        f"{len(lines)} bank lines up to {last} belong to nothing here, {large} of them large",
        expected="matched, or set aside",
        found=_summed(lines),
    )


def _summed(lines: Sequence[BankLine]) -> str:
    """Money out and in by currency, and the oldest day."""
    sums: dict[tuple[str, bool], int] = {}
    for line in lines:
        key = (line.amount.currency, line.amount.minor > 0)
        sums[key] = sums.get(key, 0) + abs(line.amount.minor)
    texts = [
        f"{Money(minor, currency)} {'out' if out else 'in'}"
        for (currency, out), minor in sorted(sums.items())
    ]
    return f"{', '.join(texts)}; the oldest of {min(line.posted_on for line in lines)}"
