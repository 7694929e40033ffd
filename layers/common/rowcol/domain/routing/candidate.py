"""One way, judged on its own: can it carry this amount on this date, and when is it there?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.calendar import add_bank_days, next_bank_day
from rowcol.domain.money import Money
from rowcol.domain.routing.ask import Ask, Preference
from rowcol.domain.routing.cutoff import earliest_send, latest_send
from rowcol.domain.routing.networks import SecCode
from rowcol.domain.routing.rail import Offer
from rowcol.domain.routing.reasons import NotTaken, Reason, refused
from rowcol.domain.routing.terms import Terms, WayTerms


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way that works. `days`: bank days from `send_on` to `promised_on`, both bank days.

    `collect_on`: the day the payer's debit settles; None for a check, debited when it is cashed.
    `meets_date`: it starts on the asked day (the first bank day from it on), or is there by it.
    """

    terms: WayTerms
    fee: Money | None
    send_on: date
    collect_on: date | None
    promised_on: date
    days: int
    meets_date: bool
    sec_code: SecCode | None

    @property
    def rank(self) -> tuple[bool, bool, int, bool, int, str]:
        """Lower is better: meets the date, lowest fee, electronic, slowest, name.

        A fee nobody told ranks behind every known one.
        """
        fee = (self.fee is None, self.fee.minor if self.fee else 0)
        return (not self.meets_date, *fee, self.terms.rule.paper, -self.days, self.terms.way.name)

    @property
    def numbers(self) -> dict[str, object]:
        """What it would cost and when it would be there."""
        return {"fee": self.fee, "send_on": self.send_on, "promised_on": self.promised_on}


def judge(ask: Ask, terms: Terms, way: WayTerms) -> Candidate | NotTaken:
    """Judge one way by itself. The order of checks is that of `Reason`."""
    reason = _never(terms, way) or _not_for(ask, terms, way)
    if reason is not None:
        return reason
    assert way.days is not None  # _not_for refuses without
    earliest = earliest_send(ask.now, way.cutoffs, terms.closures)
    if ask.preference is Preference.DELIVER_BY:
        send = latest_send(ask.on, way.days, terms.closures)
        meets = True
        if send < earliest:
            return _too_late(ask, terms, way, send, earliest)
    else:
        wished = next_bank_day(ask.on, terms.closures)
        send = max(wished, earliest)
        meets = send == wished
    return Candidate(
        way,
        None if way.fee_minor is None else Money(way.fee_minor, terms.currency),
        send,
        None if way.collect_days is None else add_bank_days(send, way.collect_days, terms.closures),
        add_bank_days(send, way.days, terms.closures),
        way.days,
        meets,
        ask.payee.sec_code if way.way.pattern else None,
    )


def worse(best: Candidate, other: Candidate) -> NotTaken:
    """Why one way that works ranks behind another: the first of their differences."""
    taken, name = best.terms.way.name, other.terms.way.name
    if best.meets_date and not other.meets_date:
        code, words = Reason.STARTS_LATER, f"{name} cannot start before {other.send_on}"
    elif best.fee is not None and other.fee is None:
        code, words = Reason.FEE_UNKNOWN, f"nobody told the fee of {name}"
    elif best.fee is not None and other.fee is not None and best.fee < other.fee:
        code, words = Reason.COSTS_MORE, f"{name} costs {other.fee}, {taken} {best.fee}"
    elif other.terms.rule.paper and not best.terms.rule.paper:
        code, words = Reason.PAPER, f"{taken} needs no paper"
    elif other.days < best.days:
        code, words = Reason.FASTER, f"{taken} is slower and soon enough"
    else:
        code, words = Reason.ORDER, f"{taken} is as good and comes first by name"
    return refused(other.terms.way, code, words, taken=taken, **other.numbers)


def _never(terms: Terms, way: WayTerms) -> NotTaken | None:
    """What the rail cannot be asked for, whatever the amount and the date."""
    rail, name = terms.biller.capitalize(), way.way.name
    match way.offer:
        case Offer.OBSERVED:
            code, words = Reason.OBSERVED_ONLY, f"{rail} reports {name} but cannot be asked for it"
        case Offer.RECORD:
            code, words = Reason.MOVES_NO_MONEY, f"{name} only notes what was paid elsewhere"
        case Offer.UNDATED:
            code, words = Reason.DATE_NOT_SETTABLE, f"{rail} takes no payment date for {name}"
        case Offer.NO:
            code, words = Reason.NOT_OFFERED, f"{rail} does not offer {name}"
        case Offer.WHEN_ENABLED if way.enabled is None:
            code, words = Reason.NOT_ENABLED, f"{rail} has not enabled {name} for this account"
        case _ if way.enabled is False:
            code, words = Reason.SWITCHED_OFF, f"{name} is switched off for this client"
        case _:
            return None
    return refused(way.way, code, words, rail=terms.biller)


def _not_for(ask: Ask, terms: Terms, way: WayTerms) -> NotTaken | None:
    """What this amount and this vendor forbid."""
    name, network = way.way.name, way.way.network
    carried = way.rule.currency
    if carried is not None and carried != ask.amount.currency:
        return refused(
            way.way,
            Reason.CURRENCY,
            f"{name} carries {carried} only",
            currency=ask.amount.currency,
            carried=carried,
        )
    if ask.accepted is not None and network not in ask.accepted:
        return refused(
            way.way,
            Reason.NOT_ACCEPTED,
            f"the vendor does not take {network.value}",
            accepted=sorted(ask.accepted),
        )
    if way.ceiling_minor is not None and ask.amount.minor > way.ceiling_minor:
        ceiling = Money(way.ceiling_minor, ask.amount.currency)
        return refused(
            way.way,
            Reason.OVER_CEILING,
            f"{name} carries at most {ceiling}",
            ceiling=ceiling,
            amount=ask.amount,
        )
    if way.days is None:
        return refused(
            way.way,
            Reason.DELIVERY_UNKNOWN,
            f"nobody says how long {name} takes, so no day can be promised",
            rail=terms.biller,
        )
    return None


def _too_late(ask: Ask, terms: Terms, way: WayTerms, send: date, earliest: date) -> NotTaken:
    assert way.days is not None  # judge has made sure
    promised = add_bank_days(earliest, way.days, terms.closures)
    return refused(
        way.way,
        Reason.TOO_LATE,
        f"to be there by {ask.on} it must start on {send}; the first day is {earliest},"
        f" and then it is there on {promised}",
        wanted=ask.on,
        latest_send=send,
        earliest_send=earliest,
        earliest_promise=promised,
        bank_days=way.days,
    )
