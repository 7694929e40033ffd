"""How a client's payments, and the payment of a bill as the rail shows it, are to travel.

RowCol sets and clears dates on Ramp and leaves the method to people there. So a bill travels the
way it is set to.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.client import Client
from rowcol.domain.facts import RailBill
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.ask import Ask, Preference
from rowcol.domain.routing.chosen import ChosenRoute
from rowcol.domain.routing.cutoff import Cutoff
from rowcol.domain.routing.networks import Network, Pattern, Way
from rowcol.domain.routing.rail import RAMP
from rowcol.domain.routing.reasons import NotTaken, Reason
from rowcol.domain.routing.recheck import MISSED_CUTOFF, NOT_BANK_DAY, PROMISE_MOVED, check
from rowcol.domain.routing.router import Route, route
from rowcol.domain.routing.settings import RoutingSettings
from rowcol.domain.routing.terms import Terms, terms_of

# Of a bill's own method: what the client's settings and the network forbid whatever the day.
_FORBIDDING = frozenset({Reason.OVER_CEILING, Reason.SWITCHED_OFF})
# What only the hour says: the release has a cut-off of its own, and Ramp answers with its day.
_OF_THE_HOUR = frozenset({MISSED_CUTOFF, NOT_BANK_DAY, PROMISE_MOVED})
# What the rail says of a bill whose method nobody has chosen yet.
NOT_NAMED = "UNSPECIFIED"


def terms_for(client: Client, bill: RailBill | None = None) -> Terms:
    """How a client's payments, or the payment of one bill, can travel on Ramp."""
    settings = client.routing
    way = way_of(bill) if bill is not None else None
    if way is not None and way.pattern is Pattern.SAME_DAY:
        settings = _seen(settings, way)
    return terms_of(
        RAMP,
        settings,
        client.currency,
        client.zone,
        Cutoff(client.cutoff_hour, 0, BANK_ZONE),
        client.schedule_days_max,
    )


def way_of(bill: RailBill) -> Way | None:
    """The way a bill is set to on the rail; None while it names none, or one nobody knows."""
    if bill.payment is None or bill.payment.method not in Network.__members__:
        return None
    network = Network(bill.payment.method)
    if network is not Network.ACH:
        return Way(network)
    return Way(network, Pattern.SAME_DAY if bill.payment.same_day else Pattern.STANDARD)


def route_of_bill(
    client: Client, bill: RailBill, amount: Money, day: date, now: datetime
) -> ChosenRoute | Refusal | None:
    """The route of a payment that starts on `day`, by its bill's own method.

    None when the rail names no method that a date can be promised for. `no_route` only when the
    amount is over the method's ceiling, or the client has switched the method off. A day that is
    over, or none for banks, becomes the next one.
    """
    way = way_of(bill)
    if way is None:
        return None
    # Release days are New York's, and the day has been checked against the client's.
    terms = terms_for(client, bill)
    terms = replace(terms, zone=BANK_ZONE, days_ahead_max=terms.days_ahead_max + 1)
    ask = Ask(amount, max(day, local_date(now, BANK_ZONE)), Preference.SEND_ON, now, set_to=way)
    found = route(ask, terms)
    if isinstance(found, Route):
        return found.chosen
    told = _told(found, way)
    if told is None or told.code not in _FORBIDDING:
        return None
    words = f"{told.words}, and the bill is set to it in Ramp"
    return replace(found, detail=words, remedy="set another method in Ramp", link=RAMP.link)


def routed(client: Client, payment: Payment, now: datetime) -> Payment:
    """The payment with the route of its bill's method, as last read, on its day.

    For every change of day or bill. Without one where none can be promised; what forbids the method
    is told on the release day (`route_problem`).
    """
    if payment.rail is None:
        return payment
    found = route_of_bill(client, payment.rail, payment.amount, payment.pay_on, now)
    return replace(payment, route=None if isinstance(found, Refusal) else found)


def routed_as_decided(client: Client, payment: Payment, now: datetime) -> Payment:
    """The same on another day, by the way that was decided.

    Another way that the bill was set to since is kept from going unsaid: `route_problem` tells it.
    """
    before, fresh = payment.route, routed(client, payment, now)
    after = fresh.route
    if before is None:
        return fresh
    same = after is not None and (after.network, after.pattern) == (before.network, before.pattern)
    return fresh if same else payment


def route_problem(
    client: Client, payment: Payment, bill: RailBill, now: datetime
) -> tuple[str, str] | None:
    """Kind and words of the hold for a payment whose route does not hold on its release day.

    Method, ceiling or settings changed (`route_invalid`); or the method's own cut-off has passed
    for a payment that was scheduled (`missed_cutoff`). One for now goes on to the next bank day.
    """
    chosen = payment.route
    if chosen is None:
        found = route_of_bill(client, bill, payment.amount, payment.pay_on, now)
        return (Code.ROUTE_INVALID, found.detail) if isinstance(found, Refusal) else None
    other = other_way(chosen, bill)
    if other is not None or way_of(bill) is None:
        return other  # a bill without a method has a state of its own
    terms = replace(terms_for(client, bill), zone=BANK_ZONE)
    day = max(chosen.send_on, local_date(now, BANK_ZONE))
    refusal = check(chosen, payment.amount, day, now, terms)
    if refusal is None or refusal.code is not Code.ROUTE_INVALID:
        return None
    reason = refusal.numbers["reason"]
    if reason == MISSED_CUTOFF and payment.status is Status.SCHEDULED:
        return Code.MISSED_CUTOFF, refusal.detail
    return None if reason in _OF_THE_HOUR else (Code.ROUTE_INVALID, refusal.detail)


def other_way(chosen: ChosenRoute, bill: RailBill) -> tuple[str, str] | None:
    """Kind and words of the hold for a bill that is set to another way than was decided.

    None for one that names none.
    """
    way, decided = way_of(bill), chosen.network
    if chosen.pattern:
        decided = f"{chosen.network}/{chosen.pattern}"
    if way is not None:
        found = way.name
    elif bill.payment is not None and bill.payment.method != NOT_NAMED:
        found = bill.payment.method
    else:
        return None
    if found == decided:
        return None
    return Code.ROUTE_INVALID, f"decided for {decided}, but the bill is set to {found} in Ramp"


def _told(refusal: Refusal, way: Way) -> NotTaken | None:
    """Why the refusal did not take this way."""
    told = refusal.numbers.get("not_taken")
    if not isinstance(told, tuple):
        return None
    return next(
        (one for one in told if isinstance(one, NotTaken) and Way(one.network, one.pattern) == way),
        None,
    )


def _seen(settings: RoutingSettings, way: Way) -> RoutingSettings:
    """The settings, with a way that a bill is set to taken as enabled unless it is switched off."""
    own = settings.of(way)
    if own.enabled is not None:
        return settings
    others = tuple(one for one in settings.ways if one.way != way)
    return replace(settings, ways=(*others, replace(own, enabled=True)))
