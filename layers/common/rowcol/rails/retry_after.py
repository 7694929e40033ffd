"""`Retry-After`: seconds, or a date (RFC 9110, section 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRY_AFTER_SECONDS_MAX = 3600.0
_CHARACTERS_MAX = 40


def retry_after_seconds(text: str, now: datetime) -> float | None:
    """How long to wait, an hour at most; None for what is neither. A date in the past is no wait.

    Leading zeros and any number of digits are seconds; a date without a zone is UTC's.
    """
    if not text.isascii():
        return None
    if text.isdigit():
        return RETRY_AFTER_SECONDS_MAX if len(text) > 9 else min(float(text), 3600.0)
    if len(text) > _CHARACTERS_MAX or "," not in text:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), RETRY_AFTER_SECONDS_MAX)
