"""What an execution rail can be asked for: its shape, and Ramp's as data.

Source: ramp contract, section 1 and 5. What it does not say (days of a check or a wire, cut-offs,
fees) is UNCONFIRMED: days here are cautious, and a client's settings say better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.routing.networks import RULES, Network, Pattern, Way


class Offer(StrEnum):
    """Whether a rail can be asked to use a way."""

    YES = "yes"
    WHEN_ENABLED = "when_enabled"
    NO = "no"
    OBSERVED = "observed"
    UNDATED = "undated"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Offered:
    """A way on a rail. `days`: bank days from its start to the payee, when the rail says."""

    offer: Offer
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Rail:
    """A biller and its ways; one that is not named is not offered. `link`: where people choose."""

    name: str
    ways: Mapping[Way, Offered]
    link: str

    def offered(self, way: Way) -> Offered:
        """What it says of a way."""
        return self.ways.get(way, Offered(Offer.NO))


_OBSERVED = (
    Network.RTP,
    Network.FED_NOW,
    Network.AUTOMATIC_CARD_PAYMENT,
    Network.DIRECT_DEBIT,
    Network.VENDOR_CREDIT,
)
# Ramp takes no payment date for cards (ramp contract, section 1).
_CARDS = (Network.CARD, Network.ONE_TIME_CARD, Network.ONE_TIME_CARD_DELIVERY)
# To be asked for, but no source says when the payee has it.
_ABROAD = (
    Network.SWIFT,
    Network.INTERNATIONAL,
    Network.LOCAL_BANK_TRANSFER,
    Network.CRYPTO_WALLET_TRANSFER,
)

RAMP = Rail(
    "ramp",
    {
        # "ACH takes about 2 or 5 business days": the later one is promised.
        Way(Network.ACH, Pattern.STANDARD): Offered(Offer.YES, 5),
        Way(Network.ACH, Pattern.SAME_DAY): Offered(Offer.WHEN_ENABLED),
        Way(Network.CHECK): Offered(Offer.YES, 10),
        Way(Network.DOMESTIC_WIRE): Offered(Offer.YES, 1),
        Way(Network.PAID_MANUALLY): Offered(Offer.RECORD),
        **{Way(network): Offered(Offer.YES) for network in _ABROAD},
        **{Way(network): Offered(Offer.UNDATED) for network in _CARDS},
        **{Way(network): Offered(Offer.OBSERVED) for network in _OBSERVED},
    },
    "https://app.ramp.com/bills",
)


def askable(rail: Rail) -> frozenset[Network]:
    """Networks the rail can be asked for at all, whether or not a date can be named."""
    seen_only = (Offer.NO, Offer.OBSERVED)
    return frozenset(
        rule.way.network for rule in RULES if rail.offered(rule.way).offer not in seen_only
    )
