"""SES's events of one mail (EventBridge, source aws.ses) as a report; what is not ours is none.

Fields as in "Examples of event data that Amazon SES publishes": `eventType`, `mail.tags` (each a
list), `mail.destination`, `mail.timestamp`, and `bounce.bounceType`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rowcol.domain.plain import instant
from rowcol.domain.scope import valid_id
from rowcol.service.digest.delivery import Report, Told

_TOLD = {"Send": Told.TAKEN, "Complaint": Told.COMPLAINED, "Reject": Told.REJECTED}


def report_of(detail: Any) -> Report | None:
    """The report of an event; None for one of another kind, or of a mail that is not ours."""
    if not isinstance(detail, Mapping):
        return None
    mail, told = detail.get("mail"), _told(detail)
    tags = mail.get("tags") if isinstance(mail, Mapping) else None
    if told is None or not isinstance(mail, Mapping) or not isinstance(tags, Mapping):
        return None
    firm, member, sort = (_tag(tags, name) for name in ("firm", "member", "sort"))
    at, to = _instant(mail.get("timestamp")), mail.get("destination")
    if not (firm and member and sort and at) or not isinstance(to, list):
        return None
    addresses = tuple(address for address in to if isinstance(address, str))
    return Report(told, firm, member, sort, addresses, at, str(mail.get("messageId", "")))


def _told(detail: Mapping[str, Any]) -> Told | None:
    kind = detail.get("eventType")
    if kind != "Bounce":
        return _TOLD.get(kind) if isinstance(kind, str) else None
    bounce = detail.get("bounce")
    permanent = isinstance(bounce, Mapping) and bounce.get("bounceType") == "Permanent"
    return Told.BOUNCED if permanent else Told.BOUNCED_FOR_NOW


def _tag(tags: Mapping[str, Any], name: str) -> str | None:
    values = tags.get(name)
    first = values[0] if isinstance(values, list) and values else None
    return first if isinstance(first, str) and valid_id(first) else None


def _instant(text: Any) -> datetime | None:
    try:
        return instant(text) if isinstance(text, str) else None
    except ValueError:
        return None
