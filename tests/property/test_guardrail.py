from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.client import AcceptedBalance, AccountCash, Burn, GuardrailSettings, Head
from rowcol.domain.facts import BalanceSource
from rowcol.domain.guardrail import Allowed, buffer, covers, may_release
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from tests.support.domain.builders import NOW, client, head

CENTS = st.integers(0, 10**6)
FLOORS = st.none() | st.builds(Money, st.integers(-(10**4), 10**6), st.just("USD"))
BURNS = st.none() | st.builds(
    Burn, st.builds(Money, st.integers(-(10**4), 10**8), st.just("USD")), st.integers(0, 90)
)
CASH = st.lists(st.integers(-(10**5), 10**6), min_size=1, max_size=3)
AGES = st.integers(0, 7200)


def of(cash: list[int], age_seconds: int) -> AcceptedBalance:
    accounts = tuple(
        AccountCash(f"operating-{number}", Money(cents, "USD"))
        for number, cents in enumerate(cash, 1)
    )
    seen = NOW - timedelta(seconds=age_seconds)
    return AcceptedBalance(Money(sum(cash), "USD"), accounts, BalanceSource.LIVE, seen, seen)


SITUATIONS = st.tuples(CASH, AGES, FLOORS, BURNS)


@given(SITUATIONS, CENTS, CENTS, CENTS)
def test_allowed_means_that_everything_fits(
    situation: tuple[list[int], int, Money | None, Burn | None],
    covered: int,
    asked: int,
    on_account: int,
) -> None:
    cash, age_seconds, floor, burn = situation
    who = client(guardrail=GuardrailSettings(floor=floor))
    state = Head("USD", covered=Money(covered, "USD"), balance=of(cash, age_seconds), burn=burn)
    keep = buffer(who, burn)
    result = covers(who, state, Money(asked, "USD"), NOW)
    if isinstance(result, Allowed):
        assert isinstance(keep, Money)
        assert keep.minor >= 0
        assert age_seconds <= 3600
        assert covered + asked + keep.minor <= sum(cash)
    elif isinstance(keep, Money) and age_seconds <= 3600:
        assert covered + asked + keep.minor > sum(cash)
    reserved = Money(on_account, "USD")
    release = may_release(who, state, Money(asked, "USD"), reserved, "operating-1", NOW)
    if isinstance(release, Allowed):
        assert isinstance(keep, Money)
        assert covered + keep.minor <= sum(cash)
        assert on_account <= cash[0]


@given(CENTS, CENTS)
def test_what_is_refused_is_never_allowed_for_more(cash: int, asked: int) -> None:
    who, state = client(), head(of([cash], 0))
    if isinstance(covers(who, state, Money(asked, "USD"), NOW), Refusal):
        assert isinstance(covers(who, state, Money(asked + 1, "USD"), NOW), Refusal)
