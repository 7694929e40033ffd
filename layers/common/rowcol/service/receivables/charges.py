"""Follow charges: the invoice that each pays, and what an invoice has been paid through Stripe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.invoice import OPEN, Invoice
from rowcol.domain.link import Link
from rowcol.domain.receivables.collected import (
    ChargeMatch,
    ChargeMethod,
    ChargeState,
    Collected,
    CollectedPart,
    InvoiceFound,
    InvoiceNumber,
    by_amount,
    by_reference,
    number_id,
)
from rowcol.domain.receivables.objects import Charge, charge_of
from rowcol.domain.receivables.told import Field, ObjectKind, StripeObject, object_id
from rowcol.domain.scope import Scope, key_of
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.receivables.payouts import STRIPE
from rowcol.service.store import Books

# Each is a match, what its invoices have collected (two when it moves), a link and a fact.
CHARGES_PER_WRITE = 15
PAGE_IDS = 1000
REMATCHED_MAX = 200
_REFERENCED = {
    "metadata": ChargeMethod.METADATA,
    "description": ChargeMethod.DESCRIPTION,
}


def follow_charges(environment: Environment, scope: Scope, stripe_ids: Iterable[str]) -> int:
    """Bring charges up to date after words on them or on invoices; how many changed.

    Open invoices are read once, and only when a charge names none.
    """
    wanted = list(dict.fromkeys(object_id(ObjectKind.CHARGE, name) for name in stripe_ids))
    opened = OpenInvoices(environment.store.books(scope))
    count = 0
    for start in range(0, len(wanted), CHARGES_PER_WRITE):
        part = wanted[start : start + CHARGES_PER_WRITE]

        def plan(change: Change, names: Sequence[str] = part) -> int:
            change.load(StripeObject, names)
            change.load(ChargeMatch, names)
            return sum(_follow(change, name, opened) for name in names)

        found = transact(environment.store, environment.surroundings, scope, STRIPE, plan)
        count += found if isinstance(found, int) else 0
    return count


def rematch_charges(environment: Environment, scope: Scope) -> int:
    """Look again for invoices of recent charges that pay none yet; how many changed.

    After new invoices or bank lines: an invoice may be written down after its payment came.
    """
    books = environment.store.books(scope)
    if not books.ids(ChargeMatch, f"{ChargeState.NONE.value}#", limit=1).ids:
        return 0
    today = environment.now().date()
    months = sorted({f"{day:%Y-%m}" for day in (today - timedelta(days=31), today)})
    names: list[str] = []
    for month in months:
        names += every_id(books, ChargeMatch, f"{ChargeState.NONE.value}#{month}", PAGE_IDS)
    known = books.get_many(ChargeMatch, names[-REMATCHED_MAX:]).values()
    return follow_charges(environment, scope, [match.charge.id for match in known])


class OpenInvoices:
    """The client's open invoices, read when somebody asks."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._found: tuple[Invoice, ...] | None = None

    def __call__(self) -> tuple[Invoice, ...]:
        """All of them; paid ones are not looked through for an amount."""
        if self._found is None:
            names = every_id(self._books, Invoice, OPEN, PAGE_IDS)
            self._found = tuple(self._books.get_many(Invoice, names).values())
        return self._found


def _follow(change: Change, name: str, opened: OpenInvoices) -> bool:
    heard = change.get(StripeObject, name)
    charge = charge_of(heard) if heard is not None and not heard.is_gone else None
    known = change.get(ChargeMatch, name)
    if charge is None or not charge.is_paid:
        return _is_not_paid(change, known)
    match = replace(known or ChargeMatch(name, 0, charge), charge=charge)
    if match.decided_by is None or match.found is None:
        found = find_invoice(change, charge, frozenset(match.refused_ids), opened)
        match = replace(match, found=found, state=found.state if found else ChargeState.NONE)
    return keep_match(change, known, match)


def _is_not_paid(change: Change, known: ChargeMatch | None) -> bool:
    if known is None or known.found is None:
        return False
    return keep_match(change, known, replace(known, found=None, state=ChargeState.NONE))


def find_invoice(
    change: Change, charge: Charge, refused: frozenset[str], opened: OpenInvoices
) -> InvoiceFound | None:
    """The invoice that a charge pays, by the best that names it."""
    for reference, method in _references(change, charge):
        index = change.get(InvoiceNumber, number_id(reference))
        names = [one for one in (index.invoice_ids if index else ()) if one not in refused]
        invoices = (change.get(Invoice, one) for one in names)
        found = by_reference(charge, reference, method, (one for one in invoices if one))
        if found is not None:
            return found
    customer_id = charge.ledger_customer_id or _learned(change, charge)
    if customer_id is None and not charge.customer_name:
        return None
    return by_amount(charge, customer_id, opened(), refused)


def _references(change: Change, charge: Charge) -> Iterable[tuple[str, ChargeMethod]]:
    if charge.reference is not None:
        yield charge.reference, _REFERENCED.get(charge.reference_by, ChargeMethod.DESCRIPTION)
    if charge.stripe_invoice_id is not None:
        name = object_id(ObjectKind.INVOICE, charge.stripe_invoice_id)
        invoice = change.get(StripeObject, name)
        reference = invoice.told.get(Field.REFERENCE) if invoice is not None else None
        if reference:
            yield reference, ChargeMethod.STRIPE_INVOICE


def _learned(change: Change, charge: Charge) -> str | None:
    """The ledger's customer whose invoices this customer of Stripe's paid before, by reference."""
    if charge.customer_id is None:
        return None
    link = change.get(Link, _customer_link(charge.customer_id))
    return link.bill_id if link is not None and link.is_claimed else None


def _customer_link(customer_id: str) -> str:
    return key_of("stripe-customer", customer_id)


def keep_match(change: Change, known: ChargeMatch | None, match: ChargeMatch) -> bool:
    """Store a match with what its invoice has collected; False when nothing is new."""
    part = CollectedPart(
        match.charge.id,
        match.charge.amount,
        match.charge.refunded,
        match.state,
        disputed=_is_disputed(change, match),
    )
    before = known.invoice_id if known is not None else None
    moved = _collect(change, match.invoice_id, part)
    if match == known and not moved:
        return False
    if before is not None and before != match.invoice_id:
        left = change.get(Collected, before)
        if left is not None:
            change.put(left.without(match.charge.id))
    _learn(change, match)
    change.put(match)
    change.state("charge.reported", charge_match=match)
    return True


def _collect(change: Change, invoice_id: str | None, part: CollectedPart) -> bool:
    if invoice_id is None:
        return False
    known = change.get(Collected, invoice_id) or Collected(invoice_id, 0)
    if part in known.parts:
        return False
    change.put(known.with_part(part))
    return True


def _is_disputed(change: Change, match: ChargeMatch) -> bool:
    """Whether a customer's bank has taken the money back: a link that disputes keep."""
    link = change.get(Link, dispute_link(match.charge.id))
    return link is not None and link.is_claimed


def dispute_link(charge_id: str) -> str:
    """Id of the link from a charge to the dispute that holds its money."""
    return key_of("stripe-dispute", charge_id)


def _learn(change: Change, match: ChargeMatch) -> None:
    customer_id, invoice_id = match.charge.customer_id, match.invoice_id
    if match.state is not ChargeState.EXACT or customer_id is None or invoice_id is None:
        return
    invoice = change.get(Invoice, invoice_id)
    theirs = invoice.ledger.customer_id if invoice is not None else None
    name = _customer_link(customer_id)
    link = change.get(Link, name) or Link(name, 0, "")
    if theirs is not None and link.bill_id != theirs:
        change.put(replace(link, bill_id=theirs))
