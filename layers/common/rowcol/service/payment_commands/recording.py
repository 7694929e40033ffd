"""What a record says, and the rules that every command on records asks first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.allocation import Allocation
from rowcol.domain.calendar import local_date
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment, PaymentType, Posting
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.payment_commands.asking import find, wrong_state

MINOR_MAX = 10**13
NAME_LENGTH_MAX = 200
ID_LENGTH_MAX = 64
METHOD_LENGTH_MAX = 40
REFERENCE_LENGTH_MAX = 100
MEMO_LENGTH_MAX = 500
# Between whom money moves when nobody else is named.
_UNNAMED = {PaymentType.TRANSFER: "Own accounts", PaymentType.FEE: "Bank"}


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What happened off-rail: `amount` moved on `paid_on`.

    `account_id`: the client's bank account that it left, or reached where customers pay;
    `to_account_id`: where a transfer arrived. `allocations` are a plan until it is confirmed.
    """

    type: PaymentType
    amount: Money
    paid_on: date
    counterparty_id: str | None = None
    counterparty_name: str | None = None
    method: str | None = None
    reference: str | None = None
    memo: str | None = None
    account_id: str | None = None
    to_account_id: str | None = None
    allocations: tuple[Allocation, ...] = ()

    @property
    def party_name(self) -> str:
        """Who paid or was paid."""
        named = (self.counterparty_name or "").strip()
        return named or _UNNAMED.get(self.type, "")


def find_record(change: Change, payment_id: str, verb: str) -> Payment | Refusal:
    """A payment that people may change: `not_found`, `rail_payment`, `wrong_state`.

    One whose money came back, or that another one replaced, is over.
    """
    found = find(change, payment_id)
    if isinstance(found, Refusal):
        return found
    payment = found.payment
    if payment.commands_rail:
        return Refusal(
            Code.RAIL_PAYMENT,
            "a payment on a rail is kept and posted by RowCol, by what the rail reports",
            {"origin": payment.origin.value, "status": payment.status.value},
            remedy="cancel or reverse it instead",
        )
    return payment if payment.status is Status.DONE else wrong_state(payment, verb)


def not_draft(payment: Payment, verb: str) -> Refusal | None:
    """Refuse what only a draft takes."""
    if payment.posting is Posting.DRAFT:
        return None
    return Refusal(
        Code.NOT_DRAFT,
        f"a posted payment cannot be {verb}",
        {"posting": payment.posting.value, "number": payment.number},
        remedy="reset it to draft first",
    )


def period_problem(change: Change, day: date) -> Refusal | None:
    """Refuse what people want to change in a closed period: `period_closed`."""
    closed = change.client.closed_through
    if closed is None or day > closed:
        return None
    return Refusal(
        Code.PERIOD_CLOSED,
        f"the books are closed through {closed}; {day} is not after it",
        {"date": day, "closed_through": closed},
        remedy="record it in the open period, or have the period reopened",
    )


def record_problem(change: Change, record: NewRecord) -> Refusal | None:
    """Why a record cannot be kept, or None. Amount, then date, then parties, then accounts.

    Refused: `amount_not_positive`, `amount_too_large`, `currency_mismatch`, `date_in_future`,
    `date_in_past`, `period_closed`, `invalid_input` (names the field).
    """
    return (
        _amount_problem(change, record.amount)
        or _date_problem(change, record.paid_on)
        or _party_problem(record)
        or _text_problem(record)
        or _account_problem(change, record)
    )


def _amount_problem(change: Change, amount: Money) -> Refusal | None:
    if amount.currency != change.client.currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"the client's books are in {change.client.currency}",
            {"field": "amount", "found": amount.currency, "expected": change.client.currency},
        )
    if amount.minor <= 0:
        return Refusal(
            Code.AMOUNT_NOT_POSITIVE,
            "amount is above zero",
            {"field": "amount", "found": amount.minor},
        )
    if amount.minor > MINOR_MAX:
        return Refusal(
            Code.AMOUNT_TOO_LARGE,
            f"amount is at most {MINOR_MAX}",
            {"field": "amount", "most": MINOR_MAX},
        )
    return None


def _date_problem(change: Change, day: date) -> Refusal | None:
    today = local_date(change.now, change.client.zone)
    if day > today:
        return Refusal(
            Code.DATE_FUTURE,
            f"a record tells what happened; {day} is after today, {today}",
            {"field": "paid_on", "date": day, "today": today},
            remedy="decide a bill to have it paid later",
        )
    first = today - timedelta(days=change.client.record_days_max)
    if day < first:
        return Refusal(
            Code.DATE_PAST,
            f"{day} is more than {change.client.record_days_max} days ago",
            {"field": "paid_on", "date": day, "first": first},
        )
    return period_problem(change, day)


def _party_problem(record: NewRecord) -> Refusal | None:
    if not record.party_name:
        return _bad("counterparty_name", f"a {record.type.value} names who paid or was paid")
    if record.type is PaymentType.TRANSFER and record.counterparty_id is not None:
        return _bad("counterparty_id", "a transfer is between own accounts")
    return None


def _text_problem(record: NewRecord) -> Refusal | None:
    for field, text, most in (
        ("counterparty_id", record.counterparty_id, ID_LENGTH_MAX),
        ("counterparty_name", record.counterparty_name, NAME_LENGTH_MAX),
        ("method", record.method, METHOD_LENGTH_MAX),
        ("reference", record.reference, REFERENCE_LENGTH_MAX),
        ("memo", record.memo, MEMO_LENGTH_MAX),
    ):
        if text is not None and not (
            text.isprintable() and 0 < len(text.strip()) <= len(text) <= most
        ):
            return _bad(field, f"1 to {most} printable characters")
    return None


def _account_problem(change: Change, record: NewRecord) -> Refusal | None:
    transfer = record.type is PaymentType.TRANSFER
    if not transfer and record.to_account_id is not None:
        return _bad("to_account_id", "only of a transfer")
    if transfer and record.account_id == record.to_account_id:
        return _bad("to_account_id", "another account than account_id")
    own = change.client.own_account_ids
    for field, name in (("account_id", record.account_id), ("to_account_id", record.to_account_id)):
        if (transfer or name is not None) and name not in own:
            return Refusal(
                Code.INVALID_INPUT,
                f"{field}: one of the client's own bank accounts",
                {"field": field, "own": list(own)},
            )
    return None


def _bad(field: str, wanted: str) -> Refusal:
    return Refusal(Code.INVALID_INPUT, f"{field}: {wanted}", {"field": field})
