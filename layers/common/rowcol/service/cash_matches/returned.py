"""The return of what a person matched: one line that undoes a line of several payments too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rowcol.domain.cash_matching.exact import is_return
from rowcol.domain.evidence import CashFact
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment
from rowcol.domain.posting import is_money_in
from rowcol.domain.scope import key_of
from rowcol.service.change import Change


def with_return(
    change: Change, payment: Payment, cash: CashFact, lines: Iterable[BankLine]
) -> CashFact | None:
    """The cash fact with a return that came since, claimed for its match; None without news.

    All payments of the match see the same return: whoever shares a line shares what undoes it.
    """
    assert cash.confirmed is not None  # only a person's match comes here
    own, back = cash.debits, cash.credits
    if is_money_in(payment):
        own, back = back, own
    out = _not_back(own, back)
    known = {line.line_id for line in back}
    for line in sorted(lines, key=lambda line: (line.posted_on, line.line_id)):
        if line.pending or line.line_id in known:
            continue
        if not any(is_return(line, one, payment.watch_until) for one in out):
            continue
        name = key_of("bank", line.line_id)
        claim = change.get(Link, name) or Link(name, 0, "")
        if claim.is_claimed and claim.bill_id != cash.confirmed.match_id:
            continue
        if not claim.is_claimed:
            change.put(replace(claim, bill_id=cash.confirmed.match_id))
        sides = ((*back, line), own) if is_money_in(payment) else (own, (*back, line))
        return replace(cash, debits=sides[0], credits=sides[1], read_through=change.now)
    return None


def _not_back(own: Iterable[BankLine], back: Iterable[BankLine]) -> list[BankLine]:
    """Lines of a match that none of these brings back."""
    out = list(own)
    for line in back:
        undone = next((one for one in out if one.amount == -line.amount), None)
        if undone is not None:
            out.remove(undone)
    return out
