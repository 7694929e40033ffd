"""Why a way was not taken: stable codes, words, and the numbers that explain them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.routing.networks import Network, Pattern, Way


class Reason(StrEnum):
    """Published in the API; a code is never renamed or reused.

    The order is the order of checks: of several that hold, the first is told.
    """

    OBSERVED_ONLY = "observed_only"
    MOVES_NO_MONEY = "moves_no_money"
    DATE_NOT_SETTABLE = "date_not_settable"
    NOT_OFFERED = "not_offered"
    NOT_ENABLED = "not_enabled"
    SWITCHED_OFF = "switched_off"
    CURRENCY = "currency_not_carried"
    NOT_ACCEPTED = "not_accepted"
    OVER_CEILING = "over_ceiling"
    DELIVERY_UNKNOWN = "delivery_unknown"
    TOO_LATE = "too_late"
    METHOD_SET_IN_RAIL = "method_set_in_rail"
    NOT_WISHED = "not_wished"
    STARTS_LATER = "starts_later"
    COSTS_MORE = "costs_more"
    FEE_UNKNOWN = "fee_unknown"
    PAPER = "paper_not_needed"
    FASTER = "faster_than_needed"
    ORDER = "order_of_names"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A way that was considered. `numbers` hold amounts, dates, counts and texts."""

    network: Network
    pattern: Pattern | None
    code: Reason
    words: str
    numbers: Mapping[str, object]


def refused(way: Way, code: Reason, words: str, **numbers: object) -> NotTaken:
    """A way with its reason."""
    return NotTaken(way.network, way.pattern, code, words, numbers)
