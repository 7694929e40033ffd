"""Is a route that was chosen before still valid for an amount and a date?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from rowcol.domain.calendar import is_bank_day
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.ask import Ask, Preference, impossible
from rowcol.domain.routing.candidate import judge
from rowcol.domain.routing.chosen import ChosenRoute
from rowcol.domain.routing.networks import Network
from rowcol.domain.routing.reasons import NotTaken
from rowcol.domain.routing.terms import Terms

NOT_BANK_DAY = "not_bank_day"
MISSED_CUTOFF = "missed_cutoff"
PROMISE_MOVED = "promise_moved"
UNKNOWN_WAY = "unknown_way"


def check(
    chosen: ChosenRoute,
    amount: Money,
    on: date,
    now: datetime,
    terms: Terms,
    accepted: frozenset[Network] | None = None,
) -> Refusal | None:
    """None while `chosen` carries `amount` when it starts on `on`, else `route_invalid`.

    Its numbers name the `reason`: a code of `Reason`, `not_bank_day`, `missed_cutoff` (with the
    first day left), `promise_moved` (for its own day it promises later than it did), `unknown_way`.
    Amount and date that no way can take are refused by their own codes (`impossible`). Raises
    ValueError for a naive instant.
    """
    ask = Ask(amount, on, Preference.SEND_ON, now, accepted)
    way = terms.named(chosen.network, chosen.pattern)
    if way is None:
        return _invalid(UNKNOWN_WAY, f"{terms.biller} does not know {chosen.network}", {})
    refusal = impossible(ask, terms)
    if refusal is not None:
        return refusal
    found = judge(ask, terms, way)
    if isinstance(found, NotTaken):
        return _invalid(found.code, found.words, found.numbers)
    if not is_bank_day(on, terms.closures):
        words = f"banks are closed on {on}"
        return _invalid(NOT_BANK_DAY, words, {"date": on, "next": found.send_on})
    if found.send_on > on:
        words = f"the cut-off of {on} has passed; the first day left is {found.send_on}"
        return _invalid(MISSED_CUTOFF, words, {"date": on, "next": found.send_on})
    if on == chosen.send_on and found.promised_on > chosen.promised_on:
        words = f"it is there on {found.promised_on} only, not on {chosen.promised_on}"
        numbers = {"promised_on": chosen.promised_on, "possible": found.promised_on}
        return _invalid(PROMISE_MOVED, words, numbers)
    return None


def _invalid(reason: str, words: str, numbers: Mapping[str, object]) -> Refusal:

    return Refusal(Code.ROUTE_INVALID, words, {"reason": str(reason), **numbers})
