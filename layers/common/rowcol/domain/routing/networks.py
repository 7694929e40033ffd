"""Payment networks and what their own rules fix: pure data, the same for every rail and client.

Sources: Nacha Operating Rules (same-day ACH: 1,000,000 USD an entry since 2022-03-18; SEC codes);
FedACH processing schedule (last same-day window 16:45 ET); Fedwire Funds Service (customer
transfers until 18:45 ET); RTP and FedNow (10,000,000 USD since 2025). Rails and clients only narrow
it (`settings.py`). The words are Ramp's payment methods (ramp contract, section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.calendar import BANK_ZONE
from rowcol.domain.routing.cutoff import Cutoff


class Network(StrEnum):
    """How money or a credit can reach a payee, as the rail names it."""

    ACH = "ACH"
    AUTOMATIC_CARD_PAYMENT = "AUTOMATIC_CARD_PAYMENT"
    CARD = "CARD"
    CHECK = "CHECK"
    CRYPTO_WALLET_TRANSFER = "CRYPTO_WALLET_TRANSFER"
    DIRECT_DEBIT = "DIRECT_DEBIT"
    DOMESTIC_WIRE = "DOMESTIC_WIRE"
    FED_NOW = "FED_NOW"
    INTERNATIONAL = "INTERNATIONAL"
    LOCAL_BANK_TRANSFER = "LOCAL_BANK_TRANSFER"
    ONE_TIME_CARD = "ONE_TIME_CARD"
    ONE_TIME_CARD_DELIVERY = "ONE_TIME_CARD_DELIVERY"
    PAID_MANUALLY = "PAID_MANUALLY"
    RTP = "RTP"
    SWIFT = "SWIFT"
    VENDOR_CREDIT = "VENDOR_CREDIT"


class Pattern(StrEnum):
    """How fast an ACH credit is asked to settle."""

    SAME_DAY = "same_day"
    NEXT_DAY = "next_day"
    STANDARD = "standard"


class SecCode(StrEnum):
    """Nacha's standard entry class: CCD pays a business, PPD a person."""

    CCD = "CCD"
    PPD = "PPD"


class Payee(StrEnum):
    """Who is paid. Most bills are those of businesses; nobody else is assumed."""

    BUSINESS = "business"
    INDIVIDUAL = "individual"

    @property
    def sec_code(self) -> SecCode:
        """The entry class of an ACH credit to such a payee."""
        return SecCode.PPD if self is Payee.INDIVIDUAL else SecCode.CCD


@dataclass(frozen=True, slots=True)
class Way:
    """One network, for ACH in one pattern: what the router compares."""

    network: Network
    pattern: Pattern | None = None

    @property
    def name(self) -> str:
        """Stable name; ways that are otherwise equal are taken in the order of it."""
        return f"{self.network.value}/{self.pattern.value}" if self.pattern else self.network.value


@dataclass(frozen=True, slots=True)
class Rule:
    """What the network itself fixes for one way.

    `days`: bank days at the least from leaving the rail to the payee's account (paper: letter box);
    None where no rule says. `collect_days`: bank days until an ACH debit that funds it has settled.
    `ceiling_minor`: the largest amount, in US cents. `cutoff`: after it nothing leaves that day.
    `currency`: the only one it carries; None for any.
    """

    way: Way
    days: int | None = None
    collect_days: int = 1
    ceiling_minor: int | None = None
    cutoff: Cutoff | None = None
    paper: bool = False
    currency: str | None = "USD"


# Ten digits of cents: the amount field of a Nacha entry and of a check's MICR line.
_TEN_DIGITS = 99_999_999_99
# Twelve digits of cents: the amount field of Fedwire.
_TWELVE_DIGITS = 9_999_999_999_99
_INSTANT = 10_000_000_00
_SAME_DAY = 1_000_000_00

RULES: tuple[Rule, ...] = (
    Rule(
        Way(Network.ACH, Pattern.SAME_DAY), 0, 0, _SAME_DAY, Cutoff(16, 45, BANK_ZONE)
    ),  # debits settle the same day too
    Rule(Way(Network.ACH, Pattern.NEXT_DAY), 1, 1, _TEN_DIGITS),
    Rule(Way(Network.ACH, Pattern.STANDARD), 2, 1, _TEN_DIGITS),
    Rule(Way(Network.AUTOMATIC_CARD_PAYMENT)),
    Rule(Way(Network.CARD)),
    Rule(Way(Network.CHECK), 1, 0, _TEN_DIGITS, paper=True),
    Rule(Way(Network.CRYPTO_WALLET_TRANSFER), currency=None),
    Rule(Way(Network.DIRECT_DEBIT)),
    Rule(Way(Network.DOMESTIC_WIRE), 0, 1, _TWELVE_DIGITS, Cutoff(18, 45, BANK_ZONE)),
    Rule(Way(Network.FED_NOW), 0, 1, _INSTANT),
    Rule(Way(Network.INTERNATIONAL), currency=None),
    Rule(Way(Network.LOCAL_BANK_TRANSFER), currency=None),
    Rule(Way(Network.ONE_TIME_CARD)),
    Rule(Way(Network.ONE_TIME_CARD_DELIVERY)),
    Rule(Way(Network.PAID_MANUALLY), currency=None),
    Rule(Way(Network.RTP), 0, 1, _INSTANT),
    Rule(Way(Network.SWIFT), currency=None),
    Rule(Way(Network.VENDOR_CREDIT), currency=None),
)
