"""Payments to one vendor by the week: more than usual, or cut to stay below two people's eyes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from rowcol.domain.fraud import Examined, FraudSettings, Signal, SignalKind
from rowcol.domain.money import Money
from rowcol.domain.vendor import Vendor, VendorPayment

WEEK = timedelta(days=7)
EARLIER_MIN = 5
EARLIER_DAYS_MIN = 28
# "Just below": within a tenth of the threshold.
NEAR_TENTHS = 9


def pace(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """The week up to today has several times the payments, or the money, of the busiest one before.

    Needs five earlier payments over four weeks. One payment alone is no pace: `amount_outlier`.
    """
    began = examined.today - WEEK
    others = _others(vendor, examined)
    week = [one for one in others if began < one.on]
    earlier = [one for one in others if one.on <= began]
    if not week or len(earlier) < EARLIER_MIN:
        return None
    if (earlier[-1].on - earlier[0].on).days < EARLIER_DAYS_MIN:
        return None
    usual_count, usual_sum = _busiest(earlier)
    count = len(week) + 1
    total = sum(one.amount.minor for one in week) + examined.amount.minor
    multiple = settings.pace_multiple
    if count <= multiple * usual_count and total <= multiple * usual_sum:
        return None
    currency = examined.amount.currency
    paid, usual = Money(total, currency), Money(usual_sum, currency)
    return Signal(
        SignalKind.PACE,
        settings.effect_of(settings.pace, paid),
        f"{count} payments of {paid} to {vendor.name} within a week",
        f"at most {multiple} times {usual_count} payments of {usual}",
        f"{count} payments of {paid}",
        {
            "count": count,
            "total": paid,
            "usual_count": usual_count,
            "usual_total": usual,
            "multiple": multiple,
        },
    )


def splitting(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """Several bills of one week, each just below the amount from which two people are needed."""
    threshold = examined.threshold
    if threshold is None or not _just_below(examined.amount, threshold):
        return None
    began = examined.today - WEEK
    near = [
        one
        for one in _others(vendor, examined)
        if began < one.on and _just_below(one.amount, threshold)
    ]
    if len(near) + 1 < settings.splitting_count:
        return None
    total = Money(sum(one.amount.minor for one in near) + examined.amount.minor, threshold.currency)
    return Signal(
        SignalKind.SPLITTING,
        settings.effect_of(settings.splitting, total),
        f"{len(near) + 1} bills of {vendor.name} within a week, each just below {threshold}",
        f"fewer than {settings.splitting_count} bills just below {threshold} a week",
        f"{len(near) + 1} bills, {total} together",
        {
            "count": len(near) + 1,
            "count_min": settings.splitting_count,
            "total": total,
            "threshold": threshold,
            "bills": [one.bill_id for one in near],
        },
    )


def _others(vendor: Vendor, examined: Examined) -> list[VendorPayment]:
    """Other bills' payments in the same currency, by day: paid, or let go by us."""
    return [
        one
        for one in vendor.payments
        if one.bill_id != examined.bill_id and one.amount.currency == examined.amount.currency
    ]


def _busiest(payments: Sequence[VendorPayment]) -> tuple[int, int]:
    """The most payments, and the most minor units, of any seven days. By day, not empty."""
    weeks = [_from(payments, first.on) for first in payments]
    return max(len(week) for week in weeks), max(sum(week) for week in weeks)


def _from(payments: Sequence[VendorPayment], first: date) -> list[int]:
    return [one.amount.minor for one in payments if first <= one.on < first + WEEK]


def _just_below(amount: Money, threshold: Money) -> bool:
    if amount.currency != threshold.currency:
        return False
    return amount < threshold and 10 * amount.minor >= NEAR_TENTHS * threshold.minor
