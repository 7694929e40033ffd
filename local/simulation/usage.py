"""Usage counters are the sum of what payments hold: a move that was forgotten or doubled shows."""

from __future__ import annotations

from collections.abc import Iterable

from local.memory_store import MemoryStore
from local.simulation.broken import broken
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Scope
from rowcol.service.limit_usage import usage_of
from rowcol.service.store import Counter


def check_usage(store: MemoryStore, payments: Iterable[tuple[Scope, Payment]]) -> None:
    """Compare every counter of a store with its payments. Raises InvariantBroken."""
    held: dict[tuple[Scope, str], Counter] = {}
    for scope, payment in payments:
        for day, usage in usage_of(payment, scope).items():
            place = (day.scope(scope), day.counter)
            known = held.get(place, Counter())
            held[place] = Counter(known.total + usage.total, known.used + usage.used)
    for place in held.keys() | store.counters.keys():
        counted, due = store.counters.get(place, Counter()), held.get(place, Counter())
        if counted != due:
            broken("usage is the sum of what payments hold", f"{place}: {counted}, held {due}")
