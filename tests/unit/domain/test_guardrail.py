from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.client import Burn, GuardrailSettings
from rowcol.domain.facts import AccountBalance, BalanceReading, BalanceSource
from rowcol.domain.guardrail import (
    Allowed,
    accepted_balance,
    buffer,
    covers,
    is_fresh,
    may_release,
)
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from tests.support.domain.builders import NOW, READ, balance, client, head, usd

SECOND = timedelta(seconds=1)
EUR = Money(100, "EUR")


def account(number: int, **changes: Any) -> AccountBalance:
    fields: dict[str, Any] = {
        "account_id": f"operating-{number}",
        "mask": "0000",
        "name": "Operating",
        "kind": "depository",
        "subtype": "checking",
        "available": usd("1000.00"),
        "current": usd("1100.00"),
    }
    return AccountBalance(**(fields | changes))


def reading(*accounts: AccountBalance, observed_at: datetime | None = NOW) -> BalanceReading:
    return BalanceReading(accounts, BalanceSource.LIVE, observed_at, READ)


# -- covers: covered + asked + buffer (500.00) <= balance

COVERS = [
    # cash of both accounts, already covered, asked, short by (None: allowed)
    (("1000.00", "0"), "0", "500.00", None),
    (("1000.00", "0"), "0", "500.01", "0.01"),
    (("600.00", "400.00"), "200.00", "300.00", None),
    (("600.00", "400.00"), "200.01", "300.00", "0.01"),
    (("1000.00", "-400.00"), "0", "100.00", None),
    (("1000.00", "-400.01"), "0", "100.00", "0.01"),
    (("499.99", "0"), "0", "0", "0.01"),
]


@pytest.mark.parametrize(("accounts", "covered", "asked", "short"), COVERS)
def test_money_fits_to_the_cent(
    accounts: tuple[str, ...], covered: str, asked: str, short: str | None
) -> None:
    state = head(balance(*accounts), covered)
    result = covers(client(), state, usd(asked), NOW + 90 * SECOND)
    if short is None:
        assert isinstance(result, Allowed)
        numbers = result.numbers
    else:
        assert isinstance(result, Refusal)
        assert result.code is Code.GUARDRAIL_INSUFFICIENT
        numbers = dict(result.numbers)
        assert numbers.pop("short") == usd(short)
    assert state.balance is not None
    assert numbers == {
        "balance": state.balance.pool,
        "balance_source": "live",
        "balance_age_seconds": 90,
        "covered": usd(covered),
        "uncovered": usd("0"),
        "buffer": usd("500.00"),
        "asked": usd(asked),
        "available": state.balance.pool - usd(covered) - usd("500.00"),
    }


# -- unknown and stale are "ask"

ASKS: list[tuple[str, Any, Any, Code]] = [
    ("never", None, client(), Code.BALANCE_UNKNOWN),
    ("stale", balance("9999", observed_at=NOW - 3601 * SECOND), client(), Code.BALANCE_STALE),
    ("no history", balance("9999"), client(guardrail=GuardrailSettings()), Code.BUFFER_UNKNOWN),
    (
        "floor in another currency",
        balance("9999"),
        client(guardrail=GuardrailSettings(floor=EUR)),
        Code.CURRENCY_MISMATCH,
    ),
]


@pytest.mark.parametrize(("accepted", "who", "code"), [case[1:] for case in ASKS])
def test_unknown_is_never_allowed(accepted: Any, who: Any, code: Code) -> None:
    for result in (
        covers(who, head(accepted), usd("1"), NOW),
        may_release(who, head(accepted), usd("1"), usd("1"), "operating-1", NOW),
    ):
        assert isinstance(result, Refusal)
        assert result.code is code


def test_an_amount_in_another_currency_is_refused() -> None:
    result = covers(client(), head(balance("9999")), EUR, NOW)
    assert isinstance(result, Refusal)
    assert result.code is Code.CURRENCY_MISMATCH
    assert result.numbers == {"currency": "EUR", "currency_expected": "USD"}


# -- age of a balance

FRESH = [
    # source, observed, looked at, fresh
    ("live", "2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z", True),
    ("live", "2026-11-20T14:00:00Z", "2026-11-20T15:00:00.000001Z", False),
    ("cached", "2026-11-20T14:00:00Z", "2026-11-20T15:00:01Z", False),
    ("manual", "2026-11-20T14:00:00Z", "2026-11-21T04:59:59Z", True),  # to New York's midnight
    ("manual", "2026-11-20T14:00:00Z", "2026-11-21T05:00:00Z", False),
    ("manual", "2026-11-21T14:00:00Z", "2026-11-24T04:59:59Z", True),  # Saturday's is Monday's
    ("manual", "2026-11-21T14:00:00Z", "2026-11-24T05:00:00Z", False),
]


@pytest.mark.parametrize(("source", "observed", "looked", "fresh"), FRESH)
def test_age_decides_freshness(source: str, observed: str, looked: str, fresh: bool) -> None:
    seen = balance("1", source=BalanceSource(source), observed_at=datetime.fromisoformat(observed))
    assert is_fresh(client(), seen, datetime.fromisoformat(looked)) is fresh


def test_no_balance_is_not_fresh() -> None:
    assert not is_fresh(client(), None, NOW)


# -- buffer

BUFFERS: list[tuple[GuardrailSettings, Burn | None, Money | Code]] = [
    (GuardrailSettings(), Burn(usd("900.00"), 90), usd("140.00")),
    (GuardrailSettings(), Burn(usd("900.01"), 90), usd("140.01")),  # 140.0015… rounds up
    (GuardrailSettings(), Burn(usd("0.01"), 90), usd("0.01")),
    (GuardrailSettings(), Burn(usd("0"), 90), usd("0")),
    (GuardrailSettings(), Burn(usd("-900.00"), 90), usd("0")),  # more came back than went out
    (GuardrailSettings(), Burn(usd("300.00"), 30), usd("140.00")),
    (GuardrailSettings(), Burn(usd("300.00"), 29), Code.BUFFER_UNKNOWN),
    (GuardrailSettings(), None, Code.BUFFER_UNKNOWN),
    (GuardrailSettings(history_days_min=0), Burn(usd("0"), 0), Code.BUFFER_UNKNOWN),
    (GuardrailSettings(buffer_days=7), Burn(usd("900.00"), 90), usd("70.00")),
    (GuardrailSettings(floor=usd("5.00")), Burn(usd("900.00"), 90), usd("5.00")),
    (GuardrailSettings(floor=usd("5.00")), None, usd("5.00")),
    (GuardrailSettings(floor=usd("-5.00")), None, usd("0")),
    (GuardrailSettings(), Burn(EUR, 90), Code.CURRENCY_MISMATCH),
]


@pytest.mark.parametrize(("settings", "burn", "expected"), BUFFERS)
def test_the_buffer(settings: GuardrailSettings, burn: Burn | None, expected: Money | Code) -> None:
    found = buffer(client(guardrail=settings), burn)
    assert (found.code if isinstance(found, Refusal) else found) == expected


def test_too_little_history_says_how_much_and_what_helps() -> None:
    found = buffer(client(guardrail=GuardrailSettings()), Burn(usd("1"), 12))
    assert isinstance(found, Refusal)
    assert found.numbers == {"days": 12, "days_needed": 30}
    assert found.remedy == "set a floor for this client"


# -- accepted balance

ACCEPTED: list[tuple[str, BalanceReading, Money | Code]] = [
    ("both", reading(account(1), account(2)), usd("2000.00")),
    ("other accounts", reading(account(1), account(2), account(3)), usd("2000.00")),
    ("current", reading(account(1, available=None), account(2)), usd("2100.00")),
    ("overdrawn", reading(account(1, available=usd("-50")), account(2)), usd("950.00")),
    ("one missing", reading(account(1)), Code.BALANCE_UNKNOWN),
    (
        "one unknown",
        reading(account(1), account(2, available=None, current=None)),
        Code.BALANCE_UNKNOWN,
    ),
    ("credit", reading(account(1), account(2, kind="credit")), Code.BALANCE_UNKNOWN),
    ("loan", reading(account(1, kind="loan"), account(2)), Code.BALANCE_UNKNOWN),
    ("euros", reading(account(1), account(2, available=EUR)), Code.CURRENCY_MISMATCH),
    ("never seen", reading(account(1), account(2), observed_at=None), Code.BALANCE_UNKNOWN),
]


@pytest.mark.parametrize(("read", "expected"), [case[1:] for case in ACCEPTED])
def test_the_pool_of_a_reading(read: BalanceReading, expected: Money | Code) -> None:
    found = accepted_balance(client(), read, NOW)
    assert (found.code if isinstance(found, Refusal) else found.pool) == expected


def test_an_account_named_twice_counts_once() -> None:
    twice = client(operating_account_ids=("operating-1", "operating-1"))
    found = accepted_balance(twice, reading(account(1)), NOW)
    assert not isinstance(found, Refusal)
    assert found.pool == usd("1000.00")


def test_a_client_without_operating_accounts_has_no_balance() -> None:
    found = accepted_balance(client(operating_account_ids=()), reading(account(1)), NOW)
    assert isinstance(found, Refusal)
    assert found.code is Code.BALANCE_UNKNOWN


def test_a_bank_clock_ahead_of_ours_keeps_no_balance_fresh() -> None:
    ahead = reading(account(1), account(2), observed_at=NOW + timedelta(days=30))
    found = accepted_balance(client(), ahead, NOW)
    assert not isinstance(found, Refusal)
    assert found.observed_at == READ.ended_at
    assert not is_fresh(client(), found, NOW + 3601 * SECOND)


def test_a_reading_of_long_ago_keeps_its_time() -> None:
    seen = datetime(2026, 11, 1, tzinfo=UTC)
    found = accepted_balance(client(), reading(account(1), account(2), observed_at=seen), NOW)
    assert not isinstance(found, Refusal)
    assert (found.observed_at, found.accepted_at) == (seen, NOW)


# -- release: pool and paying account

RELEASES: list[tuple[str | None, str, Code | None]] = [
    # paying account, reserves on it, refusal; cash is 600.00 and 5000.00
    ("operating-1", "600.00", None),
    ("operating-1", "600.01", Code.GUARDRAIL_ACCOUNT),
    ("operating-2", "600.01", None),
    ("savings", "1.00", Code.BALANCE_UNKNOWN),
    (None, "1.00", Code.BALANCE_UNKNOWN),
]


@pytest.mark.parametrize(("account_id", "reserved", "code"), RELEASES)
def test_the_paying_account_stays_at_or_above_zero(
    account_id: str | None, reserved: str, code: Code | None
) -> None:
    state = head(balance("600.00", "5000.00"), covered="700.00")
    result = may_release(client(), state, usd("300.00"), usd(reserved), account_id, NOW)
    assert (result.code if isinstance(result, Refusal) else None) is code
    if isinstance(result, Allowed):
        assert result.numbers["asked"] == usd("300.00")
    elif code is Code.GUARDRAIL_ACCOUNT:
        assert result.numbers == {
            "account": "operating-1",
            "cash": usd("600.00"),
            "reserved": usd("600.01"),
            "short": usd("0.01"),
        }


def test_with_all_cash_in_one_account_the_pool_decides() -> None:
    state = head(balance("600.00"), covered="100.00")
    assert isinstance(may_release(client(), state, usd("1"), usd("100"), None, NOW), Allowed)


def test_a_release_keeps_the_buffer_in_the_pool() -> None:
    state = head(balance("600.00", "0.00"), covered="100.01")
    result = may_release(client(), state, usd("100.01"), usd("100.01"), "operating-1", NOW)
    assert isinstance(result, Refusal)
    assert result.code is Code.GUARDRAIL_INSUFFICIENT
    assert result.numbers["short"] == usd("0.01")


def test_a_client_can_switch_the_check_off() -> None:
    settings = replace(client().guardrail, enabled=False)
    result = may_release(
        client(guardrail=settings), head(None), usd("1"), usd("1"), "operating-1", NOW
    )
    assert result == Allowed({"guardrail": "off"})
