"""Whether the ledger has booked what Stripe collected of an invoice, and what went back. Pure.

The ledger should show the gross, and what went back as a credit memo or a refund receipt (stripe
contract, section 4, rule 4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.calendar import add_bank_days
from rowcol.domain.hygiene.invoice_checks import invoice_link, invoice_name
from rowcol.domain.hygiene.problem import Check, Problem
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money
from rowcol.domain.receivables.collected import Collected, CollectedPart
from rowcol.domain.receivables.papers import CustomerPapers, sum_of

BOOKED_WITHIN_BANK_DAYS = 5
# Bookkeepers date what went back as they see it, sometimes before Stripe does.
BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class BookedCase:
    """An invoice, what Stripe collected of it, and what the ledger shows of its customer."""

    invoice: Invoice
    collected: Collected
    papers: CustomerPapers
    today: date

    @property
    def currency(self) -> str:
        """Of the invoice; nothing is added across currencies."""
        return self.invoice.amount.currency

    @property
    def charges(self) -> tuple[CollectedPart, ...]:
        """What surely pays it, of days that the books have had time for."""
        every = self.collected.standing(self.currency)
        return tuple(part for part in every if self.is_over(part.on))

    @property
    def unbooked(self) -> Money:
        """What is open in the ledger though Stripe collected it; zero or less for none."""
        taken = sum_of((part.left for part in self.charges), self.currency)
        return self.invoice.ledger.balance - (self.invoice.amount - taken)

    @property
    def fees(self) -> Money | None:
        """Stripe's fees of the charges; None while a report has not told all of them."""
        known = [part.fee for part in self.charges if part.fee is not None]
        return sum_of(known, self.currency) if len(known) == len(self.charges) else None

    def is_over(self, day: date) -> bool:
        """Whether the books have had their time since a day."""
        return self.today > add_bank_days(day, BOOKED_WITHIN_BANK_DAYS)


def collected_not_booked(case: BookedCase) -> Problem | None:
    """Stripe has the customer's money, and the ledger still asks for it."""
    if _left_over(case) is None or _is_net(case):
        return None
    taken = sum_of((part.left for part in case.charges), case.currency)
    title = f"Stripe collected {taken} of {invoice_name(case.invoice)}, not booked in QuickBooks"
    open_now = case.invoice.ledger.balance
    return Problem(title, f"{case.invoice.amount - taken} open", f"{open_now} open",
                   invoice_link(case.invoice))  # fmt: skip


def booked_net(case: BookedCase) -> Problem | None:
    """What is open is what Stripe kept: the payout was booked as the payment."""
    if not _is_net(case):
        return None
    title = f"The payment of {invoice_name(case.invoice)} is booked without Stripe's fee"
    taken = sum_of((part.left for part in case.charges), case.currency)
    return Problem(title, f"{taken} booked, and {case.fees} as a fee",
                   f"{case.invoice.ledger.balance} open", invoice_link(case.invoice))  # fmt: skip


def _left_over(case: BookedCase) -> Money | None:
    """What is open though it was collected, if anything."""
    left = case.unbooked
    return left if case.invoice.is_open and left.minor > 0 else None


def _is_net(case: BookedCase) -> bool:
    left = _left_over(case)
    return left is not None and left == case.fees


def refund_not_booked(case: BookedCase) -> Problem | None:
    """A customer has money back, and the ledger shows that it paid."""
    return _back(case, "refunded", "was refunded at Stripe", lambda part: part.refunded)


def dispute_not_booked(case: BookedCase) -> Problem | None:
    """A customer's bank has taken money back, and the ledger shows that the customer paid."""
    return _back(case, "disputed", "is held by the customer's bank", lambda part: part.disputed)


def _back(
    case: BookedCase, word: str, words: str, of: Callable[[CollectedPart], Money]
) -> Problem | None:
    every = case.collected.standing(case.currency)
    gone = [part for part in every if of(part).minor > 0 and part.back_on is not None
            and case.is_over(part.back_on)]  # fmt: skip
    shown_paid = case.invoice.amount - case.invoice.ledger.balance
    really = sum_of((part.left for part in every), case.currency)
    if not gone or shown_paid <= really or not _is_booked(case, gone):
        return None
    back = sum_of((of(part) for part in gone), case.currency)
    if _is_given_back(case, gone):
        return None
    title = f"{back} of {invoice_name(case.invoice)} {words}, and QuickBooks shows it paid"
    return Problem(title, f"a credit memo or refund receipt of {back}",
                   f"{shown_paid} paid, {really} left at Stripe, {back} {word}",
                   invoice_link(case.invoice))  # fmt: skip


def _is_booked(case: BookedCase, gone: list[CollectedPart]) -> bool:
    """Whether what the ledger shows as paid is Stripe's charge, and not another payment of it."""
    paid = case.papers.paid(case.invoice.ledger.invoice_id)
    if not paid:
        return True
    nets = {part.amount - part.fee for part in gone if part.fee is not None}
    return any(amount in nets or amount == part.amount for part in gone for amount in paid)


def _is_given_back(case: BookedCase, gone: list[CollectedPart]) -> bool:
    """Whether credit memos and refund receipts of the customer make what went back: each, or all.

    Of two invoices of one customer with equal refunds one paper covers both: nobody can tell which.
    """
    first = min(part.on for part in gone) - BEFORE
    papers = [
        one.amount
        for one in case.papers.given_back()
        if one.issued_on >= first and one.amount.currency == case.currency
    ]
    if sum_of(papers, case.currency) == sum_of((part.back for part in gone), case.currency):
        return True
    for part in gone:
        wanted = next((one for one in (part.back, part.refunded, part.disputed)
                       if one.minor and one in papers), None)  # fmt: skip
        if wanted is None:
            return False
        papers.remove(wanted)
    return True


_SOON = f"within {BOOKED_WITHIN_BANK_DAYS} bank days"
BOOKED_CHECKS: tuple[Check[BookedCase], ...] = (
    Check("collected_not_booked", collected_not_booked,
          f"{_SOON}, or the match is only tentative"),
    Check("booked_net", booked_net, "Stripe's fee is not known, or is not what is open"),
    Check("refund_not_booked", refund_not_booked,
          f"{_SOON}; a credit memo or refund receipt of that amount; the invoice is open again"),
    Check("dispute_not_booked", dispute_not_booked,
          f"{_SOON}; won; a credit memo or refund receipt of that amount; open again"),
)  # fmt: skip
