"""The streams of a simulated run: at least once, in order within a client, late, sometimes lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.simulation.broken import broken
from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.service.projection import Arrived, project_batch
from rowcol.service.relay import relay

if TYPE_CHECKING:
    from local.simulation.product import Product

RELAY, PROJECTION = "relay", "projection"
CONSUMERS = (RELAY, PROJECTION)


class Streams:
    """Positions of each consumer in each client's log."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self.consumers: tuple[str, ...] = CONSUMERS
        self._positions: dict[tuple[str, Scope], int] = {}
        self.lost_to_views: set[Scope] = set()
        self.lost_to_views_count = 0

    def lagging(self) -> list[tuple[str, Scope]]:
        """Consumers with something to read, by scope."""
        return [
            (consumer, scope)
            for scope, log in self._product.store.logs.items()
            for consumer in self.consumers
            if self._positions.get((consumer, scope), 0) < len(log)
        ]

    def deliver(self, consumer: str, scope: Scope, count: int) -> int:
        """Hand over up to `count` entries; a consumer that dies gets them again. Raises Died."""
        at = self._positions.get((consumer, scope), 0)
        batch = self._product.store.logs[scope][at : at + count]
        self._product.work(lambda: self._consume(consumer, batch), scope)
        self._positions[(consumer, scope)] = at + len(batch)
        return len(batch)

    def lose(self, consumer: str, scope: Scope, count: int) -> int:
        """Entries that go to the dead-letter queue instead."""
        at = self._positions.get((consumer, scope), 0)
        lost = min(count, len(self._product.store.logs[scope]) - at)
        if consumer == PROJECTION and lost:
            self.lost_to_views.add(scope)
            self.lost_to_views_count += lost
        self._positions[(consumer, scope)] = at + lost
        return lost

    def repeat(self, consumer: str, scope: Scope, count: int) -> None:
        """Go back: the last entries come once more."""
        at = self._positions.get((consumer, scope), 0)
        self._positions[(consumer, scope)] = max(0, at - count)

    def _consume(self, consumer: str, batch: list[Entry]) -> None:
        environment = self._product.environment
        if consumer == PROJECTION:
            done = project_batch(environment, [Arrived.of(entry) for entry in batch])
            if done.failed_from is not None:
                broken("every entry can be folded", f"{done.poison} {done.stopped}")
            return
        for entry in batch:
            relay(environment, entry)
