"""Free what rests on a line that goes: matches that no person has made."""

from __future__ import annotations

from collections.abc import Mapping

from rowcol.domain.cash_matching.candidate import is_match
from rowcol.domain.cash_matching.cash_match import CashMatch, How, MatchState
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment
from rowcol.domain.scope import key_of
from rowcol.service.cash_matches.decide_match import end
from rowcol.service.cash_matches.effects import forget_cash
from rowcol.service.change import Change
from rowcol.service.listing import every_id
from rowcol.service.store import Books

# How a line was found without anybody's word (domain/cash_matching).
MADE_ALONE = frozenset({How.TRACE_ID.value, How.EXACT.value})
BECAUSE = "the import of its bank line was undone"
_LISTS = ("live#", "watch#", "record#")

# Ids of the payments that a line proves, by the line's id.
Proved = Mapping[str, tuple[str, ...]]


def proved_by_lines(books: Books) -> Proved:
    """Which payments each bank line proves: those that are still looked at."""
    found: dict[str, list[str]] = {}
    for prefix in _LISTS:
        for payment in books.get_many(Payment, every_id(books, Payment, prefix)).values():
            for line in _lines(payment):
                found.setdefault(line.line_id, []).append(payment.id)
    return {name: tuple(dict.fromkeys(ids)) for name, ids in found.items()}


def _lines(payment: Payment) -> tuple[BankLine, ...]:
    cash = payment.cash
    return (*cash.debits, *cash.credits) if cash is not None else ()


def free_line(change: Change, line_id: str, proved: Proved) -> bool:
    """Free a line's claim, and have its payments look for another one. False when it must stay:

    a person has confirmed it, or what has it is not looked at any more.
    """
    claim = change.get(Link, key_of("bank", line_id))
    if claim is None or not claim.is_claimed:
        return False
    if is_match(claim.bill_id):
        match = change.get(CashMatch, claim.bill_id)
        if match is None or not match.is_confirmed or match.how.value not in MADE_ALONE:
            return False
        end(change, match, BECAUSE, MatchState.WITHDRAWN)
        return True
    payments = [
        payment
        for name in proved.get(line_id, ())
        if (payment := change.get(Payment, name)) is not None
        and any(line.line_id == line_id for line in _lines(payment))
    ]
    if not payments or any(not _is_made_alone(payment) for payment in payments):
        return False
    names = {line.line_id for payment in payments for line in _lines(payment)}
    for name in sorted(names):
        held = change.get(Link, key_of("bank", name))
        if held is not None and held.is_claimed:
            change.put(held.freed)
    for payment in payments:
        forget_cash(change, payment.id, None)
    return True


def _is_made_alone(payment: Payment) -> bool:
    cash = payment.cash
    return cash is not None and cash.confirmed is None and cash.method in MADE_ALONE
