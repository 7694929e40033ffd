"""The bank's lines of a recorded payment: the money that left, came, or did both in a transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.calendar import add_bank_days
from rowcol.domain.cash_matching.exact import Matched, match
from rowcol.domain.cash_matching.wanted import Wanted
from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.posting import is_money_in
from rowcol.domain.windows import (
    CASH_DAYS,
    CASH_DAYS_EARLY,
    CHECK,
    CHECK_CALENDAR_DAYS,
    RETURN_WATCH_DAYS,
)

_ANY_TEXT = frozenset({PaymentType.TRANSFER, PaymentType.FEE})


@dataclass(frozen=True, slots=True)
class RecordLines:
    """Lines found: money out, money in, how; and whether one of them undoes the payment."""

    debits: tuple[BankLine, ...]
    credits: tuple[BankLine, ...]
    method: str
    explanation: str
    returned: BankLine | None
    complete: bool


def window(payment: Payment) -> tuple[date, date]:
    """First and last day on which its line may be posted: checks are cashed late."""
    late_check = (payment.method or "").upper() == CHECK
    first = add_bank_days(payment.pay_on, -CASH_DAYS_EARLY)
    last = add_bank_days(payment.pay_on, CASH_DAYS)
    return first, payment.pay_on + timedelta(days=CHECK_CALENDAR_DAYS) if late_check else last


def looked_for_until(payment: Payment, today: date) -> date:
    """Through which day the bank's lines are looked at: a while after the last possible one."""
    return max(window(payment)[1], today) + timedelta(days=CASH_DAYS * 2)


def watched_until(lines: RecordLines) -> date:
    """Through which day a found line is watched: it may be taken back or returned."""
    last = max(line.posted_on for line in (*lines.debits, *lines.credits))
    return last + timedelta(days=RETURN_WATCH_DAYS)


def lines_of(
    payment: Payment,
    lines: tuple[BankLine, ...],
    taken: frozenset[str],
    rivals: Sequence[Wanted] = (),
) -> RecordLines | None:
    """The lines that fit, or None. A transfer may have one of its two. `rivals`: see `match`.

    Lines found before stay the payment's as long as the bank shows them, whatever else would fit.
    """
    own = payment.expectation.bank_account_id
    out, into = (payment.cash.debits, payment.cash.credits) if payment.cash else ((), ())
    free = tuple(line for line in lines if line.line_id not in taken)
    if payment.type is PaymentType.TRANSFER:
        left = _side(_wanted(payment, payment.amount, own), free, out)
        came = _side(_wanted(payment, -payment.amount, payment.to_account_id), free, into)
        return _of_transfer(left, came)
    money_in = is_money_in(payment)
    amount, known = (-payment.amount, into) if money_in else (payment.amount, out)
    found = _side(_wanted(payment, amount, own), free, known, rivals)
    if found is None:
        return None
    back = next((line for line in found.credits if not line.pending), None)
    debits, credits_ = found.debits, found.credits
    if money_in:
        debits, credits_ = credits_, debits
    settled = all(not line.pending for line in found.debits)
    return RecordLines(debits, credits_, found.method, found.explanation, back, settled)


def _side(
    wanted: Wanted,
    lines: tuple[BankLine, ...],
    known: tuple[BankLine, ...],
    rivals: Sequence[Wanted] = (),
) -> Matched | None:
    """One movement of money: the line known for it, or what replaced that, or whichever fits."""
    names = {line.line_id for line in known}
    kept = [line for line in lines if line.line_id in names or line.replaces_line_id in names]
    others = [line for line in lines if line.amount != wanted.amount]
    if kept:
        return match(wanted, (*kept, *others))
    return match(wanted, lines, rivals=rivals)


def _party(payment: Payment) -> str | None:
    role = "customer" if is_money_in(payment) else "vendor"
    return f"{role}:{payment.counterparty_id}" if payment.counterparty_id else None


def _of_transfer(left: Matched | None, came: Matched | None) -> RecordLines | None:
    if left is None and came is None:
        return None
    debits = left.debits if left else ()
    credits_ = came.debits if came else ()
    settled = all(not line.pending for line in (*debits, *credits_))
    words = "; ".join(side.explanation for side in (left, came) if side is not None)
    complete = bool(debits) and bool(credits_) and settled
    return RecordLines(debits, credits_, "exact", words, None, complete)


def side_wanted(payment: Payment) -> Wanted:
    """What is looked for of a record that has one line: money out is above zero."""
    amount = -payment.amount if is_money_in(payment) else payment.amount
    return _wanted(payment, amount, payment.expectation.bank_account_id)


def _wanted(payment: Payment, amount: Money, account_id: str | None) -> Wanted:
    first, last = window(payment)
    by_check = (payment.method or "").upper() == CHECK and not is_money_in(payment)
    return Wanted(
        amount,
        first,
        last,
        account_id,
        None,
        payment.counterparty_name,
        payment.invoice_number,
        check_number=payment.reference if by_check else None,
        party_id=_party(payment),
        by_rail=False,
        any_text=payment.type in _ANY_TEXT,
        by_check=by_check,
    )
