"""Routes that read invoices, and what payments have been allocated to invoices and bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.allocation import (
    Allocated,
    AllocatedPart,
    AllocationTarget,
    OpenAmount,
    allocated_id,
)
from rowcol.domain.bill import Bill
from rowcol.domain.calendar import local_date
from rowcol.domain.invoice import OPEN, Invoice
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.operation import ETAG, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.hygiene.invoices import INVOICE
from rowcol.service.hygiene.shown import (
    Problems,
    ShownProblem,
    problems_of_client,
    problems_of_page,
    with_problems,
)
from rowcol.service.store import Books
from rowcol.service.sync.times import sync_times

TAG = "Invoices"


class InvoiceState(StrEnum):
    """As the ledger shows it: to be paid, paid in full, or void or deleted.

    Overdue ones are open and were due before today, where the client is.
    """

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"


class InvoicesQuery(PageQuery):
    """`state` as QuickBooks shows it. Open ones come by due date.

    `with_problems`: only those whose data has a problem that nobody accepted, by id.
    """

    state: InvoiceState | None = None
    with_problems: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceShown:
    """An invoice; `allocated`: by posted payments here, `open`: what that leaves of its amount.

    `problems`: of its data, with what mends them.
    """

    invoice: Invoice
    allocated: Money
    open: Money
    problems: tuple[ShownProblem, ...]


@dataclass(frozen=True, slots=True)
class InvoicesPage:
    """A page, by state. `synced_at`: when changes were last read from QuickBooks."""

    items: tuple[InvoiceShown, ...]
    next_cursor: str | None
    synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class AllocationsShown:
    """What posted payments have allocated to one bill or invoice."""

    target: AllocationTarget
    target_id: str
    amount: Money
    allocated: Money
    open: Money
    parts: tuple[AllocatedPart, ...]


def _list(read: OfClient) -> Reply:
    asked = read.call.query_as(InvoicesQuery)
    if asked.with_problems:
        return _with_problems(read, asked)
    state = asked.state
    is_overdue = state is InvoiceState.OVERDUE
    prefix = OPEN if is_overdue else f"{state.value}#" if state else ""
    page = read.books.ids(Invoice, prefix, asked.cursor, asked.limit)
    found, following = read.books.get_many(Invoice, page.ids), page.next_key
    if is_overdue:
        # Open ones are in the order of their due dates.
        today = local_date(read.environment.now(), read.client.zone)
        late = {name: one for name, one in found.items() if _is_due_before(one, today)}
        found, following = late, following if len(late) == len(found) else None
    shown = [name for name in page.ids if name in found]
    problems = problems_of_page(read.environment, read.books.scope, INVOICE, shown)
    return _paged(read, [found[name] for name in shown], following, problems)


def _with_problems(read: OfClient, asked: InvoicesQuery) -> Reply:
    """Of all with problems: there are few of them."""
    problems = problems_of_client(read.environment, read.books.scope, INVOICE)
    rest = [name for name in with_problems(problems) if name > (asked.cursor or "")]
    part = rest[: asked.limit]
    found = read.books.get_many(Invoice, part)
    today = local_date(read.environment.now(), read.client.zone)
    fitting = [
        found[name]
        for name in part
        if name in found and asked.state in (None, *_states(found[name], today))
    ]
    return _paged(read, fitting, part[-1] if len(rest) > len(part) else None, problems)


def _states(invoice: Invoice, today: date) -> tuple[InvoiceState, ...]:
    if not invoice.is_payable:
        return (InvoiceState.VOID,)
    if not invoice.is_open:
        return (InvoiceState.PAID,)
    late = _is_due_before(invoice, today)
    return (InvoiceState.OPEN, InvoiceState.OVERDUE) if late else (InvoiceState.OPEN,)


def _paged(
    read: OfClient, invoices: list[Invoice], following: str | None, problems: Problems
) -> Reply:
    names = {one.id: allocated_id(AllocationTarget.INVOICE, one.id) for one in invoices}
    allocated = read.books.get_many(Allocated, names.values())
    items = tuple(
        _shown(one, allocated.get(names[one.id]), problems.get(one.id, ())) for one in invoices
    )
    return Reply(InvoicesPage(items, following, sync_times(read.books).ledger))


def _is_due_before(invoice: Invoice, day: date) -> bool:
    due_on = invoice.ledger.due_on
    return invoice.is_open and due_on is not None and due_on < day


def _one(read: OfClient) -> Reply | Refusal:
    invoice = read.books.get(Invoice, read.call.path["invoice"])
    if invoice is None:
        return NOT_FOUND
    known = _allocated(read.books, AllocationTarget.INVOICE, invoice.id)
    problems = problems_of_page(read.environment, read.books.scope, INVOICE, [invoice.id])
    shown = _shown(invoice, known, problems.get(invoice.id, ()))
    return Reply(shown, headers={"ETag": f'"{invoice.version}"'})


def _shown(
    invoice: Invoice, known: Allocated | None, problems: tuple[ShownProblem, ...]
) -> InvoiceShown:
    room = _room(invoice.amount, known)
    return InvoiceShown(invoice, room.allocated, room.open, problems)


def _of_invoice(read: OfClient) -> Reply | Refusal:
    invoice = read.books.get(Invoice, read.call.path["invoice"])
    if invoice is None:
        return NOT_FOUND
    return _allocations(read.books, AllocationTarget.INVOICE, invoice.id, invoice.amount)


def _of_bill(read: OfClient) -> Reply | Refusal:
    bill = read.books.get(Bill, read.call.path["bill"])
    if bill is None:
        return NOT_FOUND
    return _allocations(read.books, AllocationTarget.BILL, bill.id, bill.amount)


def _allocations(books: Books, target: AllocationTarget, name: str, amount: Money) -> Reply:
    known = _allocated(books, target, name)
    room = _room(amount, known)
    parts = known.parts if known else ()
    return Reply(AllocationsShown(target, name, amount, room.allocated, room.open, parts))


def _allocated(books: Books, target: AllocationTarget, name: str) -> Allocated | None:
    return books.get(Allocated, allocated_id(target, name))


def _room(amount: Money, known: Allocated | None) -> OpenAmount:
    zero = Money.zero(amount.currency)
    return OpenAmount(amount, known.total(amount.currency) if known else zero)


READS: Operations = table(
    (
        read_operation(
            Reading("/invoices", "listInvoices", "Invoices", TAG, InvoicesPage, InvoicesQuery),
            _list,
        ),
        read_operation(
            Reading(
                "/invoices/{invoice}", "readInvoice", "One invoice", TAG, InvoiceShown, headers=ETAG
            ),
            _one,
        ),
        read_operation(
            Reading(
                "/invoices/{invoice}/allocations", "readInvoiceAllocations",
                "Which payments pay an invoice", TAG, AllocationsShown,
            ),
            _of_invoice,
        ),
        read_operation(
            Reading(
                "/bills/{bill}/allocations", "readBillAllocations",
                "Which payments pay a bill", TAG, AllocationsShown,
            ),
            _of_bill,
        ),
    )
)  # fmt: skip
