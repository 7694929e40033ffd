"""Recurring payments: a schedule of dates, and the vendor's bills that its occurrences wait for.

Source: design section 4, recurrences. An occurrence is planned until it attaches to the vendor's
next approved bill within tolerance; RowCol never makes a bill.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.calendar import is_bank_day, next_bank_day
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal

EVERY_MAX = 52
COUNT_MAX = 600
YEARS_MAX = 50
HORIZON_DAYS = 45
BASIS_POINTS_MAX = 10_000
FLOOR_MINOR_MAX = 10**13


class Frequency(StrEnum):
    """How the dates follow each other."""

    WEEKLY = "weekly"
    MONTHLY_ON_DAY = "monthly_on_day"
    MONTHLY_LAST_BUSINESS_DAY = "monthly_last_business_day"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every `every` weeks or months from `starts_on`; ends by date, by count, or not.

    `day` (1 to 31) is for MONTHLY_ON_DAY; a month that is shorter takes its last day.
    """

    frequency: Frequency
    starts_on: date
    every: int = 1
    day: int | None = None
    ends_on: date | None = None
    count: int | None = None


def schedule_problem(schedule: Schedule, today: date) -> Refusal | None:
    """Why a schedule cannot be, or None. `invalid_input` names the field; `date_in_past`."""
    if not 1 <= schedule.every <= EVERY_MAX:
        return _bad("every", f"from 1 to {EVERY_MAX}", schedule.every)
    monthly = schedule.frequency is Frequency.MONTHLY_ON_DAY
    if monthly and not (schedule.day is not None and 1 <= schedule.day <= 31):
        return _bad("day", "a day from 1 to 31", schedule.day)
    if not monthly and schedule.day is not None:
        return _bad("day", f"not with {schedule.frequency.value}", schedule.day)
    if schedule.ends_on is not None and schedule.count is not None:
        return _bad("count", "ends_on or count, not both", schedule.count)
    if schedule.count is not None and not 1 <= schedule.count <= COUNT_MAX:
        return _bad("count", f"from 1 to {COUNT_MAX}", schedule.count)
    if schedule.starts_on < today:
        return Refusal(
            Code.DATE_PAST,
            f"it starts on {schedule.starts_on}, before today, {today}",
            {"field": "starts_on", "date": schedule.starts_on, "today": today},
        )
    last = today + timedelta(days=366 * 2)
    if schedule.starts_on > last:
        return Refusal(
            Code.DATE_TOO_FAR,
            f"it starts at most two years ahead, by {last}",
            {"field": "starts_on", "date": schedule.starts_on, "last": last},
        )
    if next(nominal_dates(schedule), None) is None:
        return _bad("ends_on", "a date that leaves at least one occurrence", schedule.ends_on)
    return None


def _bad(field: str, wanted: str, found: object) -> Refusal:
    return Refusal(Code.INVALID_INPUT, f"{field}: {wanted}", {"field": field, "found": str(found)})


def nominal_dates(schedule: Schedule) -> Iterator[date]:
    """The dates of a schedule in order, before bank days are looked at. At most YEARS_MAX years."""
    for given, day in enumerate(_unbounded(schedule)):
        over = schedule.ends_on is not None and day > schedule.ends_on
        if over or (schedule.count is not None and given >= schedule.count):
            return
        yield day


def _unbounded(schedule: Schedule) -> Iterator[date]:
    last_year = schedule.starts_on.year + YEARS_MAX
    if schedule.frequency is Frequency.WEEKLY:
        day = schedule.starts_on
        while day.year <= last_year:
            yield day
            day += timedelta(weeks=schedule.every)
        return
    index = schedule.starts_on.year * 12 + schedule.starts_on.month - 1
    while index // 12 <= last_year:
        year, month = index // 12, index % 12 + 1
        day = _of_month(schedule, year, month)
        index += schedule.every
        if day >= schedule.starts_on:
            yield day


def _of_month(schedule: Schedule, year: int, month: int) -> date:
    last = months.monthrange(year, month)[1]
    if schedule.frequency is Frequency.MONTHLY_ON_DAY:
        assert schedule.day is not None  # schedule_problem refuses without one
        return date(year, month, min(schedule.day, last))
    day = date(year, month, last)
    while not is_bank_day(day):
        day -= timedelta(days=1)
    return day


class RecurrenceState(StrEnum):
    """Proposed (a second person must approve), active, or ended."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a bill may be from the expected amount: the larger of percent and floor.

    `basis_points` of the amount (100 is one percent); `floor_minor` in minor units.
    """

    basis_points: int = 0
    floor_minor: int = 0

    def allows(self, expected: Money, found: Money) -> bool:
        """Whether a bill's amount is near enough. Another currency never is."""
        if expected.currency != found.currency:
            return False
        return abs(found.minor - expected.minor) <= self.of(expected).minor

    def of(self, expected: Money) -> Money:
        """The allowed difference for an amount."""
        part = expected.minor * self.basis_points // 10_000
        return Money(max(part, self.floor_minor), expected.currency)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a recurrence pays, to whom, and when."""

    vendor_id: str
    vendor_name: str
    amount: Money
    tolerance: Tolerance
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A standing decision to pay a vendor's bills, of one person or two.

    The `…_hands` are the people who answer for who acted (Actor.hands); None in older ones, where
    they are the same.
    `planned_count`: how many occurrences of these terms were made or passed by.
    `payment_ids`: payments of its occurrences that may still change, oldest first.
    """

    id: str
    version: int
    terms: Terms
    state: RecurrenceState
    created_by: str
    created_at: datetime
    approved_by: str | None = None
    planned_count: int = 0
    payment_ids: tuple[str, ...] = ()
    due: datetime | None = None
    created_hands: str | None = None
    approved_hands: str | None = None

    kind = "recurrence"

    @property
    def list_key(self) -> str | None:
        """By state, then id."""
        return f"{self.state.value}#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """When the next occurrence is to be planned."""
        return self.due

    @property
    def proposer(self) -> str:
        """Who answers for having proposed these terms."""
        return self.created_hands or self.created_by

    @property
    def machine_of(self) -> str | None:
        """Who answers for the machine whose word was the last; None for a person's."""
        last = self.approved_by or self.created_by
        hands = self.approved_hands if self.approved_by is not None else self.created_hands
        return hands if hands != last else None

    @property
    def has_two(self) -> bool:
        """Whether two people agreed to these terms."""
        return self.approved_by is not None

    @property
    def largest(self) -> Money:
        """The largest bill it may pay."""
        return self.terms.amount + self.terms.tolerance.of(self.terms.amount)


@dataclass(frozen=True, slots=True)
class VendorRecurrences(Unlisted, NeverDue):
    """Finds the recurrences that wait for bills of one vendor."""

    id: str
    version: int
    recurrence_ids: tuple[str, ...]

    kind = "vendor_recurrences"


@dataclass(frozen=True, slots=True)
class Planned:
    """One occurrence to make: its place in the schedule, nominal date, and bank day to pay on."""

    position: int
    nominal: date
    pay_on: date


def wanted(schedule: Schedule, made: int, today: date) -> tuple[Planned, ...]:
    """Occurrences to make now beyond the first `made`.

    All to be paid within HORIZON_DAYS, and always the next one, so that it can be seen.
    """
    horizon, found, seen_next = today + timedelta(days=HORIZON_DAYS), list[Planned](), False
    for position, nominal in enumerate(nominal_dates(schedule)):
        pay_on = next_bank_day(nominal)
        if pay_on > horizon and seen_next:
            break
        if position >= made and pay_on >= today:
            found.append(Planned(position, nominal, pay_on))
        seen_next = seen_next or pay_on > today
    return tuple(found)


def next_look(schedule: Schedule, made: int, today: date) -> date | None:
    """The day on which `wanted` gives more than now; None when the schedule is exhausted."""
    before: date | None = None
    for position, nominal in enumerate(nominal_dates(schedule)):
        pay_on = next_bank_day(nominal)
        if position >= made:
            early = pay_on - timedelta(days=HORIZON_DAYS)
            first = min(early, before) if before is not None else early
            return max(first, today + timedelta(days=1))
        before = pay_on
    return None


def made(recurrence: Recurrence, planned: tuple[Planned, ...], ids: tuple[str, ...]) -> Recurrence:
    """The recurrence after these occurrences were made under these payment ids."""
    if not planned:
        return recurrence
    return replace(
        recurrence,
        planned_count=planned[-1].position + 1,
        payment_ids=(*recurrence.payment_ids, *ids),
    )
