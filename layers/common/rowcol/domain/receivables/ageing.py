"""How old open invoices are, added up: all of a client's, and each customer's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rowcol.domain.money import Money, total


class Age(StrEnum):
    """Days since an invoice was due. One without a due date is not due."""

    NOT_DUE = "not_due"
    DAYS_1_30 = "days_1_30"
    DAYS_31_60 = "days_31_60"
    DAYS_61_90 = "days_61_90"
    OVER_90 = "over_90"


_UP_TO = ((0, Age.NOT_DUE), (30, Age.DAYS_1_30), (60, Age.DAYS_31_60), (90, Age.DAYS_61_90))


def age_of(overdue_days: int) -> Age:
    """The bucket of an invoice so many days overdue."""
    return next((age for days, age in _UP_TO if overdue_days <= days), Age.OVER_90)


@dataclass(frozen=True, slots=True)
class OpenPart:
    """What is open of one invoice, and since how many days it should not be."""

    amount: Money
    overdue_days: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class AgeSums:
    """Open invoices of one currency by age. `overdue` is all but what is not due."""

    count: int
    open: Money
    overdue_count: int
    overdue: Money
    oldest_due_on: date | None
    by_age: Mapping[str, Money]


def age_sums(parts: Iterable[OpenPart], currency: str) -> AgeSums:
    """Parts of one currency added up. Raises MoneyError for another one."""
    every = tuple(parts)
    by_age: dict[str, list[Money]] = {age.value: [] for age in Age}
    for part in every:
        by_age[age_of(part.overdue_days).value].append(part.amount)
    late = [part for part in every if part.overdue_days > 0]
    return AgeSums(
        len(every),
        total((part.amount for part in every), currency),
        len(late),
        total((part.amount for part in late), currency),
        min((part.due_on for part in late if part.due_on is not None), default=None),
        {age: total(amounts, currency) for age, amounts in by_age.items()},
    )
