"""Whether a record could be confirmed now."""

from __future__ import annotations

from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.service.allocations import allocation_problem
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.recording import find_record, not_draft, period_problem


def validate(environment: Environment, change: Change, payment_id: str) -> Payment | Refusal:
    """The payment as it is, when `confirm` would take it. Puts and states nothing.

    What this change has put already counts: of two records for one open bill only one is valid.
    Refused: `not_found`, `rail_payment`, `wrong_state`, `not_draft`, `period_closed`, and what
    `allocation_problem` refuses.
    """
    payment = find_record(change, payment_id, "confirmed")
    if isinstance(payment, Refusal):
        return payment
    problem = (
        not_draft(payment, "confirmed")
        or period_problem(change, payment.pay_on)
        or allocation_problem(change, payment)
    )
    return problem or payment
