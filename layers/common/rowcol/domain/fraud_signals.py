"""What is looked for in a payment before it leaves: pure, in whole numbers, on what is kept.

Every function gives a sign without asking whether a call answers it; `signals_of` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.fraud import (
    Effect,
    Examined,
    FraudSettings,
    Signal,
    SignalKind,
    answer_to,
    reaches,
)
from rowcol.domain.fraud_pace import pace, splitting
from rowcol.domain.money import Money
from rowcol.domain.vendor import Vendor, VendorPayment

AMOUNTS_MIN = 5
Look = Callable[[Vendor, Examined, FraudSettings], "Signal | None"]


def signals_of(vendor: Vendor, examined: Examined, settings: FraudSettings) -> tuple[Signal, ...]:
    """All signs of a payment to this vendor, each with the call that answers it, if one does."""
    return _found(_LOOKS, vendor, examined, settings)


def signals_about(vendor: Vendor, settings: FraudSettings, now: datetime) -> tuple[Signal, ...]:
    """The signs that any payment to the vendor's last account would show, with their answers.

    Their effect is that on a payment of `hold_from`.
    """
    account_id = vendor.account.id if vendor.account is not None else None
    today = local_date(now, BANK_ZONE)
    anything = Examined("", None, settings.hold_from, None, account_id, None, today, now)
    return _found((account_denied, account_changed, new_payee), vendor, anything, settings)


def _found(
    looks: tuple[Look, ...], vendor: Vendor, examined: Examined, settings: FraudSettings
) -> tuple[Signal, ...]:
    found = (look(vendor, examined, settings) for look in looks)
    return tuple(
        replace(signal, answered_by=call.id)
        if (call := answer_to(signal.kind, vendor, examined, settings)) is not None
        else signal
        for signal in found
        if signal is not None and signal.effect is not Effect.OFF
    )


def new_payee(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """Never paid as far as Ramp tells, or first paid less than `new_payee_days` ago."""
    first, days = vendor.first_paid_on, settings.new_payee_days
    age = (examined.today - first).days if first is not None else None
    if age is not None and age >= days:
        return None
    return Signal(
        SignalKind.NEW_PAYEE,
        settings.effect_of(settings.new_payee, examined.amount),
        f"{vendor.name} was never paid before"
        if first is None
        else f"{vendor.name} was first paid {age} days ago",
        f"first paid at least {days} days ago",
        "never paid" if first is None else f"first paid on {first}",
        {"first_paid_on": first, "days": age, "days_min": days, "amount": examined.amount},
    )


def account_changed(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """Not the account approved with the bill; or first seen less than `account_days` ago.

    A vendor's first account is no change, unless the vendor was paid before without it.
    """
    account_id, days = examined.account_id, settings.account_days
    if account_id is None:
        return None
    account, approved = vendor.account_of(account_id), examined.approved_account_id
    seen_at = account.seen_at if account is not None else examined.now
    age = (examined.now - seen_at).days
    earlier = [one for one in vendor.accounts if one.id != account_id and one.seen_at <= seen_at]
    paid_before = vendor.first_paid_on is not None and vendor.first_paid_on < seen_at.date()
    other = approved is not None and approved != account_id
    if not other and (age >= days or not (earlier or paid_before)):
        return None
    before = approved if other else (earlier[-1].id if earlier else None)
    return Signal(
        SignalKind.ACCOUNT_CHANGED,
        settings.account_changed,
        f"the bank account of {vendor.name} was first seen {age} days ago"
        + (", and is not the one approved with the bill" if other else ""),
        f"account {before}" if before else f"an account known for {days} days",
        f"account {account_id}",
        {"account": account_id, "before": before, "days": age, "days_min": days},
    )


def account_denied(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """The vendor was called and does not know this account.

    Only who had no hand in the payment can say otherwise later.
    """
    calls = [
        call
        for call in vendor.call_backs
        if call.account_id == examined.account_id
        and not (call.confirmed and call.hands in examined.hands)
    ]
    if not calls or calls[-1].confirmed:
        return None
    last = calls[-1]
    return Signal(
        SignalKind.ACCOUNT_DENIED,
        Effect.HOLD,
        f"{vendor.name} was called and does not know the account",
        "an account that the vendor confirms",
        f"account {examined.account_id}",
        {"account": examined.account_id, "call_back": last.id, "called_at": last.at},
    )


def amount_outlier(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """Far above what was paid before: above every known amount, and above the usual deviation.

    The deviation is the median one from the median, at least a tenth of it: a rent that never
    changes may rise. Lower amounts are no sign. With fewer than five known, see `first_amount`.
    """
    known = _amounts(vendor, examined)
    if len(known) < AMOUNTS_MIN:
        return None
    middle = median(known)
    spread = max(median([abs(one - middle) for one in known]), middle // 10)
    limit = middle + settings.outlier_multiple * spread
    if examined.amount.minor <= max(limit, *known):
        return None
    currency = examined.amount.currency
    return Signal(
        SignalKind.AMOUNT_OUTLIER,
        settings.effect_of(settings.amount_outlier, examined.amount),
        f"{examined.amount} is far above what {vendor.name} was paid before",
        f"at most {Money(limit, currency)}",
        str(examined.amount),
        {
            "amount": examined.amount,
            "known": len(known),
            "median": Money(middle, currency),
            "deviation": Money(spread, currency),
            "multiple": settings.outlier_multiple,
            "limit": Money(limit, currency),
            "highest": Money(max(known), currency),
        },
    )


def first_amount(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """Large, above every known amount, and fewer than five are known."""
    known = _amounts(vendor, examined)
    large = reaches(examined.amount, settings.first_amount_from)
    if len(known) >= AMOUNTS_MIN or not large or examined.amount.minor <= max(known, default=0):
        return None
    return Signal(
        SignalKind.FIRST_AMOUNT,
        settings.effect_of(settings.amount_outlier, examined.amount),
        f"{examined.amount} is large for one of the first payments to {vendor.name}",
        f"below {settings.first_amount_from}, or five payments before",
        f"{examined.amount} after {len(known)} payments",
        {
            "amount": examined.amount,
            "known": len(known),
            "known_min": AMOUNTS_MIN,
            "threshold": settings.first_amount_from,
        },
    )


def duplicate(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """Another bill of the vendor has the same invoice number, or the same amount within days.

    Equal amounts happen: they only warn.
    """
    number = _plain_number(examined.number)
    others = [one for one in vendor.payments if one.bill_id != examined.bill_id]
    same = [one for one in others if number and _plain_number(one.number) == number]
    days = timedelta(days=settings.duplicate_days)
    near = [
        one
        for one in others
        if one.amount == examined.amount and abs(examined.today - one.on) < days
    ]
    if not same and not near:
        return None
    other = (same or near)[-1]
    wanted = settings.effect_of(settings.duplicate, examined.amount)
    effect = wanted if same or wanted is Effect.OFF else Effect.WARN
    what = f"invoice number {examined.number}" if same else f"amount {examined.amount}"
    return Signal(
        SignalKind.DUPLICATE,
        effect,
        f"another bill of {vendor.name} has the {what}",
        "each invoice once",
        f"bill {other.bill_id} of {other.on}",
        _numbers_of_duplicate(other, "invoice_number" if same else "amount"),
    )


def _numbers_of_duplicate(other: VendorPayment, match: str) -> dict[str, object]:
    return {
        "match": match,
        "bill": other.bill_id,
        "number": other.number,
        "amount": other.amount,
        "on": other.on,
        "paid": other.paid,
    }


def demanded(vendor: Vendor, examined: Examined, settings: FraudSettings) -> Signal | None:
    """The client's staging rules demanded a call-back when the bill was staged."""
    if examined.rules is None:
        return None
    return Signal(
        SignalKind.RULE,
        Effect.HOLD,
        f"a rule demands that {vendor.name} is called back",
        "a call-back that names this payment",
        "none",
        {"rules": examined.rules},
    )


_LOOKS: tuple[Look, ...] = (
    account_denied,
    account_changed,
    new_payee,
    amount_outlier,
    first_amount,
    pace,
    splitting,
    duplicate,
    demanded,
)


def median(values: list[int]) -> int:
    """The middle one; of two the whole number below their mean. At least one value."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) // 2


def _amounts(vendor: Vendor, examined: Examined) -> list[int]:
    """Minor units of what was paid for other bills, in the payment's currency."""
    return [
        one.amount.minor
        for one in vendor.payments
        if one.paid
        and one.bill_id != examined.bill_id
        and one.amount.currency == examined.amount.currency
    ]


def _plain_number(number: str | None) -> str:
    """An invoice number as people compare it: letters and digits alone, in lower case."""
    return "".join(char for char in (number or "").casefold() if char.isalnum())
