"""What a position of a stream stood for: whose work it was, in words that a worker can be asked.

Lambda keeps only the position of a batch that it gave up. While the stream has it (24 hours) the
rows are found by it. After that the tables tell: a row of the inbox that is not applied is found
by the redrive, and in the tray after half an hour; entries of a log are found by their time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from rowcol.domain.plain import instant_text
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.environment import Environment
from rowcol.service.event_items import home_of
from rowcol.service.replay_ports import DeadLetter, DeadLetters, RowKey, StreamPosition

EVENTS = "event_application"
OF_LOG = ("event_relay", "view_projection")
# How far a row's own time may be from the one that the stream tells.
APART = timedelta(minutes=5)
Payload = Mapping[str, object]


class NothingIsReplayed(Exception):
    """This process was not given what replaying needs: a defect of its wiring."""


def payloads_of(
    environment: Environment, letters: DeadLetters, letter: DeadLetter
) -> Sequence[Payload]:
    """What to ask of the letter's worker, one for each client; none when all of it is done.

    Raises StreamUnavailable, NothingIsReplayed, and ValueError for rows that are no log's.
    """
    assert letter.position is not None  # only such letters come here
    rows = letters.rows(letter.position)
    if letter.worker == EVENTS:
        return _of_events(environment, rows) if rows is not None else ()
    return _of_entries(rows) if rows is not None else _of_firms(environment, letter.position)


def _of_events(environment: Environment, rows: Sequence[RowKey]) -> list[Payload]:
    if environment.replaying is None:
        raise NothingIsReplayed
    homes: dict[Scope, list[str]] = {}
    for row in environment.replaying.waiting([row.partition for row in rows]):
        homes.setdefault(home_of(row), []).append(row.inbox_key)
    return [
        {"firm": home.firm, "client": home.client, "inbox_keys": keys}
        for home, keys in homes.items()
    ]


def _of_entries(rows: Sequence[RowKey]) -> list[Payload]:
    places: dict[Scope, list[int]] = {}
    for row in rows:
        firm, _, client = row.partition.partition("/")
        places.setdefault(Scope(firm, client), []).append(int(row.sort))
    return [
        {"firm": log.firm, "client": log.client, "after": min(found) - 1, "until": max(found)}
        for log, found in places.items()
    ]


def _of_firms(environment: Environment, position: StreamPosition) -> list[Payload]:
    """Every firm's logs at that time: whose entries they were, nobody knows any more."""
    since, before = position.since - APART, position.until + APART
    times = {"since": instant_text(since), "before": instant_text(before)}
    firms = dict.fromkeys(scope.firm for scope in environment.store.scopes())
    return [{"firm": firm, "client": FIRM_WIDE, **times} for firm in firms]
