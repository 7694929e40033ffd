"""Usage of limits: what each payment holds of a day, and how a change moves it.

A payment that commands a rail holds its amount on its asked date, at all three levels, from the
write that creates it: reserved first, used once the rail has taken it, given back when it ends
without having been taken. A batch's claim on a bill holds it before there is a payment. Records
never count. It moves only when our own record of the asked date
does, so a date moved by the rail changes nothing. Levels without a limit are counted as well: one
that is set later is exact from its first moment. A payment made before anything was counted is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


_NOTHING = Counter()


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
    """The days on which it counts: of the firm, of the client, and of who decided it.

    What a machine decided counts for the person who answers for it as well: one person counts once.
    """
    by = (payment.created_by, payment.maker)
    return _days(scope, by, payment.amount, payment.pay_on, payment.counted)


def _days(
    scope: Scope, by: tuple[str, str], amount: Money, pay_on: date, counted: CountedDays | None
) -> tuple[Day, ...]:
    people = tuple((Level.USER, name) for name in dict.fromkeys(by))
    subjects = ((Level.FIRM, scope.firm), (Level.CLIENT, scope.client), *people)
    known = counted is not None and counted.asked == pay_on
    return tuple(
        Day(
            level,
            subject,
            amount.currency,
            counted.of(level) if counted is not None and known else pay_on,
        )
        for level, subject in subjects
    )


def usage_of_claim(bill: Bill | None, scope: Scope) -> Usage:
    """What a batch's claim on a bill in the books of `scope` holds; nothing without one."""
    held: ClaimedUsage | None = bill.claim.usage if bill is not None and bill.claim else None
    if held is None:
        return {}
    by = (held.by, held.hands or held.by)
    days = _days(scope, by, held.amount, held.pay_on, held.counted)
    return dict.fromkeys(days, Counter(held.amount.minor))


def before_of(change: Change, payment: Payment) -> Payment | None:
    """A put payment as it is stored; None for a new one. Raises UnreadPayment."""
    before = change.before(Payment, payment.id)
    if before is None and payment.version:
        raise UnreadPayment(payment.id)
    return before


@dataclass
class Tally:
    """What a change moves in all, kept up as it is planned: each put is looked at once.

    `known`: what each put aggregate moves, with the very object that was looked at.
    """

    known: dict[tuple[str, str], tuple[object, Usage]] = field(default_factory=dict)
    moved: dict[Day, Counter] = field(default_factory=dict)


def moved_usage(change: Change) -> Usage:
    """By how much all that a change puts moves each day; zeros are left out.

    Payments as they are to be stored, and claims on bills: what a claim held is not asked for again
    by the payment that follows it.
    """
    tally, count = change.usage, 0
    for key, put in change.puts.items():
        if not isinstance(put, Payment | Bill):
            continue
        count += 1
        known = tally.known.get(key)
        if known is not None and known[0] is put:
            continue
        _forget(tally, key)
        moves = usage_moved_by(change, put)
        tally.known[key] = (put, moves)
        _add(tally.moved, moves, 1)
    if len(tally.known) > count:
        for key in [key for key in tally.known if key not in change.puts]:
            _forget(tally, key)
    return tally.moved


def _forget(tally: Tally, key: tuple[str, str]) -> None:
    known = tally.known.pop(key, None)
    if known is not None:
        _add(tally.moved, known[1], -1)


def usage_moved_by(change: Change, *puts: Payment | Bill) -> Usage:
    """By how much these alone, as they are to be stored, move each day; zeros are left out."""
    moved: dict[Day, Counter] = {}
    for put in puts:
        if isinstance(put, Bill):
            known = change.before(Bill, put.id)
            if known is None and put.version and put.claim is not None:
                raise UnreadPayment(put.id)
            _add(moved, usage_of_claim(put, change.scope), 1)
            _add(moved, usage_of_claim(known, change.scope), -1)
        else:
            before = before_of(change, put)
            _add(moved, usage_of(put, change.scope), 1)
            _add(moved, usage_of(before, change.scope) if before is not None else {}, -1)
    return moved


def moved_with(change: Change, payment: Payment) -> Usage:
    """What a change moves in all, once it also puts this payment as it is given."""
    moved = dict(moved_usage(change))
    put = change.puts.get((payment.kind, payment.id))
    if isinstance(put, Payment):
        _add(moved, usage_moved_by(change, put), -1)
    _add(moved, usage_moved_by(change, payment), 1)
    return moved


def grows(change: Change, payment: Payment) -> bool:
    """Whether a payment takes more than was held, by itself and by a claim on its bill."""
    bill = change.puts.get((Bill.kind, payment.bill_id or ""))
    with_bill = (payment, bill) if isinstance(bill, Bill) else (payment,)
    return any(by.total > 0 for by in usage_moved_by(change, *with_bill).values())


def bills_put(change: Change) -> list[Bill]:
    """Every bill that a change puts."""
    return [put for put in change.puts.values() if isinstance(put, Bill)]


def _add(moved: dict[Day, Counter], usage: Usage, sign: int) -> None:
    for day, held in usage.items():
        known = moved.get(day, _NOTHING)
        after = Counter(known.total + sign * held.total, known.used + sign * held.used)
        if after == _NOTHING:
            moved.pop(day, None)
        else:
            moved[day] = after


def usage_moves(change: Change) -> tuple[CounterMove, ...]:
    """What the payments of a change take from or give back to their days, one move a counter.

    A ceiling stands where a person's command was checked against a limit per day.
    """
    ceilings = change.limits.ceilings if change.limits is not None else {}
    moves = []
    for day, by in moved_usage(change).items():
        scope = day.scope(change.scope)
        ceiling = ceilings.get((scope, day.counter)) if by.total > 0 else None
        moves.append(CounterMove(scope, day.counter, by.total, by.used, ceiling))
    return tuple(sorted(moves, key=lambda move: (move.scope.client, move.id)))
