"""What follows from a log entry: start or resume its execution, clear a date, publish it.

The log's stream drives it, at least once. All of it may be repeated; the minute sweep finds what is
lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rowcol.domain.bill import Bill
from rowcol.domain.log import Entry
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.judgement import resume_outcome


class Bus(Protocol):
    """The event bus for the firm's own systems."""

    def publish(self, entries: Sequence[Entry]) -> None:
        """Put entries on the bus; raises when any was not taken."""
        ...


def relay(environment: Environment, entry: Entry) -> str:
    """Do what one entry asks of the workflow. Answers what was done, for the log line."""
    scope = Scope(entry.firm, entry.client)
    if entry.type in CLEARS and entry.bill_id is not None:
        bill = environment.store.books(scope).get(Bill, entry.bill_id)
        if bill is not None and bill.command is not None and bill.command.is_open:
            environment.executions.clear_date(scope, bill.id)
            return "date_clearing"
    if entry.type in ORDERS and entry.bill_id is not None:
        environment.executions.clear_date(scope, entry.bill_id)
        return "bill_order"
    wanted = entry.data.get("workflow")
    if entry.payment_id is None or wanted is None:
        return "nothing"
    payment = environment.store.books(scope).get(Payment, entry.payment_id)
    if payment is None or (payment.custody.is_idle and payment.custody.token is None):
        return "over"
    if wanted == "start":
        environment.executions.start(scope, payment.id, payment.custody.attempt)
        return "started"
    token = payment.custody.token
    if token is None or not payment.custody.wants_resume:
        return "resumed_before"
    known = environment.executions.resume(
        token, {"outcome": resume_outcome(payment, payment.custody.attempt)}
    )
    return "resumed" if known else "token_lost"


# Facts whose bill may hold a wish to clear Ramp's date.
CLEARS = frozenset({"decision.delayed", "payment.created", "bill.clear_asked"})
# Facts that give an order about a bill to the rail's worker.
ORDERS = frozenset({"bill_order.asked", "bill_order.approved"})
