"""Free what rests on a line that goes: a match that no person has made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment, Verification
from rowcol.domain.scope import key_of
from rowcol.service.change import Change
from rowcol.service.hold import woken
from rowcol.service.listing import every_id
from rowcol.service.proof import payments_to_prove
from rowcol.service.record_cash import RECORDS, let_go
from rowcol.service.store import Books

# How a payment's bank line was found without anybody's word (domain/cash_matching).
MADE_ALONE = frozenset({"trace_id", "exact"})

# Ids of the payments that a line proves, by the line's id.
Freed = Mapping[str, tuple[str, ...]]


def proved_by_lines(books: Books) -> Freed:
    """Which payments each bank line proves: those that are still looked at."""
    found: dict[str, list[str]] = {}
    records = books.get_many(Payment, every_id(books, Payment, RECORDS)).values()
    for payment in (*payments_to_prove(books), *records):
        for line in _lines(payment):
            found.setdefault(line.line_id, []).append(payment.id)
    return {name: tuple(dict.fromkeys(ids)) for name, ids in found.items()}


def _lines(payment: Payment) -> tuple[BankLine, ...]:
    cash = payment.cash
    return (*cash.debits, *cash.credits) if cash is not None else ()


def free_line(change: Change, line_id: str, proved: Freed) -> bool:
    """Free a line's claim, and have its payments look for another one. False when it must stay."""
    claim = change.get(Link, key_of("bank", line_id))
    if claim is None or not claim.is_claimed:
        return False
    payments = [
        payment
        for name in proved.get(line_id, ())
        if (payment := change.get(Payment, name)) is not None
        and any(line.line_id == line_id for line in _lines(payment))
    ]
    # What proves no payment that is still looked at, a person has closed or must look at.
    if not payments or any(not _is_made_alone(payment) for payment in payments):
        return False
    change.put(claim.freed)
    for payment in payments:
        _lose(change, payment)
    return True


def _is_made_alone(payment: Payment) -> bool:
    return payment.cash is not None and payment.cash.method in MADE_ALONE


def _lose(change: Change, payment: Payment) -> None:
    if payment.commands_rail:
        lost = woken(replace(payment, cash=None), change.now)
    else:
        let_go(change, payment, "its bank line was taken back with its import")
        lost = replace(payment, cash=None, verification=Verification.AWAITING)
    change.put(lost)
    change.state("payment.cash_unmatched", payment=lost)
