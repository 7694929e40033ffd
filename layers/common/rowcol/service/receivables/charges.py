"""Follow charges: the invoice that each pays, and what an invoice has been paid through Stripe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.hygiene.copies import KeptCredit
from rowcol.domain.invoice import OPEN, Invoice, invoice_key
from rowcol.domain.link import Link
from rowcol.domain.money import Money
from rowcol.domain.receivables.collected import (
    ChargeMatch,
    ChargeMethod,
    ChargeState,
    Collected,
    CollectedPart,
    InvoiceFound,
    InvoiceNumber,
    by_amount,
    by_ledger_payment,
    by_reference,
    number_id,
)
from rowcol.domain.receivables.given_back import GivenBack
from rowcol.domain.receivables.objects import Charge, charge_of, entry_of
from rowcol.domain.receivables.papers import reference_key
from rowcol.domain.receivables.told import Field, ObjectKind, StripeObject, object_id
from rowcol.domain.scope import Scope, key_of
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.listing import every_id
from rowcol.service.receivables.payouts import STRIPE
from rowcol.service.store import Books

PAGE_IDS = 1000
REMATCHED_MAX = 200
# As much of a charge's id as a payment's reference in the ledger holds.
LEDGER_REFERENCE_CHARACTERS = 21
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

    def prepare(change: Change, names: Sequence[str]) -> None:
        for kind in (StripeObject, ChargeMatch, GivenBack):
            change.load(kind, names)
        heard = (change.get(StripeObject, name) for name in names)
        entries = (one.told.get(Field.ENTRY) for one in heard if one is not None)
        change.load(StripeObject, [object_id(ObjectKind.ENTRY, one) for one in entries if one])

    def one(change: Change, name: str) -> bool:
        return _follow(change, name, opened)

    return in_parts(environment, scope, STRIPE, wanted, one, prepare=prepare)


def rematch_charges(environment: Environment, scope: Scope) -> int:
    """Look again for invoices of recent charges that surely pay none yet; how many changed.

    After new invoices, payments of the ledger's or bank lines: they may come after the charge.
    """
    books = environment.store.books(scope)
    today = environment.now().date()
    months = sorted({f"{day:%Y-%m}" for day in (today - timedelta(days=31), today)})
    names: list[str] = []
    for state in (ChargeState.NONE, ChargeState.TENTATIVE):
        if books.ids(ChargeMatch, f"{state.value}#", limit=1).ids:
            for month in months:
                names += every_id(books, ChargeMatch, f"{state.value}#{month}", PAGE_IDS)
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
        return _is_not_paid(change, known, charge)
    back = change.get(GivenBack, name)
    if back is not None:
        charge = replace(charge, refunded=back.refunded(charge))
    match = replace(known or ChargeMatch(name, 0, charge), charge=charge)
    if match.decided_by is None or match.found is None:
        found = find_invoice(change, charge, frozenset(match.refused_ids), opened)
        match = replace(match, found=found, state=found.state if found else ChargeState.NONE)
    return keep_match(change, known, match)


def _is_not_paid(change: Change, known: ChargeMatch | None, charge: Charge | None) -> bool:
    """Its money did not come, or the import that told of it was undone: it pays nothing."""
    if known is None:
        return False
    gone = charge or replace(known.charge, status="")
    after = replace(known, charge=gone, found=None, state=ChargeState.NONE)
    return keep_match(change, known, after)


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
    booked = _booked(change, charge, refused)
    if booked is not None:
        return booked
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


def _booked(change: Change, charge: Charge, refused: frozenset[str]) -> InvoiceFound | None:
    """By the payment in the ledger whose reference is the charge's id, as much of it as fits."""
    reference = charge.id[:LEDGER_REFERENCE_CHARACTERS]
    link = change.get(Link, reference_key(reference))
    kept = change.get(KeptCredit, link.bill_id) if link is not None and link.is_claimed else None
    if kept is None or kept.gone:
        return None
    paid = (invoice_key(part.invoice_id) for part in kept.ledger.applied)
    invoices = (change.get(Invoice, name) for name in paid if name not in refused)
    return by_ledger_payment(charge, kept.ledger.credit_id, (one for one in invoices if one))


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
    part = _part(change, match)
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


def _part(change: Change, match: ChargeMatch) -> CollectedPart:
    """What a charge adds to what its invoice has collected."""
    charge = match.charge
    back = change.get(GivenBack, match.id) or GivenBack(match.id, 0)
    refunded, disputed = back.refunded(charge), back.disputed(charge)
    went_back = bool(refunded.minor or disputed.minor)
    return CollectedPart(
        charge.id,
        charge.amount,
        refunded,
        match.state,
        disputed,
        charge.created_at.date(),
        _fee(change, charge),
        (back.last_on or charge.created_at.date()) if went_back else None,
    )


def _fee(change: Change, charge: Charge) -> Money | None:
    """Stripe's fee of a charge, if a report has told it in the charge's currency."""
    fee = charge.fee
    if charge.entry_id is not None:
        heard = change.get(StripeObject, object_id(ObjectKind.ENTRY, charge.entry_id))
        entry = entry_of(heard) if heard is not None and not heard.is_gone else None
        fee = entry.fee if entry is not None else fee
    is_own = fee is not None and fee.currency == charge.amount.currency
    return fee if is_own else None


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
