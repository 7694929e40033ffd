"""What finalizing would say of each row, and what it would do to each client's cash. Dry.

A client's rows are planned in their order on one change that is never written, so that the
guardrail and the limits of a row are those with the rows before it done; limits of the firm and of
the caller also count the rows of clients before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.batch_items import ItemOutcome, ItemResult
from rowcol.domain.bill import Bill
from rowcol.domain.guardrail import buffer, is_fresh
from rowcol.domain.money import Money, total
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.service.bulk.items import Work, plan_item, read_in_blocks
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Change, open_change
from rowcol.service.decision_batches.row import ToldRow
from rowcol.service.decision_batches.submit import Row, refusals_of
from rowcol.service.environment import Environment
from rowcol.service.limit_usage import usage_moves
from rowcol.service.rights import Rights
from rowcol.service.store import CounterMove

READ_AT_ONCE = 100
READY, BLOCKED, UNCHECKED = "ready", "blocked", "unchecked"


@dataclass(frozen=True, slots=True)
class CheckedRow(ToldRow):
    """One row. `outcome`: ready, blocked, or unchecked where the time was up.

    Blocked: `code`, `detail`, `numbers`, `remedy` and `link` as the single call would give. Ready:
    `state` that its decision would have, `amount`, whether cash `covers` it, and `available_after`:
    what would be left above reserves and buffer (None while balance or buffer are unknown).
    """

    state: str | None = None
    amount: Money | None = None
    covers: bool | None = None
    available_after: Money | None = None


@dataclass(frozen=True, slots=True)
class ClientEffect:
    """What all ready rows of one client would do: to be paid, and its cash before and after.

    `fresh`: whether the balance is young enough to decide on; it is looked up again at release.
    """

    client: str
    ready: int
    blocked: int
    unchecked: int
    pays: Money
    fresh: bool
    balance: Money | None
    covered_before: Money
    covered_after: Money
    uncovered_after: Money
    available_before: Money | None
    available_after: Money | None


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows in the order asked, and each client's cash."""

    submitted: int
    ready: int
    blocked: int
    unchecked: int
    rows: tuple[CheckedRow, ...]
    clients: tuple[ClientEffect, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, on which rights, and until when there is time to look."""

    actor: Actor
    rights: Rights
    until: datetime | None = None


def precheck(environment: Environment, asking: Asking, verb: Verb, rows: Sequence[Row]) -> Checked:
    """Look at every row; nothing is written. Rows of one client are looked at together."""
    refusals = refusals_of(environment, asking.rights, verb, [row.client for row in rows])
    found: dict[int, CheckedRow] = {}
    by_client: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        if row.client in refusals:
            found[index] = _refused(index, verb, row, refusals[row.client])
        else:
            by_client.setdefault(row.client, []).append(index)
    effects: list[ClientEffect] = []
    ahead: list[CounterMove] = []
    for client, places in by_client.items():
        change = open_change(
            environment.store,
            environment.surroundings,
            Scope(asking.rights.firm, client),
            asking.actor,
        )
        looked = _OneClient(environment, asking, verb, change, client, ahead)
        checked = looked.look([(at, rows[at].item) for at in places])
        found |= {row.index: row for row in checked}
        effects.append(looked.effect(checked))
        firm = Scope(asking.rights.firm)
        ahead += [move for move in usage_moves(change) if move.scope == firm]
    return _sums(tuple(found[index] for index in range(len(rows))), tuple(effects))


def _sums(rows: tuple[CheckedRow, ...], effects: tuple[ClientEffect, ...]) -> Checked:
    outcomes = [row.outcome for row in rows]
    return Checked(
        len(rows),
        outcomes.count(READY),
        outcomes.count(BLOCKED),
        outcomes.count(UNCHECKED),
        rows,
        effects,
    )


class _OneClient:
    """Looks at the rows of one client, one after the other on one change."""

    def __init__(
        self,
        environment: Environment,
        asking: Asking,
        verb: Verb,
        change: Change,
        client: str,
        ahead: Sequence[CounterMove],
    ) -> None:
        self._environment, self._asking, self._verb = environment, asking, verb
        self._change, self._client = change, client
        change.rights = asking.rights
        if change.limits is not None:
            change.limits.presume(ahead)
        self._before = change.head

    def look(self, rows: Sequence[tuple[int, str]]) -> list[CheckedRow]:
        work = Work.of(self._environment, self._verb, [item for _, item in rows])
        found: list[CheckedRow] = []
        for place in read_in_blocks(work, self._change, range(len(rows)), READ_AT_ONCE):
            at, item = rows[place]
            until = self._asking.until
            if until is not None and self._environment.now() >= until:
                name = self._verb.named(item)
                found.append(CheckedRow(at, self._client, name, UNCHECKED))
                continue
            before = self._change.savepoint()
            result = plan_item(work, self._change, place)
            if result.outcome is not ItemOutcome.OK:
                found.append(_blocked(at, self._client, result))
                continue
            put = self._change.put_since(before)
            bill = next((each for each in put if isinstance(each, Bill)), None)
            found.append(self._ready(at, result, bill))
        return found

    def _ready(self, at: int, result: ItemResult, bill: Bill | None) -> CheckedRow:
        held = bill.open_reserve if bill is not None else None
        return CheckedRow(
            at,
            self._client,
            result.id,
            READY,
            state=result.state,
            amount=bill.amount if bill is not None else None,
            covers=held.covered if held is not None else None,
            available_after=self._available(),
        )

    def _available(self, *, before: bool = False) -> Money | None:
        head = self._before if before else self._change.head
        keep = buffer(self._change.client, head.burn)
        if head.balance is None or isinstance(keep, Refusal):
            return None
        return head.balance.pool - head.covered_total - keep

    def effect(self, rows: Sequence[CheckedRow]) -> ClientEffect:
        change, outcomes = self._change, [row.outcome for row in rows]
        head, client = change.head, change.client
        paid = [put.amount for put in change.puts.values() if isinstance(put, Payment)]
        return ClientEffect(
            self._client,
            outcomes.count(READY),
            outcomes.count(BLOCKED),
            outcomes.count(UNCHECKED),
            total(paid, client.currency),
            is_fresh(client, head.balance, change.now),
            head.balance.pool if head.balance is not None else None,
            self._before.covered_total,
            head.covered_total,
            head.uncovered_total,
            self._available(before=True),
            self._available(),
        )


def _refused(index: int, verb: Verb, row: Row, why: Refusal) -> CheckedRow:
    return CheckedRow(
        index,
        None,
        verb.named(row.item),
        BLOCKED,
        why.code,
        why.detail,
        dict(why.numbers),
        why.remedy,
        why.link,
    )


def _blocked(index: int, client: str, result: ItemResult) -> CheckedRow:
    return CheckedRow(
        index,
        client,
        result.id,
        BLOCKED,
        result.code,
        result.detail,
        result.numbers,
        result.remedy,
        result.link,
    )
