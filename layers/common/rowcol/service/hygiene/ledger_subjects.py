"""Judge what stands in the ledger, or in Ramp's drafts, in the write that brings it."""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import local_date
from rowcol.domain.draft import Draft
from rowcol.domain.hygiene.copies import (
    PREFERENCES_ID,
    KeptBill,
    KeptCredit,
    KeptPreferences,
    KeptVendor,
    vendor_key,
)
from rowcol.domain.hygiene.ledger_checks import (
    CREDIT_CHECKS,
    DRAFT_CHECKS,
    LEDGER_BILL_CHECKS,
    PAYMENT_CHECKS,
    CreditCase,
    DraftCase,
    LedgerBillCase,
    PaymentCase,
)
from rowcol.domain.hygiene.problem import problems_of
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.hygiene.bills import judge_bill
from rowcol.service.hygiene.writing import About, settle

LEDGER_BILL, CREDIT, DRAFT, PAYMENT = "ledger_bill", "credit", "draft", "payment"


def judge_ledger_bill(change: Change, kept: KeptBill, ledger_id: str | None = None) -> None:
    """Judge a bill of the ledger, and the bill of Ramp's that names it when it is gone."""
    name = kept.ledger.bill_id if kept.ledger is not None else ledger_id
    if name is None:
        return
    link = change.get(Link, key_of("qbo-bill", name))
    bill = change.get(Bill, link.bill_id) if link is not None and link.is_claimed else None
    in_rail = bill is not None and bill.rail.ledger_bill_id == name
    vendor_id = kept.ledger.vendor_id if kept.ledger is not None else None
    vendor = change.get(KeptVendor, vendor_key(vendor_id)) if vendor_id is not None else None
    case = LedgerBillCase(kept, change.now, in_rail, vendor.name if vendor is not None else "")
    ledger = kept.ledger
    about = About(case.vendor_name or None, vendor_id, ledger.balance if ledger else None)
    settle(change, f"{LEDGER_BILL}-{name}", problems_of(LEDGER_BILL_CHECKS, case), about=about)
    if bill is not None and in_rail and kept.gone:
        judge_bill(change, bill, bill)


def judge_credit(change: Change, kept: KeptCredit) -> None:
    """Judge a vendor's or customer's credit."""
    case = CreditCase(kept, local_date(change.now, change.client.zone))
    credit = kept.ledger
    about = About(credit.party_name or None, credit.party_id or None, credit.open)
    settle(change, f"{CREDIT}-{kept.id}", problems_of(CREDIT_CHECKS, case), about=about)


def judge_draft(change: Change, draft: Draft) -> None:
    """Judge a draft of Ramp's."""
    case = DraftCase(draft, change.now)
    rail = draft.rail
    about = About(rail.vendor_name or None, rail.vendor_id, rail.amount)
    settle(change, f"{DRAFT}-{draft.id}", problems_of(DRAFT_CHECKS, case), about=about)


def settle_draft(environment: Environment, scope: Scope, draft: Draft) -> None:
    """Close what an item says of a draft that changed or is gone. One read where there is none.

    Before the copy is kept, so that a crash in between leaves the news for the next run.
    """
    names = [tray_id(f"{DRAFT}-{draft.id}", check.kind) for check in DRAFT_CHECKS]
    known = environment.store.books(scope).get_many(TrayItem, names).values()
    if not any(item.is_live for item in known):
        return

    def plan(change: Change) -> bool:
        judge_draft(change, draft)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def judge_payment_date(change: Change, payment: Payment) -> None:
    """Judge the day of a payment that the ledger has to book."""
    known = change.get(KeptPreferences, PREFERENCES_ID)
    case = PaymentCase(payment, known.closed_through if known is not None else None)
    settle(change, f"{PAYMENT}-{payment.id}", problems_of(PAYMENT_CHECKS, case))
