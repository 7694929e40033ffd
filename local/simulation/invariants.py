"""What holds after every single write (design section 10), checked on what the write changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.simulation.batch_checks import check_batch_write
from local.simulation.broken import broken
from local.simulation.journal_checks import check_journal_write
from local.simulation.rails import SimulatedRails
from local.simulation.watched_store import Written
from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.guardrail import buffer
from rowcol.domain.lifecycle import TABLE
from rowcol.domain.payment import Payment
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Refusal
from rowcol.domain.reserve import Reserve
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem
from rowcol.service.store import Aggregate

_MOVES = {(row.source.value if row.source else None, row.target.value) for row in TABLE}
_SHOWN = {Bill.kind: "bill", Payment.kind: "payment", TrayItem.kind: "tray"}
# Written beside the log: tokens, the next look, claims, which are no state of the business.
_BESIDE = {
    "payment": ("version", "custody", "due", "batch_id"),
    "bill": ("version", "due", "claim", "tray_kinds"),
    "tray": ("version", "acts"),
}


class WriteChecks:
    """Checks each commit against the state before it; remembers statuses as the log tells them."""

    def __init__(self, client_of: Callable[[Scope], Client | None]) -> None:
        self._client_of = client_of
        self._statuses: dict[tuple[Scope, str], str] = {}
        self._overridden: dict[Scope, int] = {}
        self.covering_writes = 0
        self.moves: dict[tuple[str | None, str], int] = {}

    def __call__(self, written: Written) -> None:
        """Check one write. Raises InvariantBroken."""
        self._chain(written)
        self._count_overridden(written)
        self._reserves(written)
        self._guardrail(written)
        self._transitions(written)
        self._logged(written)
        check_journal_write(written)
        check_batch_write(written)

    def _chain(self, written: Written) -> None:
        chain, sequence = written.head.chain, written.head.sequence
        for entry in written.commit.entries:
            if entry.previous != chain or entry.sequence != sequence + 1:
                broken("the chain goes on", f"entry {entry.sequence} after {sequence}")
            chain, sequence = entry.hash, entry.sequence
        head = written.commit.head
        if (head.chain, head.sequence) != (chain, sequence):
            broken("the head is at the chain's end", f"head {head.sequence}, chain {sequence}")

    def _reserves(self, written: Written) -> None:
        covered = uncovered = 0
        for put in written.commit.puts:
            if not isinstance(put, Bill):
                continue
            known = written.before[(put.kind, put.id)]
            before = known.reserve if isinstance(known, Bill) else None
            _ends_once(before, put.reserve)
            for reserve, sign in ((before, -1), (put.reserve, 1)):
                if reserve is not None and reserve.is_open:
                    covered += sign * reserve.amount.minor * reserve.covered
                    uncovered += sign * reserve.amount.minor * (not reserve.covered)
        before_head, head = written.head, written.commit.head
        moved = (
            head.covered_total.minor - before_head.covered_total.minor,
            head.uncovered_total.minor - before_head.uncovered_total.minor,
        )
        if moved != (covered, uncovered):
            detail = f"head moved by {moved}, reserves by {(covered, uncovered)}"
            broken("head totals are the sum of open reserves", detail)

    def _guardrail(self, written: Written) -> None:
        client = self._client_of(written.commit.scope)
        before, head = written.head, written.commit.head
        grew = head.covered_total.minor > before.covered_total.minor
        if client is None or not client.guardrail.enabled or not head.covered_total.minor:
            return
        if not grew and head.balance == before.balance:
            return
        self.covering_writes += 1
        keep = buffer(client, head.burn)
        fits = (
            head.balance is not None
            and not isinstance(keep, Refusal)
            and head.covered_total + keep <= head.balance.pool
        )
        if not fits and not self._cites_overrides(written):
            pool = head.balance.pool if head.balance else None
            broken("covered + buffer <= balance", f"covered {head.covered_total}, balance {pool}")

    def _cites_overrides(self, written: Written) -> bool:
        """Whether all that is newly covered names an override that two people gave.

        With a new balance: whether nothing else is covered any more.
        """
        scope, before, head = written.commit.scope, written.head, written.commit.head
        bills = [put for put in written.commit.puts if isinstance(put, Bill)]
        if head.balance != before.balance:
            return head.covered_total.minor == self._overridden.get(scope, 0)
        for bill in bills:
            known = written.before[(bill.kind, bill.id)]
            held = known.open_reserve if isinstance(known, Bill) else None
            was = held.amount.minor if held is not None and held.covered else 0
            now = bill.open_reserve
            if now is not None and now.covered and now.amount.minor > was and not _cited(bill):
                return False
        return True

    def _count_overridden(self, written: Written) -> None:
        """Minor units that only overrides cover, by client."""
        scope = written.commit.scope
        for put in written.commit.puts:
            if isinstance(put, Bill):
                known = written.before[(put.kind, put.id)]
                before = _overridden_minor(known) if isinstance(known, Bill) else 0
                change = _overridden_minor(put) - before
                self._overridden[scope] = self._overridden.get(scope, 0) + change

    def _transitions(self, written: Written) -> None:
        for entry in written.commit.entries:
            shown = entry.data.get("payment")
            if not isinstance(shown, dict):
                continue
            key = (written.commit.scope, str(shown["id"]))
            move = (self._statuses.get(key), str(shown["status"]))
            if move[0] != move[1]:
                if move not in _MOVES:
                    broken("only table transitions", f"{move} in {entry.type}")
                self.moves[move] = self.moves.get(move, 0) + 1
            self._statuses[key] = move[1]

    def _logged(self, written: Written) -> None:
        """Each state change has its entry: the last showing an aggregate shows it as stored."""
        for put in written.commit.puts:
            name = _SHOWN.get(put.kind)
            if name is None:
                continue
            stored, before = _plain(put, name), written.before[(put.kind, put.id)]
            shown = _last_shown(written, name, put.id)
            if shown is None and before is not None and _plain(before, name) == stored:
                continue
            if shown != stored:
                types = [entry.type for entry in written.commit.entries]
                detail = f"{put.kind}/{put.id} {_differences(shown, stored)} in {types}"
                broken("the log tells what was stored", detail)


def _cited(bill: Bill) -> bool:
    """Whether the reserve names the bill's own override, given by another for this amount."""
    held, override = bill.open_reserve, bill.override
    return (
        held is not None
        and override is not None
        and held.override_id == override.id
        and override.approved_hands not in (None, override.asked_hands)
        and override.amount == held.amount
    )


def _overridden_minor(bill: Bill) -> int:
    held = bill.open_reserve
    return held.amount.minor if held is not None and held.covered and _cited(bill) else 0


def _last_shown(written: Written, name: str, key: str) -> dict[str, Any] | None:
    for entry in reversed(written.commit.entries):
        part = entry.data.get(name)
        if isinstance(part, dict) and part["id"] == key:
            return _without(part, name)
    return None


def _ends_once(before: Reserve | None, after: Reserve | None) -> None:
    if before is None:
        return
    same = after is not None and after.opened_at == before.opened_at
    if before.is_open and not same:
        broken("a reserve ends once", f"open {before} replaced by {after}")
    if not before.is_open and same and after != before:
        broken("a reserve ends once", f"{before} became {after}")


def _plain(aggregate: Aggregate, name: str) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(aggregate)
    return _without(plain, name)


def _without(plain: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if key not in _BESIDE[name]}


def _differences(told: dict[str, Any] | None, stored: dict[str, Any]) -> str:
    if told is None:
        return "is not in the log"
    names = [key for key in stored if told.get(key) != stored[key]]
    return "; ".join(f"{key}: log {told.get(key)}, stored {stored[key]}" for key in names)


def check_rails(rails: SimulatedRails) -> None:
    """At Ramp: at most one date of ours per bill, and each bill paid once, until it came back."""
    for bill_id, count in rails.open_releases.items():
        if count > 1:
            broken("a bill is released at most once", f"{bill_id} {count} times")
    for bill_id, count in rails.runs.items():
        if count > 1:
            broken("a bill is paid at most once", f"{bill_id} {count} times")
