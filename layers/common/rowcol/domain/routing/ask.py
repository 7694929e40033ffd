"""What the router is asked, and the refusals that hold whatever the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.calendar import local_date
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.networks import Network, Payee, Way
from rowcol.domain.routing.terms import Terms


class Preference(StrEnum):
    """What the asked date means: the day the rail starts, or the last day for the payee."""

    SEND_ON = "send_on"
    DELIVER_BY = "deliver_by"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `now` is an aware instant.

    `accepted`: what the vendor takes, None when nobody knows. `networks`: only these are wished;
    None: any. `set_to`: the way that the bill is set to on the rail; another one would have to be
    chosen there first.
    """

    amount: Money
    on: date
    preference: Preference
    now: datetime
    accepted: frozenset[Network] | None = None
    networks: frozenset[Network] | None = None
    payee: Payee = Payee.BUSINESS
    set_to: Way | None = None


def impossible(ask: Ask, terms: Terms) -> Refusal | None:
    """A refusal that no way can escape; None when ways are to be compared.

    `amount_not_positive`, `currency_mismatch`, `invalid_input` (no network is wished),
    `date_in_past`, `date_too_far`.
    """
    if ask.amount.minor <= 0:
        return Refusal(
            Code.AMOUNT_NOT_POSITIVE, "only an amount above zero travels", {"amount": ask.amount}
        )
    if ask.amount.currency != terms.currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"the client's books are in {terms.currency}",
            {"found": ask.amount.currency, "expected": terms.currency},
        )
    if ask.networks is not None and not ask.networks:
        return Refusal(Code.INVALID_INPUT, "no network is named", {"field": "networks"})
    return _bad_date(ask, terms)


def _bad_date(ask: Ask, terms: Terms) -> Refusal | None:
    today = local_date(ask.now, terms.zone)
    if ask.on < today:
        return Refusal(
            Code.DATE_PAST, f"{ask.on} is before today, {today}", {"date": ask.on, "today": today}
        )
    last = today + timedelta(days=terms.days_ahead_max)
    if ask.on > last:
        return Refusal(
            Code.DATE_TOO_FAR,
            f"at most {terms.days_ahead_max} days ahead",
            {"date": ask.on, "last": last},
        )
    return None
