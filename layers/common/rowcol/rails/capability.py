"""The words in which each rail states its capabilities."""

from __future__ import annotations

from rowcol.domain.capability import Capability, Support

__all__ = ["Capability", "Support"]
