"""The router: a pure function from what is asked to a route, or to a refusal that explains itself.

Order among ways that work, first difference decides: meets the date; lowest fee; electronic before
paper; slowest that still fits (the dearer speed is not bought); name. Every other way is named
with its reason. The same question always has the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.ask import Ask, Preference, impossible
from rowcol.domain.routing.candidate import Candidate, judge, worse
from rowcol.domain.routing.chosen import ChosenRoute
from rowcol.domain.routing.networks import Network, Pattern, SecCode, Way
from rowcol.domain.routing.reasons import NotTaken, Reason, refused
from rowcol.domain.routing.terms import Collect, Settle, Terms


@dataclass(frozen=True, slots=True)
class Route:
    """The way taken, its dates, and why no other.

    `collect_on`: the payer's debit settles; None for a check. `settle_on`: the rail lets go of it.
    `send_on`: the rail starts; `promised_on`: the payee has it at the latest. All are bank days.
    `fee` None: nobody told it. `meets_date`: it is there by the asked day, or starts on the
    first bank day from it on, and no cut-off has moved it past that.
    `pattern` and `sec_code`: ACH only.
    """

    biller: str
    network: Network
    pattern: Pattern | None
    sec_code: SecCode | None
    paper: bool
    collect: Collect
    collect_on: date | None
    settle: Settle
    settle_on: date | None
    fee: Money | None
    send_on: date
    promised_on: date
    preference: Preference
    asked_on: date
    meets_date: bool
    not_taken: tuple[NotTaken, ...]

    @property
    def chosen(self) -> ChosenRoute:
        """What is kept of it with a payment."""
        return ChosenRoute(
            self.network.value,
            self.pattern.value if self.pattern else None,
            self.sec_code.value if self.sec_code else None,
            self.paper,
            self.fee,
            self.send_on,
            self.promised_on,
            self.biller,
        )


def route(ask: Ask, terms: Terms) -> Route | Refusal:
    """The best way for an amount and a date.

    Refused: what `impossible` names, and `no_route` with every way's reason; for a day that cannot
    be met with the earliest possible one. Raises ValueError for a naive instant.
    """
    refusal = impossible(ask, terms)
    if refusal is not None:
        return refusal
    judged = [judge(ask, terms, way) for way in terms.ways]
    narrowed = [_narrowed(ask, terms, way) if isinstance(way, Candidate) else way for way in judged]
    working = [way for way in narrowed if isinstance(way, Candidate)]
    if not working:
        return _no_route(ask, tuple(way for way in narrowed if isinstance(way, NotTaken)))
    best = min(working, key=lambda way: way.rank)
    others = (way for way in narrowed if way is not best)
    not_taken = tuple(worse(best, way) if isinstance(way, Candidate) else way for way in others)
    return _route(ask, terms, best, not_taken)


def _narrowed(ask: Ask, terms: Terms, candidate: Candidate) -> Candidate | NotTaken:
    """A way that works, or why it is not among those to choose from."""
    way = candidate.terms.way
    if ask.set_to is not None and ask.set_to != way:
        return refused(
            way,
            Reason.METHOD_SET_IN_RAIL,
            f"the bill is set to {ask.set_to.name}; people can change that in"
            f" {terms.biller.capitalize()}",
            set_to=ask.set_to.name,
            link=terms.link,
            **candidate.numbers,
        )
    if ask.networks is not None and way.network not in ask.networks:
        wished = sorted(ask.networks)
        return refused(
            way,
            Reason.NOT_WISHED,
            "another network was asked for",
            wished=wished,
            **candidate.numbers,
        )
    return candidate


def _no_route(ask: Ask, not_taken: tuple[NotTaken, ...]) -> Refusal:
    """Nothing works: with the first day on which something would, if only the day is at fault."""
    possible = [
        found
        for way in not_taken
        if way.code is Reason.TOO_LATE
        and ask.set_to in (None, Way(way.network, way.pattern))
        and (ask.networks is None or way.network in ask.networks)
        and isinstance(found := way.numbers["earliest_promise"], date)
    ]
    earliest = min(possible, default=None)
    numbers = {
        "amount": ask.amount,
        "date": ask.on,
        "preference": ask.preference,
        "earliest": earliest,
        "not_taken": not_taken,
    }
    if earliest is None:
        return Refusal(Code.NO_ROUTE, f"no network carries {ask.amount} here", numbers)
    return Refusal(
        Code.NO_ROUTE,
        f"nothing is there by {ask.on}; the first possible day is {earliest}",
        numbers,
        f"take {earliest}",
    )


def _route(ask: Ask, terms: Terms, best: Candidate, not_taken: tuple[NotTaken, ...]) -> Route:
    way = best.terms
    settled = best.send_on if way.settle in (Settle.ADVANCED, Settle.FUNDED) else best.collect_on
    return Route(
        terms.biller,
        way.way.network,
        way.way.pattern,
        best.sec_code,
        way.rule.paper,
        way.collect,
        best.collect_on,
        way.settle,
        settled,
        best.fee,
        best.send_on,
        best.promised_on,
        ask.preference,
        ask.on,
        best.meets_date,
        not_taken,
    )
