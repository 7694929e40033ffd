"""Calls per minute, per Item and per client (plaid contract, section 3). No header tells of it."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from local.simulators.messages import Json, SimResponse
from local.simulators.plaid.errors import error_response
from local.simulators.plaid.settings import LIMITS

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

_WINDOW_SECONDS = 60


class Limits:
    """Counted on the base clock: the pace of calls is real."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core
        self._recent: dict[str, deque[float]] = defaultdict(deque)

    def code(self, path: str) -> str:
        """The refusal's code of a path."""
        found = LIMITS[self._core.setting("environment")].get(path)
        if path == "/accounts/balance/get":
            return str(self._core.setting("balance_limit_code"))
        return found[2] if found else "RATE_LIMIT"

    def check(self, path: str, occasion: Json) -> SimResponse | None:
        """Count a call, or refuse it with 429."""
        found = LIMITS[self._core.setting("environment")].get(path)
        if found is None or not self._core.setting("rate_limits"):
            return None
        per_item, per_client, _ = found
        now = self._core.ambient.now().timestamp()
        keys = [
            (f"{path}/item/{occasion.get('item_id')}", per_item),
            (f"{path}/client/{occasion.get('client_id')}", per_client),
        ]
        for key, limit in keys:
            calls = self._recent[key]
            while calls and calls[0] <= now - _WINDOW_SECONDS:
                calls.popleft()
            if limit is not None and len(calls) >= limit:
                return error_response(self.code(path))
        for key, _ in keys:
            self._recent[key].append(now)
        return None
