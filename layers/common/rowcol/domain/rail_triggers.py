"""What a reading of the rail pulls on a payment, as data: by situation and by what the rail shows.

A reading without a transition is recorded all the same (design section 4).
"""

from __future__ import annotations

from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.holds import BILL_WITHDRAWN, DATE_CLEARING
from rowcol.domain.lifecycle import Status, Trigger
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code


def rail_triggers(payment: Payment, bill: RailBill) -> tuple[Trigger, ...] | None:
    """Triggers that a rail reading pulls on a payment, in order; () when it says nothing new.

    None when the reading has no transition from here: it is recorded all the same, and the tray
    gets `unexpected_rail_state` (design section 4). A state that nobody knows is () for every
    status: it has a tray item of its own.
    """
    state = bill.state
    if payment.status is Status.PROCESSING and payment.rail_error_at and state is RailState.ERROR:
        return ()
    for pulled in _situation(payment):
        if state in pulled:
            return pulled[state]
    return () if state in QUIET[payment.status] | {RailState.UNKNOWN} else None


_Pulled = dict[RailState, tuple[Trigger, ...]]


def _taken(*triggers: Trigger) -> _Pulled:
    """What follows when the rail has taken the money by `triggers`, and perhaps gone further."""
    return {
        RailState.PROCESSING: triggers,
        RailState.PAID: (*triggers, Trigger.RAIL_PAID),
        RailState.ERROR: (*triggers, Trigger.RAIL_ERROR),
    }


_TAKEN_AS_ASKED: _Pulled = _taken(Trigger.RAIL_TAKEN) | {
    RailState.ON_HOLD: (Trigger.SYSTEM_HOLD,),
    RailState.BLOCKED: (Trigger.SYSTEM_HOLD,),
}
# Nobody asked for it: the bill is paid outside, or no longer there.
_BEFORE_TAKEN: _Pulled = {
    RailState.PROCESSING: (Trigger.SYSTEM_HOLD,),
    RailState.PAID: (Trigger.SYSTEM_HOLD,),
    RailState.HELD_BY_PROVIDER: (Trigger.BANK_HOLD,),
    RailState.REJECTED: (Trigger.SYSTEM_HOLD,),
    RailState.ARCHIVED: (Trigger.SYSTEM_HOLD,),
}
_WHILE_PROCESSING: _Pulled = {
    RailState.PAID: (Trigger.RAIL_PAID,),
    RailState.ERROR: (Trigger.RAIL_ERROR,),
}
_WHILE_BANK_HOLDS: _Pulled = _taken(Trigger.BANK_ALLOWS_AND_TAKEN) | {
    RailState.SCHEDULED: (Trigger.BANK_ALLOWS,),
    RailState.READY: (Trigger.BANK_ALLOWS,),
    RailState.AWAITING_RELEASE: (Trigger.BANK_ALLOWS,),
    RailState.REJECTED: (Trigger.BANK_REFUSES,),
    RailState.ARCHIVED: (Trigger.BANK_REFUSES,),
}
_OUTCOME_KNOWN = _taken(Trigger.OUTCOME_HAPPENED)
# A payment held for what the rail shows is not surprised by more of it.
_WHILE_PAID_OUTSIDE: _Pulled = {RailState.PROCESSING: (), RailState.PAID: ()}
_WHILE_WITHDRAWN: _Pulled = {RailState.REJECTED: (), RailState.ARCHIVED: ()}
# It was only held until Ramp's date is off: what happens meanwhile is met as without the hold.
_LIFTED_TO_BE_HELD = (Trigger.SYSTEM_LIFT_TODAY, Trigger.SYSTEM_HOLD)
_WHILE_CLEARING: _Pulled = {
    RailState.PROCESSING: _LIFTED_TO_BE_HELD,
    RailState.PAID: _LIFTED_TO_BE_HELD,
    RailState.REJECTED: _LIFTED_TO_BE_HELD,
    RailState.ARCHIVED: _LIFTED_TO_BE_HELD,
}
_CLEARED_TOO_LATE: _Pulled = _taken(Trigger.SYSTEM_LIFT_TODAY, Trigger.RAIL_TAKEN)


def _situation(payment: Payment) -> tuple[_Pulled, ...]:
    match payment.status:
        case Status.PENDING if payment.command is not None:
            return _TAKEN_AS_ASKED, _BEFORE_TAKEN
        case Status.PENDING | Status.SCHEDULED:
            return (_BEFORE_TAKEN,)
        case Status.PROCESSING:
            return (_WHILE_PROCESSING,)
        case Status.BANK_HOLD:
            return (_WHILE_BANK_HOLDS,)
        case Status.HOLD if payment.hold is not None and payment.hold.kind == DATE_CLEARING:
            return (_CLEARED_TOO_LATE if payment.date_accepted else {}), _WHILE_CLEARING
        case Status.HOLD if payment.hold is not None:
            return (_BY_HOLD.get(payment.hold.kind, {}),)
    return ()


_BY_HOLD: dict[str, _Pulled] = {
    Code.OUTCOME_UNKNOWN: _OUTCOME_KNOWN,
    Code.PAID_OUTSIDE: _WHILE_PAID_OUTSIDE,
    BILL_WITHDRAWN: _WHILE_WITHDRAWN,
}
_BEFORE = frozenset(
    {RailState.READY, RailState.SCHEDULED, RailState.AWAITING_RELEASE, RailState.INCOMPLETE}
)
# Rail states that fit a status and change nothing.
QUIET: dict[Status, frozenset[RailState]] = {
    Status.SCHEDULED: _BEFORE | {RailState.ON_HOLD},
    Status.PENDING: _BEFORE | {RailState.ON_HOLD},
    Status.HOLD: _BEFORE | {RailState.ON_HOLD, RailState.HELD_BY_PROVIDER, RailState.BLOCKED},
    Status.BANK_HOLD: frozenset({RailState.HELD_BY_PROVIDER}),
    Status.ADMIN_HOLD: _BEFORE | {RailState.ON_HOLD, RailState.BLOCKED},
    Status.PROCESSING: frozenset({RailState.PROCESSING}),
    Status.DONE: frozenset({RailState.PAID}),
    Status.CANCELLED: _BEFORE | {RailState.ON_HOLD, RailState.ARCHIVED},
    Status.REJECTED: _BEFORE
    | {RailState.ON_HOLD, RailState.ARCHIVED, RailState.REJECTED, RailState.ERROR},
    Status.REVERSING: frozenset({RailState.PAID, RailState.ERROR, *_BEFORE}),
    Status.REVERSED: _BEFORE | {RailState.PAID, RailState.ERROR, RailState.ARCHIVED},
    Status.RESCHEDULED: _BEFORE,
    Status.REISSUED: frozenset(RailState),
}
