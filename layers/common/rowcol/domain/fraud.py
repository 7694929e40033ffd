"""Signs of payment fraud as data: what is looked for, what it does, and what answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.money import Money
from rowcol.domain.vendor import CallBack, Vendor


class SignalKind(StrEnum):
    """What was noticed about a payment before it leaves."""

    NEW_PAYEE = "new_payee"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DENIED = "account_denied"
    AMOUNT_OUTLIER = "amount_outlier"
    FIRST_AMOUNT = "first_amount"
    PACE = "pace"
    SPLITTING = "splitting"
    DUPLICATE = "duplicate"
    RULE = "rule"


class Effect(StrEnum):
    """What a signal does: stops the payment until a call-back, only tells, or is not looked for."""

    HOLD = "hold"
    WARN = "warn"
    OFF = "off"


# What a call about the account answers for all payments to it; the rest is answered one by one.
ABOUT_ACCOUNT = frozenset(
    {SignalKind.NEW_PAYEE, SignalKind.ACCOUNT_CHANGED, SignalKind.ACCOUNT_DENIED}
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign, with both values and the numbers behind it. `answered_by`: the call that did."""

    kind: SignalKind
    effect: Effect
    detail: str
    expected: str
    found: str
    numbers: Mapping[str, object]
    answered_by: str | None = None

    @property
    def stops(self) -> bool:
        """Whether the payment waits for a call-back because of it."""
        return self.effect is Effect.HOLD and self.answered_by is None


@dataclass(frozen=True, slots=True)
class FraudSettings:
    """What is looked for at one client. Below `hold_from` a sign only warns, but for accounts.

    `first_amount_from`: so much is never usual while fewer than five amounts are known.
    `new_payee_days` after the first payment, `account_days` after it was first seen. The multiples
    are of the usual deviation and the usual week. `splitting_count` bills of a week just below the
    dual-control threshold. `duplicate_days` between equal amounts. `answer_days`: so long a call
    answers for a payment.
    """

    hold_from: Money
    first_amount_from: Money
    new_payee: Effect = Effect.HOLD
    account_changed: Effect = Effect.HOLD
    amount_outlier: Effect = Effect.HOLD
    pace: Effect = Effect.HOLD
    splitting: Effect = Effect.HOLD
    duplicate: Effect = Effect.HOLD
    new_payee_days: int = 30
    account_days: int = 30
    outlier_multiple: int = 5
    pace_multiple: int = 3
    splitting_count: int = 2
    duplicate_days: int = 7
    answer_days: int = 30

    @classmethod
    def usual(cls, currency: str) -> FraudSettings:
        """What holds until somebody sets other values: holds from 5,000 on, in any currency."""
        return cls(Money.parse(5_000, currency), Money.parse(10_000, currency))

    def effect_of(self, wanted: Effect, amount: Money) -> Effect:
        """What a sign does at this amount: below `hold_from` it only warns."""
        small = not reaches(amount, self.hold_from)
        return Effect.WARN if wanted is Effect.HOLD and small else wanted


def reaches(amount: Money, floor: Money) -> bool:
    """Whether an amount is at or above a floor; one in another currency counts as if it were."""
    return amount.currency != floor.currency or amount >= floor


@dataclass(frozen=True, slots=True)
class Examined:
    """A payment as signals see it. `today`: the bank's day at `now`.

    `hands`: the people who staged, decided and approved it. `threshold`: from where on two people
    are needed. `rules`: the staging rules that demand a call-back; None when none does.
    """

    bill_id: str
    payment_id: str | None
    amount: Money
    number: str | None
    account_id: str | None
    approved_account_id: str | None
    today: date
    now: datetime
    hands: frozenset[str] = frozenset()
    threshold: Money | None = None
    rules: tuple[str, ...] | None = None


def answer_to(
    kind: SignalKind, vendor: Vendor, examined: Examined, settings: FraudSettings
) -> CallBack | None:
    """The call that answers a sign of this payment, if there is one.

    It confirmed the very account, since that was first seen; none after it denied it; and who
    called had no hand in the payment. Signs that are not about the account need a call that named
    this payment, and not too long ago.
    """
    account = vendor.account_of(examined.account_id)
    for call in reversed(vendor.call_backs):
        if call.account_id != examined.account_id:
            continue
        if not call.confirmed or (account is not None and call.at < account.seen_at):
            return None
        if call.hands in examined.hands:
            continue
        if kind in ABOUT_ACCOUNT or _named(call, examined, settings):
            return call
    return None


def _named(call: CallBack, examined: Examined, settings: FraudSettings) -> bool:
    recent = examined.now - call.at <= timedelta(days=settings.answer_days)
    return recent and examined.payment_id in call.payment_ids
