"""What a condition of a staging rule asks of a bill: yes, no, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.calendar import local_date
from rowcol.domain.facts import RailBill
from rowcol.domain.money import Money
from rowcol.domain.staging_rules import BillFact, Condition
from rowcol.domain.vendor import Vendor


class Answer(StrEnum):
    """Of a condition, a block or a rule."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_ORDER = (Answer.NO, Answer.UNKNOWN, Answer.YES)


def every(answers: Iterable[Answer]) -> Answer:
    """AND of answers: no if one is no, else unknown if one is; yes without any."""
    return min(answers, key=_ORDER.index, default=Answer.YES)


def either(answers: Iterable[Answer]) -> Answer:
    """OR of answers: yes if one is yes, else unknown if one is; no without any."""
    return max(answers, key=_ORDER.index, default=Answer.NO)


@dataclass(frozen=True, slots=True)
class FactsOfBill:
    """A bill as conditions see it; None is unknown.

    `ramp_date`: the date that Ramp carries, None for none (always known). `first_payment`: whether
    the vendor was never paid. `account_age_days`: whole days since the account was first seen that
    the bill is to be paid to.
    """

    amount: Money | None
    vendor: str | None
    first_payment: bool | None
    account_age_days: int | None
    network: str | None
    same_day: bool | None
    ramp_date: date | None
    due_in_days: int | None


def facts_of(
    rail: RailBill, vendor: Vendor | None, currency: str, zone: str, now: datetime
) -> FactsOfBill:
    """What is known of a bill at an instant.

    Unknown: an amount in another currency than the books; whether a vendor was paid that nobody
    has kept; the age of an account that the bill does not name, or that nobody has seen; network
    and same day until Ramp has a payment for it; days until a due date it lacks.
    """
    payment = rail.payment
    named = payment.vendor_account_id if payment is not None else None
    known = vendor.account_of(named) if vendor is not None else None
    age = max((now - known.seen_at).days, 0) if known is not None else None
    return FactsOfBill(
        rail.amount if rail.amount.currency == currency else None,
        rail.vendor_id,
        vendor.first_paid_on is None if vendor is not None else None,
        age,
        payment.method if payment is not None else None,
        payment.same_day if payment is not None else None,
        payment.planned_on if payment is not None else None,
        (rail.due_on - local_date(now, zone)).days if rail.due_on is not None else None,
    )


@dataclass(frozen=True, slots=True)
class ConditionExplained:
    """What was asked, what was found, in words, and the answer."""

    fact: BillFact
    wanted: str
    found: str
    answer: Answer


def asked_of(condition: Condition, facts: FactsOfBill) -> ConditionExplained:
    """The answer to one condition, explained."""
    return ConditionExplained(
        condition.fact, wanted(condition), _found(condition.fact, facts), answer(condition, facts)
    )


def answer(condition: Condition, facts: FactsOfBill) -> Answer:
    """The answer to one condition. A fact that nobody knows answers neither yes nor no."""
    if condition.fact is BillFact.RAMP_DATE:
        return _told((facts.ramp_date is not None) is condition.holds)
    value = getattr(facts, condition.fact.value)
    if value is None:
        return Answer.UNKNOWN
    match condition.fact:
        case BillFact.AMOUNT | BillFact.ACCOUNT_AGE_DAYS | BillFact.DUE_IN_DAYS:
            return _within(condition, value)
        case BillFact.VENDOR | BillFact.NETWORK:
            listed = condition.any_of or condition.none_of
            return _told((value in listed) is bool(condition.any_of))
        case _:
            return _told(value is condition.holds)


def _within(condition: Condition, value: Money | int) -> Answer:
    """Bounds in another currency than the books cannot be compared with anything."""
    number = _number(value)
    for bound in (condition.at_least, condition.below):
        if _currency(bound) not in (None, _currency(value)):
            return Answer.UNKNOWN
    low, high = condition.at_least, condition.below
    above = low is None or number >= _number(low)
    return _told(above and (high is None or number < _number(high)))


def _number(value: Money | int) -> int:
    return value.minor if isinstance(value, Money) else value


def _currency(value: Money | int | None) -> str | None:
    return value.currency if isinstance(value, Money) else None


def _told(true: bool) -> Answer:
    return Answer.YES if true else Answer.NO


def wanted(condition: Condition) -> str:
    """What a condition asks for, in words."""
    unit = "" if condition.fact is BillFact.AMOUNT else " days"
    parts = [
        f"at least {condition.at_least}{unit}" if condition.at_least is not None else "",
        f"below {condition.below}{unit}" if condition.below is not None else "",
        f"one of {', '.join(condition.any_of)}" if condition.any_of else "",
        f"none of {', '.join(condition.none_of)}" if condition.none_of else "",
        _YES_NO[condition.fact][not condition.holds] if condition.holds is not None else "",
    ]
    return " and ".join(part for part in parts if part)


_YES_NO = {
    BillFact.FIRST_PAYMENT: ("the vendor was never paid", "the vendor was paid before"),
    BillFact.SAME_DAY: ("paid the same day", "not paid the same day"),
    BillFact.RAMP_DATE: ("Ramp carries a date", "Ramp carries no date"),
}


def _found(fact: BillFact, facts: FactsOfBill) -> str:
    value = getattr(facts, fact.value)
    if fact is BillFact.RAMP_DATE:
        return f"Ramp pays it on {value}" if value is not None else _YES_NO[fact][1]
    if value is None:
        return "unknown"
    if fact in _YES_NO:
        return _YES_NO[fact][not value]
    return f"{value} days" if isinstance(value, int) else str(value)
