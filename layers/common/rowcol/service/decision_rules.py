"""Rules that every command on a payment's date asks: decide, reschedule, pay again."""

from __future__ import annotations

from datetime import date, timedelta

from rowcol.domain.calendar import is_bank_day, local_date, next_bank_day
from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.levers import no_lever


def not_ahead(change: Change, day: date) -> Refusal | None:
    """Refuse a day that is not after today in the client's zone, or too far ahead."""
    today = local_date(change.now, change.client.zone)
    if day <= today:
        return Refusal(
            Code.DATE_PAST, f"{day} is not after today, {today}", {"date": day, "today": today}
        )
    last = today + timedelta(days=change.client.schedule_days_max)
    if day > last:
        return Refusal(
            Code.DATE_TOO_FAR,
            f"at most {change.client.schedule_days_max} days ahead",
            {"date": day, "last": last},
        )
    return None


def not_payable_on(change: Change, day: date) -> Refusal | None:
    """Refuse a day on which a payment cannot be released: past, too far, no bank day."""
    refused = not_ahead(change, day)
    if refused is not None or is_bank_day(day):
        return refused
    following = next_bank_day(day)
    return Refusal(
        Code.DATE_NOT_BANK_DAY,
        f"banks are closed on {day}",
        {"date": day, "next": following},
        f"take {following}",
    )


def no_date_lever(change: Change) -> Refusal | None:
    """Refuse when this account of the rail does not let us set or clear dates."""
    return no_date_lever_of(change.client)


def no_date_lever_of(client: Client) -> Refusal | None:
    """The same, of a client as read."""
    return no_lever(client, "payment_date")
