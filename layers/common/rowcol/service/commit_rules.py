"""What every store checks of a commit before it writes.

A commit that contradicts itself is a defect of the use case, never a conflict.
"""

from __future__ import annotations

from rowcol.domain.plain import to_plain
from rowcol.domain.scope import FIRM_WIDE, Scope, ScopeError, valid_id
from rowcol.service.counter_rules import COUNTER
from rowcol.service.store import Commit, TransactionTooLarge

ITEMS_MAX = 100


class BrokenCommit(Exception):
    """A commit that contradicts itself.

    An item twice, a log that does not lead to the head, a senseless move of a counter, or data that
    is not plain JSON.
    """


class TokenReused(Exception):
    """A request token came again with another commit: nothing was written."""


def check(scope: Scope, commit: Commit) -> None:
    """Raises ScopeError, TransactionTooLarge or BrokenCommit. What passes may still conflict."""
    _check_scope(scope, commit)
    count = len(commit.puts) + len(commit.entries)
    free = room(
        checks=len(commit.checks),
        counters=len(commit.counters),
        command=commit.command is not None,
    )
    if count > free:
        raise TransactionTooLarge(f"{count} puts and entries where {free} fit")
    _check_items(scope, commit)
    _check_counters(commit)
    _check_log(commit)
    if commit.command is not None and not _is_plain(commit.command.answer):
        raise BrokenCommit("the command's answer is not plain JSON")


def room(*, checks: int = 0, counters: int = 0, command: bool = False) -> int:
    """How many puts and log entries together fit into one commit beside the head and these."""
    return ITEMS_MAX - 1 - checks - counters - int(command)


def _check_scope(scope: Scope, commit: Commit) -> None:
    if commit.scope != scope:
        raise ScopeError("commit of another scope")
    if any((entry.firm, entry.client) != (scope.firm, scope.client) for entry in commit.entries):
        raise ScopeError("entry of another scope")
    if any(check.scope not in (scope, Scope(scope.firm)) for check in commit.checks):
        raise ScopeError("check of another scope")
    if any(move.scope not in (scope, Scope(scope.firm)) for move in commit.counters):
        raise ScopeError("counter of another scope")
    names = [put.id for put in commit.puts] + [check.id for check in commit.checks]
    names += [move.id for move in commit.counters]
    names += [entry.payment_id for entry in commit.entries if entry.payment_id is not None]
    names += [commit.command.key] if commit.command is not None else []
    for name in names:
        if name != FIRM_WIDE and not valid_id(name):
            raise ScopeError(f"bad id in a commit: {name[:80]!r}")


def _check_items(scope: Scope, commit: Commit) -> None:
    """DynamoDB refuses two operations on one item, so that no order between them is ever needed."""
    names = [(scope, put.kind, put.id) for put in (commit.head, *commit.puts)]
    names += [(check.scope, check.kind, check.id) for check in commit.checks]
    names += [(move.scope, COUNTER, move.id) for move in commit.counters]
    if len(names) != len(set(names)):
        raise BrokenCommit("an item twice")


def _check_counters(commit: Commit) -> None:
    """Only what is wrong whatever the counter holds; a store finds what is overdrawn."""
    for move in commit.counters:
        if move.total == move.used == 0:
            raise BrokenCommit(f"counter {move.id} does not move")
        if move.ceiling is not None and move.ceiling < 0:
            raise BrokenCommit(f"counter {move.id} has a ceiling below zero")


def _check_log(commit: Commit) -> None:
    first = commit.head.sequence - len(commit.entries) + 1
    previous = None
    for position, entry in enumerate(commit.entries, first):
        if entry.sequence != position or previous not in (None, entry.previous):
            raise BrokenCommit("the entries are not one chain up to the head's position")
        if not _is_plain(entry.data):
            raise BrokenCommit("an entry's data is not plain JSON")
        previous = entry.hash
    if previous not in (None, commit.head.chain):
        raise BrokenCommit("the head does not hold the last entry's hash")


def _is_plain(value: object) -> bool:
    """Whether a store gives it back as it went in. Raises PlainError for a float."""
    return bool(to_plain(value) == value)
