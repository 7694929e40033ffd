"""Judge whether the ledger has booked what Stripe collected: with the invoice, and after papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from rowcol.domain.calendar import local_date
from rowcol.domain.hygiene.booked_checks import BOOKED_CHECKS, BookedCase
from rowcol.domain.hygiene.problem import problems_of
from rowcol.domain.invoice import Invoice
from rowcol.domain.receivables.collected import BACK, KEPT, Collected
from rowcol.domain.receivables.papers import CustomerPapers, papers_key
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.hygiene.writing import About, settle
from rowcol.service.listing import every_id
from rowcol.service.store import Books

# As long as what was collected of an invoice, or went back, is compared with the books.
WATCHED = timedelta(days=120)


def judge_booked(change: Change, invoice: Invoice) -> None:
    """Compare an invoice with what Stripe collected of it; nothing is read of one without."""
    collected = change.get(Collected, invoice.id)
    if collected is None:
        return
    subject, ledger = f"invoice-{invoice.id}", invoice.ledger
    if not invoice.is_payable or not collected.standing(invoice.amount.currency):
        settle(change, subject, dict.fromkeys(check.kind for check in BOOKED_CHECKS))
        return
    name = papers_key(ledger.customer_id or "")
    papers = change.get(CustomerPapers, name) or CustomerPapers(name, 0)
    case = BookedCase(invoice, collected, papers, local_date(change.now, change.client.zone))
    about = About(ledger.customer_name or None, ledger.customer_id, ledger.amount)
    settle(change, subject, problems_of(BOOKED_CHECKS, case), about=about)


def judge_invoices(environment: Environment, scope: Scope, names: Iterable[str]) -> int:
    """Compare those of these invoices of which Stripe collected something; how many of them."""
    books = environment.store.books(scope)
    wanted = list(books.get_many(Collected, list(names)))

    def prepare(change: Change, part: Sequence[str]) -> None:
        change.load(Collected, part)
        change.load(Invoice, part)

    return in_parts(environment, scope, SYSTEM, wanted, _judge, prepare=prepare)


def _judge(change: Change, name: str) -> bool:
    stated, invoice = len(change.facts), change.get(Invoice, name)
    if invoice is not None:
        judge_booked(change, invoice)
    return len(change.facts) > stated


def judge_customers(environment: Environment, scope: Scope, customer_ids: set[str]) -> int:
    """Compare invoices of these customers of which money went back."""
    if not customer_ids:
        return 0
    books = environment.store.books(scope)
    found = books.get_many(Invoice, watched(environment, books, BACK))
    names = (one.id for one in found.values() if one.ledger.customer_id in customer_ids)
    return judge_invoices(environment, scope, names)


def judge_watched(environment: Environment, scope: Scope) -> int:
    """Compare all that was collected or went back of late: time alone makes it a problem."""
    books = environment.store.books(scope)
    names = (*watched(environment, books, BACK), *watched(environment, books, KEPT))
    return judge_invoices(environment, scope, dict.fromkeys(names))


def watched(environment: Environment, books: Books, group: str) -> list[str]:
    """Invoices with money of Stripe's of the last months."""
    today = environment.now().date()
    days = (today - timedelta(days=back) for back in range(-1, WATCHED.days, 20))
    months = sorted({f"{day:%Y-%m}" for day in days})
    return [name for month in months for name in every_id(books, Collected, group + month)]
