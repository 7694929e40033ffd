"""Delete a record that never counted: a draft that never had a number."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.recording import find_record, not_draft
from rowcol.service.payment_commands.update import stale


def delete(
    environment: Environment, change: Change, payment_id: str, version: int | None = None
) -> Payment | Refusal:
    """Mark it deleted: nobody finds it any more, the log keeps it.

    Refused: `not_found`, `rail_payment`, `wrong_state`, `version_mismatch` when a version is given,
    `not_draft`, `already_numbered`.
    """
    payment = find_record(change, payment_id, "deleted")
    if isinstance(payment, Refusal):
        return payment
    problem = stale(payment, version) if version is not None else None
    problem = problem or not_draft(payment, "deleted")
    if problem is not None:
        return problem
    if payment.number is not None:
        return Refusal(
            Code.NUMBERED,
            f"it has the number {payment.number}; numbers have no gaps, so it stays as a draft",
            {"number": payment.number},
        )
    deleted = replace(payment, deleted_at=change.now)
    change.put(deleted)
    change.state("payment.deleted", payment=deleted)
    return deleted
