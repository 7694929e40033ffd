"""Consents under way in memory, held to the same suite as the table's."""

from __future__ import annotations

import threading
from datetime import datetime

from rowcol.service.connection_ports import Consent


class MemoryConsents:
    """Port Consents."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[str, Consent] = {}

    def put(self, digest: str, consent: Consent) -> None:
        """Keep it; a digest is never used twice."""
        with self.lock:
            if digest in self.kept:
                raise ValueError("the same state twice")
            self.kept[digest] = consent

    def take(self, digest: str, now: datetime) -> Consent | None:
        """For one caller only."""
        with self.lock:
            known = self.kept.get(digest)
            if known is None or int(known.expires_at.timestamp()) <= int(now.timestamp()):
                return None
            return self.kept.pop(digest)
