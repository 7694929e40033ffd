"""What a rail adds to the common core."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from local.simulators.messages import Json, SimRequest, SimResponse
from local.simulators.routing import Route


class RailHooks(ABC):
    """Routes, timed effects, actions, seeds and webhook rules of one rail."""

    rail: ClassVar[str]
    fault_kinds: ClassVar[frozenset[str]] = frozenset()
    default_settings: ClassVar[Mapping[str, Any]] = {}
    webhook_timeout_seconds: ClassVar[float] = 10.0
    cut_after_seconds: ClassVar[float] = 60.0

    @abstractmethod
    def routes(self) -> Iterable[Route]:
        """The rail's paths."""

    @abstractmethod
    def fire(self, kind: str, payload: Json) -> None:
        """Carry out a timed effect; `self.now()` is its instant."""

    @abstractmethod
    def error(self, status: int, request: SimRequest) -> SimResponse:
        """The rail's own shape of 404, 405, 429, 5xx."""

    @abstractmethod
    def seed(self, data: Json) -> Json:
        """Add data as it would exist before a test; gives the ids made."""

    @abstractmethod
    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """What people and banks do outside the API, by name."""

    def admit(self, request: SimRequest) -> SimResponse | None:
        """A look at every call, also at unknown paths: an answer stops it (rate limits)."""
        return None

    def before(self, route: Route, request: SimRequest) -> SimResponse | None:
        """Rate limits and such: an answer stops the call."""
        return None

    def after(self, route: Route | None, request: SimRequest, response: SimResponse) -> SimResponse:
        """Headers every answer carries."""
        return response

    def revoke(self, request: SimRequest) -> None:  # noqa: B027 (a rail may need none)
        """Make the token of this request invalid (fault `revoke_token`)."""

    def accepted(self, status: int | None) -> bool:
        """Whether an endpoint's answer ends a webhook's delivery."""
        return status is not None and 200 <= status < 300

    def retry_delay(self, attempt: int, status: int | None) -> float | None:
        """Seconds until the next webhook attempt, or None when the vendor gives up."""
        return None

    def delivery_headers(self, row: Json) -> dict[str, str]:
        """Headers of a webhook attempt, signature included."""
        return {"content-type": "application/json"}

    def occasion(self, request: SimRequest, variables: Mapping[str, str]) -> Json:
        """What faults can match on besides method and path."""
        return dict(variables)

    def apply_fact(self, fact: Json) -> None:  # noqa: B027 (a rail may need none)
        """Take in a fact from another rail (see `world`). Unknown kinds are not for this rail."""

    def prepare(self) -> None:  # noqa: B027 (a rail may need none)
        """Rows that exist before any seed (keys). Called at the start and after a reset."""
