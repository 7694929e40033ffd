"""What the router should answer, found by trying every day: slow, obvious, and written apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.routing.ask import Ask, Preference
from rowcol.domain.routing.settings import RoutingSettings
from tests.support.domain.bank_days_by_hand import ONE, counted, instant, is_open, today

NEW_YORK = "America/New_York"
# way: bank days on the network, days to collect by debit, ceiling in cents, last clock
NETWORKS: dict[str, tuple[int, int, int, tuple[int, int] | None]] = {
    "ACH/same_day": (0, 0, 100_000_000, (16, 45)),
    "ACH/next_day": (1, 1, 9_999_999_999, None),
    "ACH/standard": (2, 1, 9_999_999_999, None),
    "CHECK": (1, 0, 9_999_999_999, None),
    "DOMESTIC_WIRE": (0, 1, 999_999_999_999, (18, 45)),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """Dates of a way that works; none when it cannot be there in time."""

    send_on: date
    promised_on: date
    in_time: bool


def days_of(name: str, settings: RoutingSettings, told: int) -> int:
    """Bank days from start to payee: the rail's or the client's number, never under the rules'."""
    network, collected, _, _ = NETWORKS[name]
    waits = name != "CHECK" and not settings.advances and not settings.from_balance
    least = network + collected if waits else network
    return max(told, least)


def ceiling_of(name: str, set_minor: int | None) -> int:
    """The lower of the network's and the client's."""
    return min(NETWORKS[name][2], NETWORKS[name][2] if set_minor is None else set_minor)


def can_start(day: date, name: str, ask: Ask, settings: RoutingSettings) -> bool:
    """Whether something asked for at `ask.now` can still leave on this day."""
    closures = frozenset(settings.closures)
    if not is_open(day, closures) or day < today(ask.now, NEW_YORK):
        return False
    set_ = next((w for w in settings.ways if f"{w.network}/{w.pattern}" == name), None) or next(
        (w for w in settings.ways if w.network == name and w.pattern is None), None
    )
    clocks = [(17, 0, NEW_YORK)]
    if settings.cutoff is not None:
        clocks = [(settings.cutoff.hour, settings.cutoff.minute, settings.cutoff.zone)]
    if set_ is not None and set_.cutoff is not None:
        clocks = [(set_.cutoff.hour, set_.cutoff.minute, set_.cutoff.zone)]
    last = NETWORKS[name][3]
    if last is not None:
        clocks.append((*last, NEW_YORK))
    return all(ask.now < instant(day, hour, minute, zone) for hour, minute, zone in clocks)


def expected(name: str, ask: Ask, settings: RoutingSettings, told: int) -> Expected:
    """Try every day from today on."""
    closures, days = frozenset(settings.closures), days_of(name, settings, told)
    first = today(ask.now, NEW_YORK) - ONE
    span = (ask.on - first).days + 30
    starts = [
        day
        for day in (first + timedelta(days=n) for n in range(span))
        if can_start(day, name, ask, settings)
    ]
    if ask.preference is Preference.SEND_ON:
        send = next(day for day in starts if day >= ask.on)
        return Expected(send, counted(send, days, closures), True)
    there = {day: counted(day, days, closures) for day in starts}
    in_time = [day for day in starts if there[day] <= ask.on]
    send = max(in_time) if in_time else starts[0]
    return Expected(send, there[send], bool(in_time))
