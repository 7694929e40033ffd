"""What the event bus tells of a log entry. Schema: docs/events.md and docs/events/.

It says where to look, not what is there: names, amounts and account numbers stay in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.event_versions import CURRENT
from rowcol.domain.log import Entry
from rowcol.domain.scope import Actor

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class BusEvent:
    """The detail of a published event. `data_version`: in which version the log holds its data.

    A field may be added, with a default; one that is removed or changes raises SCHEMA_VERSION.
    """

    schema_version: int
    firm: str
    client: str
    sequence: int
    at: datetime
    actor: Actor
    payment_id: str | None
    bill_id: str | None
    hash: str
    data_version: int = CURRENT


def bus_event(entry: Entry) -> BusEvent:
    """What is published of an entry."""
    return BusEvent(
        SCHEMA_VERSION,
        entry.firm,
        entry.client,
        entry.sequence,
        entry.at,
        entry.actor,
        entry.payment_id,
        entry.bill_id,
        entry.hash,
        entry.version,
    )
