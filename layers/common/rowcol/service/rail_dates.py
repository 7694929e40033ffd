"""Clear a date that Ramp carries: the one automatic stop, confirmed by re-reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rowcol.domain.bill import Bill, RailCommand
from rowcol.domain.payment import Payment
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import Severity
from rowcol.service.change import Change, transact
from rowcol.service.confirmation import read_back
from rowcol.service.environment import Environment
from rowcol.service.levers import note_missing
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    CommandResult,
    ConnectionBroken,
    OutcomeUnknown,
    RailUnavailable,
)
from rowcol.service.rail_agreement import compare_dates
from rowcol.service.rail_facts import record_reading, refresh_bill
from rowcol.service.stopping import carries_date, progress
from rowcol.service.tray import close_item, open_item
from rowcol.service.wake_up import wake_at
from rowcol.service.wishes import CLEAR_DATE, RAMP_LINK

TRY_AGAIN = timedelta(minutes=5)
LATER = "later"


def clear_date(environment: Environment, scope: Scope, bill_id: str) -> str:
    """Carry out an open wish to clear Ramp's date; a lost answer is repeated, it is idempotent.

    Answers "cleared", "refused", "later" or "nothing". A refusal opens a tray item with the link to
    do it in Ramp. While a date command of ours has no answer it is later: that one is found out
    first.
    """
    refresh_bill(environment, scope, bill_id)
    bill = environment.store.books(scope).get(Bill, bill_id)
    if (
        bill is None
        or bill.command is None
        or not bill.command.is_open
        or bill.command.wish != CLEAR_DATE
    ):
        return "nothing"
    command = bill.command
    if not carries_date(bill.rail):
        return _record(environment, scope, bill_id, command, CommandAccepted(bill.rail))
    if _is_asking(environment, scope, bill):
        detail = "a date command has no answer yet"
        return _record(environment, scope, bill_id, command, OutcomeUnknown(detail))
    rail = environment.rails.execution(scope.firm, scope.client)
    try:
        result = rail.clear_payment_date(bill_id)
    except (RailUnavailable, ConnectionBroken) as error:
        return _record(environment, scope, bill_id, command, OutcomeUnknown(error.detail))
    result = read_back(rail, result, lambda shown: not carries_date(shown))
    return _record(environment, scope, bill_id, command, result)


def _is_asking(environment: Environment, scope: Scope, bill: Bill) -> bool:
    """Whether the bill's payment has sent a date that Ramp has not answered yet."""
    books = environment.store.books(scope)
    payment = books.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    return payment is not None and payment.command is not None and payment.command.is_open


def _record(
    environment: Environment,
    scope: Scope,
    bill_id: str,
    command: RailCommand,
    result: CommandResult,
) -> str:
    def plan(change: Change) -> str:
        bill = change.get(Bill, bill_id)
        if (
            bill is None
            or bill.command is None
            or bill.command.id != command.id
            or not bill.command.is_open
        ):
            return "nothing"
        match result:
            case CommandAccepted(bill=reading) if not carries_date(reading):
                return _cleared(change, bill, result)
            case CommandAccepted():
                return _refused(change, bill, "Ramp kept its date")
            case CommandRefused(code=code, detail=detail):
                return _refused(change, bill, f"{code}: {detail}")
            case CapabilityMissing(detail=detail) as missing:
                note_missing(change, missing)
                return _refused(change, bill, detail)
            case OutcomeUnknown():
                change.put(replace(bill, due=change.now + TRY_AGAIN))
                change.state("bill.clear_unanswered", bill=change.get(Bill, bill_id))
                compare_dates(change, bill, _live_payment(change, bill))
                return LATER

    outcome = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    assert isinstance(outcome, str)  # the plan answers in words and has no command
    return outcome


def _live_payment(change: Change, bill: Bill) -> Payment | None:
    return change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None


def _cleared(change: Change, bill: Bill, result: CommandAccepted) -> str:
    assert bill.command is not None  # checked by the caller
    done = replace(bill.command, result="accepted", ended_at=change.now)
    cleared = replace(bill, command=done)
    change.put(replace(cleared, due=wake_at(cleared, change.client.zone)))
    change.state("bill.date_cleared", bill=change.get(Bill, bill.id))
    close_item(change, f"bill-{bill.id}", "clear_refused", "Ramp's date is cleared")
    record_reading(change, result.bill)
    progress(change, bill.live_payment_id)
    return "cleared"


def _refused(change: Change, bill: Bill, detail: str) -> str:
    assert bill.command is not None  # checked by the caller
    refused = replace(bill.command, result="refused", detail=detail[:300], ended_at=change.now)
    kept = replace(bill, command=refused)
    change.put(replace(kept, due=wake_at(kept, change.client.zone)))
    change.state("bill.clear_refused", bill=change.get(Bill, bill.id), detail=detail[:300])
    title = f"Ramp did not clear its date for {bill.rail.vendor_name}: stop it there"
    open_item(
        change,
        f"bill-{bill.id}",
        "clear_refused",
        title,
        expected="no date",
        found=detail[:200],
        severity=Severity.HIGH,
        link=RAMP_LINK,
    )
    return "refused"
