"""Cash that a person enters while the bank cannot be asked: two people, evidence, one bank day.

Refused while the bank can be asked. What it says is marked as typed in wherever it is used, and the
next live balance takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.client import AccountCash, Client
from rowcol.domain.connection import PLAID, Connection, ConnectionState
from rowcol.domain.facts import AccountBalance, BalanceReading, BalanceSource, ReadInterval
from rowcol.domain.guardrail import accepted_balance, manual_until
from rowcol.domain.manual_balance import (
    MANUAL_BALANCES,
    ManualBalance,
    ManualBalances,
    ManualState,
    Statement,
)
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, ActorKind, Scope, key_of
from rowcol.domain.sync_run import NeededBy
from rowcol.domain.tray import Severity
from rowcol.domain.waiting_change import decidable
from rowcol.service.balances import take_balance
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.proposer import lost_right
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.second_hand import no_last_word
from rowcol.service.store import Books
from rowcol.service.tray import close_item, open_item

# Who may enter one; who agrees needs Permission.OVERRIDE (edge/manual_balances.py).
ENTERS = Permission.DECIDE
SUBJECT, WAITS = "balance-manual", "manual_balance_waits"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person typed in: cash by operating account, where it was read, and of when it is."""

    accounts: tuple[AccountCash, ...]
    statement: Statement
    as_of: datetime


def shown(books: Books) -> ManualBalances:
    """The one that waits and those decided lately."""
    return books.get(ManualBalances, MANUAL_BALANCES) or ManualBalances(MANUAL_BALANCES, 0)


def enter(environment: Environment, change: Change, entered: Entered) -> ManualBalances | Refusal:
    """Have a balance wait for a second person; one that waits already is replaced.

    Refused: `evidence_required`, also of a machine, `live_balance_possible`,
    `unknown_value` unless each operating account is named once, `date_in_future`,
    `balance_stale` when its bank day is over,
    `balance_newer`, `currency_mismatch`, `balance_unknown` without operating accounts.
    """
    states = bank_states(change)
    refused = (
        _of_a_machine(change)
        or _live_possible(change, states)
        or _without_evidence(entered.statement)
        or _other_accounts(change.client, entered.accounts)
        or _wrong_time(change, entered.as_of)
    )
    if refused is not None:
        return refused
    judged = accepted_balance(change.client, _reading(change, entered), change.now)
    if isinstance(judged, Refusal):
        return judged
    entry = ManualBalance(
        environment.surroundings.ids.new("mbl"),
        judged.accounts,
        judged.pool,
        entered.statement,
        entered.as_of,
        manual_until(entered.as_of),
        change.actor.id,
        change.actor.hands,
        change.now,
        states,
    )
    known = _known(change)
    kept = known.entered(entry)
    change.put(kept)
    change.state("balance.manual_entered", manual=entry)
    if known.waiting is not None:
        change.state("balance.manual_replaced", manual=kept.recent[0])
    open_item(
        change,
        SUBJECT,
        WAITS,
        f"A balance of {entry.pool} that somebody typed in waits for a second person",
        expected="approved or rejected",
        found=entry.id,
        severity=Severity.HIGH,
        link=f"/clients/{change.scope.client}/balances/manual",
    )
    return kept


def approve(environment: Environment, change: Change, manual_id: str) -> ManualBalances | Refusal:
    """Another person's yes, with a second factor shown just now: guards count on it from here.

    Refused: `no_pending_change`, `second_person_required` for a machine, `same_person`,
    `step_up_required`, `forbidden` when who entered it has lost the right to, and what `enter`
    refuses: the bank may answer again by now.
    """
    known = _known(change)
    waiting = _decidable(change, known, manual_id, change.actor.hands)
    if isinstance(waiting, Refusal):
        return waiting
    entered = Entered(waiting.accounts, waiting.statement, waiting.as_of)
    refused = (
        no_last_word(change.actor)
        or second_factor_refusal(change.actor, change.now, "approving a balance typed in")
        or lost_right(environment, change, waiting.proposer, ENTERS, "balances")
        or _live_possible(change, bank_states(change))
        or _other_accounts(change.client, waiting.accounts)
        or _wrong_time(change, waiting.as_of)
    )
    if refused is not None:
        return refused
    decided = known.ended(ManualState.APPROVED, change.actor.id, change.now)
    change.put(decided)
    change.state("balance.manual_approved", manual=decided.recent[0])
    close_item(change, SUBJECT, WAITS, "approved")
    take_balance(change, _reading(change, entered), NeededBy.PERSON)
    return decided


def reject(change: Change, manual_id: str) -> ManualBalances | Refusal:
    """Another person's no, or who entered it takes it back. Refused: `no_pending_change`."""
    known = _known(change)
    waiting = _decidable(change, known, manual_id, hands="")  # also who entered it
    if isinstance(waiting, Refusal):
        return waiting
    decided = known.ended(ManualState.REJECTED, change.actor.id, change.now)
    change.put(decided)
    change.state("balance.manual_rejected", manual=decided.recent[0])
    close_item(change, SUBJECT, WAITS, "rejected")
    return decided


def expire(environment: Environment, scope: Scope) -> None:
    """The sweep's part: its bank day is over and nobody decided."""

    def plan(change: Change) -> bool:
        known = _known(change)
        if known.waiting is None or known.decidable(change.now) is not None:
            return False
        over = known.ended(ManualState.EXPIRED, None, change.now)
        change.put(over)
        change.state("balance.manual_expired", manual=over.recent[0])
        close_item(change, SUBJECT, WAITS, "its bank day is over")
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def bank_states(change: Change) -> dict[str, str]:
    """How the connections of the client's bank logins are, by item."""
    ids = {item: key_of(PLAID, item) for item in change.client.bank_item_ids}
    change.load(Connection, ids.values())
    found = {item: change.get(Connection, name) for item, name in ids.items()}
    return {item: known.state.value if known else "none" for item, known in found.items()}


def _known(change: Change) -> ManualBalances:
    found = change.get(ManualBalances, MANUAL_BALANCES)
    return found or ManualBalances(MANUAL_BALANCES, 0)


def _decidable(
    change: Change, known: ManualBalances, manual_id: str, hands: str
) -> ManualBalance | Refusal:
    entries = (*known.recent, *((known.waiting,) if known.waiting else ()))
    if all(entry.id != manual_id for entry in entries):
        return Refusal(Code.NOT_FOUND, "no such balance")
    return decidable(known.decidable(change.now), manual_id, hands, "balances")


def _reading(change: Change, entered: Entered) -> BalanceReading:
    accounts = tuple(
        AccountBalance(each.account_id, None, "", "depository", None, None, each.cash)
        for each in entered.accounts
    )
    read = ReadInterval(change.now, change.now)
    return BalanceReading(accounts, BalanceSource.MANUAL, entered.as_of, read)


def _of_a_machine(change: Change) -> Refusal | None:
    if change.actor.kind is ActorKind.PERSON:
        return None
    return Refusal(
        Code.EVIDENCE_REQUIRED,
        "a person reads a balance off a statement; what a machine says is no evidence",
        {"by": change.actor.kind.value},
    )


def _live_possible(change: Change, states: dict[str, str]) -> Refusal | None:
    """Refuse while every login of the bank is healthy: then the bank itself is asked."""
    if not states or any(state != ConnectionState.HEALTHY for state in states.values()):
        return None
    balance = change.head.balance
    age = int((change.now - balance.observed_at).total_seconds()) if balance else None
    return Refusal(
        Code.LIVE_BALANCE_POSSIBLE,
        "the bank can be asked: a balance is typed in only while a connection is broken",
        {"connections": states, "balance_age_seconds": age},
        remedy=f"read the balance now: POST /clients/{change.scope.client}/balances/refresh",
    )


def _without_evidence(statement: Statement) -> Refusal | None:
    if statement.reference.strip():
        return None
    return Refusal(
        Code.EVIDENCE_REQUIRED,
        "a balance typed in needs the reference of the statement it was read from",
        {"field": "statement.reference"},
    )


def _other_accounts(client: Client, accounts: tuple[AccountCash, ...]) -> Refusal | None:
    """Refuse unless each operating account is named once, and no other."""
    named = [each.account_id for each in accounts]
    wanted = list(dict.fromkeys(client.operating_account_ids))
    if sorted(named) == sorted(wanted):
        return None
    return Refusal(
        Code.UNKNOWN_VALUE,
        "each operating account is named once, and no other",
        {"named": sorted(named), "operating": sorted(wanted)},
    )


def _wrong_time(change: Change, as_of: datetime) -> Refusal | None:
    """Refuse what the bank cannot have shown yet, what ended, and what is older than known."""
    if as_of > change.now:
        return Refusal(
            Code.DATE_FUTURE,
            "the bank cannot have shown it yet",
            {"as_of": as_of, "now": change.now},
        )
    until = manual_until(as_of)
    if until <= change.now:
        return Refusal(
            Code.BALANCE_STALE,
            "its bank day is over",
            {"as_of": as_of, "until": until, "now": change.now},
            remedy="enter what the bank shows today",
        )
    balance = change.head.balance
    if balance is None or balance.observed_at < as_of:
        return None
    return Refusal(
        Code.BALANCE_NEWER,
        "a balance seen later is known",
        {"as_of": as_of, "observed_at": balance.observed_at, "source": balance.source.value},
    )
