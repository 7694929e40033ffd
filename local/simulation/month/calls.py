"""Every call to a rail in a simulated month: how many of which kind, and how many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from rowcol.rails.call_kinds import kind_of

_HOSTS = {"ramp": "ramp", "plaid": "plaid", "intuit": "qbo"}
RAILS = tuple(_HOSTS.values())
# QBO's metered reads (qbo contract, section 2): data out. OAuth and data in are free.
_FREE_AT_QBO = ("attachable", "oauth", "tokens")
PAID_AT_PLAID = "plaid:accounts/balance/get"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: seconds since the beginning of the month, the rail and the kind."""

    at: float
    kind: str


@dataclass
class CallLog:
    """Calls of one client, in order."""

    start: datetime
    calls: list[Call] = field(default_factory=list)

    def note(self, request: httpx.Request, at: datetime) -> None:
        """One request is sent."""
        host = request.url.host
        rail = next(name for part, name in _HOSTS.items() if part in host)
        kind = f"{rail}:{kind_of(request.method, request.url.path)}"
        self.calls.append(Call((at - self.start).total_seconds(), kind))

    @property
    def counts(self) -> Counter[str]:
        """Calls by rail and kind."""
        return Counter(call.kind for call in self.calls)

    def times(self, prefix: str) -> list[float]:
        """When calls of a rail, or of a kind, were made."""
        return [call.at for call in self.calls if call.kind.startswith(prefix)]


def metered_reads(counts: Counter[str]) -> int:
    """Of QBO's calls, those that its free tier counts."""
    return sum(
        count
        for kind, count in counts.items()
        if kind.startswith("qbo:") and not any(word in kind for word in _FREE_AT_QBO)
    )


def most_within(times: Iterable[float], seconds: float) -> int:
    """The largest number of calls in any window of so many seconds."""
    found = 0
    window: Sequence[float] = sorted(times)
    first = 0
    for place, at in enumerate(window):
        while at - window[first] >= seconds:
            first += 1
        found = max(found, place - first + 1)
    return found
