"""What the ledger shows that a customer paid, was credited and was paid back, of late.

One small item per customer, written with the reading that tells of it; how many are kept is
bounded, so that no customer's history makes it large.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.facts import CreditKind, LedgerCredit
from rowcol.domain.money import Money, total
from rowcol.domain.scope import key_of

PAPERS_MAX = 60
GIVEN_BACK = frozenset({CreditKind.MEMO, CreditKind.REFUND})


@dataclass(frozen=True, slots=True)
class CustomerPapers(Unlisted, NeverDue):
    """The aggregate: payments, credit memos and refund receipts of one customer, by day."""

    id: str
    version: int
    papers: tuple[LedgerCredit, ...] = ()

    kind = "customer_papers"

    def with_paper(self, paper: LedgerCredit) -> CustomerPapers:
        """The same with a document as it is now; the latest are kept. A void one is none."""
        left = self.without(paper.credit, paper.credit_id)
        if paper.voided:
            return left
        every = (*left.papers, paper)
        ordered = sorted(every, key=lambda one: (one.issued_on, one.credit, one.credit_id))
        return replace(self, papers=tuple(ordered[-PAPERS_MAX:]))

    def without(self, kind: CreditKind, ledger_id: str) -> CustomerPapers:
        """The same without a document."""
        kept = (one for one in self.papers if (one.credit, one.credit_id) != (kind, ledger_id))
        return replace(self, papers=tuple(kept))

    def paid(self, ledger_invoice_id: str) -> tuple[Money, ...]:
        """What payments set against one invoice, each by itself."""
        return tuple(
            part.amount
            for one in self.papers
            for part in one.applied
            if part.invoice_id == ledger_invoice_id
        )

    def given_back(self) -> tuple[LedgerCredit, ...]:
        """Credit memos and refund receipts."""
        return tuple(one for one in self.papers if one.credit in GIVEN_BACK)


def papers_key(customer_id: str) -> str:
    """Our id of a customer's papers, by the ledger's id of the customer."""
    return key_of("papers", customer_id)


def reference_key(reference: str) -> str:
    """Id of the link from a payment's reference, as Stripe's ids begin, to the payment."""
    return key_of("qbo-reference", reference)


def sum_of(amounts: Iterable[Money], currency: str) -> Money:
    """Those of one currency added up."""
    return total((one for one in amounts if one.currency == currency), currency)
