"""Keep of the ledger what vendors and customers were credited, paid and were paid back.

What is left of it is judged in the same write; what a customer paid and got back is kept beside it,
by customer, for whoever compares it with Stripe.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from rowcol.domain.facts import CreditKind, LedgerCredit
from rowcol.domain.hygiene.copies import KeptCredit, credit_key, is_older
from rowcol.domain.invoice import invoice_key
from rowcol.domain.link import Link
from rowcol.domain.receivables.papers import CustomerPapers, papers_key, reference_key
from rowcol.domain.scope import Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.hygiene.booked import judge_customers, judge_invoices
from rowcol.service.hygiene.ledger_subjects import judge_credit
from rowcol.service.proof import QBO
from rowcol.service.receivables.charges import rematch_charges

# What was used up longer ago than this is not compared with Stripe any more.
USED_KEPT = timedelta(days=120)


def keep_credits(environment: Environment, scope: Scope, readings: Iterable[LedgerCredit]) -> int:
    """Keep credits of which something is left and customers' documents of late; follow those that
    are kept already. How many were news.
    """
    every = tuple(readings)
    names = {one: credit_key(one.credit, one.credit_id) for one in every}
    known = environment.store.books(scope).get_many(KeptCredit, names.values())
    today = environment.now().date()
    news = [one for one in every if names[one] in known or _is_wanted(one, today)]
    count = in_parts(environment, scope, QBO, news, _keep)
    if count:
        _follow(environment, scope, [one for one in news if one.credit is not CreditKind.VENDOR])
    return count


def _is_wanted(one: LedgerCredit, today: date) -> bool:
    is_late = one.credit is not CreditKind.VENDOR and one.issued_on >= today - USED_KEPT
    return one.open.minor > 0 or is_late


def _keep(change: Change, reading: LedgerCredit) -> bool:
    name = credit_key(reading.credit, reading.credit_id)
    known = change.get(KeptCredit, name)
    if known is not None and not known.gone:
        before = known.ledger
        if replace(reading, read=before.read) == before or is_older(before.sync_token, reading):
            return False
    seen_at = known.first_seen_at if known is not None else change.now
    kept = KeptCredit(name, known.version if known is not None else 0, reading, seen_at)
    change.put(kept)
    if reading.credit is not CreditKind.VENDOR:
        _file(change, known.ledger if known is not None else None, reading)
    if kept.is_open or (known is not None and known.is_open):
        judge_credit(change, kept)
    return True


def _file(change: Change, before: LedgerCredit | None, after: LedgerCredit) -> None:
    """With the customer's papers, of whom it may not have been before; by its reference."""
    if before is not None and before.party_id != after.party_id:
        _take_out(change, before)
    papers = change.get(CustomerPapers, papers_key(after.party_id))
    fresh = papers or CustomerPapers(papers_key(after.party_id), 0)
    change.put(fresh.with_paper(after))
    if after.credit is CreditKind.CUSTOMER and after.doc_number:
        name = reference_key(after.doc_number)
        link = change.get(Link, name) or Link(name, 0, "")
        paid = credit_key(after.credit, after.credit_id)
        if link.bill_id != paid:
            change.put(replace(link, bill_id=paid))


def _take_out(change: Change, paper: LedgerCredit) -> None:
    papers = change.get(CustomerPapers, papers_key(paper.party_id))
    if papers is not None:
        change.put(papers.without(paper.credit, paper.credit_id))


def drop_credits(
    environment: Environment, scope: Scope, gone: Iterable[tuple[CreditKind, str]]
) -> int:
    """Mark credits as gone, of those that are kept."""
    names = [credit_key(kind, name) for kind, name in dict.fromkeys(gone)]
    known = environment.store.books(scope).get_many(KeptCredit, names)
    count = in_parts(environment, scope, QBO, [name for name in names if name in known], _drop)
    if count:
        papers = [one.ledger for one in known.values()]
        _follow(environment, scope, [one for one in papers if one.credit is not CreditKind.VENDOR])
    return count


def _drop(change: Change, name: str) -> bool:
    known = change.get(KeptCredit, name)
    if known is None or known.gone:
        return False
    kept = replace(known, gone=True)
    change.put(kept)
    if known.ledger.credit is not CreditKind.VENDOR:
        _take_out(change, known.ledger)
    judge_credit(change, kept)
    return True


def _follow(environment: Environment, scope: Scope, papers: list[LedgerCredit]) -> None:
    """Charges that a payment's reference names, and invoices of which it says something."""
    payments = [one for one in papers if one.credit is CreditKind.CUSTOMER]
    if any(one.doc_number for one in payments):
        rematch_charges(environment, scope)
    named = (invoice_key(part.invoice_id) for one in payments for part in one.applied)
    judge_invoices(environment, scope, dict.fromkeys(named))
    judge_customers(
        environment,
        scope,
        {one.party_id for one in papers if one.credit is not CreditKind.CUSTOMER},
    )
