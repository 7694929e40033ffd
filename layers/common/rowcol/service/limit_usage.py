"""Usage of limits: what each payment holds of a day, and how a change moves it.

A payment that commands a rail holds its amount on its asked date, at all three levels, from the
write that creates it: reserved first, used once the rail has taken it, given back when it ends
without having been taken. A batch's claim on a bill holds it before there is a payment. Records
never count. It moves only when our own record of the asked date
does, so a date moved by the rail changes nothing. Levels without a limit are counted as well: one
that is set later is exact from its first moment. A payment made before anything was counted is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rowcol.domain.bill import Bill
from rowcol.domain.claim import ClaimedUsage
from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import CountedDays, Level, counter_id
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Scope
from rowcol.service.store import Counter, CounterMove

if TYPE_CHECKING:
    from rowcol.service.change import Change

# Ended before the rail took it, or proved that no money moved.
GIVEN_BACK = frozenset({Status.CANCELLED, Status.REJECTED, Status.RESCHEDULED})
USED = frozenset(
    {Status.PROCESSING, Status.DONE, Status.REVERSING, Status.REVERSED, Status.REISSUED}
)


class UnreadPayment(Exception):
    """A stored payment or bill was put that the change had not read: a defect of the use case."""


@dataclass(frozen=True, slots=True)
class Day:
    """One level's day, as counted: firm, client or user, in one currency."""

    level: Level
    subject: str
    currency: str
    day: date

    @property
    def counter(self) -> str:
        """The id of its counter."""
        return counter_id(self.level, self.subject, self.currency, self.day)

    def scope(self, client: Scope) -> Scope:
        """Whose books hold its counter, for a payment of `client`."""
        return client if self.level is Level.CLIENT else Scope(client.firm)


Usage = Mapping[Day, Counter]


def usage_of(payment: Payment, scope: Scope) -> Usage:
    """What a payment in the books of `scope` holds of each level's day; nothing for most ends."""
    if not payment.commands_rail or payment.uncounted:
        return {}
    if payment.status in GIVEN_BACK or payment.deleted_at is not None:
        return {}
    minor = payment.amount.minor
    held = Counter(minor, minor if payment.status in USED else 0)
    return dict.fromkeys(days_of(payment, scope), held)


def days_of(payment: Payment, scope: Scope) -> tuple[Day, ...]:
    """The days on which it counts: of the firm, of the client, and of who decided it."""
    return _days(scope, payment.created_by, payment.amount, payment.pay_on, payment.counted)


def _days(
    scope: Scope, by: str, amount: Money, pay_on: date, counted: CountedDays | None
) -> tuple[Day, ...]:
    subjects = {Level.FIRM: scope.firm, Level.CLIENT: scope.client, Level.USER: by}
    known = counted is not None and counted.asked == pay_on
    return tuple(
        Day(
            level,
            subject,
            amount.currency,
            counted.of(level) if counted is not None and known else pay_on,
        )
        for level, subject in subjects.items()
    )


def _usage_of_claim(bill: Bill | None, scope: Scope) -> Usage:
    held: ClaimedUsage | None = bill.claim.usage if bill is not None and bill.claim else None
    if held is None:
        return {}
    days = _days(scope, held.by, held.amount, held.pay_on, held.counted)
    return dict.fromkeys(days, Counter(held.amount.minor))


def before_of(change: Change, payment: Payment) -> Payment | None:
    """A put payment as it is stored; None for a new one. Raises UnreadPayment."""
    before = change.before(Payment, payment.id)
    if before is None and payment.version:
        raise UnreadPayment(payment.id)
    return before


def moved_usage(
    change: Change, payments: Iterable[Payment], bills: Iterable[Bill] = ()
) -> dict[Day, Counter]:
    """By how much these payments, as they are to be stored, move each day; zeros are left out.

    `bills`: put ones, whose claims move too: what a claim held is not asked for again.
    """
    moved: dict[Day, Counter] = {}
    for payment in payments:
        before = before_of(change, payment)
        was = usage_of(before, change.scope) if before is not None else {}
        _add(moved, usage_of(payment, change.scope), 1)
        _add(moved, was, -1)
    for bill in bills:
        known = change.before(Bill, bill.id)
        if known is None and bill.version and bill.claim is not None:
            raise UnreadPayment(bill.id)
        _add(moved, _usage_of_claim(bill, change.scope), 1)
        _add(moved, _usage_of_claim(known, change.scope), -1)
    return {day: by for day, by in moved.items() if by != Counter()}


def bills_put(change: Change) -> list[Bill]:
    """Every bill that a change puts."""
    return [put for put in change.puts.values() if isinstance(put, Bill)]


def bills_of(change: Change, payments: Iterable[Payment]) -> list[Bill]:
    """The put bills that these payments pay."""
    wanted = {payment.bill_id for payment in payments}
    return [bill for bill in bills_put(change) if bill.id in wanted]


def _add(moved: dict[Day, Counter], usage: Usage, sign: int) -> None:
    for day, held in usage.items():
        known = moved.get(day, Counter())
        moved[day] = Counter(known.total + sign * held.total, known.used + sign * held.used)


def usage_moves(change: Change) -> tuple[CounterMove, ...]:
    """What the payments of a change take from or give back to their days, one move a counter.

    A ceiling stands where a person's command was checked against a limit per day.
    """
    payments = [put for put in change.puts.values() if isinstance(put, Payment)]
    ceilings = change.limits.ceilings if change.limits is not None else {}
    moves = []
    for day, by in moved_usage(change, payments, bills_put(change)).items():
        scope = day.scope(change.scope)
        ceiling = ceilings.get((scope, day.counter)) if by.total > 0 else None
        moves.append(CounterMove(scope, day.counter, by.total, by.used, ceiling))
    return tuple(sorted(moves, key=lambda move: (move.scope.client, move.id)))
