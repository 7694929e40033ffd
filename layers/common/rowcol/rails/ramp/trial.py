"""A delivery of our own, signed as Ramp signs (ramp contract, section 7.2)."""

from __future__ import annotations

import json
from datetime import datetime

from rowcol.rails import signatures
from rowcol.rails.ramp.webhook import HEADER, verify
from rowcol.service.intake_ports import Delivery, Endpoint, Rejected


def round_trip(endpoint: Endpoint, now: datetime) -> str | None:
    """None when it is accepted under the newest secret, else the code of the rejection."""
    body = json.dumps({"id": f"trial-{int(now.timestamp())}", "type": "tests.test_event"}).encode()
    headers = {HEADER: signatures.digest(endpoint.secrets[0], body).hex()}
    found = verify(Delivery(endpoint.endpoint_key, body, headers), endpoint, now)
    return found.code if isinstance(found, Rejected) else None
