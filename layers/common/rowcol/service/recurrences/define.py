"""Define, approve, change and end a recurrence: a standing decision of one or two persons."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.calendar import local_date
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.recurrence import (
    BASIS_POINTS_MAX,
    FLOOR_MINOR_MAX,
    Recurrence,
    RecurrenceState,
    Terms,
    VendorRecurrences,
    schedule_problem,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.waiting_change import decidable
from rowcol.service.change import Change
from rowcol.service.ending import close_items_of, free_bill, withdraw_clear, without_custody
from rowcol.service.environment import Environment
from rowcol.service.hold import try_move
from rowcol.service.proposer import lost_right
from rowcol.service.recurrences.attach import attach_to, standing, vendor_key
from rowcol.service.recurrences.occurrences import beyond_one_write, plan_ahead, without_final
from rowcol.service.second_hand import no_last_word

NAME_LENGTH_MAX = 200
PER_VENDOR_MAX = 20
MOVABLE = frozenset({Status.SCHEDULED, Status.PENDING})


def define(environment: Environment, change: Change, terms: Terms) -> Recurrence | Refusal:
    """A new recurrence: active at once, or proposed where its bills would need a second person."""
    problem = _terms_problem(change, terms) or _too_many(change, terms)
    if problem is not None:
        return problem
    recurrence = Recurrence(
        environment.surroundings.ids.new("rec"),
        0,
        terms,
        RecurrenceState.PROPOSED,
        change.actor.id,
        change.now,
        created_hands=change.actor.hands,
    )
    _remember(change, recurrence)
    if _needs_second_person(change, recurrence):
        change.put(recurrence)
        change.state("recurrence.proposed", recurrence=recurrence)
        return recurrence
    return _activate(environment, change, recurrence)


def approve(environment: Environment, change: Change, recurrence_id: str) -> Recurrence | Refusal:
    """A second person's yes. Refused: `wrong_state`, `second_person_required`, `same_person`,
    `forbidden` when who proposed it has lost the right to, dates that have passed.
    """
    recurrence = change.get(Recurrence, recurrence_id)
    if recurrence is None:
        return Refusal(Code.NOT_FOUND, "no such recurrence")
    if recurrence.state is not RecurrenceState.PROPOSED:
        return _wrong_state(recurrence)
    actor = change.actor
    other = no_last_word(actor) or decidable(recurrence, recurrence_id, actor.hands, "terms")
    if isinstance(other, Refusal):
        return other
    problem = _terms_problem(change, recurrence.terms) or lost_right(
        environment, change, recurrence.created_by, Permission.DECIDE, "terms"
    )
    if problem is not None:
        return problem
    agreed = replace(recurrence, approved_by=actor.id, approved_hands=actor.hands)
    return _activate(environment, change, agreed)


def change_terms(
    environment: Environment, change: Change, recurrence_id: str, terms: Terms, version: int
) -> Recurrence | Refusal:
    """Other terms: payments the rail does not have are Rescheduled and replaced, the rest go on.

    A replacement keeps the bill when its amount still fits; else the bill is free to be decided.
    Refused: `version_mismatch`, `wrong_state`, another vendor, what `define` refuses, and
    `too_many_items` when more is open than one write replaces.
    """
    recurrence = change.get(Recurrence, recurrence_id)
    if recurrence is None:
        return Refusal(Code.NOT_FOUND, "no such recurrence")
    problem = _unchangeable(recurrence, version) or _terms_problem(change, terms)
    if problem is not None:
        return problem
    if terms.vendor_id != recurrence.terms.vendor_id:
        return Refusal(
            Code.INVALID_INPUT,
            "another vendor is another recurrence",
            {"field": "vendor_id", "found": terms.vendor_id[:64]},
        )
    fresh = replace(
        recurrence,
        terms=terms,
        created_by=change.actor.id,
        created_hands=change.actor.hands,
        approved_by=None,
        approved_hands=None,
        planned_count=0,
        payment_ids=(),
        due=None,
    )
    if _needs_second_person(change, fresh):
        # The old terms end now: what two persons must agree on never runs on one's word.
        _end_open(change, recurrence, "its recurrence waits for a second person")
        proposed = replace(fresh, state=RecurrenceState.PROPOSED)
        change.put(proposed)
        change.state("recurrence.proposed", recurrence=proposed)
        return beyond_one_write(change) or proposed
    planned = plan_ahead(environment, change, replace(fresh, state=RecurrenceState.ACTIVE))
    kept = _replace_open(change, recurrence, planned)
    planned = replace(planned, payment_ids=(*kept, *planned.payment_ids))
    change.put(planned)
    change.state("recurrence.changed", recurrence=planned)
    return beyond_one_write(change) or planned


def end(change: Change, recurrence_id: str, version: int) -> Recurrence | Refusal:
    """No more occurrences: those without a bill are cancelled, those with one go on.

    Refused: `version_mismatch`, `wrong_state`, `too_many_items`.
    """
    recurrence = change.get(Recurrence, recurrence_id)
    if recurrence is None:
        return Refusal(Code.NOT_FOUND, "no such recurrence")
    problem = _unchangeable(recurrence, version)
    if problem is not None:
        return problem
    left = _end_open(change, recurrence, "its recurrence ended", only_without_bill=True)
    ended = replace(recurrence, state=RecurrenceState.ENDED, payment_ids=left, due=None)
    key = vendor_key(recurrence.terms.vendor_id)
    known = change.get(VendorRecurrences, key)
    if known is not None:
        others = tuple(name for name in known.recurrence_ids if name != recurrence.id)
        change.put(replace(known, recurrence_ids=others))
    change.put(ended)
    change.state("recurrence.ended", recurrence=ended)
    return beyond_one_write(change) or ended


def _unchangeable(recurrence: Recurrence, version: int) -> Refusal | None:
    if recurrence.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "it was changed since you read it",
            {"asked": version, "found": recurrence.version},
        )
    return _wrong_state(recurrence) if recurrence.state is RecurrenceState.ENDED else None


def _wrong_state(recurrence: Recurrence) -> Refusal:
    state = recurrence.state.value
    return Refusal(Code.WRONG_STATE, f"the recurrence is {state}", {"state": state})


def _terms_problem(change: Change, terms: Terms) -> Refusal | None:
    if not terms.vendor_id.strip() or len(terms.vendor_id) > NAME_LENGTH_MAX:
        return Refusal(Code.INVALID_INPUT, "vendor_id is missing", {"field": "vendor_id"})
    if not terms.vendor_name.strip() or len(terms.vendor_name) > NAME_LENGTH_MAX:
        return Refusal(Code.INVALID_INPUT, "vendor_name is missing", {"field": "vendor_name"})
    tolerance = terms.tolerance
    points, floor = tolerance.basis_points, tolerance.floor_minor
    if not (0 <= points <= BASIS_POINTS_MAX and 0 <= floor <= FLOOR_MINOR_MAX):
        return Refusal(
            Code.INVALID_INPUT,
            f"tolerance: 0 to {BASIS_POINTS_MAX} basis points, a floor of 0 to {FLOOR_MINOR_MAX}",
            {"field": "tolerance"},
        )
    return schedule_problem(terms.schedule, local_date(change.now, change.client.zone))


def _too_many(change: Change, terms: Terms) -> Refusal | None:
    known = change.get(VendorRecurrences, vendor_key(terms.vendor_id))
    if known is not None and len(known.recurrence_ids) >= PER_VENDOR_MAX:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            f"a vendor has at most {PER_VENDOR_MAX} recurrences",
            {"most": PER_VENDOR_MAX},
        )
    return None


def _needs_second_person(change: Change, recurrence: Recurrence) -> bool:
    threshold = change.client.dual_control_from
    return threshold is not None and threshold <= recurrence.largest


def _remember(change: Change, recurrence: Recurrence) -> None:
    key = vendor_key(recurrence.terms.vendor_id)
    known = change.get(VendorRecurrences, key) or VendorRecurrences(key, 0, ())
    change.put(replace(known, recurrence_ids=(*known.recurrence_ids, recurrence.id)))


def _activate(environment: Environment, change: Change, recurrence: Recurrence) -> Recurrence:
    active = plan_ahead(environment, change, replace(recurrence, state=RecurrenceState.ACTIVE))
    change.put(active)
    change.state("recurrence.activated", recurrence=active)
    return active


def _open(change: Change, recurrence: Recurrence) -> list[Payment]:
    ids = without_final(change, recurrence).payment_ids
    found = (change.get(Payment, payment_id) for payment_id in ids)
    return [payment for payment in found if payment is not None]


def _movable(payment: Payment) -> bool:
    """Whether the rail certainly has nothing of it yet, and nobody waits for its cancelling."""
    if payment.wants_cancelling:
        return False
    waits = payment.hold is not None and payment.hold.kind == Code.NO_BILL
    return payment.command is None and (payment.status in MOVABLE or waits)


def _replace_open(change: Change, old: Recurrence, new: Recurrence) -> tuple[str, ...]:
    """Reschedule what the rail does not have, each replaced by the new terms' next occurrence.

    Gives the ids that go on as they are.
    """
    kept: list[str] = []
    successors = [payment for name in new.payment_ids if (payment := change.get(Payment, name))]
    for payment in sorted(_open(change, old), key=lambda item: (item.pay_on, item.id)):
        if not _movable(payment):
            kept.append(payment.id)
            continue
        successor = successors.pop(0) if successors else None
        bill = change.get(Bill, payment.bill_id) if payment.bill_id else None
        demanded = standing(change, bill, new) if bill is not None and _fits(new, bill) else None
        stays = successor is not None and demanded is not None
        _stop(change, payment, Trigger.RECURRENCE_CHANGED, successor, frees_bill=not stays)
        if successor is None:
            continue
        successor = replace(successor, replaces=payment.id)
        change.put(successor)
        if bill is not None and demanded is not None:
            # Its reserve and a wish to take Ramp's date off stay with it.
            free = replace(bill, decision=None, live_payment_id=None)
            attach_to(change, free, successor, new, demanded)
        else:
            change.state("payment.replaces", payment=successor)
    return tuple(kept)


def _end_open(
    change: Change, recurrence: Recurrence, because: str, *, only_without_bill: bool = False
) -> tuple[str, ...]:
    """Cancel the open occurrences; gives the ids that go on."""
    left: list[str] = []
    for payment in _open(change, recurrence):
        if not _movable(payment) or (only_without_bill and payment.bill_id is not None):
            left.append(payment.id)
            continue
        _stop(change, payment, Trigger.CANCEL_CONFIRMED, None)
        close_items_of(change, payment, because)
    return tuple(left)


def _fits(recurrence: Recurrence, bill: Bill) -> bool:
    terms = recurrence.terms
    return bill.is_open and terms.tolerance.allows(terms.amount, bill.amount)


def _stop(
    change: Change,
    payment: Payment,
    trigger: Trigger,
    successor: Payment | None,
    *,
    frees_bill: bool = True,
) -> None:
    """End a payment that the rail does not have; its bill is given back unless it stays."""
    ended = try_move(payment, trigger, By.PERSON)
    if ended is None:  # held without a bill: the table reschedules only what is not held
        ended = try_move(payment, Trigger.CANCEL_CONFIRMED, By.PERSON)
    assert ended is not None  # _movable looked at the status
    ended = replace(without_custody(ended), replaced_by=successor.id if successor else None)
    change.put(ended)
    if ended.status is Status.RESCHEDULED:
        change.state("payment.rescheduled", payment=ended)
    else:
        change.state("payment.cancelled", payment=ended)
    close_items_of(change, ended, "its recurrence changed")
    if not frees_bill:
        return
    held = change.get(Bill, ended.bill_id) if ended.bill_id else None
    if held is not None:
        withdraw_clear(change, held)
    bill = free_bill(change, ended, DecisionState.WITHDRAWN)
    if bill is not None:
        change.state("decision.withdrawn", bill=bill)
