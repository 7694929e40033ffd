"""A call-back that a person shows while lifting one hold, kept with the vendor like any other."""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.shown import Given
from rowcol.domain.vendor import CallBack
from rowcol.domain.vendor_learning import account_shown, called, still_awaiting
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.vendors import vendor_of


def keep_call_back(
    environment: Environment, change: Change, payment: Payment, bill: Bill, shown: Given
) -> None:
    """Keep it for this payment and its account; not again what this change has kept already."""
    vendor = vendor_of(change, bill)
    if vendor is None:
        return
    account_id = account_shown(bill.rail)
    last = vendor.call_backs[-1] if vendor.call_backs else None
    if last is not None and last.at == change.now and payment.id in last.payment_ids:
        return
    call_back = CallBack(
        environment.surroundings.ids.new("call"),
        change.actor.id,
        change.actor.hands,
        change.now,
        account_id,
        shown.reference.strip(),
        shown.note.strip(),
        payment_ids=(payment.id,),
    )
    waiting = [name for name in vendor.waiting_ids if name != payment.id]
    change.put(called(still_awaiting(vendor, waiting), call_back))
    change.state("vendor.called_back", vendor=vendor.named, call_back=call_back)
