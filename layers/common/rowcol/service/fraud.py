"""Signs of fraud on a payment that is about to leave: looked for, held, told, answered by a call.

Stopping is automatic and answers nothing: a held payment goes on by a recorded call-back
(`service/call_backs.py`), and everything is looked at again then.
"""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.fraud import Examined, FraudSettings, Signal
from rowcol.domain.fraud_rules import FRAUD_RULES, FraudRules
from rowcol.domain.fraud_signals import signals_of
from rowcol.domain.lifecycle import Status, Trigger
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM
from rowcol.domain.vendor_learning import account_shown
from rowcol.service.change import Change
from rowcol.service.hold import Told, hold
from rowcol.service.stopping import stop_rail
from rowcol.service.vendors import note_waiting, vendor_of


def settings_of(change: Change) -> FraudSettings:
    """The client's settings, the usual ones until somebody has set others. One read."""
    rules = change.get(FraudRules, FRAUD_RULES)
    return rules.settings if rules is not None else FraudSettings.usual(change.client.currency)


def warnings_of(change: Change, bill: Bill) -> tuple[Signal, ...]:
    """What would be noticed if the bill were paid now and no call answered it: for who decides.

    Signals with the effect `hold` will stop the payment at its release. Two reads, of the vendor
    and of the settings, at most once a change each.
    """
    return tuple(one for one in signals_on(change, bill) if one.answered_by is None)


def signals_on(change: Change, bill: Bill, payment: Payment | None = None) -> tuple[Signal, ...]:
    """All signs of paying a bill now, answered or not; none for a bill without a vendor."""
    vendor = vendor_of(change, bill)
    if vendor is None:
        return ()
    return signals_of(vendor, examined(change, bill, payment), settings_of(change))


def examined(change: Change, bill: Bill, payment: Payment | None) -> Examined:
    """A bill's payment as signs see it."""
    decision = bill.decision
    demands = decision is not None and decision.requirements.call_back
    return Examined(
        bill.id,
        payment.id if payment is not None else None,
        payment.amount if payment is not None else bill.amount,
        bill.rail.invoice_number,
        account_shown(bill.rail),
        bill.vendor_account_id_approved,
        local_date(change.now, BANK_ZONE),
        change.now,
        hands_on(bill, payment),
        change.client.dual_control_from,
        decision.requirements.because if decision is not None and demands else None,
    )


def hands_on(bill: Bill | None, payment: Payment | None) -> frozenset[str]:
    """The people who took part in deciding a payment: none of them makes its call-back."""
    decided = bill.decision.hands if bill is not None and bill.decision is not None else frozenset()
    made = {payment.maker} if payment is not None else set()
    return (decided | made) - {SYSTEM.id}


def call_back_refusal(change: Change, bill: Bill, payment: Payment) -> Refusal | None:
    """Refuse `call_back_required` while a sign of the payment stops it unanswered."""
    stopping = [one for one in signals_on(change, bill, payment) if one.stops]
    if not stopping:
        return None
    return Refusal(
        Code.CALL_BACK_REQUIRED,
        "; ".join(one.detail for one in stopping),
        {"signals": stopping},
        remedy="somebody who had no hand in it calls the vendor back on a number known before",
    )


def held_for_call_back(change: Change, payment: Payment, bill: Bill) -> bool:
    """Whether a payment about to be released was put on hold for a sign that nobody answered.

    Hold, tray item with both values, and the evidence are one write. The evidence: the fact
    `fraud.signalled` with the numbers of every sign.
    """
    signals = signals_on(change, bill, payment)
    stopping = [one for one in signals if one.stops]
    if not stopping:
        return False
    scheduled = payment.status is Status.SCHEDULED
    held = hold(
        change,
        payment,
        Code.CALL_BACK_REQUIRED,
        "; ".join(one.detail for one in stopping),
        Trigger.DATE_CHECKS_FAILED if scheduled else Trigger.SYSTEM_HOLD,
        told=Told(
            "; ".join(one.expected for one in stopping), "; ".join(one.found for one in stopping)
        ),
    )
    vendor = vendor_of(change, bill)
    assert vendor is not None  # without one there are no signs
    change.state("fraud.signalled", payment=held, vendor=vendor.named, signals=signals)
    note_waiting(change, held, bill)
    stop_rail(change, bill, held)
    return True
