"""Signs of fraud: what usual payments and the order of facts can never change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.facts import RailBill, RailState, ReadInterval
from rowcol.domain.fraud import Effect, SignalKind
from rowcol.domain.fraud_signals import median
from rowcol.domain.money import Money
from rowcol.domain.vendor import PAYMENTS_KEPT, Vendor, VendorPayment
from rowcol.domain.vendor_learning import learned
from tests.support.domain.builders import FRIDAY, NOW, rail_bill, rail_payment, usd
from tests.support.fraud import SETTINGS, asked, found, vendor

AMOUNTS = st.integers(1, 3_000_000)
PAST = st.lists(st.tuples(st.integers(0, 300), AMOUNTS, st.booleans()), max_size=20)


def with_past(past: list[tuple[int, int, bool]]) -> Vendor:
    return vendor(
        *(
            VendorPayment(
                f"b-{at}", FRIDAY - timedelta(days=ago), Money(minor, "USD"), f"N-{at}", is_paid
            )
            for at, (ago, minor, is_paid) in enumerate(past)
        )
    )


@given(PAST, AMOUNTS, st.integers(8, 400))
def test_one_more_such_payment_at_its_own_time_raises_no_sign(
    past: list[tuple[int, int, bool]], minor: int, ago: int
) -> None:
    """A payment like the one examined, more than a week ago, makes it more usual, never less."""
    examined = replace(asked(), amount=Money(minor, "USD"), threshold=usd("5000"))
    before = found(with_past(past), examined)
    after = found(with_past([*past, (ago, minor, True)]), examined)
    raised = {kind for kind, signal in after.items() if signal.effect is Effect.HOLD}
    known = {kind for kind, signal in before.items() if signal.effect is Effect.HOLD}
    # Until enough is known nothing can be unusual for its pace; from then on it can.
    assert raised - known <= {SignalKind.PACE}
    if SignalKind.PACE in raised - known:
        earlier = [days for days, _, _ in past if days >= 7]
        assert len(earlier) < 5 or max(earlier) - min(earlier) < 28


@given(PAST, AMOUNTS)
def test_the_order_in_which_payments_are_kept_says_nothing(
    past: list[tuple[int, int, bool]], minor: int
) -> None:
    examined = replace(asked(), amount=Money(minor, "USD"), threshold=usd("5000"))
    known = with_past(past)
    assert known.payments == vendor(*reversed(known.payments)).payments
    assert found(known, examined) == found(vendor(*reversed(known.payments)), examined)


@given(PAST, AMOUNTS, AMOUNTS)
def test_a_smaller_payment_never_shows_an_amount_that_a_larger_one_does_not(
    past: list[tuple[int, int, bool]], one: int, other: int
) -> None:
    known = with_past(past)
    low, high = sorted((one, other))
    about_amounts = {SignalKind.AMOUNT_OUTLIER, SignalKind.FIRST_AMOUNT, SignalKind.PACE}
    small = set(found(known, replace(asked(), amount=Money(low, "USD")))) & about_amounts
    large = set(found(known, replace(asked(), amount=Money(high, "USD")))) & about_amounts
    assert small <= large


@given(st.lists(st.integers(-1_000_000, 1_000_000), min_size=1, max_size=40))
def test_the_median_splits_the_values(values: list[int]) -> None:
    middle = median(values)
    assert 2 * sum(one < middle for one in values) <= len(values)
    assert 2 * sum(one > middle for one in values) <= len(values)


def paid_bill(place: int, day: int, account: int, minor: int) -> RailBill:
    at = NOW - timedelta(days=300 - day)
    return rail_bill(
        RailState.PAID,
        bill_id=f"bill-{place:02d}",
        paid_at=at,
        amount=Money(minor, "USD"),
        payment=rail_payment(vendor_account_id=f"a-{account}"),
        read=ReadInterval(NOW, NOW),
    )


PAID_BILLS = st.lists(
    st.tuples(st.integers(0, 299), st.integers(1, 4), AMOUNTS), min_size=1, max_size=PAYMENTS_KEPT
)


@given(PAID_BILLS, st.randoms(use_true_random=False))
def test_paid_bills_teach_the_same_in_any_order_and_any_number_of_times(
    bills: list[tuple[int, int, int]], chance: object
) -> None:
    readings = [paid_bill(place, *one) for place, one in enumerate(bills)]
    shuffled = [*readings, *readings[::2]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    known: Vendor | None = None
    other: Vendor | None = None
    for one in readings:
        known = learned(known, one)
    for one in shuffled:
        other = learned(other, one)
    assert known == other
    assert known is not None
    assert known.first_paid_on == min(one.on for one in known.payments)


@given(PAST, AMOUNTS)
def test_below_the_floor_nothing_but_accounts_and_rules_stops(
    past: list[tuple[int, int, bool]], minor: int
) -> None:
    examined = replace(asked(), amount=Money(min(minor, 499_999), "USD"))
    signals = found(with_past(past), examined)
    small = {kind for kind, signal in signals.items() if signal.stops}
    # A week's money reaches the floor together.
    assert small <= {SignalKind.PACE}
    assert SETTINGS.hold_from == usd("5000")
