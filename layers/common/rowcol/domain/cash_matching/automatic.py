"""What confirms itself, over all open items at once: by trace id, or exactly, without a rival."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from rowcol.domain.cash_matching.clues import names_rail
from rowcol.domain.cash_matching.exact import Matched, match
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.wanted import OpenItem, Wanted
from rowcol.domain.facts import BankLine

_ROUNDS_MAX = 4


@dataclass(frozen=True, slots=True)
class Automatic:
    """One item and the lines that are its money without a doubt."""

    item: OpenItem
    matched: Matched


class Rivals:
    """Who else waits for a line of an amount: what each item has to be compared with."""

    def __init__(self, items: Iterable[OpenItem]) -> None:
        self._by_amount: dict[int, list[OpenItem]] = defaultdict(list)
        for item in items:
            self._by_amount[item.wanted.amount.minor].append(item)

    def of(self, group: str, minor: int, without: Container[str] = ()) -> tuple[Wanted, ...]:
        """Those of an amount, less one's own group and groups that have their money."""
        return tuple(
            other.wanted
            for other in self._by_amount.get(minor, ())
            if other.group != group and other.group not in without
        )


def automatic(pool: Pool) -> tuple[Automatic, ...]:
    """Everything that confirms itself, in the items' order. No line is used twice.

    In rounds: what is found leaves fewer rivals for the rest.
    """
    rivals = Rivals(pool.items)
    by_amount: dict[int, list[BankLine]] = defaultdict(list)
    by_reference: dict[str, list[BankLine]] = defaultdict(list)
    for line in pool.lines:
        by_amount[line.amount.minor].append(line)
        if line.reference:
            by_reference[line.reference].append(line)
    named = names_rail(pool.lines)
    found: dict[str, Automatic] = {}
    taken: set[str] = set()
    for _ in range(_ROUNDS_MAX):
        before = len(found)
        for item in _by_strength(pool.items):
            if item.group in found:
                continue
            minor = item.wanted.amount.minor
            near = (*by_amount[minor], *by_amount[-minor])
            traced = by_reference.get(item.wanted.trace_id or "", [])
            lines = {line.line_id: line for line in (*near, *traced)}.values()
            wanted = item.wanted
            if named and wanted.by_rail:
                wanted = replace(wanted, rail_is_named=True)
            matched = match(
                wanted,
                lines,
                frozenset(taken),
                rivals.of(item.group, minor, found),
                pool.aliases,
            )
            if matched is not None:
                found[item.group] = Automatic(item, matched)
                taken |= {line.line_id for line in (*matched.debits, *matched.credits)}
        if len(found) == before:
            break
    return tuple(sorted(found.values(), key=lambda one: one.item.order))


def left_over(pool: Pool, certain: Iterable[Automatic]) -> Pool:
    """What is left to be proposed once the certain ones have their lines."""
    every = tuple(certain)
    groups = {one.item.group for one in every}
    used = {line.line_id for one in every for line in (*one.matched.debits, *one.matched.credits)}
    return Pool(
        (item for item in pool.items if item.group not in groups),
        (line for line in pool.lines if line.line_id not in used),
        pool.tolerance,
        pool.aliases,
        (*pool.others, *(line for line in pool.lines if line.line_id in used)),
    )


def _by_strength(items: Sequence[OpenItem]) -> list[OpenItem]:
    """By the day expected: of items that are alike the earlier one comes first."""
    return sorted(items, key=lambda item: item.order)
