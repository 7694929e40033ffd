"""The check of limits, and after it of the second factor, in the order of design section 4.

Only what a person's command adds is measured. Usage that is reserved stays so when limits are
lowered: a scheduled payment is not refused on its date for what was decided since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from rowcol.domain.calendar import local_date
from rowcol.domain.limits import (
    Bound,
    CountedDays,
    Level,
    Limits,
    step_up_age_max,
    transaction_bounds,
    verification_bounds,
)
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind
from rowcol.service.environment import Environment
from rowcol.service.limit_reading import LimitReading
from rowcol.service.limit_usage import (
    Day,
    Usage,
    before_of,
    days_of,
    grows,
    moved_usage,
    moved_with,
    usage_of,
)
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.store import Counter

if TYPE_CHECKING:
    from rowcol.service.change import Change

PEOPLE = frozenset({ActorKind.PERSON, ActorKind.MACHINE})


class NothingRead(Exception):
    """A change that was not opened by `open_change` asks about limits: a defect of the caller."""


def within_limits(environment: Environment, change: Change, payment: Payment) -> Refusal | None:
    """Whether limits and step-up let a person ask for this payment, as it is to be stored.

    Call it after the checks of state, dates and capability and before those of dual control and
    guardrail. What the change has put already counts as well.
    Refused: `limit_transaction`, `limit_daily`, `currency_mismatch`, `step_up_required`. At most
    four reads for the first payment of a change: limits of the firm's books (one batch) and of the
    client, and counters of both where a limit per day is set; none for the next of the same days.
    """
    if not grows(change, payment):
        return None
    return _refused(change, [payment], moved_with(change, payment))


def people_within_limits(
    change: Change, payments: Iterable[Payment] | None = None
) -> Refusal | None:
    """The same for all that a person's change has put, whoever forgot to ask. None for others'.

    What was read is guarded by the write from here on. `payments`: look at these put ones only, of
    a change that is looked at bit by bit.
    """
    if change.actor.kind not in PEOPLE:
        return None
    looked_at = payments if payments is not None else _put_payments(change)
    grown = [each for each in looked_at if grows(change, each)]
    refused = _refused(change, grown, moved_usage(change)) if grown else None
    if refused is None and change.limits is not None:
        change.checks.extend(change.limits.checks())
    return refused


def beyond_limits(change: Change, payment: Payment) -> Refusal | None:
    """Whether limits forbid a payment whose usage nobody was asked about, or was held for it.

    An occurrence of a recurrence is planned without being asked: limits are looked at when its bill
    comes, and when a hold for limits is to be lifted. Refused: as `within_limits`, no step-up.
    """
    reading = _reading(change)
    reading.load(_people(change, payment))
    refused = _transaction_refusal(change, reading, payment)
    if refused is not None:
        return refused
    moved = moved_with(change, payment)
    before = before_of(change, payment)
    held = usage_of(before, change.scope) if before is not None else {}
    none = Counter()
    asked = {
        day: moved.get(day, none).total + held.get(day, none).total
        for day in days_of(payment, change.scope)
    }
    return _daily_refusal(change, reading, asked, held)


def counted_days(change: Change, pay_on: date) -> CountedDays | None:
    """The days on which a payment asked for now counts; None where all zones say `pay_on`.

    One read, of the firm's zone.
    """
    reading = _reading(change)
    client = local_date(change.now, change.client.zone)
    firm = local_date(change.now, reading.firm_zone())
    return None if client == firm == pay_on else CountedDays(pay_on, client, firm)


def _reading(change: Change) -> LimitReading:
    if change.limits is None:
        raise NothingRead
    return change.limits


def _refused(change: Change, grown: Sequence[Payment], moved: Usage) -> Refusal | None:
    """`grown`: payments that take more; `moved`: by all that the change will put."""
    reading = _reading(change)
    reading.load(person for each in grown for person in _people(change, each))
    growth = {day: by.total for day, by in moved.items() if by.total > 0}
    for payment in grown:
        refused = _transaction_refusal(change, reading, payment)
        if refused is not None:
            return refused
    refused = _daily_refusal(change, reading, growth, {})
    if refused is not None:
        return refused
    for day, bound in _day_bounds(reading, growth):
        reading.ceilings[(day.scope(change.scope), day.counter)] = bound.limit.minor
    for payment in grown:
        refused = _step_up_refusal(change, reading, payment)
        if refused is not None:
            return refused
    return None


def _put_payments(change: Change) -> list[Payment]:
    return [put for put in change.puts.values() if isinstance(put, Payment)]


def _people(change: Change, payment: Payment) -> tuple[str, ...]:
    """Who decided a payment, who asks now, and for a machine the person who answers for it.

    The day's usage is that of who decided; what one payment may be is bounded by all of them.
    """
    actor = change.actor
    asking = [actor.id, actor.hands] if actor.kind in PEOPLE else []
    return tuple(dict.fromkeys((payment.created_by, payment.maker, *asking)))


def _limits_of(change: Change, reading: LimitReading, payment: Payment) -> list[Limits]:
    """Firm, client, who decided the payment, and who asks now if that is somebody else."""
    people = [(Level.USER, person) for person in _people(change, payment)]
    levels = [(Level.FIRM, ""), (Level.CLIENT, ""), *people]
    return [reading.of(level, subject) for level, subject in levels]


def _transaction_refusal(change: Change, reading: LimitReading, payment: Payment) -> Refusal | None:
    bounds = transaction_bounds(_limits_of(change, reading, payment))
    other = _other_currency(bounds, payment.amount)
    if other is not None:
        return other
    bound = next((bound for bound in bounds if bound.limit < payment.amount), None)
    if bound is None:
        return None
    days = [day for day in days_of(payment, change.scope) if day.level is bound.level]
    day = next((day for day in days if day.subject == bound.subject), days[0])
    scope = day.scope(change.scope)
    counter = reading.counters([(scope, day.counter)])[(scope, day.counter)]
    return Refusal(
        Code.LIMIT_TRANSACTION,
        f"{payment.amount} is above the {bound.level.value}'s limit of {bound.limit} a payment",
        _numbers(bound, day, counter, payment.amount.minor) | {"left": bound.limit},
        remedy="have the limit changed by two people, or pay less",
    )


def _day_bounds(reading: LimitReading, days: Iterable[Day]) -> list[tuple[Day, Bound]]:
    """The limits per day that concern these days."""
    found: list[tuple[Day, Bound]] = []
    for day in days:
        limits = reading.of(day.level, day.subject)
        if limits.limits.per_day is not None:
            found.append((day, Bound(limits.level, limits.subject, limits.limits.per_day)))
    return found


def _daily_refusal(
    change: Change, reading: LimitReading, growth: Mapping[Day, int], held: Usage
) -> Refusal | None:
    """The level with the least left refuses. `held`: what the counters hold of it already."""
    bounded = _day_bounds(reading, growth)
    keys = {day: (day.scope(change.scope), day.counter) for day, _ in bounded}
    counters = reading.counters(keys.values())
    over: list[tuple[int, Refusal]] = []
    for day, bound in bounded:
        other = _other_currency([bound], Money.zero(day.currency))
        if other is not None:
            return other
        own, counter, asked = held.get(day, Counter()), counters[keys[day]], growth[day]
        counter = Counter(counter.total - own.total, counter.used - own.used)
        if counter.total + asked > bound.limit.minor:
            left = max(0, bound.limit.minor - counter.total)
            over.append((left, _over_the_day(day, bound, counter, asked, left)))
    return min(over, key=lambda pair: pair[0])[1] if over else None


def _over_the_day(day: Day, bound: Bound, counter: Counter, asked: int, left: int) -> Refusal:
    numbers = _numbers(bound, day, counter, asked)
    return Refusal(
        Code.LIMIT_DAILY,
        f"{numbers['asked']} is more than the {Money(left, day.currency)} left of the"
        f" {bound.level.value}'s {bound.limit} for {day.day}",
        numbers | {"left": Money(left, day.currency)},
        remedy="take another day, or have the limit changed by two people",
    )


def _numbers(bound: Bound, day: Day, counter: Counter, asked: int) -> dict[str, object]:
    return {
        "level": bound.level.value,
        "subject": bound.subject,
        "limit": bound.limit,
        "day": day.day,
        "used": Money(counter.used, day.currency),
        "reserved": Money(counter.reserved, day.currency),
        "asked": Money(asked, day.currency),
    }


def _other_currency(bounds: Sequence[Bound], amount: Money) -> Refusal | None:
    """A limit cannot be held against an amount of another currency: nobody knows if it fits."""
    other = next((bound for bound in bounds if bound.limit.currency != amount.currency), None)
    if other is None:
        return None
    return Refusal(
        Code.CURRENCY_MISMATCH,
        f"the {other.level.value}'s limits are in {other.limit.currency}",
        {"level": other.level.value, "found": amount.currency, "expected": other.limit.currency},
    )


def _step_up_refusal(change: Change, reading: LimitReading, payment: Payment) -> Refusal | None:
    limits = _limits_of(change, reading, payment)
    age_max = step_up_age_max(limits, payment.amount)
    if age_max is None:
        return None
    threshold = verification_bounds(limits)[0]
    numbers: dict[str, object] = {
        "level": threshold.level.value,
        "threshold": threshold.limit,
        "asked": payment.amount,
    }
    return second_factor_refusal(change.actor, change.now, str(payment.amount), age_max, numbers)
