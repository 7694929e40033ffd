"""Free a bank line that a payment has by itself, without a match of its own."""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.candidate import is_match, match_id
from rowcol.domain.cash_matching.cash_match import CashMatch, How, MatchPart, MatchState
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import key_of
from rowcol.service.cash_matches.decide_match import undo
from rowcol.service.cash_matches.effects import forget_cash
from rowcol.service.cash_matches.wants import group_of
from rowcol.service.change import Change
from rowcol.service.listing import every_id

_LISTS = ("live#", "watch#", "record#")


def release_line(change: Change, line_id: str, reason: str | None) -> CashMatch | Refusal:
    """Take back what a line is matched with, whoever matched it; it is not found again by itself.

    Refused: `not_found`; `wrong_state` for a line that is nobody's, or whose payment is not looked
    at any more.
    """
    stored = change.get(StoredLine, line_id)
    if stored is None:
        return Refusal(Code.NOT_FOUND, "no such bank line")
    claim = change.get(Link, key_of("bank", stored.line.line_id))
    if claim is None or not claim.is_claimed:
        return Refusal(Code.WRONG_STATE, "this bank line is nobody's", {"line_id": line_id})
    if is_match(claim.bill_id):
        return undo(change, claim.bill_id, reason)
    payments = _payments(change, claim.bill_id, stored.line)
    if not payments:
        return Refusal(
            Code.WRONG_STATE,
            "what has this line is not looked at any more, or is no payment",
            {"line_id": line_id, "by": claim.bill_id},
        )
    return _released(change, payments, reason)


def _payments(change: Change, claimed_by: str, line: BankLine) -> list[Payment]:
    """Payments that have the line: the record itself, or all of a rail payment's bills."""
    record = change.get(Payment, claimed_by)
    if record is not None:
        return [record] if _has(record, line) else []
    bill = change.get(Bill, claimed_by)
    ids = list(bill.payment_ids) if bill is not None else []
    ids += [name for prefix in _LISTS for name in every_id(change.books, Payment, prefix)]
    change.load(Payment, dict.fromkeys(ids))
    every = (change.get(Payment, name) for name in dict.fromkeys(ids))
    return [
        one
        for one in every
        if one is not None
        and one.bill_id is not None
        and group_of(one) == claimed_by
        and _has(one, line)
    ]


def _has(payment: Payment, line: BankLine) -> bool:
    cash = payment.cash
    if cash is None or cash.confirmed is not None:
        return False
    return any(one.line_id == line.line_id for one in (*cash.debits, *cash.credits))


def _released(change: Change, payments: list[Payment], reason: str | None) -> CashMatch:
    """Every payment loses its lines, and each pair is remembered as undone."""
    first: CashMatch | None = None
    for payment in payments:
        cash = payment.cash
        assert cash is not None  # see _has
        lines = cash.debits or cash.credits
        for line in (*cash.debits, *cash.credits):
            claim = change.get(Link, key_of("bank", line.line_id))
            if claim is not None and claim.is_claimed:
                change.put(claim.freed)
        forget_cash(change, payment.id, None)
        for line in lines:
            undone = _remembered(change, payment, line, reason)
            first = first or undone
    assert first is not None  # every payment has a line
    return first


def _remembered(change: Change, payment: Payment, line: BankLine, reason: str | None) -> CashMatch:
    target = CashTarget(TargetKind.PAYMENT, payment.id)
    name = match_id((line.line_id,), (target,))
    known = change.get(CashMatch, name)
    cash = payment.cash
    assert cash is not None  # see _has
    part = MatchPart(target, line.amount, payment.counterparty_name, None, payment.invoice_number)
    undone = CashMatch(
        name,
        known.version if known is not None else 0,
        MatchState.UNDONE,
        How.TRACE_ID if cash.method == How.TRACE_ID else How.EXACT,
        (line,),
        (part,),
        Money.zero(line.amount.currency),
        cash.explanation,
        cash.seen_at,
        decided_by=change.actor.id,
        decided_at=change.now,
        reason=reason,
    )
    change.put(undone)
    change.state("cash.match_undone", match=undone)
    return undone
