"""Plaid's accounts and transactions as facts: the only bridge from its words to ours (plaid
contract, 2 and 3).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from rowcol.domain.facts import AccountBalance, BankLine
from rowcol.domain.money import Money, MoneyError
from rowcol.rails.plaid.wire import Account, Number, Transaction
from rowcol.service.ports import RailProtocolError

TEXT_CHARACTERS_MAX = 500


def account_balance(account: Account) -> AccountBalance:
    """An account. Without an ISO currency its amounts are unknown: other units never add cash."""
    balances = account.balances
    return AccountBalance(
        account_id=account.account_id,
        mask=account.mask,
        name=account.name,
        kind=account.type,
        subtype=account.subtype,
        available=_money(balances.available, balances.iso_currency_code),
        current=_money(balances.current, balances.iso_currency_code),
    )


def bank_lines(transactions: Iterable[Transaction]) -> tuple[BankLine, ...]:
    """Lines in an ISO currency; the others are no money of this product."""
    return tuple(_line(row, row.iso_currency_code) for row in transactions if row.iso_currency_code)


def _line(row: Transaction, currency: str) -> BankLine:
    amount = _money(row.amount, currency)
    if amount is None:
        raise RailProtocolError("plaid", "a transaction without an amount")
    texts = dict.fromkeys(t for t in (row.original_description, row.name, row.merchant_name) if t)
    return BankLine(
        line_id=row.transaction_id,
        account_id=row.account_id,
        amount=amount,
        posted_on=day(row.date),
        pending=row.pending,
        text=" | ".join(texts)[:TEXT_CHARACTERS_MAX],
        reference=(row.payment_meta.reference_number or None) if row.payment_meta else None,
        check_number=row.check_number or None,
        replaces_line_id=row.pending_transaction_id,
    )


def _money(value: Number | None, currency: str | None) -> Money | None:
    """Major units, rounded half-even to the minor unit: Plaid's doubles may carry dust."""
    if value is None or currency is None:
        return None
    try:
        return Money.parse(value, currency, rounding=True)
    except MoneyError:
        raise RailProtocolError("plaid", "an amount is out of range or of no currency") from None


def day(text: str) -> date:
    """A date. Raises RailProtocolError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RailProtocolError("plaid", "a date is none") from None


def instant(text: str | None) -> datetime | None:
    """An instant, UTC when it has no offset. Raises RailProtocolError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RailProtocolError("plaid", "an instant is none") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
