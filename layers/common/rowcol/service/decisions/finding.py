"""Find the bill of a decision by the decision's id."""

from __future__ import annotations

from rowcol.domain.bill import Bill, Decision
from rowcol.domain.link import Link
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change


def find_decided(change: Change, decision_id: str) -> tuple[Bill, Decision] | Refusal:
    """The bill whose latest decision it is, and the decision. Refused: `not_found`."""
    link = change.get(Link, decision_id)
    bill = change.get(Bill, link.bill_id) if link else None
    if bill is None or bill.decision is None or bill.decision.id != decision_id:
        return Refusal(Code.NOT_FOUND, "no such decision")
    return bill, bill.decision
