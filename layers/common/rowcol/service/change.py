"""One state change: read, plan, write once, try again on conflict.

`transact` runs a plan against a `Change`: it reads through it, puts aggregates, moves the head and
states facts; all becomes one atomic write with the log entries that continue the client's chain.
Somebody else's write in between fails the commit as a whole, and the plan runs again, on new state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client, Head
from rowcol.domain.invoice import Invoice
from rowcol.domain.log import Fact
from rowcol.domain.payment import Payment
from rowcol.domain.plain import canonical, to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.tray import TrayItem
from rowcol.service import consequences
from rowcol.service.limit_reading import LimitReading
from rowcol.service.limit_usage import Tally
from rowcol.service.ports import Surroundings
from rowcol.service.read_once import ReadOnce
from rowcol.service.rights import Rights
from rowcol.service.savepoint import Savepoint
from rowcol.service.sealing import command_of, commit_of
from rowcol.service.snapshot import shown_in_log
from rowcol.service.store import (
    Aggregate,
    Books,
    Command,
    Conflict,
    CounterMove,
    Store,
    VersionCheck,
    Wanted,
)

R = TypeVar("R")
TRIES_MAX = 16
PAUSE_SECONDS_FIRST = 0.02
PAUSE_SECONDS_MAX = 1.0
NOTHING: Wanted = {}


class Contention(Exception):
    """Too many conflicting writers of one client: nothing was written; the caller may retry."""


class UnknownClient(Exception):
    """System code was asked about a client that does not exist: a defect of the caller."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it came in: idempotency key and input. Same key and input, same answer."""

    key: str
    input: object

    @classmethod
    def by(cls, person: str, key: str, input: object) -> Asked:
        """A person's key: two people's equal keys are two commands."""
        return cls(hashlib.sha256(f"{person}\n{key}".encode()).hexdigest(), input)

    @property
    def input_hash(self) -> str:
        """SHA-256 of the canonical input."""
        return hashlib.sha256(canonical(self.input).encode()).hexdigest()


@dataclass
class Change(ReadOnce):
    """State of one client as read for one write, and what the write will contain.

    `limits`: what was read of limits and their usage, each once. `batch_id`: the batch whose work
    it is; payments and bills that this batch has claimed may be changed. `rights`: of who asks,
    where read. `usage`: what limits will count of it. `told_at`: when the rail's notice came.
    """

    books: Books
    head: Head
    client: Client
    now: datetime
    actor: Actor
    puts: dict[tuple[str, str], Aggregate] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    checks: list[VersionCheck] = field(default_factory=list)
    counters: list[CounterMove] = field(default_factory=list)
    limits: LimitReading | None = None
    batch_id: str | None = None
    rights: Rights | None = None
    usage: Tally = field(default_factory=Tally)
    told_at: datetime | None = None
    _read: dict[tuple[str, str], Aggregate | None] = field(default_factory=dict)
    _replaced: list[tuple[tuple[str, str], Aggregate | None]] = field(default_factory=list)
    head_read: Head = field(init=False)

    def __post_init__(self) -> None:
        self.head_read = self.head

    @property
    def scope(self) -> Scope:
        """Whose books change."""
        return self.books.scope

    def put(self, aggregate: Aggregate) -> None:
        """Store this aggregate with the change; its version guards it."""
        key = (aggregate.kind, aggregate.id)
        self._replaced.append((key, self.puts.get(key)))
        self.puts[key] = aggregate

    def savepoint(self) -> Savepoint:
        """Where the plan stands now, for `roll_back`."""
        puts, facts, checks = len(self._replaced), len(self.facts), len(self.checks)
        return Savepoint(puts, facts, checks, len(self.counters), self.head)

    def put_since(self, since: Savepoint) -> tuple[Aggregate, ...]:
        """What was put after a savepoint, each once, as it is to be stored."""
        keys = dict.fromkeys(key for key, _ in self._replaced[since.puts :])
        return tuple(self.puts[key] for key in keys)

    def roll_back(self, to: Savepoint) -> None:
        """Forget all that was planned after a savepoint; what was read stays read."""
        while len(self._replaced) > to.puts:
            key, before = self._replaced.pop()
            if before is None:
                del self.puts[key]
            else:
                self.puts[key] = before
        del self.facts[to.facts :], self.checks[to.checks :], self.counters[to.counters :]
        self.head = to.head

    def state(
        self,
        type: str,
        *,
        payment: Payment | None = None,
        bill: Bill | None = None,
        tray: TrayItem | None = None,
        invoice: Invoice | None = None,
        **data: object,
    ) -> None:
        """State a fact for the log; aggregates given are shown as they are after the change."""
        shown: dict[str, object] = {key: to_plain(value) for key, value in data.items()}
        if payment is not None:
            shown["payment"] = shown_in_log(payment)
            shown |= self._workflow(payment)
        for name, one in (("bill", bill), ("tray", tray), ("invoice", invoice)):
            if one is not None:
                shown[name] = shown_in_log(one)
        if self.told_at is not None and not self.facts:
            shown["told_at"] = to_plain(self.told_at)
        bill_id = bill.id if bill else payment.bill_id if payment else None
        self.facts.append(Fact(type, shown, payment.id if payment else None, bill_id))

    def _workflow(self, payment: Payment) -> dict[str, object]:
        """What the workflow engine should do: start a new attempt, or resume a waiting one."""
        known = self._read.get((payment.kind, payment.id))
        before = known.custody.attempt if isinstance(known, Payment) else 0
        if payment.custody.attempt > before:
            return {"workflow": "start"}
        return {"workflow": "resume"} if payment.custody.wants_resume else {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.puts and not self.facts

    def denied(self, refusal: Refusal) -> Change:
        """The same reading with nothing planned but the denial: no refused thing is half written.

        Somebody else's or no id at all writes nothing (design section 8).
        """
        bare = Change(
            self.books, self.head_read, self.client, self.now, self.actor, limits=self.limits
        )
        bare.checks = self.checks
        if refusal.code is not Code.NOT_FOUND:
            bare.state("command.denied", refusal=refusal)
        return bare


def transact(
    store: Store,
    surroundings: Surroundings,
    scope: Scope,
    actor: Actor,
    plan: Callable[[Change], R | Refusal],
    *,
    asked: Asked | None = None,
    answer: Callable[[R | Refusal], dict[str, object]] | None = None,
    checks: Sequence[VersionCheck] = (),
    reads: Wanted = NOTHING,
) -> R | Refusal | Command:
    """Run `plan` until its write holds. A refused command is logged as a denial.

    With `asked`, a stored answer comes back as the Command record, and another input under the same
    key is refused.
    `checks`: the caller's rights; when they changed, the command is refused and not tried again.
    `reads`: what the plan asks for in any case, read in one call with the client.
    Raises Contention after TRIES_MAX conflicts, UnknownClient, and whatever the store raises.
    """
    books = store.books(scope)
    for tried in range(TRIES_MAX):
        if asked is not None and (known := books.command(asked.key)) is not None:
            if known.input_hash == asked.input_hash:
                return known
            return Refusal(
                Code.IDEMPOTENCY_MISMATCH, "this Idempotency-Key was used with another input"
            )
        change = open_change(store, surroundings, scope, actor, reads)
        change.checks.extend(checks)
        try:
            result, change = _planned(change, plan)
        except Exception:
            # What was read before and after another's write may not fit together.
            if books.head("").version == change.head_read.version:
                raise
        else:
            if change.is_empty:
                return result
            command = command_of(asked, answer, result, change.now)
            outcome = books.commit(commit_of(change, command))
            if not isinstance(outcome, Conflict):
                return result
            if any(f"{check.kind}/{check.id}" in outcome.items for check in checks):
                words = "your rights changed while this was asked; ask again"
                return Refusal(Code.FORBIDDEN, words)
        pause = min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_FIRST * 2**tried)
        surroundings.pause(surroundings.random.uniform(0, pause))
    raise Contention(f"{TRIES_MAX} conflicting writes for {scope.firm}/{scope.client}")


def _planned(change: Change, plan: Callable[[Change], R | Refusal]) -> tuple[R | Refusal, Change]:
    """What the plan answers, and the change to write: its own, or the denial alone."""
    result = plan(change)
    if isinstance(result, Refusal):
        return result, change.denied(result)
    refused = consequences.follow(change)
    if refused is not None:
        return refused, change.denied(refused)
    return consequences.as_put(change, result), change


def open_change(
    store: Store, surroundings: Surroundings, scope: Scope, actor: Actor, reads: Wanted = NOTHING
) -> Change:
    """Read the head, then client and `reads` at once: what is read after it, its version guards.

    The client too: its closed period or missing levers may change while this is planned.
    """
    books = store.books(scope)
    head = books.head("")
    found = books.get_together({Client: [scope.client], **reads})
    client = found.get((Client.kind, scope.client))
    if not isinstance(client, Client):
        raise UnknownClient(f"{scope.firm}/{scope.client}")
    head, now = head if head.currency else Head(client.currency), surroundings.clock.now()
    limits, told_at = LimitReading(store.books(Scope(scope.firm)), books), surroundings.told_at
    change = Change(books, head, client, now, actor, limits=limits, told_at=told_at)
    change.take(reads, found)
    return change
