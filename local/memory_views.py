"""Read models in memory: the promises of DynamoDB's adapter, held to the same conformance suite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from local.memory_store import quiet
from rowcol.domain.plain import canonical
from rowcol.domain.queue import Queued
from rowcol.domain.scope import Scope
from rowcol.domain.tray_facts import TrayFacts
from rowcol.service.view_ports import (
    FacetPage,
    FacetRow,
    Facets,
    FacetSpan,
    QueueRow,
    TrayRow,
    TrayRows,
    ViewOrder,
    ViewPage,
    ViewRow,
    facet_key,
)
from rowcol.storage.keys import sort_key, view_partition
from rowcol.storage.queue import queue_partition, queue_sort_key
from rowcol.storage.tray import tray_partition, tray_sort_key

Place = tuple[Scope, str, str]
Kept = tuple[int, str, Facets | None, Queued | None, TrayFacts | None]


class MemoryViews:
    """Read models. Rows are kept as text, so that nobody can change one by holding on to it.

    `on_call` is told before each row is written ("views:apply"), for rows are not one transaction.
    """

    def __init__(self, on_call: Callable[[str], None] = quiet) -> None:
        self.on_call = on_call
        self.rows: dict[Place, Kept] = {}

    def apply(self, rows: Sequence[ViewRow]) -> None:
        """Store rows, each unless a newer state of it is there."""
        for row in rows:
            self.on_call("views:apply")
            view_partition(row.scope, row.view)
            place = (row.scope, row.view, sort_key(row.key))
            if place not in self.rows or self.rows[place][0] <= row.sequence:
                if row.facets is not None:
                    for order in ViewOrder:
                        sort_key(facet_key(order, row.facets, row.key))
                if row.queue is not None:
                    queue_sort_key(row.scope.client, row.view, row.key, row.queue)
                if row.tray is not None:
                    tray_sort_key(row.scope.client, row.key, row.tray)
                text = canonical(row.row)
                self.rows[place] = (row.sequence, text, row.facets, row.queue, row.tray)

    def remove(self, row: ViewRow) -> bool:
        """Take a row away if it is still at its sequence."""
        self.on_call("views:remove")
        view_partition(row.scope, row.view)
        place = (row.scope, row.view, sort_key(row.key))
        if place not in self.rows or self.rows[place][0] != row.sequence:
            return False
        del self.rows[place]
        return True

    def page(
        self, scope: Scope, view: str, prefix: str = "", after: str | None = None, limit: int = 50
    ) -> ViewPage:
        """Rows in key order."""
        self.on_call("views:page")
        view_partition(scope, view)
        names = sorted(
            key
            for owner, name, key in list(self.rows)
            if (owner, name) == (scope, view)
            and key.startswith(prefix)
            and (after is None or key > after)
        )
        rows = tuple(self._row((scope, view, key)) for key in names[:limit])
        return ViewPage(rows, rows[-1].key if len(names) > limit else None)

    def get(self, scope: Scope, view: str, key: str) -> ViewRow | None:
        """One row."""
        self.on_call("views:get")
        view_partition(scope, view)
        place = (scope, view, key)
        return self._row(place) if place in self.rows else None

    def get_many(self, scope: Scope, view: str, keys: Iterable[str]) -> dict[str, ViewRow]:
        """Several rows, in the order asked for."""
        self.on_call("views:get_many")
        view_partition(scope, view)
        places = [(scope, view, sort_key(key)) for key in dict.fromkeys(keys)]
        return {place[2]: self._row(place) for place in places if place in self.rows}

    def facets(self, scope: Scope, view: str, order: ViewOrder, span: FacetSpan) -> FacetPage:
        """Facets of rows in an order; a page key is the last row's text in it."""
        self.on_call("views:facets")
        view_partition(scope, view)
        found = sorted(
            (
                (facet_key(order, facets, key), FacetRow(key, facets))
                for (owner, name, key), (_, _, facets, _, _) in list(self.rows.items())
                if (owner, name) == (scope, view) and facets is not None
            ),
            key=lambda pair: pair[0],
            reverse=span.descending,
        )
        inside = [pair for pair in found if _is_within(pair[0], span)]
        shown = inside[: span.limit]
        more = len(inside) > span.limit
        return FacetPage(tuple(row for _, row in shown), shown[-1][0] if more and shown else None)

    def queue(self, firm: str, client: str | None = None) -> tuple[QueueRow, ...]:
        """Open work of a firm, or of one client."""
        self.on_call("views:queue")
        queue_partition(firm)
        if client is not None:
            Scope(firm, client)
        found = [
            QueueRow(*place, sequence, queued)
            for place, (sequence, _, _, queued, _) in list(self.rows.items())
            if queued is not None
            and place[0].firm == firm
            and (client is None or place[0].client == client)
        ]
        return tuple(sorted(found, key=_queue_order))

    def rows_of(
        self, firm: str, view: str, places: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], ViewRow]:
        """Rows of several clients."""
        self.on_call("views:rows_of")
        wanted = {one: (Scope(firm, one[0]), view, sort_key(one[1])) for one in places}
        return {one: self._row(place) for one, place in wanted.items() if place in self.rows}

    def tray(self, firm: str, client: str | None = None) -> tuple[TrayRow, ...]:
        """Live items of a firm's tray, or of one client's."""
        self.on_call("views:tray")
        tray_partition(firm, live=True)
        if client is not None:
            Scope(firm, client)
        return tuple(row for _, row in sorted(self._tray(firm, client, live=True)))

    def closed_tray(
        self, firm: str, client: str, after: str | None = None, limit: int = 50
    ) -> TrayRows:
        """Closed items of one client, the latest first."""
        self.on_call("views:closed_tray")
        found = sorted(self._tray(firm, Scope(firm, client).client, live=False), reverse=True)
        rest = [pair for pair in found if after is None or pair[0] < after]
        shown = rest[:limit]
        more = shown[-1][0] if len(rest) > len(shown) and shown else None
        return TrayRows(tuple(row for _, row in shown), more)

    def _tray(self, firm: str, client: str | None, *, live: bool) -> list[tuple[str, TrayRow]]:
        return [
            (tray_sort_key(scope.client, key, facts), TrayRow(scope, key, facts))
            for (scope, _, key), (_, _, _, _, facts) in list(self.rows.items())
            if facts is not None
            and facts.is_live is live
            and scope.firm == firm
            and client in (None, scope.client)
        ]

    def _row(self, place: Place) -> ViewRow:
        sequence, text, facets, queued, tray = self.rows[place]
        return ViewRow(*place, sequence, json.loads(text), facets, queued, tray)


def _queue_order(row: QueueRow) -> str:
    return queue_sort_key(row.scope.client, row.view, row.key, row.queue)


def _is_within(text: str, span: FacetSpan) -> bool:
    """Whether an order's text is inside the bounds and beyond the page before."""
    if span.after and (text >= span.after if span.descending else text <= span.after):
        return False
    is_beyond = span.last is not None and text > span.last and not text.startswith(span.last)
    return not is_beyond and (span.first is None or text >= span.first)
