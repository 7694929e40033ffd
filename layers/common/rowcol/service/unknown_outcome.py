"""A command to Ramp without an answer: re-read the rail, never repeat blindly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Trigger
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Scope
from rowcol.service.change import Change
from rowcol.service.custody import GO, STOPPED, answer
from rowcol.service.environment import Environment
from rowcol.service.execute import accepted
from rowcol.service.hold import UNKNOWN_ASKED_AGAIN, must_move, restarted
from rowcol.service.ports import CommandAccepted
from rowcol.service.rail_facts import record_answer
from rowcol.service.stopping import progress
from rowcol.service.tray import close_item

FINAL_AFTER = timedelta(seconds=120)


def ask_again(environment: Environment, scope: Scope, payment_id: str) -> str:
    """Re-read the rail for a payment whose command has no answer. Raises RailUnavailable.

    Shown with a date: the command happened. Still without one FINAL_AFTER after it was sent: it did
    not, and may be sent anew under the next attempt.
    """
    payment = environment.store.books(scope).get(Payment, payment_id)
    if payment is None or payment.hold is None or payment.hold.kind != Code.OUTCOME_UNKNOWN:
        return STOPPED
    reading = environment.rails.execution(scope.firm, scope.client).read_bill(payment.rail_bill_id)

    def plan(change: Change) -> str:
        current = change.get(Payment, payment_id)
        if current is None or current.hold is None or current.hold.kind != Code.OUTCOME_UNKNOWN:
            return STOPPED
        command = current.command
        if reading is None or command is None:
            return _later(change, current)
        if reading.state in (RailState.PROCESSING, RailState.PAID):
            ended = replace(
                command, result="accepted", detail="found by re-reading", ended_at=change.now
            )
            change.put(replace(current, command=ended))
            record_answer(change, reading)
            return GO
        if reading.payment is not None and reading.payment.planned_on is not None:
            return _found_set(change, current, CommandAccepted(reading))
        if reading.read.began_at - command.sent_at < FINAL_AFTER:
            return _later(change, current)
        return _did_not_happen(change, current)

    return answer(environment, scope, plan)


def _later(change: Change, payment: Payment) -> str:
    assert payment.hold is not None  # only held payments are asked again
    count = payment.hold.asked_again_count + 1
    pause = UNKNOWN_ASKED_AGAIN[min(count, len(UNKNOWN_ASKED_AGAIN) - 1)]
    payment = replace(
        payment, hold=replace(payment.hold, asked_again_count=count), due=change.now + pause
    )
    change.put(payment)
    change.state("payment.asked_again", payment=payment)
    return STOPPED


def _found_set(change: Change, payment: Payment, found: CommandAccepted) -> str:
    """Ramp has the date but has taken nothing yet: Pending, waiting under a new attempt."""
    payment = must_move(payment, Trigger.OUTCOME_DID_NOT_HAPPEN, By.RAIL)
    payment = replace(payment, custody=restarted(payment.custody, Step.AWAIT_RAIL))
    close_item(change, f"payment-{payment.id}", "held", "the rail has the date")
    change.put(payment)
    return accepted(change, payment, found)


def _did_not_happen(change: Change, payment: Payment) -> str:
    payment = must_move(payment, Trigger.OUTCOME_DID_NOT_HAPPEN, By.RAIL)
    custody = restarted(payment.custody, Step.REFRESH_BALANCE)
    payment = replace(
        payment, command=None, custody=custody, due=change.now + UNKNOWN_ASKED_AGAIN[0]
    )
    close_item(change, f"payment-{payment.id}", "held", "the rail did not take it; asked anew")
    change.put(payment)
    change.state("payment.outcome_did_not_happen", payment=payment)
    progress(change, payment.id)
    return GO
