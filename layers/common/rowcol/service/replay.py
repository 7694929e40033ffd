"""Have put-aside events and dead letters done again: counted first, limited, in the log.

The items of the tray are the list of what can be replayed. What was applied already is not applied
again: only a row that is still put aside is looked at, and a look at a rail may be repeated.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.replay import REPLAY_LOG, REPLAY_MAX, ReplayFilter, ReplayLog
from rowcol.domain.scope import valid_id
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.domain.tray_kinds import DEAD_LETTER
from rowcol.service.change import Change
from rowcol.service.replay_ports import Replaying
from rowcol.service.store import Books

logger = logging.getLogger(__name__)
EVENT_SUBJECT, LETTER_SUBJECT = "event-", "letter-"
# What a rule keeps out, or somebody accepted, can be replayed as well.
_STATES = tuple(state for state in TrayState if state is not TrayState.CLOSED)
PAGE_IDS = 100
# So many are looked at; a backlog beyond that is narrowed, or replayed part by part.
LOOKED_MAX = 5_000
APPLIED_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Replayed:
    """What is meant, or was begun. `matching` in all; `item_ids`: at most REPLAY_MAX of them."""

    dry_run: bool
    matching: int
    by_rail: dict[str, int]
    by_type: dict[str, int]
    item_ids: tuple[str, ...]


def meant(books: Books, wanted: ReplayFilter) -> list[TrayItem]:
    """Live items with something to replay that the filter lets through, by id.

    Reads: named items at once; else a query per hundred ids and a batch per hundred items.
    """
    names = [name for name in wanted.ids if valid_id(name)] if wanted.ids else _names(books)
    found = books.get_many(TrayItem, names)
    return [found[name] for name in names if name in found and _is_meant(found[name], wanted)]


def _is_meant(item: TrayItem, wanted: ReplayFilter) -> bool:
    return item.is_live and wanted.lets(item)


def _names(books: Books) -> list[str]:
    names: list[str] = []
    for state in _STATES:
        for subject in (EVENT_SUBJECT, LETTER_SUBJECT):
            after: str | None = None
            while len(names) < LOOKED_MAX:
                prefix = f"{state.value}#{subject}"
                page = books.ids(TrayItem, prefix=prefix, after=after, limit=PAGE_IDS)
                names += page.ids
                after = page.next_key
                if after is None:
                    break
    return names


def replayed(items: Sequence[TrayItem], *, dry_run: bool) -> Replayed:
    """What some items are, counted."""
    rails = Counter(item.labels.get("rail", "none") for item in items)
    types = Counter(item.labels.get("type", "unknown") for item in items)
    names = tuple(item.id for item in items[:REPLAY_MAX])
    return Replayed(dry_run, len(items), dict(rails), dict(types), names)


def ask_replay(change: Change, items: Sequence[TrayItem], count: int | None) -> Replayed | Refusal:
    """Write down that items are replayed, with who asked. `count`: what the dry run told.

    Refused: `not_found` for nothing, `version_mismatch` when it is not as many as were counted,
    `rate_limited`.
    """
    if not items:
        return Refusal(Code.NOT_FOUND, "nothing of this is waiting to be replayed")
    if count is not None and count != len(items):
        return Refusal(
            Code.VERSION_MISMATCH,
            "it is not as many as were counted",
            {"counted": count, "found": len(items)},
            remedy="count again with dry_run, then send that count",
        )
    known = change.get(ReplayLog, REPLAY_LOG) or ReplayLog(REPLAY_LOG, 0, change.now, 0)
    log = known.with_more(len(items), change.now)
    if isinstance(log, Refusal):
        return log
    change.put(log)
    done = replayed(items, dry_run=False)
    change.state("replay.asked", items=done.item_ids, counted=done.by_type)
    return done


def carry_out(replaying: Replaying, items: Mapping[str, TrayItem]) -> None:
    """Begin what was asked. All of it may be repeated; what fails now is found by the redrive."""
    keys: list[str] = []
    for item in items.values():
        if item.source is None or not item.is_live:
            continue
        if item.item == DEAD_LETTER:
            told = json.loads(item.source)
            replaying.run_again(str(told["worker"]), told["payload"])
        else:
            replaying.put_back(item.source)
            keys.append(item.source)
    for start in range(0, len(keys), APPLIED_AT_ONCE):
        replaying.apply_soon(keys[start : start + APPLIED_AT_ONCE])
