"""Writers that read and commit in any order: what was acknowledged is all there, and nothing else.

A plan is a list of steps. `read(w)` lets writer w read head and items; `commit(w)` lets it commit
what follows from its last reading, however old that is by now.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from rowcol.domain.chain import verify
from rowcol.domain.client import Head
from rowcol.domain.log import Fact
from rowcol.domain.tray import TrayItem
from rowcol.service.store import Books, Command, Commit, Committed, Conflict
from tests.conformance.world import Planned, commit_on
from tests.support.domain.builders import NOW
from tests.support.storage import samples

WRITERS = 3
ITEMS = ("left", "right", "middle")


@dataclass(frozen=True)
class Step:
    """One writer reads, or commits changes of some items with some entries and maybe a command."""

    writer: int
    reads: bool
    items: frozenset[str] = frozenset()
    facts: int = 0
    key: str | None = None


steps = st.lists(
    st.builds(
        Step,
        st.integers(0, WRITERS - 1),
        st.booleans(),
        st.frozensets(st.sampled_from(ITEMS), max_size=2),
        st.integers(0, 2),
        st.none() | st.sampled_from(("key-1", "key-2")),
    ),
    max_size=30,
)


@dataclass
class Reading:
    """What a writer saw."""

    head: Head = field(default_factory=lambda: Head("USD"))
    items: dict[str, TrayItem] = field(default_factory=dict)


@dataclass
class Truth:
    """What was acknowledged."""

    commits: int = 0
    entries: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    commands: dict[str, dict[str, object]] = field(default_factory=dict)


def _planned(seen: Reading, step: Step, number: int) -> Planned:
    puts = []
    for name in sorted(step.items):
        known = seen.items.get(name) or replace(samples.tray_item(name), occurrence=0)
        puts.append(replace(known, occurrence=known.occurrence + 1))
    facts = tuple(Fact("counted", {"step": number}) for _ in range(step.facts))
    expires_at = NOW.replace(year=2027)
    command = Command(step.key, "f" * 64, {"step": number}, expires_at) if step.key else None
    return Planned(tuple(puts), facts, command=command)


def _expected(commit: Commit, seen: Reading, now: Reading, truth: Truth) -> Committed | Conflict:
    stale = ["head"] if seen.head.version != now.head.version else []
    versions = {name: item.version for name, item in now.items.items()}
    stale += [f"tray/{put.id}" for put in commit.puts if versions.get(put.id, 0) != put.version]
    stale += ["log" for entry in commit.entries if entry.sequence <= truth.entries]
    if commit.command is not None and commit.command.key in truth.commands:
        stale.append("command")
    return Conflict(tuple(stale)) if stale else Committed()


def play(books: Books, plan: list[Step]) -> None:
    """Play a plan and compare every answer, and the state at the end, with what must be so."""
    truth, readings = Truth(), [Reading() for _ in range(WRITERS)]
    for number, step in enumerate(plan):
        if step.reads:
            readings[step.writer] = Reading(books.head("USD"), books.get_many(TrayItem, ITEMS))
            continue
        seen = readings[step.writer]
        commit = commit_on(books.scope, seen.head, _planned(seen, step, number), NOW)
        now = Reading(books.head("USD"), books.get_many(TrayItem, ITEMS))
        outcome = books.commit(commit)
        assert outcome == _expected(commit, seen, now, truth), step
        if outcome == Committed():
            truth.commits += 1
            truth.entries += step.facts
            for name in step.items:
                truth.counts[name] = truth.counts.get(name, 0) + 1
            if step.key is not None:
                truth.commands[step.key] = {"step": number}
    check(books, truth)


def check(books: Books, truth: Truth) -> None:
    """The books hold what was acknowledged, once, in one chain."""
    head, entries = books.head("USD"), books.entries()
    assert head.version == truth.commits
    assert head.sequence == len(entries) == truth.entries
    assert verify(books.scope, entries, head.sequence, head.chain).intact
    found = books.get_many(TrayItem, ITEMS)
    assert {name: item.occurrence for name, item in found.items()} == truth.counts
    for key in ("key-1", "key-2"):
        stored = books.command(key)
        assert (stored.answer if stored else None) == truth.commands.get(key)
