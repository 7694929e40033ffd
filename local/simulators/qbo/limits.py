"""Who may call how often: per realm and app, per realm, in flight, and the month's reads.

Counted on the base clock, the pace of calls; the month is the rail's own (qbo contract, section 2).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.simulators.messages import SimRequest, SimResponse
from local.simulators.qbo.errors import throttled
from local.simulators.routing import Route

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

_SECOND, _MINUTE = 1.0, 60.0
_CUT_SECONDS = 120.0


class Limits:
    """Recent calls and calls that are still being answered (in memory), reads of the month."""

    def __init__(self, core: QboCore) -> None:
        self._core = core
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._ends: dict[str, list[float]] = defaultdict(list)

    def refuse(self, route: Route, request: SimRequest) -> SimResponse | None:
        """429 when a limit is used up; a call that is let through is counted."""
        core = self._core
        if not request.path.startswith("/v3/") or not core.setting("rate_limits"):
            return None
        realm, key = self._who(request)
        windows = [
            (f"{key}/second", _SECOND, core.setting("calls_per_second")),
            (f"{realm}/minute", _MINUTE, core.setting("calls_per_minute")),
            (f"{key}/all", _MINUTE, core.setting("all_calls_per_minute")),
        ]
        if route.note == "batch":
            windows.append((f"{key}/batch", _MINUTE, core.setting("batches_per_minute")))
            most = core.setting("batches_per_minute_and_realm")
            windows.append((f"{realm}/batch", _MINUTE, most))
        now = core.ambient.now().timestamp()
        self._ends[key] = [end for end in self._ends[key] if end > now]
        if len(self._ends[key]) >= core.setting("calls_in_flight"):
            return self.throttled()
        for name, span, limit in windows:
            recent = self._recent[name]
            while recent and recent[0] <= now - span:
                recent.popleft()
            if len(recent) >= limit:
                return self.throttled()
        for name, _, _ in windows:
            self._recent[name].append(now)
        if route.note == "coreplus" and self.exhausted():
            return self.throttled()
        return None

    def carried(self, request: SimRequest, response: SimResponse) -> SimResponse:
        """A slow answer occupies its place until it is out; after 120 s it is cut."""
        if not response.delay_seconds or not request.path.startswith("/v3/"):
            return response
        if response.delay_seconds > _CUT_SECONDS:
            cut = self._core.error(504, request)
            response = cut.delayed(_CUT_SECONDS)
        _, key = self._who(request)
        self._ends[key].append(self._core.ambient.now().timestamp() + response.delay_seconds)
        return response

    def throttled(self) -> SimResponse:
        """The 429 as it is set: body and `Retry-After`."""
        core = self._core
        answer = throttled(core.now(), core.setting("throttle_body"))
        seconds = core.setting("retry_after_seconds")
        return (
            answer if seconds is None else answer.with_headers({"retry-after": str(int(seconds))})
        )

    def meter(self, count: int) -> None:
        """Count metered reads (CorePlus) of the month."""
        if not self._core.setting("metered") or not count:
            return
        month = self._core.now().strftime("%Y-%m")
        row = self._core.document.get("metering", month) or {"used": 0}
        self._core.document.put_soft("metering", month, {"used": row["used"] + count})

    def metering(self) -> Mapping[str, Any]:
        """The month's count: `{"used": n}`."""
        month = self._core.now().strftime("%Y-%m")
        row: Mapping[str, Any] = self._core.document.rows("metering").get(month, {"used": 0})
        return row

    def exhausted(self) -> bool:
        """Whether the month's pool is empty; it is shared by all apps and companies."""
        return bool(self.metering()["used"] >= self._core.setting("coreplus_monthly_limit"))

    def _who(self, request: SimRequest) -> tuple[str, str]:
        caller = self._core.oauth.access(request)
        if caller is None:
            return "unknown", "unknown"
        return str(caller["realm"]), f"{caller['client_id']}/{caller['realm']}"
