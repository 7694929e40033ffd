"""Command Ramp to pay: write ahead, send once, record the answer with its effect in one write."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, RailCommand, WishState
from rowcol.domain.calendar import BANK_ZONE, add_bank_days, end_of_day, local_date
from rowcol.domain.facts import RailBill
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Change as DateChange
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Scope
from rowcol.domain.verdict import CASH_DAYS, Expectation
from rowcol.service.change import Change
from rowcol.service.confirmation import read_back
from rowcol.service.custody import GO, STOPPED, answer, is_old
from rowcol.service.environment import Environment
from rowcol.service.hold import REDRIVE_AFTER, UNKNOWN_ASKED_AGAIN, hold
from rowcol.service.levers import note_found, note_missing
from rowcol.service.payment_facts import changed_details
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    CommandResult,
    ConnectionBroken,
    OutcomeUnknown,
    RailUnavailable,
)
from rowcol.service.rail_dates import LATER, clear_date
from rowcol.service.rail_facts import record_answer, refresh_bill
from rowcol.service.stopping import TAKEN, progress
from rowcol.service.wishes import RAMP_LINK, SET_DATE


def execute(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> str:
    """Command Ramp to pay: read, write ahead, send once, read back, record all in one write.

    The bill is read once more just before: what changed since it was decided holds the payment, and
    nothing is sent. The reading after the answer says what Ramp took.
    "go" when the rail has the date (or had it already), "stopped" when the payment was held. A
    command found open (sent by a run that died) is never sent again: the payment is held as
    outcome_unknown and the rail re-asked. A wish to clear Ramp's date that is still open is carried
    out first, so that it cannot take off the date set now.
    Raises RailUnavailable when certainly nothing was sent.
    """
    if _clearing(environment, scope, payment_id):
        raise RailUnavailable("ramp", "an earlier command has no answer yet")
    _look_once_more(environment, scope, payment_id, attempt)
    prepared = answer(
        environment, scope, lambda change: _write_ahead(environment, change, payment_id, attempt)
    )
    if not prepared.startswith("send:"):
        return prepared
    command_id = prepared.removeprefix("send:")
    payment = environment.store.books(scope).get(Payment, payment_id)
    if (
        payment is None
        or payment.command is None
        or payment.command.day is None
        or payment.command.id != command_id
    ):
        return STOPPED
    rail = environment.rails.execution(scope.firm, scope.client)
    try:
        result: CommandResult = rail.set_payment_date(payment.rail_bill_id, payment.command.day)
    except (RailUnavailable, ConnectionBroken):
        answer(environment, scope, lambda change: _not_sent(change, payment_id, command_id))
        raise
    result = read_back(rail, result, _is_dated)
    return answer(
        environment, scope, lambda change: _record_result(change, payment_id, command_id, result)
    )


def _look_once_more(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> None:
    """The bill as it is now; a payment that it no longer fits is held by that reading."""
    payment = environment.store.books(scope).get(Payment, payment_id)
    if payment is None or is_old(payment, attempt) or payment.command is not None:
        return
    if payment.custody.step is Step.EXECUTE:
        refresh_bill(environment, scope, payment.rail_bill_id)


def _is_dated(reading: RailBill) -> bool:
    """Whether Ramp carries a date of it, or has begun to pay."""
    dated = reading.payment is not None and reading.payment.planned_on is not None
    return dated or reading.state in TAKEN


def _clearing(environment: Environment, scope: Scope, payment_id: str) -> bool:
    """Whether a clear of the bill's date stays without an answer, after asking for it once more."""
    books = environment.store.books(scope)
    payment = books.get(Payment, payment_id)
    bill = books.get(Bill, payment.bill_id) if payment and payment.bill_id else None
    if payment is None or bill is None or payment.command is not None:
        return False
    if bill.command is None or not bill.command.is_open:
        return False
    return clear_date(environment, scope, bill.id) == LATER


def _write_ahead(environment: Environment, change: Change, payment_id: str, attempt: int) -> str:
    payment = change.get(Payment, payment_id)
    if payment is None or is_old(payment, attempt):
        return STOPPED
    if payment.command is not None and payment.command.is_open:
        unknown(change, payment, "a command was sent and its answer was lost")
        return STOPPED
    if payment.command is not None or payment.custody.step is not Step.EXECUTE:
        return GO if payment.custody.step in (Step.AWAIT_RAIL, Step.VERIFY) else STOPPED
    bill = change.get(Bill, payment.rail_bill_id)
    clearing = bill is not None and bill.command is not None and bill.command.is_open
    if payment.status is not Status.PENDING or payment.wants_cancelling or clearing:
        return STOPPED
    changed = changed_details(payment, bill) if bill is not None else None
    if changed is not None:
        hold(change, payment, *changed)
        return STOPPED
    day = max(payment.pay_on, local_date(change.now, BANK_ZONE))
    command = RailCommand(environment.surroundings.ids.new("cmd"), SET_DATE, change.now, day)
    payment = replace(payment, command=command, due=change.now + UNKNOWN_ASKED_AGAIN[0])
    if bill is not None:
        payment = replace(payment, expectation=_payee(payment.expectation, bill.rail))
    change.put(payment)
    change.state("payment.command_sent", payment=payment)
    return f"send:{command.id}"


def _payee(expected: Expectation, reading: RailBill) -> Expectation:
    """Whom the rail is asked to pay, and on which account: any other is a mismatch from now on."""
    account = reading.payment.vendor_account_id if reading.payment else None
    return replace(expected, vendor_id=reading.vendor_id, vendor_account_id=account)


def _not_sent(change: Change, payment_id: str, command_id: str) -> str:
    """Nothing left our side: the write-ahead is taken back, so that a retry may send."""
    payment = change.get(Payment, payment_id)
    if (
        payment is None
        or payment.command is None
        or payment.command.id != command_id
        or not payment.command.is_open
    ):
        return STOPPED
    payment = replace(payment, command=None, due=change.now + REDRIVE_AFTER)
    change.put(payment)
    change.state("payment.command_not_sent", payment=payment)
    progress(change, payment_id)
    return STOPPED


def _record_result(change: Change, payment_id: str, command_id: str, result: CommandResult) -> str:
    payment = change.get(Payment, payment_id)
    if (
        payment is None
        or payment.command is None
        or payment.command.id != command_id
        or not payment.command.is_open
    ):
        return STOPPED
    match result:
        case CommandAccepted(bill=reading):
            return (
                accepted(change, payment, result)
                if reading.payment and reading.payment.planned_on
                else _refused(
                    change, payment, "not_scheduled", "Ramp answered without a payment date"
                )
            )
        case CommandRefused(code=code, detail=detail):
            return _refused(change, payment, code, detail)
        case CapabilityMissing(detail=detail) as missing:
            note_missing(change, missing)
            return _refused(change, payment, Code.CAPABILITY_MISSING, detail)
        case OutcomeUnknown(detail=detail):
            unknown(change, payment, detail)
            return STOPPED


def accepted(change: Change, payment: Payment, result: CommandAccepted) -> str:
    """Ramp has the date: recorded as asked and confirmed, with its answer as a reading."""
    assert payment.command is not None  # only a sent command is accepted
    planned = result.bill.payment.planned_on if result.bill.payment else None
    command = replace(payment.command, result="accepted", ended_at=change.now)
    confirmed = DateChange(change.now, "rowcol", command.day, planned, WishState.CONFIRMED)
    custody = replace(payment.custody, step=Step.AWAIT_RAIL)
    last = add_bank_days(planned or payment.pay_on, CASH_DAYS)
    # The date is ours: recorded with the command, so that the reading does not report it as Ramp's.
    payment = replace(
        payment,
        command=command,
        changes=(*payment.changes, confirmed),
        custody=custody,
        due=end_of_day(last, BANK_ZONE),
        rail=result.bill,
    )
    change.put(payment)
    note_found(change, "payment_date")
    change.state("payment.command_accepted", payment=payment, asked=command.day, confirmed=planned)
    record_answer(change, result.bill)
    return GO


def _refused(change: Change, payment: Payment, code: str, detail: str) -> str:
    assert payment.command is not None  # only a sent command is refused
    command = replace(
        payment.command, result="refused", detail=f"{code}: {detail}"[:300], ended_at=change.now
    )
    kind = Code.CAPABILITY_MISSING if code == Code.CAPABILITY_MISSING else Code.RAIL_REFUSED
    hold(change, replace(payment, command=command), kind, f"{code}: {detail}"[:300], link=RAMP_LINK)
    progress(change, payment.id)
    return STOPPED


def unknown(change: Change, payment: Payment, detail: str) -> Payment:
    """Sent, no answer: hold as outcome_unknown and ask again after 5 minutes, 1 hour, 1 day."""
    return hold(
        change, payment, Code.OUTCOME_UNKNOWN, detail, due=change.now + UNKNOWN_ASKED_AGAIN[0]
    )
