"""QuickBooks' notices of one company: collapsed to objects, read one by one or all at once.

Several notices of one object are one read, a deleted one is none (qbo contract, section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rowcol.domain.invoice import Invoice, invoice_key
from rowcol.domain.link import Feed, Link
from rowcol.domain.scope import Scope, key_of
from rowcol.domain.sync_run import NeededBy
from rowcol.service.environment import Environment
from rowcol.service.hygiene.ledger_vendors import refresh_vendors
from rowcol.service.hygiene.round import refresh_preferences
from rowcol.service.intake_ports import Notice
from rowcol.service.invoices import drop_invoices, refresh_invoice
from rowcol.service.sync.ledger import LEDGER_FEED, observe_ledger_of_bill, sync_ledger

# A payment costs two to three reads, one read of the change feed tells of up to a thousand objects.
READ_ONE_BY_ONE_MAX = 3
ENTITIES = frozenset({"bill", "billpayment", "invoice"})
# What the change feed does not tell: which vendor another one swallowed, and settings.
REFERENCE = {"vendor.merged": refresh_vendors, "preferences.updated": refresh_preferences}
# Whether each object of (entity, id) was deleted.
Objects = Mapping[tuple[str, str], bool]


def apply_ledger_notices(
    environment: Environment, scope: Scope, notices: Sequence[Notice], told_at: datetime
) -> str:
    """Look at what the notices of one company name; says what became of them. Raises RailError."""
    reference = {notice.type for notice in notices} & REFERENCE.keys()
    if reference:
        news = sum(REFERENCE[name](environment, scope) for name in sorted(reference))
        rest = [notice for notice in notices if notice.type not in reference]
        word = "applied" if news else "unchanged"
        others = apply_ledger_notices(environment, scope, rest, told_at) if rest else word
        return word if others.startswith("ignored") or news else others
    objects = _collapsed(notices)
    if not objects:
        return "ignored:no_effect"
    feed = environment.store.books(scope).get(Feed, LEDGER_FEED)
    if feed is not None and feed.read_through is not None and feed.read_through > told_at:
        return "unchanged"  # the change feed was read since
    reads = sum(entity != "invoice" or not gone for (entity, _), gone in objects.items())
    if reads > READ_ONE_BY_ONE_MAX:
        return "applied" if sync_ledger(environment, scope, NeededBy.WEBHOOK) else "unchanged"
    found = {
        _invoices(environment, scope, objects, told_at),
        _bills(environment, scope, objects, told_at),
    } - {None}
    return next((word for word in ("applied", "unchanged") if word in found), "ignored:not_ours")


def _collapsed(notices: Iterable[Notice]) -> dict[tuple[str, str], bool]:
    """Notices come in any order, and what was deleted does not come back: deletion wins."""
    objects: dict[tuple[str, str], bool] = {}
    for notice in notices:
        entity, _, operation = notice.type.partition(".")
        if entity not in ENTITIES:
            continue
        for object_id in notice.object_ids:
            gone = objects.get((entity, object_id), False)
            objects[entity, object_id] = gone or operation == "deleted"
    return objects


def _invoices(
    environment: Environment, scope: Scope, objects: Objects, told_at: datetime
) -> str | None:
    """Read each invoice again, but those that were read since; a deleted one is not read."""
    books = environment.store.books(scope)
    named = {name: gone for (entity, name), gone in objects.items() if entity == "invoice"}
    dropped = [name for name, gone in named.items() if gone]
    left = [name for name, gone in named.items() if not gone]
    news = drop_invoices(environment, scope, dropped)
    known = books.get_many(Invoice, [invoice_key(object_id) for object_id in left])
    for object_id in left:
        invoice = known.get(invoice_key(object_id))
        if invoice is not None and invoice.ledger.read.began_at > told_at:
            continue
        news += refresh_invoice(environment, scope, object_id)
    if not named:
        return None
    return "applied" if news else "unchanged"


def _bills(
    environment: Environment, scope: Scope, objects: Objects, told_at: datetime
) -> str | None:
    """Look at the ledger's side of our bills that the objects belong to, each bill once."""
    books = environment.store.books(scope)
    bill_ids: set[str] = set()
    for (entity, object_id), gone in objects.items():
        if entity == "invoice":
            continue
        prefix = "qbo-bill" if entity == "bill" else "qbo-payment"
        link = books.get(Link, key_of(prefix, object_id))
        if link is not None:
            bill_ids.add(link.bill_id)
        elif entity == "billpayment" and not gone:
            bill_ids |= _bills_of_payment(environment, scope, object_id)
    news = [
        observe_ledger_of_bill(environment, scope, bill_id, told_at=told_at)
        for bill_id in sorted(bill_ids)
    ]
    return "applied" if any(news) else "unchanged" if news else None


def _bills_of_payment(environment: Environment, scope: Scope, payment_id: str) -> set[str]:
    """A BillPayment seen for the first time: which of our bills it settles. One ledger read."""
    found = environment.rails.ledger(scope.firm, scope.client).read_payment(payment_id)
    ids = [key_of("qbo-bill", part.bill_id) for part in found.allocations] if found else []
    return {link.bill_id for link in environment.store.books(scope).get_many(Link, ids).values()}
