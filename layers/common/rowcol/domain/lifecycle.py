"""The life of a payment as data: every status, every trigger, who may pull it.

Source: design section 4. Code, docs and tests read this table. A *command* that is not in it is
refused without a write. A rail *fact* is always recorded; where it has no transition the status
stays and the tray gets `unexpected_rail_state`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The thirteen statuses of a payment."""

    SCHEDULED = "scheduled"
    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    HOLD = "hold"
    BANK_HOLD = "bank_hold"
    ADMIN_HOLD = "admin_hold"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    RESCHEDULED = "rescheduled"
    REVERSING = "reversing"
    REVERSED = "reversed"
    REISSUED = "reissued"


FINAL = frozenset(
    {Status.CANCELLED, Status.REJECTED, Status.RESCHEDULED, Status.REVERSED, Status.REISSUED}
)
# A bill with a payment in one of these may be decided again once rail and ledger both show it open.
NOT_LIVE = FINAL


class By(StrEnum):
    """Who may pull a trigger."""

    PERSON = "person"
    ADMIN = "admin"
    SYSTEM = "system"
    RAIL = "rail"


class Trigger(StrEnum):
    """What makes a payment move."""

    RELEASED_TODAY = "released_today"
    DECIDED_FOR_LATER = "decided_for_later"
    COLLECTION_UNKNOWN = "collection_unknown"
    RECORDED = "recorded"
    OCCURRENCE_PLANNED = "occurrence_planned"
    REPLACEMENT_NOW = "replacement_now"
    REPLACEMENT_LATER = "replacement_later"
    DATE_ARRIVED = "date_arrived"
    DATE_CHECKS_FAILED = "date_checks_failed"
    RAIL_TAKEN = "rail_taken"
    SYSTEM_HOLD = "system_hold"
    BANK_HOLD = "bank_hold"
    ADMIN_HOLD = "admin_hold"
    SYSTEM_LIFT_TODAY = "system_lift_today"
    SYSTEM_LIFT_LATER = "system_lift_later"
    OUTCOME_HAPPENED = "outcome_happened"
    OUTCOME_DID_NOT_HAPPEN = "outcome_did_not_happen"
    BANK_ALLOWS = "bank_allows"
    BANK_ALLOWS_AND_TAKEN = "bank_allows_and_taken"
    BANK_REFUSES = "bank_refuses"
    ADMIN_LIFT_TODAY = "admin_lift_today"
    ADMIN_LIFT_LATER = "admin_lift_later"
    ADMIN_REFUSES = "admin_refuses"
    CANCEL_CONFIRMED = "cancel_confirmed"
    REFUSED_FOR_GOOD = "refused_for_good"
    RECURRENCE_CHANGED = "recurrence_changed"
    RAIL_PAID = "rail_paid"
    RAIL_ERROR = "rail_error"
    NO_MONEY_MOVED = "no_money_moved"
    DEBIT_AND_CREDIT_SEEN = "debit_and_credit_seen"
    CANCELLED_AFTER_COLLECTION = "cancelled_after_collection"
    RETURN_SEEN = "return_seen"
    MONEY_BACK = "money_back"
    STOPPED_CHECK_REPLACED = "stopped_check_replaced"


class Guard(StrEnum):
    """A condition on the payment itself that a row needs besides the status."""

    NONE = ""
    OUTCOME_UNKNOWN = "hold is outcome_unknown"
    NOT_OUTCOME_UNKNOWN = "hold is not outcome_unknown"
    AFTER_RAIL_ERROR = "a rail error was recorded"
    CHECK = "paid by check"


@dataclass(frozen=True, slots=True)
class Row:
    """One allowed move. `source` None means the payment is created.

    `by` usually pulls the trigger; `or_by` is who else may.
    """

    source: Status | None
    trigger: Trigger
    target: Status
    by: By
    guard: Guard = Guard.NONE
    note: str = ""
    or_by: By | None = None

    def allows(self, by: By) -> bool:
        """Whether this one may pull the trigger."""
        return by in (self.by, self.or_by)


def _rows(
    sources: tuple[Status, ...], trigger: Trigger, target: Status, by: By, *extra: Guard | By | str
) -> list[Row]:
    guard = next((item for item in extra if isinstance(item, Guard)), Guard.NONE)
    or_by = next((item for item in extra if isinstance(item, By)), None)
    note = next((item for item in extra if not isinstance(item, Guard | By)), "")
    return [Row(source, trigger, target, by, guard, note, or_by) for source in sources]


_S = Status
TABLE: tuple[Row, ...] = (
    Row(None, Trigger.RELEASED_TODAY, _S.PENDING, By.PERSON, note="all checks pass"),
    Row(None, Trigger.DECIDED_FOR_LATER, _S.SCHEDULED, By.PERSON, note="for a later business date"),
    Row(
        None,
        Trigger.COLLECTION_UNKNOWN,
        _S.HOLD,
        By.RAIL,
        note="rails that collect at once only; reason outcome_unknown",
    ),
    Row(
        None,
        Trigger.RECORDED,
        _S.DONE,
        By.PERSON,
        note="its money moved off-rail; RowCol commands nothing",
    ),
    Row(
        None,
        Trigger.OCCURRENCE_PLANNED,
        _S.SCHEDULED,
        By.SYSTEM,
        note="of a recurrence; it waits for the vendor's bill",
    ),
    Row(None, Trigger.REPLACEMENT_NOW, _S.PENDING, By.ADMIN, note="in place of a stopped check"),
    Row(None, Trigger.REPLACEMENT_LATER, _S.SCHEDULED, By.PERSON, note="of a changed recurrence"),
    *_rows((_S.SCHEDULED,), Trigger.DATE_ARRIVED, _S.PENDING, By.SYSTEM, "checks pass"),
    *_rows((_S.SCHEDULED,), Trigger.DATE_CHECKS_FAILED, _S.HOLD, By.SYSTEM, "with the reason"),
    *_rows((_S.PENDING,), Trigger.RAIL_TAKEN, _S.PROCESSING, By.RAIL, "collected, settled or sent"),
    *_rows((_S.PENDING, _S.SCHEDULED), Trigger.SYSTEM_HOLD, _S.HOLD, By.SYSTEM),
    *_rows((_S.PENDING, _S.SCHEDULED), Trigger.BANK_HOLD, _S.BANK_HOLD, By.RAIL),
    *_rows((_S.PENDING, _S.SCHEDULED), Trigger.ADMIN_HOLD, _S.ADMIN_HOLD, By.ADMIN),
    *_rows(
        (_S.HOLD,),
        Trigger.SYSTEM_LIFT_TODAY,
        _S.PENDING,
        By.SYSTEM,
        Guard.NOT_OUTCOME_UNKNOWN,
        "Recheck and a new date command",
    ),
    *_rows(
        (_S.HOLD,),
        Trigger.SYSTEM_LIFT_LATER,
        _S.SCHEDULED,
        By.SYSTEM,
        Guard.NOT_OUTCOME_UNKNOWN,
        "Recheck and a new date command",
    ),
    *_rows(
        (_S.HOLD,),
        Trigger.OUTCOME_HAPPENED,
        _S.PROCESSING,
        By.RAIL,
        Guard.OUTCOME_UNKNOWN,
        "rail re-asked: it happened",
    ),
    *_rows(
        (_S.HOLD,),
        Trigger.OUTCOME_DID_NOT_HAPPEN,
        _S.PENDING,
        By.RAIL,
        Guard.OUTCOME_UNKNOWN,
        "rail re-asked: it did not",
    ),
    *_rows((_S.BANK_HOLD,), Trigger.BANK_ALLOWS, _S.PENDING, By.RAIL),
    *_rows((_S.BANK_HOLD,), Trigger.BANK_ALLOWS_AND_TAKEN, _S.PROCESSING, By.RAIL),
    *_rows((_S.BANK_HOLD,), Trigger.BANK_REFUSES, _S.REJECTED, By.RAIL),
    *_rows((_S.ADMIN_HOLD,), Trigger.ADMIN_LIFT_TODAY, _S.PENDING, By.ADMIN),
    *_rows((_S.ADMIN_HOLD,), Trigger.ADMIN_LIFT_LATER, _S.SCHEDULED, By.ADMIN),
    *_rows((_S.ADMIN_HOLD,), Trigger.ADMIN_REFUSES, _S.REJECTED, By.ADMIN),
    *_rows(
        (_S.PENDING, _S.SCHEDULED, _S.HOLD, _S.ADMIN_HOLD),
        Trigger.CANCEL_CONFIRMED,
        _S.CANCELLED,
        By.PERSON,
        "the rail confirmed that its date is cleared",
    ),
    *_rows(
        (_S.PENDING, _S.HOLD),
        Trigger.REFUSED_FOR_GOOD,
        _S.REJECTED,
        By.SYSTEM,
        By.RAIL,
        "a rule or the rail",
    ),
    *_rows(
        (_S.SCHEDULED, _S.PENDING),
        Trigger.RECURRENCE_CHANGED,
        _S.RESCHEDULED,
        By.PERSON,
        "a new payment takes its place",
    ),
    *_rows((_S.PROCESSING,), Trigger.RAIL_PAID, _S.DONE, By.RAIL),
    *_rows(
        (_S.PROCESSING,),
        Trigger.RAIL_ERROR,
        _S.PROCESSING,
        By.RAIL,
        "stays; tray rail_failed; reserve kept",
    ),
    *_rows(
        (_S.PROCESSING,),
        Trigger.NO_MONEY_MOVED,
        _S.REJECTED,
        By.SYSTEM,
        By.ADMIN,
        Guard.AFTER_RAIL_ERROR,
        "proof by the deadline, or an admin with evidence",
    ),
    *_rows(
        (_S.PROCESSING,),
        Trigger.DEBIT_AND_CREDIT_SEEN,
        _S.REVERSING,
        By.RAIL,
        Guard.AFTER_RAIL_ERROR,
    ),
    *_rows(
        (_S.PROCESSING, _S.DONE),
        Trigger.CANCELLED_AFTER_COLLECTION,
        _S.REVERSING,
        By.RAIL,
        By.ADMIN,
        "the rail says so, or an admin with evidence",
    ),
    *_rows(
        (_S.PROCESSING, _S.DONE),
        Trigger.RETURN_SEEN,
        _S.REVERSING,
        By.RAIL,
        By.ADMIN,
        "seen at the bank, or an admin with evidence",
    ),
    *_rows(
        (_S.REVERSING,),
        Trigger.MONEY_BACK,
        _S.REVERSED,
        By.RAIL,
        By.ADMIN,
        "bank credit seen, or an admin with evidence",
    ),
    *_rows(
        (_S.PROCESSING, _S.DONE),
        Trigger.STOPPED_CHECK_REPLACED,
        _S.REISSUED,
        By.ADMIN,
        Guard.CHECK,
        "a new payment takes its place",
    ),
)
_INDEX: dict[tuple[Status | None, Trigger], Row] = {(row.source, row.trigger): row for row in TABLE}


def move(source: Status | None, trigger: Trigger) -> Row | None:
    """The row for a status and a trigger, or None when the table does not allow it."""
    return _INDEX.get((source, trigger))


def guard_holds(guard: Guard, *, hold: str | None, rail_error: bool, method: str | None) -> bool:
    """Whether a row's condition is met by a payment's hold reason, rail error and method."""
    match guard:
        case Guard.NONE:
            return True
        case Guard.OUTCOME_UNKNOWN:
            return hold == "outcome_unknown"
        case Guard.NOT_OUTCOME_UNKNOWN:
            return hold != "outcome_unknown"
        case Guard.AFTER_RAIL_ERROR:
            return rail_error
        case Guard.CHECK:
            return method == "CHECK"
