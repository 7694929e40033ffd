"""Record what a firm decides on an invoice that is not paid. Nothing is sent, nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.calendar import local_date
from rowcol.domain.invoice import Invoice
from rowcol.domain.receivables.follow_up import (
    WAIT_DAYS_MAX,
    FollowUp,
    FollowUpStep,
    FollowUpVerb,
    asks_again_on,
    overdue_days,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.hygiene.invoices import judge_invoice
from rowcol.service.tray import close_item, open_item

REASON_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class FollowUpAsked:
    """A decision as it is asked for. `until`: needed to wait, optional after a reminder."""

    invoice_id: str
    verb: FollowUpVerb
    reason: str
    until: date | None = None


def decide_invoice(change: Change, asked: FollowUpAsked) -> FollowUp | Refusal:
    """Record a decision on an open invoice.

    Refused: `not_found`; `wrong_state` when it is not open; `invalid_input` without a reason or
    day; `date_in_past`, `date_too_far`.
    """
    invoice = change.get(Invoice, asked.invoice_id)
    if invoice is None:
        return Refusal(Code.NOT_FOUND, "no such invoice")
    if not invoice.is_open:
        return Refusal(
            Code.WRONG_STATE,
            "QuickBooks shows nothing open on this invoice",
            {"balance": invoice.ledger.balance, "payable": invoice.is_payable},
        )
    reason = asked.reason.strip()
    if not reason or len(reason) > REASON_CHARACTERS_MAX:
        return Refusal(
            Code.INVALID_INPUT,
            f"a reason of 1 to {REASON_CHARACTERS_MAX} characters is needed",
            {"field": "reason"},
        )
    today = local_date(change.now, change.client.zone)
    wrong = _wrong_day(asked, today)
    if wrong is not None:
        return wrong
    until = asks_again_on(asked.verb, asked.until, today)
    known = change.get(FollowUp, invoice.id) or FollowUp(invoice.id, 0)
    step = FollowUpStep(asked.verb, reason, change.actor.id, change.now, until)
    after = known.with_step(step)
    change.put(after)
    change.state("invoice.followed_up", invoice=invoice, follow_up=step)
    _tell(change, invoice, step, today)
    judge_invoice(change, invoice, invoice)
    return after


def _wrong_day(asked: FollowUpAsked, today: date) -> Refusal | None:
    until = asked.until
    if asked.verb is FollowUpVerb.ESCALATE:
        if until is None:
            return None
        words = "what is escalated waits for no day"
        return Refusal(Code.INVALID_INPUT, words, {"field": "until"})
    if until is None:
        if asked.verb is FollowUpVerb.REMIND:
            return None
        return Refusal(Code.INVALID_INPUT, "until which day?", {"field": "until"})
    if until <= today:
        return Refusal(
            Code.DATE_PAST, "the day is not after today", {"until": until, "today": today}
        )
    last = today + timedelta(days=WAIT_DAYS_MAX)
    if until > last:
        words = f"at most {WAIT_DAYS_MAX} days ahead"
        return Refusal(Code.DATE_TOO_FAR, words, {"until": until, "latest": last})
    return None


def _tell(change: Change, invoice: Invoice, step: FollowUpStep, today: date) -> None:
    subject, ledger = f"invoice-{invoice.id}", invoice.ledger
    if step.verb is not FollowUpVerb.ESCALATE:
        close_item(change, subject, "invoice_escalated", f"decided: {step.verb.value}")
        return
    named = ledger.doc_number or "without a number"
    open_item(
        change, subject, "invoice_escalated",
        f"Invoice {named} of {ledger.customer_name} is escalated: {step.reason[:120]}",
        expected=f"paid by {ledger.due_on}",
        found=f"{ledger.balance} open, {max(overdue_days(invoice, today), 0)} days overdue",
        party=ledger.customer_name, party_id=ledger.customer_id, amount=ledger.balance,
    )  # fmt: skip


def settle_follow_up(change: Change, invoice: Invoice) -> None:
    """An invoice asks for nothing any more, for it was paid or is gone; or it is open again, and
    what was escalated is so still.
    """
    if invoice.is_open:
        known = change.get(FollowUp, invoice.id)
        step = known.last if known is not None else None
        if step is not None and step.verb is FollowUpVerb.ESCALATE:
            _tell(change, invoice, step, local_date(change.now, change.client.zone))
        return
    because = "QuickBooks shows it paid" if invoice.is_paid else "it is void or deleted"
    close_item(change, f"invoice-{invoice.id}", "invoice_escalated", because)
