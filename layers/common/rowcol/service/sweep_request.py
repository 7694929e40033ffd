"""After a rejected signature: ask for one sweep of that endpoint, so that a wrong guess of an
encoding is noticed.

A rail never repeats a delivery that got 401, so what was lost has to be read again.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from rowcol.service.intake_ports import Endpoint, InboxEntry, InboxWriter, IntakeUnavailable

PERIOD_SECONDS = 900
KIND = "sweep_request"


class SweepRequests:
    """At most one request per endpoint and quarter of an hour: in memory first, then by a
    conditional write.

    An attacker who floods one address therefore causes one write per process and period, and one
    row in all.
    """

    def __init__(self, inbox: InboxWriter) -> None:
        self._inbox = inbox
        self._asked: dict[tuple[str, str], int] = {}

    def request(self, endpoint: Endpoint, now: datetime) -> None:
        """Ask, unless asked in this period.

        Never fails: the answer to the sender is 401 either way.
        """
        period = int(now.timestamp()) // PERIOD_SECONDS
        name = (endpoint.rail, endpoint.endpoint_key)
        if self._asked.get(name) == period:
            return
        self._asked[name] = period
        empty = hashlib.sha256(b"").hexdigest()
        entry = InboxEntry(endpoint, f"sweep-{period}", KIND, b"", empty, 0, empty, {}, now)
        try:
            self._inbox.put(entry)
        except IntakeUnavailable:
            del self._asked[name]
