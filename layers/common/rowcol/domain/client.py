"""A client business: its settings, and the head that orders and guards every change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE
from rowcol.domain.facts import BalanceSource
from rowcol.domain.money import Money
from rowcol.domain.routing.settings import RoutingSettings
from rowcol.domain.sync_run import NeededBy


@dataclass(frozen=True, slots=True)
class PayingAccount:
    """Joins Ramp's source bank account to the account that Plaid sees."""

    rail_account_id: str
    bank_account_id: str


@dataclass(frozen=True, slots=True)
class GuardrailSettings:
    """How cash is protected. `floor` replaces the computed buffer.

    `balance_age_seconds_max` is the time to live of a balance; a manual one lives to the end of its
    bank day instead. `live_reads_per_day_max`: how often a day the bank itself is asked, a paid
    call for each of its items.
    """

    enabled: bool = True
    floor: Money | None = None
    buffer_days: int = 14
    balance_age_seconds_max: int = 3600
    history_days_min: int = 30
    live_reads_per_day_max: int = 24


# How long a rail's missing lever is believed in before the next command may find it again.
PROBE_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class MissingLever:
    """A capability that the client's rail said it does not have: since when, and its words."""

    name: str
    since: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Client:
    """One client of a firm and what RowCol was told about it. Secrets are never here.

    `revoked_account_ids`: accounts that the bank does not show us any more, whatever Plaid has.
    `other_account_ids`: own bank accounts that are not operating cash. `record_days_max`: how far
    back a payment may be recorded. `missing_capabilities`: levers of the rail that the client's
    account does not have; `missing_levers` tells of those that a call found missing.
    `ledger_notes`: whether verdicts are attached to the ledger's payments as notes.
    """

    id: str
    version: int
    name: str
    currency: str
    zone: str = BANK_ZONE
    operating_account_ids: tuple[str, ...] = ()
    paying_accounts: tuple[PayingAccount, ...] = ()
    rail_business_id: str | None = None
    bank_item_ids: tuple[str, ...] = ()
    ledger_realm_id: str | None = None
    guardrail: GuardrailSettings = field(default_factory=GuardrailSettings)
    dual_control_from: Money | None = None
    cutoff_hour: int = 17
    schedule_days_max: int = 180
    missing_capabilities: tuple[str, ...] = ()
    ledger_bank_account_id: str | None = None
    closed_through: date | None = None
    routing: RoutingSettings = field(default_factory=RoutingSettings)
    other_account_ids: tuple[str, ...] = ()
    revoked_account_ids: tuple[str, ...] = ()
    record_days_max: int = 400
    missing_levers: tuple[MissingLever, ...] = ()
    ledger_notes: bool = False

    kind = "client"

    @property
    def list_key(self) -> str | None:
        """Clients are listed by id."""
        return self.id

    @property
    def due_at(self) -> datetime | None:
        """When the first missing lever is to be tried again."""
        return min((lever.since + PROBE_AFTER for lever in self.missing_levers), default=None)

    @property
    def own_account_ids(self) -> tuple[str, ...]:
        """Bank accounts of the client: operating ones, those that pay, and others (savings)."""
        paying = (joined.bank_account_id for joined in self.paying_accounts)
        every = (*self.operating_account_ids, *paying, *self.other_account_ids)
        return tuple(dict.fromkeys(every))

    def bank_account_of(self, rail_account_id: str | None) -> str | None:
        """The bank account behind Ramp's source account; the only one when Ramp names none."""
        for joined in self.paying_accounts:
            if joined.rail_account_id == rail_account_id:
                return joined.bank_account_id
        if rail_account_id is None and len(self.paying_accounts) == 1:
            return self.paying_accounts[0].bank_account_id
        return None


@dataclass(frozen=True, slots=True)
class AccountCash:
    """Cash of one operating account at the accepted balance."""

    account_id: str
    cash: Money


@dataclass(frozen=True, slots=True)
class AcceptedBalance:
    """The balance that guards count on. `observed_at` is when the bank was last seen.

    `source`: Plaid's own (free) or asked at the bank (paid); `why`: who needed it.
    """

    pool: Money
    accounts: tuple[AccountCash, ...]
    source: BalanceSource
    observed_at: datetime
    accepted_at: datetime
    why: NeededBy | None = None


@dataclass(frozen=True, slots=True)
class Burn:
    """Posted debits of the last `days` days (at most 90) less own transfers, returned debits."""

    debits: Money
    days: int


@dataclass(frozen=True, slots=True)
class YearNumber:
    """The last payment number given in a year."""

    year: int
    last: int


@dataclass(frozen=True, slots=True)
class Head:
    """The one small item every write changes: its version orders them, its totals guard them."""

    currency: str
    version: int = 0
    sequence: int = 0
    chain: str = "0" * 64
    covered: Money | None = None
    uncovered: Money | None = None
    balance: AcceptedBalance | None = None
    burn: Burn | None = None
    numbers: tuple[YearNumber, ...] = ()

    kind = "head"
    id = "head"
    list_key = None
    due_at = None

    def numbered(self, year: int) -> tuple[Head, int]:
        """The head after giving the next number of a year, and that number.

        Gap-free: the write that consumes it is the write that advances it, under one version.
        """
        last = next((given.last for given in self.numbers if given.year == year), 0)
        others = tuple(given for given in self.numbers if given.year != year)
        return replace(self, numbers=(*others, YearNumber(year, last + 1))), last + 1

    @property
    def covered_total(self) -> Money:
        """Sum of open covered reserves."""
        return self.covered or Money.zero(self.currency)

    @property
    def uncovered_total(self) -> Money:
        """Sum of open reserves that cash does not cover."""
        return self.uncovered or Money.zero(self.currency)
