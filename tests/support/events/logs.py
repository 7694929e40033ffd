"""A log with whatever entries a test wants, and a stream that delivers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rowcol.domain.event_versions import CURRENT
from rowcol.domain.log import Entry, Fact, sealed
from rowcol.domain.plain import to_plain
from rowcol.domain.scope import SYSTEM
from rowcol.service.environment import Environment
from rowcol.service.projection import Arrived, Projected, project_batch
from rowcol.service.store import Commit, Committed
from rowcol.storage.entries import entry_item
from tests.support.desk import SCOPE, Desk
from tests.support.domain import builders

UNKNOWN = CURRENT + 1


def write(desk: Desk, *facts: Fact) -> tuple[Entry, ...]:
    """Log facts in one write, as they are."""
    head = desk.books.head("USD")
    sequence, chain, entries = head.sequence, head.chain, []
    for fact in facts:
        sequence += 1
        entry = sealed(SCOPE, sequence, desk.clock.now(), SYSTEM, fact, chain)
        chain = entry.hash
        entries.append(entry)
    after = replace(head, sequence=sequence, chain=chain)
    assert isinstance(desk.books.commit(Commit(SCOPE, after, (), tuple(entries))), Committed)
    return tuple(entries)


def bill_fact(name: str, version: int = CURRENT, **content: object) -> Fact:
    """A bill was reported."""
    return Fact("bill.reported", {"bill": {"id": name, **content}}, None, name, version)


def payment_fact(name: str, version: int = CURRENT, **changes: Any) -> Fact:
    """A payment was created."""
    shown = {**to_plain(builders.payment(id=name)), **changes}
    return Fact("payment.created", {"payment": shown}, name, "bill-1", version)


def deliver(environment: Environment, *entries: Entry) -> Projected:
    """Hand entries to the projection as one batch."""
    return project_batch(environment, [Arrived.of(entry) for entry in entries])


def stream_event(*entries: Entry) -> dict[str, Any]:
    """Entries as the table's stream delivers them."""
    return {"Records": [stream_record(entry_item(SCOPE, one), one.sequence) for one in entries]}


def stream_record(image: Mapping[str, Any], number: int) -> dict[str, Any]:
    """One inserted item."""
    keys = {"pk": image["pk"], "sk": image["sk"]}
    change = {"NewImage": dict(image), "Keys": keys, "SequenceNumber": f"{number:021d}"}
    return {"eventName": "INSERT", "dynamodb": change}
