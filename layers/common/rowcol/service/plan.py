"""Propose what becomes of a client's open bills. Writes nothing; accepting is another command.

Cash is the accepted balance and what is known to leave it. Money that is expected to come in is
told and never counted: unknown is never yes. Reads what a runway reads, and the vendors (one batch
read per 100), the open tray items, limits, and where one per day is set the counters of the days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from rowcol.domain.calendar import (
    BANK_ZONE,
    at_local,
    is_bank_day,
    local_date,
    next_bank_day,
)
from rowcol.domain.client import Client, Head
from rowcol.domain.facts import BalanceSource
from rowcol.domain.guardrail import buffer, covers
from rowcol.domain.money import Money, total
from rowcol.domain.plan.proposal import PaymentPlan
from rowcol.domain.plan.propose import propose
from rowcol.domain.plan.question import HORIZON_DAYS_MAX, Flow, PlanBill, Pool, Question, Weights
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.runway import Certainty, FlowKind
from rowcol.domain.runway_sources import Sources
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.tray import TrayItem
from rowcol.domain.vendor import Vendor, vendor_id
from rowcol.service.blocking_tray import BLOCKING
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.plan_bills import Desk, Earmarked, earmarked, planned
from rowcol.service.plan_limits import plan_limits
from rowcol.service.runway import PAGE_IDS, gather
from rowcol.service.store import Books
from rowcol.service.sync.times import SyncTimes, sync_times

_OPEN_TRAY = "open#"
# Money that goes besides bills, as the runway knows it. The buffer stands for everyday spending.
_OTHER = frozenset({FlowKind.PLANNED, FlowKind.RECORD})
_LATE_DAY, _CRITICAL_FACTOR, _CROWDED_FROM = 100, 10, 10


@dataclass(frozen=True, slots=True)
class PlanWish:
    """What a person prefers. `bill_ids`: only these; others keep what is earmarked for them.

    `keep_back`: cash that must stay besides the buffer, in minor units. `payments_a_day`: how many
    a day should hold at most where that costs nothing; None: as many as even days would have.
    """

    horizon_days: int = HORIZON_DAYS_MAX
    keep_back: int = 0
    bill_ids: frozenset[str] | None = None
    late_day: int = _LATE_DAY
    critical_factor: int = _CRITICAL_FACTOR
    payments_a_day: int | None = None


@dataclass(frozen=True, slots=True)
class ClientPlan:
    """A proposal with the cash that it stands on.

    `expected_receipts`: what open invoices may bring within the horizon. Not counted.
    """

    client: str
    as_of: datetime
    balance: Money
    balance_source: BalanceSource
    balance_age_seconds: int
    buffer: Money
    keep_back: Money
    expected_receipts: Money
    proposal: PaymentPlan
    synced_at: SyncTimes


def plan(
    environment: Environment, scope: Scope, actor: Actor, wish: PlanWish
) -> ClientPlan | Refusal:
    """A plan for all open bills of one client, as this actor could decide it.

    Refused: `not_found`; `balance_unknown`, `balance_stale`, `buffer_unknown` and
    `currency_mismatch` as the guardrail does, but never because cash is short: then little is paid.
    """
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    if client is None:
        return Refusal(Code.NOT_FOUND, "no such client")
    now = environment.now()
    sources = gather(books, client, now)
    head = sources.head
    keep = _must_stay(client, head, now)
    if isinstance(keep, Refusal):
        return keep
    assert head.balance is not None  # what must stay is not known without one
    days = payable_days(client, now, wish.horizon_days)
    limits = plan_limits(environment, books, client, actor, days)
    if isinstance(limits, Refusal):
        return limits
    desk = Desk(
        client,
        now,
        _vendors(books, sources),
        sources.allocated,
        _tray(books),
        limits,
        tuple(account.account_id for account in head.balance.accounts),
        wish.bill_ids,
    )
    question = _question(sources, desk, days, wish, keep)
    return ClientPlan(
        client.id,
        now,
        head.balance.pool,
        head.balance.source,
        int((now - head.balance.observed_at).total_seconds()),
        keep,
        Money(wish.keep_back, client.currency),
        _receipts(sources, question.last_day),
        propose(question),
        sync_times(books),
    )


def _must_stay(client: Client, head: Head, now: datetime) -> Money | Refusal:
    """The buffer, when the guardrail can decide at all; where it is off, nothing if unknown."""
    refused = covers(client, head, Money.zero(client.currency), now)
    if isinstance(refused, Refusal) and refused.code is not Code.GUARDRAIL_INSUFFICIENT:
        off = refused.code is Code.BUFFER_UNKNOWN and not client.guardrail.enabled
        return Money.zero(client.currency) if off else refused
    return buffer(client, head.burn)


def payable_days(client: Client, now: datetime, horizon_days: int) -> tuple[date, ...]:
    """Bank days of the horizon on which a payment can still be asked for.

    Today, New York's, until the client's cut-off; else days after today in both zones.
    """
    today = local_date(now, BANK_ZONE)
    after = max(today, local_date(now, client.zone))
    open_today = now < at_local(today, time(client.cutoff_hour), BANK_ZONE)
    span = min(horizon_days, client.schedule_days_max + 1)
    days = (today + timedelta(days=ahead) for ahead in range(span))
    return tuple(
        day for day in days if is_bank_day(day) and (day > after or (day == today and open_today))
    )


def _question(
    sources: Sources, desk: Desk, days: tuple[date, ...], wish: PlanWish, keep: Money
) -> Question:
    client, today = sources.client, local_date(sources.now, BANK_ZONE)
    last = today + timedelta(days=wish.horizon_days - 1)
    bills: list[PlanBill] = []
    held: list[Earmarked] = []
    for bill in sources.bills.values():
        found = planned(desk, bill)
        if found is not None:
            bills.append(found)
        kept = earmarked(desk, bill, found, last)
        if kept is not None:
            held.append(kept)
    count = sum(bill.is_open for bill in bills)
    even = max(_CROWDED_FROM, -(-count * 5 // (4 * max(1, len(days)))))
    return Question(
        today,
        wish.horizon_days,
        days,
        next_bank_day(last + timedelta(days=1)),
        client.currency,
        tuple(sorted(bills, key=lambda bill: bill.id)),
        _pools(sources, held, last, keep + Money(wish.keep_back, client.currency)),
        desk.limits.by_day,
        Weights(wish.late_day, wish.critical_factor, wish.payments_a_day or even),
    )


def _pools(sources: Sources, held: list[Earmarked], last: date, floor: Money) -> tuple[Pool, ...]:
    """All operating cash, which keeps the buffer; and each account by itself, if there are several.

    What is earmarked leaves at the end of the horizon at the latest: the guardrail counts it now.
    """
    balance = sources.head.balance
    assert balance is not None  # plan refuses without one
    flows, _ = sources.flows()
    other = tuple(
        Flow(flow.day, flow.amount, flow.label)
        for flow in flows
        if flow.kind in _OTHER and flow.amount.minor < 0 and flow.day <= last
    )
    whole = Pool(balance.pool, floor, (*(each.flow for each in held), *other))
    if len(balance.accounts) < 2:
        return (whole,)
    nothing = Money.zero(sources.client.currency)
    accounts = (
        Pool(
            account.cash,
            nothing,
            tuple(each.flow for each in held if each.account_id == account.account_id),
            account.account_id,
        )
        for account in balance.accounts
    )
    return (whole, *accounts)


def _receipts(sources: Sources, last: date) -> Money:
    flows, _ = sources.flows()
    amounts = [
        flow.amount
        for flow in flows
        if flow.kind in (FlowKind.RECEIPT, FlowKind.PAYOUT)
        and flow.certainty is not Certainty.DOUBTFUL
        and flow.day <= last
    ]
    return total(amounts, sources.client.currency)


def _vendors(books: Books, sources: Sources) -> dict[str, Vendor]:
    names = {bill.rail.vendor_id for bill in sources.bills.values() if bill.rail.vendor_id}
    return dict(books.get_many(Vendor, sorted(vendor_id(name) for name in names)))


def _tray(books: Books) -> dict[str, TrayItem]:
    """Open items that keep bills from being staged, by what they are about."""
    found = books.get_many(TrayItem, every_id(books, TrayItem, _OPEN_TRAY, PAGE_IDS))
    return {item.subject: item for item in found.values() if item.item in BLOCKING}
