"""How a file writes its dates."""

from __future__ import annotations

from enum import StrEnum


class DateOrder(StrEnum):
    """How dates are written that are not ISO: 12/31/2026, 31/12/2026, or not at all."""

    ISO = "iso"
    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"
