"""A delivery of our own, signed as Stripe signs (stripe contract, section 3)."""

from __future__ import annotations

import json
from datetime import datetime

from rowcol.rails import signatures
from rowcol.rails.stripe.webhook import HEADER, verify
from rowcol.service.intake_ports import Delivery, Endpoint, Rejected


def round_trip(endpoint: Endpoint, now: datetime) -> str | None:
    """None when it is accepted under the newest secret, else the code of the rejection."""
    seconds = int(now.timestamp())
    body = json.dumps({"id": f"evt_trial_{seconds}", "object": "event"}).encode()
    signature = signatures.digest(endpoint.secrets[0], f"{seconds}.".encode() + body).hex()
    headers = {HEADER: f"t={seconds},v1={signature}"}
    found = verify(Delivery(endpoint.endpoint_key, body, headers), endpoint, now)
    return found.code if isinstance(found, Rejected) else None
