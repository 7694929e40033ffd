"""The guardrail: may this money leave? Unknown and stale are "ask", never "allow".

Cash is the operating depository accounts of one currency. The paying account stays at or above
zero after its own reserves, and the pool stays at or above the buffer (design section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE, end_of_day, local_date, next_bank_day
from rowcol.domain.client import AcceptedBalance, AccountCash, Burn, Client, Head
from rowcol.domain.facts import BalanceReading, BalanceSource
from rowcol.domain.money import Money, total
from rowcol.domain.refusal import Code, Refusal


@dataclass(frozen=True, slots=True)
class Allowed:
    """The money may leave; the numbers it was measured with, for the audit."""

    numbers: dict[str, object]


def accepted_balance(
    client: Client, reading: BalanceReading, now: datetime
) -> AcceptedBalance | Refusal:
    """The pool of a reading, each operating account counted once.

    Every one must be known, of type depository and of the client's currency. The bank cannot have
    been seen after we had its answer: a clock running ahead of ours never keeps a balance fresh.
    """
    if reading.observed_at is None:
        return Refusal(Code.BALANCE_UNKNOWN, "it is not known when the bank was last seen")
    by_id = {account.account_id: account for account in reading.accounts}
    cash: list[AccountCash] = []
    for account_id in dict.fromkeys(client.operating_account_ids):
        account = by_id.get(account_id)
        typed_in = reading.source is BalanceSource.MANUAL
        if account_id in client.revoked_account_ids and not typed_in:
            return Refusal(
                Code.BALANCE_UNKNOWN,
                f"access to operating account {account_id} was revoked",
                {"account": account_id},
                remedy="have the client choose it again, or name other operating accounts",
            )
        if account is None or account.cash is None:
            return Refusal(
                Code.BALANCE_UNKNOWN,
                f"no balance for operating account {account_id}",
                {"account": account_id},
            )
        if account.kind != "depository":
            return Refusal(
                Code.BALANCE_UNKNOWN,
                f"account {account_id} is {account.kind}, which never adds cash",
                {"account": account_id},
            )
        if account.cash.currency != client.currency:
            return Refusal(
                Code.CURRENCY_MISMATCH,
                f"account {account_id} is in {account.cash.currency}",
                {"account": account_id},
            )
        cash.append(AccountCash(account_id, account.cash))
    if not cash:
        return Refusal(Code.BALANCE_UNKNOWN, "the client has no operating account")
    pool = total([account.cash for account in cash], client.currency)
    observed_at = min(reading.observed_at, reading.read.ended_at)
    return AcceptedBalance(pool, tuple(cash), reading.source, observed_at, now)


def buffer(client: Client, burn: Burn | None) -> Money | Refusal:
    """Money that must stay: the fixed floor, or `buffer_days` of average debits over up to 90 days.

    Rounded up to the next minor unit, never below zero. Under 30 days of history a floor is
    required, else "ask".
    """
    settings = client.guardrail
    nothing = Money.zero(client.currency)
    if settings.floor is not None:
        return _in_books(client, settings.floor) or max(settings.floor, nothing)
    if burn is None or burn.days < max(settings.history_days_min, 1):
        days = burn.days if burn else 0
        return Refusal(
            Code.BUFFER_UNKNOWN,
            f"{days} days of bank history, {settings.history_days_min} needed, and no floor is set",
            {"days": days, "days_needed": settings.history_days_min},
            remedy="set a floor for this client",
        )
    average = Money(-(-settings.buffer_days * burn.debits.minor // burn.days), burn.debits.currency)
    return _in_books(client, average) or max(average, nothing)


def is_fresh(client: Client, balance: AcceptedBalance | None, now: datetime) -> bool:
    """Whether a balance is young enough to decide on.

    One that a person typed in lives to the end of its bank day.
    """
    if balance is None:
        return False
    if balance.source is BalanceSource.MANUAL:
        return now < manual_until(balance.observed_at)
    age = now - balance.observed_at
    return age <= timedelta(seconds=client.guardrail.balance_age_seconds_max)


def manual_until(as_of: datetime) -> datetime:
    """When a balance that a person typed in ends: with the bank day it was seen on."""
    return end_of_day(next_bank_day(local_date(as_of, BANK_ZONE)), BANK_ZONE)


def covers(client: Client, head: Head, amount: Money, now: datetime) -> Allowed | Refusal:
    """Whether `amount`, not yet reserved, fits: covered + amount + buffer <= accepted balance.

    A balance that is unknown or not fresh is a refusal that asks for one. Decided even when the
    client's guardrail is switched off.
    """
    problem = _in_books(client, amount) or _ask(client, head, now)
    if problem is not None:
        return problem
    assert head.balance is not None  # _ask refuses without one
    keep = buffer(client, head.burn)
    if isinstance(keep, Refusal):
        return keep
    numbers = _numbers(head, head.balance, amount, keep, now)
    if head.covered_total + amount + keep <= head.balance.pool:
        return Allowed(numbers)
    short = head.covered_total + amount + keep - head.balance.pool
    return Refusal(
        Code.GUARDRAIL_INSUFFICIENT,
        f"short by {short}: balance {head.balance.pool}, reserved {head.covered_total}, "
        f"buffer {keep}, asked {amount}",
        {**numbers, "short": short},
        remedy=f"delay it, or bring {short} into the operating accounts",
    )


def may_release(
    client: Client,
    head: Head,
    amount: Money,
    account_reserves: Money,
    account_id: str | None,
    now: datetime,
) -> Allowed | Refusal:
    """Whether a payment whose own covered reserve is already inside the totals may leave now.

    `account_reserves` is the sum of open covered reserves on the paying account, this payment's
    included. An `account_id` of None, or one outside the accepted balance, is "ask" unless all cash
    is in one account, which the pool's condition then already protects.
    """
    if not client.guardrail.enabled:
        return Allowed({"guardrail": "off"})
    fits = covers(client, head, Money.zero(client.currency), now)
    if isinstance(fits, Refusal) or head.balance is None:
        return fits
    cash = {account.account_id: account.cash for account in head.balance.accounts}
    if account_id is None and len(cash) == 1:
        account_id = next(iter(cash))
    if account_id not in cash:
        return Refusal(
            Code.BALANCE_UNKNOWN,
            "the paying account is not known"
            if account_id is None
            else f"no balance for paying account {account_id}, which is not an operating account",
            {"account": account_id},
            remedy="name the paying account among the client's operating accounts",
        )
    if cash[account_id] < account_reserves:
        short = account_reserves - cash[account_id]
        return Refusal(
            Code.GUARDRAIL_ACCOUNT,
            f"account {account_id} would fall below zero by {short}",
            {
                "account": account_id,
                "cash": cash[account_id],
                "reserved": account_reserves,
                "short": short,
            },
        )
    return Allowed({**fits.numbers, "asked": amount})


def _in_books(client: Client, amount: Money) -> Refusal | None:
    if amount.currency == client.currency:
        return None
    return Refusal(
        Code.CURRENCY_MISMATCH,
        f"{amount} is not in {client.currency}, the currency of the client's books",
        {"currency": amount.currency, "currency_expected": client.currency},
    )


def _ask(client: Client, head: Head, now: datetime) -> Refusal | None:
    if head.balance is None:
        return Refusal(
            Code.BALANCE_UNKNOWN, "no balance was ever accepted", remedy="refresh the balance"
        )
    if not is_fresh(client, head.balance, now):
        age_seconds = int((now - head.balance.observed_at).total_seconds())
        source = head.balance.source
        if source is BalanceSource.MANUAL:
            until = manual_until(head.balance.observed_at)
            return Refusal(
                Code.BALANCE_STALE,
                f"the balance was typed in and ended with its bank day, {age_seconds} s old",
                {"age_seconds": age_seconds, "until": until, "balance_source": source.value},
                remedy="repair the bank's connection, or enter what the bank shows today",
            )
        age_seconds_max = client.guardrail.balance_age_seconds_max
        return Refusal(
            Code.BALANCE_STALE,
            f"the balance is {age_seconds} s old, at most {age_seconds_max} s are accepted",
            {
                "age_seconds": age_seconds,
                "age_seconds_max": age_seconds_max,
                "balance_source": source.value,
            },
            remedy="refresh the balance",
        )
    return None


def _numbers(
    head: Head, balance: AcceptedBalance, amount: Money, keep: Money, now: datetime
) -> dict[str, object]:
    return {
        "balance": balance.pool,
        "balance_source": balance.source.value,
        "balance_age_seconds": int((now - balance.observed_at).total_seconds()),
        "covered": head.covered_total,
        "uncovered": head.uncovered_total,
        "buffer": keep,
        "asked": amount,
        "available": balance.pool - head.covered_total - keep,
    }
