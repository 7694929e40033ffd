"""Routes that read what customers owe, and what Stripe paid out and of what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.calendar import local_date
from rowcol.domain.invoice import Invoice
from rowcol.domain.receivables.ageing import Age
from rowcol.domain.receivables.collected import ChargeMatch, ChargeState
from rowcol.domain.receivables.composition import PayoutRow
from rowcol.domain.receivables.follow_up import FollowUp, FollowUpState, state_of
from rowcol.domain.receivables.payout_record import PayoutRecord, PayoutStanding
from rowcol.domain.refusal import Refusal
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.cursor import after_of, cursor_of, position_of
from rowcol.edge.operation import Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.receivables.open_invoices import OpenInvoice, open_invoices
from rowcol.service.receivables.overview import ReceivablesShown, receivables
from rowcol.service.receivables.payouts import payout_rows
from rowcol.service.sync.times import sync_times

TAG = "Receivables"


@dataclass(frozen=True, slots=True)
class ReceivablesAnswer:
    """Sums as of `as_of`, where the client is `today`. `synced_at`: when QuickBooks was read."""

    as_of: datetime
    today: date
    synced_at: datetime | None
    receivables: ReceivablesShown


@dataclass(frozen=True, slots=True)
class OpenInvoicesPage:
    """Open invoices by due date. `count`: all that fit the question, on any page."""

    items: tuple[OpenInvoice, ...]
    count: int
    next_cursor: str | None
    synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayoutsPage:
    """Payouts: those on their way by their day, then those at the bank, then those that failed."""

    items: tuple[PayoutRecord, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PayoutShown:
    """What a payout is made of: `rows` in time, of `row_count`. charges + refunds + disputes +
    adjustments + billed - fees = net; `payout.unexplained` is what that leaves of its amount.
    """

    payout: PayoutRecord
    row_count: int
    rows: tuple[PayoutRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ChargesPage:
    """Charges with the invoice that each pays, by day."""

    items: tuple[ChargeMatch, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class FollowUpShown:
    """What was decided on an invoice. `state`: None when nothing is open on it."""

    invoice_id: str
    state: FollowUpState | None
    follow_up: FollowUp


class OpenInvoicesQuery(PageQuery):
    """`state`: what it asks for. `age`: days since it was due. `customer_id` as in QuickBooks."""

    state: FollowUpState | None = None
    age: Age | None = None
    customer_id: Annotated[str | None, Field(min_length=1, max_length=64)] = None


class ChargesQuery(PageQuery):
    """`state` of the match: exact, tentative, none."""

    state: ChargeState | None = None


def _overview(read: OfClient) -> Reply:
    now = read.environment.now()
    today = local_date(now, read.client.zone)
    shown = receivables(read.books, read.client, now)
    return Reply(ReceivablesAnswer(now, today, sync_times(read.books).ledger, shown))


def _invoices(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(OpenInvoicesQuery)
    question = ("open_invoices", asked.state, asked.age, asked.customer_id)
    after = ""
    if asked.cursor is not None:
        found = after_of(question, asked.cursor)
        if isinstance(found, Refusal):
            return found
        after = found
    every = open_invoices(read.books, read.client, read.environment.now()).invoices
    fitting = [
        one
        for one in every
        if asked.state in (None, one.state)
        and asked.age in (None, one.age)
        and asked.customer_id in (None, one.customer_id)
    ]
    left = [one for one in fitting if _place(one) > after]
    items = tuple(left[: asked.limit])
    following = cursor_of(question, _place(items[-1])) if len(left) > asked.limit else None
    synced_at = sync_times(read.books).ledger
    return Reply(OpenInvoicesPage(items, len(fitting), following, synced_at))


def _place(invoice: OpenInvoice) -> str:
    """Its place in the list: as the store lists open invoices."""
    due = invoice.due_on.isoformat() if invoice.due_on is not None else "9999-12-31"
    return f"{due}#{invoice.id}"


def _payouts(read: OfClient) -> Reply:
    page = read.books.ids(PayoutRecord, "", read.page.cursor, read.page.limit)
    found = read.books.get_many(PayoutRecord, page.ids)
    items = tuple(found[name] for name in page.ids if name in found)
    return Reply(PayoutsPage(items, page.next_key))


def _payout(read: OfClient) -> Reply | Refusal:
    record = read.books.get(PayoutRecord, read.call.path["payout"])
    if record is None or record.standing is PayoutStanding.FORGOTTEN:
        return NOT_FOUND
    question = ("payout", record.id)
    start = position_of(question, read.page.cursor)
    if isinstance(start, Refusal):
        return start
    rows = payout_rows(read.books, record.payout.id)
    end = start + read.page.limit
    following = cursor_of(question, str(end)) if end < len(rows) else None
    return Reply(PayoutShown(record, len(rows), rows[start:end], following))


def _charges(read: OfClient) -> Reply:
    asked = read.call.query_as(ChargesQuery)
    prefix = f"{asked.state.value}#" if asked.state is not None else ""
    page = read.books.ids(ChargeMatch, prefix, asked.cursor, asked.limit)
    found = read.books.get_many(ChargeMatch, page.ids)
    items = tuple(found[name] for name in page.ids if name in found)
    return Reply(ChargesPage(items, page.next_key))


def _decisions(read: OfClient) -> Reply | Refusal:
    invoice = read.books.get(Invoice, read.call.path["invoice"])
    if invoice is None:
        return NOT_FOUND
    known = read.books.get(FollowUp, invoice.id)
    today = local_date(read.environment.now(), read.client.zone)
    state = state_of(invoice, known, today) if invoice.is_open else None
    return Reply(FollowUpShown(invoice.id, state, known or FollowUp(invoice.id, 0)))


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/receivables", "readReceivables", "What customers owe, and what is on its way",
                TAG, ReceivablesAnswer,
            ),
            _overview,
        ),
        read_operation(
            Reading(
                "/receivables/invoices", "listOpenInvoices",
                "Open invoices by what they ask for, age and customer", TAG, OpenInvoicesPage,
                OpenInvoicesQuery,
            ),
            _invoices,
        ),
        read_operation(
            Reading(
                "/receivables/payouts", "listPayouts", "Stripe's payouts", TAG, PayoutsPage,
                PageQuery,
            ),
            _payouts,
        ),
        read_operation(
            Reading(
                "/receivables/payouts/{payout}", "readPayout", "What a payout is made of", TAG,
                PayoutShown, PageQuery,
            ),
            _payout,
        ),
        read_operation(
            Reading(
                "/receivables/charges", "listCharges", "Charges, and the invoices that they pay",
                TAG, ChargesPage, ChargesQuery,
            ),
            _charges,
        ),
        read_operation(
            Reading(
                "/invoices/{invoice}/decision", "readInvoiceDecision",
                "What was decided on an invoice", TAG, FollowUpShown,
            ),
            _decisions,
        ),
    )
)  # fmt: skip
