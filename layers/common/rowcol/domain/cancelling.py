"""A person's wish to cancel a payment, as it is kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.bill import WishState


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """A person cancels: *asked* until the rail shows no date, then *confirmed*.

    *Refused* when the rail was faster. `tries`: how often the rail was asked to take its date off.
    """

    by: str
    at: datetime
    reason: str | None = None
    state: WishState = WishState.ASKED
    tries: int = 1
