"""Finding the handler of a path, and counting calls per path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.simulators.messages import Json, SimRequest, SimResponse

Handler = Callable[..., SimResponse]
_LOG_MAX = 1000


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template (`/bills/{bill_id}`) with its handler.

    `effect` says whether the call only reads (budgets count them apart); `note` is the rail's own
    (a scope, a rate class).
    """

    method: str
    template: str
    handler: Handler
    effect: str = "read"
    note: str = ""


class Router:
    """Routes in order: the first template that fits wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(_pattern(route.template), route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the path's variables, or None."""
        for pattern, route in self._routes:
            if route.method == method and (match := pattern.fullmatch(path)):
                return route, match.groupdict()
        return None

    def knows_path(self, path: str) -> bool:
        """Whether the path exists under some method."""
        return any(pattern.fullmatch(path) for pattern, _ in self._routes)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))


class CallCounters:
    """Calls per path and status, and the last calls (in memory: a restart begins at zero)."""

    def __init__(self) -> None:
        self._paths: dict[str, dict[str, Any]] = {}
        self._log: list[Json] = []

    def count(
        self, route: Route | None, request: SimRequest, response: SimResponse, at: str
    ) -> None:
        """Note one answered call."""
        name = f"{request.method} {route.template if route else '(no such path)'}"
        effect = route.effect if route else "read"
        entry = self._paths.setdefault(name, {"effect": effect, "calls": 0, "statuses": {}})
        entry["calls"] += 1
        status = "disconnect" if response.disconnect else str(response.status)
        entry["statuses"][status] = entry["statuses"].get(status, 0) + 1
        self._log.append(
            {"at": at, "method": request.method, "path": request.path, "status": status}
        )
        del self._log[:-_LOG_MAX]

    def describe(self) -> Json:
        """Totals for the control API."""
        totals = {"read": 0, "write": 0, "auth": 0}
        for entry in self._paths.values():
            totals[entry["effect"]] = totals.get(entry["effect"], 0) + entry["calls"]
        return {
            "reads": totals["read"],
            "writes": totals["write"],
            "auth": totals["auth"],
            "paths": self._paths,
            "last": self._log[-100:],
        }

    def reset(self) -> None:
        """Begin at zero."""
        self._paths.clear()
        self._log.clear()
