"""Terms and questions for tests of the router."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.routing.ask import Ask, Preference
from rowcol.domain.routing.cutoff import Cutoff
from rowcol.domain.routing.networks import RULES, Network, Pattern, Way
from rowcol.domain.routing.rail import RAMP, Offer, Offered, Rail
from rowcol.domain.routing.reasons import NotTaken
from rowcol.domain.routing.router import Route, route
from rowcol.domain.routing.settings import RoutingSettings, WaySettings
from rowcol.domain.routing.terms import Terms, terms_of

CUTOFF = Cutoff(17, 0, BANK_ZONE)
SAME_DAY = Way(Network.ACH, Pattern.SAME_DAY)
NEXT_DAY = Way(Network.ACH, Pattern.NEXT_DAY)
STANDARD = Way(Network.ACH, Pattern.STANDARD)
WIRE, CHECK = Way(Network.DOMESTIC_WIRE), Way(Network.CHECK)
WAYS = tuple(rule.way for rule in RULES)
# A rail that can be asked for everything and says of every way how long it takes.
OPEN = Rail("open", {way: Offered(Offer.YES, 3) for way in WAYS}, "https://rail.example/")


def usd(minor: int) -> Money:
    """Cents."""
    return Money(minor, "USD")


def at(text: str) -> datetime:
    """An instant from ISO 8601 text with an offset."""
    return datetime.fromisoformat(text)


def day(text: str) -> date:
    """A date from ISO 8601 text."""
    return date.fromisoformat(text)


def settings_of(*ways: WaySettings, **general: object) -> RoutingSettings:
    """Settings with these ways."""
    return RoutingSettings(tuple(ways), **general)  # type: ignore[arg-type]  # named by tests


def own(way: Way, **told: object) -> WaySettings:
    """Settings of one way."""
    return WaySettings(way.network, way.pattern, **told)  # type: ignore[arg-type]  # as above


def terms(
    settings: RoutingSettings | None = None, rail: Rail = RAMP, zone: str = BANK_ZONE
) -> Terms:
    """The terms of a USD client, 180 days ahead, cut-off 17:00 in New York."""
    return terms_of(rail, settings or RoutingSettings(), "USD", zone, CUTOFF, 180)


def ask(
    on: str | date, now: str | datetime, preference: Preference = Preference.SEND_ON, **more: object
) -> Ask:
    """A question about 1,000.00 USD."""
    when = on if isinstance(on, date) else day(on)
    instant = now if isinstance(now, datetime) else at(now)
    amount = more.pop("amount", usd(100_000))
    return Ask(amount, when, preference, instant, **more)  # type: ignore[arg-type]  # as above


def taken(question: Ask, of: Terms) -> Route:
    """The route, which there must be."""
    found = route(question, of)
    assert isinstance(found, Route), found
    return found


def refusal(question: Ask, of: Terms) -> Refusal:
    """The refusal, which there must be."""
    found = route(question, of)
    assert isinstance(found, Refusal), found
    return found


def reasons(found: Route | Refusal) -> dict[Way, NotTaken]:
    """Reasons by way."""
    told = found.not_taken if isinstance(found, Route) else found.numbers["not_taken"]
    assert isinstance(told, tuple)
    return {Way(one.network, one.pattern): one for one in told}


def way_of(found: Route) -> Way:
    """The way a route takes."""
    return Way(found.network, found.pattern)


SECOND = timedelta(seconds=1)
