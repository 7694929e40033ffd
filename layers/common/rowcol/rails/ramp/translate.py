"""Ramp's bills as facts: the only bridge from its words to ours (ramp contract, section 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from rowcol.domain.facts import RailBill, RailDraft, RailPayment, RailState, ReadInterval
from rowcol.domain.money import Money, MoneyError, exponent
from rowcol.rails.ramp.wire import Amount, Bill, Draft, Payment, Trace
from rowcol.service.ports import RailProtocolError

# Every value of the contract; a value Ramp adds later is UNKNOWN and becomes a tray item.
STATES = {
    "APPROVAL_PENDING": RailState.AWAITING_APPROVAL,
    "PENDING_VENDOR_APPROVAL": RailState.AWAITING_APPROVAL,
    "APPROVAL_REJECTED": RailState.REJECTED,
    "PAYMENT_DETAILS_MISSING": RailState.INCOMPLETE,
    "PAYMENT_NOT_INSTRUCTED": RailState.INCOMPLETE,
    "WAITING_FOR_VENDOR": RailState.INCOMPLETE,
    "WAITING_FOR_TRANSACTION_MATCH": RailState.INCOMPLETE,
    "WAITING_FOR_TRANSFER_MATCH": RailState.INCOMPLETE,
    "PAYMENT_READY": RailState.READY,
    "PAYMENT_SCHEDULED": RailState.SCHEDULED,
    "AWAITING_RELEASE": RailState.AWAITING_RELEASE,
    "PAYMENT_PROCESSING": RailState.PROCESSING,
    "PAYMENT_COMPLETED": RailState.PAID,
    "PAYMENT_ERROR": RailState.ERROR,
    "ON_HOLD": RailState.ON_HOLD,
    "HELD_BY_PROVIDER": RailState.HELD_BY_PROVIDER,
    "BLOCKED": RailState.BLOCKED,
    "ARCHIVED": RailState.ARCHIVED,
}
_SYNCED = ("BILL_SYNCED", "BILL_AND_PAYMENT_SYNCED")


def rail_state(bill: Bill) -> RailState:
    """Archived wins. The state and `status` PAID must say the same, otherwise nobody knows."""
    if bill.archived_at is not None:
        return RailState.ARCHIVED
    state = STATES.get(bill.status_summary, RailState.UNKNOWN)
    if (state is RailState.PAID) != (bill.status == "PAID"):
        return RailState.UNKNOWN
    return state


def rail_bill(bill: Bill, read: ReadInterval, trace_id: str | None) -> RailBill:
    """A bill as a fact. Raises RailProtocolError for an amount or a day that is none."""
    state = rail_state(bill)
    return RailBill(
        bill_id=bill.id,
        invoice_number=bill.invoice_number,
        vendor_id=bill.vendor.id if bill.vendor else None,
        vendor_name=(bill.vendor.name if bill.vendor else None) or "",
        vendor_ledger_id=bill.vendor.remote_id if bill.vendor else None,
        amount=money(bill.amount),
        issued_on=_day(bill.issued_at),
        due_on=_day(bill.due_at),
        approved=bill.approval_status == "APPROVED",
        state=state,
        raw_state=bill.status_summary,
        paid_at=_instant(bill.paid_at),
        archived=state is RailState.ARCHIVED,
        ledger_bill_id=bill.remote_id or None,
        ledger_synced=bill.sync_status in _SYNCED,
        draft_bill_id=bill.draft_bill_id,
        payment=_payment(bill.payment) if bill.payment else None,
        read=read,
        trace_id=trace_id,
    )


def rail_draft(draft: Draft, read: ReadInterval) -> RailDraft:
    """A draft as a fact. Raises RailProtocolError for an amount or a day that is none."""
    return RailDraft(
        draft_id=draft.id,
        invoice_number=draft.invoice_number or None,
        vendor_id=draft.vendor.id if draft.vendor else None,
        vendor_name=(draft.vendor.name if draft.vendor else None) or "",
        amount=money(draft.amount) if draft.amount is not None else None,
        issued_on=_day(draft.issued_at),
        due_on=_day(draft.due_at),
        read=read,
    )


def _payment(payment: Payment) -> RailPayment:
    details = payment.details
    return RailPayment(
        payment_id=payment.id or "",
        amount=money(payment.amount),
        method=payment.payment_method or "UNSPECIFIED",
        planned_on=_day(payment.payment_date),
        effective_on=_day(payment.effective_date),
        source_account_id=details.source_bank_account_id if details else None,
        vendor_account_id=details.vendor_account_id if details else None,
        vendor_trace_id=_trace(payment.trace_id),
        debit_trace_id=_trace(payment.bank_debit_trace_id),
        customer_reference=payment.customer_friendly_payment_id,
        same_day=bool(details and details.is_same_day),
    )


def _trace(trace: Trace | None) -> str | None:
    return (trace.trace_id or None) if trace else None


def money(amount: Amount) -> Money:
    """Ramp's minor units as ours, exact: its rate and our number of decimals may differ."""
    ours, theirs = 10 ** exponent(amount.currency_code), amount.minor_unit_conversion_rate
    minor, rest = divmod(amount.amount * ours, theirs) if theirs > 0 else (0, 1)
    if rest:
        raise RailProtocolError("ramp", "an amount does not fit its currency")
    try:
        return Money(minor, amount.currency_code)
    except MoneyError:
        raise RailProtocolError("ramp", "an amount is out of range or of no currency") from None


def _day(text: str | None) -> date | None:
    """Business dates come as midnights: only their date part means anything."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise RailProtocolError("ramp", "a business date is none") from None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise RailProtocolError("ramp", "an instant is none") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
