"""What the use cases need of a rail that is subscribed to, as small Protocols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rowcol.domain.scope import Scope


class Row(Protocol):
    """One subscription at the rail. `secret` only right after it was made."""

    @property
    def subscription_id(self) -> str: ...  # noqa: D102 - a plain attribute
    @property
    def status(self) -> str: ...  # noqa: D102 - a plain attribute
    @property
    def endpoint_url(self) -> str: ...  # noqa: D102 - a plain attribute
    @property
    def secret(self) -> str | None: ...  # noqa: D102 - a plain attribute
    @property
    def missing(self) -> tuple[str, ...]: ...  # noqa: D102 - a plain attribute


class SubscriptionRail(Protocol):
    """Subscriptions of one client's business. Raises RailError."""

    def create(self, endpoint_url: str) -> Row:
        """Subscribe; the rail sends a challenge to the address meanwhile."""
        ...

    def verify(self, subscription_id: str, challenge: str) -> bool:
        """Hand the challenge back; True when it is active now."""
        ...

    def all(self) -> tuple[Row, ...]:
        """What exists."""
        ...

    def delete(self, subscription_id: str) -> None:
        """End one; an unknown one counts as ended."""
        ...


Subscribing = Callable[[Scope], SubscriptionRail]
