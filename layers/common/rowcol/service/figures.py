"""The rows of the read model that figures are counted from, and counting them.

A row for each payment that was judged, under the month in which it was made; and one for each of
the latest notices of a client, in a ring of bounded size. Both are a fold of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rowcol.domain.figures import (
    LagFigure,
    LagMark,
    ProofFigure,
    ProofMark,
    lag_figure,
    proof_figure,
)
from rowcol.domain.log import Entry
from rowcol.domain.plain import from_plain, to_plain
from rowcol.domain.scope import ActorKind, Scope
from rowcol.service.environment import Environment
from rowcol.service.view_ports import ViewRow

FIGURES = "figures"
PROOF, LAG = "proof#", "lag#"
# So many places hold a client's latest notices; a new one takes the place of an old one.
RING = 1_000
LAG_WINDOW = timedelta(days=7)
# All of a ring, or a month of most clients, in one query.
ROWS_PER_READ = 1_000
# Entries that may take a payment's proof back.
_TAKES_BACK = frozenset({"payment.judged", "payment.cash_unmatched", "payment.unposted"})
_AWAITING = "awaiting"
RAILS = ("ramp", "plaid", "qbo", "stripe")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is needed of a payment's snapshot. Words of newer code are taken as they are."""

    id: str
    created_at: datetime
    verification: str
    mismatched_at: datetime | None = None


def figure_rows(entry: Entry, scope: Scope, data: Mapping[str, Any]) -> Iterator[ViewRow]:
    """The rows one entry changes. Raises PlainError for what has another shape."""
    shown = data.get("payment")
    if isinstance(shown, dict):
        payment = from_plain(_Shown, shown)
        if payment.verification != _AWAITING or entry.type in _TAKES_BACK:
            month = f"{payment.created_at:%Y-%m}"
            clean = payment.verification == "verified" and payment.mismatched_at is None
            mark = ProofMark(payment.id, month, payment.verification, clean)
            key = f"{PROOF}{month}#{payment.id}"
            yield ViewRow(scope, FIGURES, key, entry.sequence, to_plain(mark))
    told = data.get("told_at")
    if isinstance(told, str) and entry.actor.kind is ActorKind.RAIL:
        took = entry.at - from_plain(datetime, told)
        lag = LagMark(entry.actor.id, entry.at, max(took // timedelta(milliseconds=1), 0))
        key = f"{LAG}{entry.sequence % RING:04d}"
        yield ViewRow(scope, FIGURES, key, entry.sequence, to_plain(lag))


@dataclass(frozen=True, slots=True)
class ClientFigures:
    """The figures of one client."""

    client: str
    proof: ProofFigure


@dataclass(frozen=True, slots=True)
class Figures:
    """Of several clients together, and the share of each.

    `lags`: notices of each rail since `lags_since`, "all" first.
    """

    month: str
    as_of: datetime
    proof: ProofFigure
    clients: tuple[ClientFigures, ...]
    lags_since: datetime
    lags: tuple[LagFigure, ...]


def figures_of(
    environment: Environment, firm: str, clients: Iterable[str], month: str | None
) -> Figures:
    """Figures of a month (this one, in UTC, unless told): two or more queries per client."""
    now = environment.now()
    wanted = month or f"{now:%Y-%m}"
    since = now - LAG_WINDOW
    proofs: dict[str, list[ProofMark]] = {}
    lags: list[LagMark] = []
    for name in clients:
        scope = Scope(firm, name)
        proofs[name] = [
            from_plain(ProofMark, row.row) for row in _rows(environment, scope, f"{PROOF}{wanted}#")
        ]
        lags += [from_plain(LagMark, row.row) for row in _rows(environment, scope, LAG)]
    together = [mark for marks in proofs.values() for mark in marks]
    return Figures(
        wanted,
        now,
        proof_figure(wanted, together),
        tuple(ClientFigures(name, proof_figure(wanted, proofs[name])) for name in proofs),
        since,
        tuple(lag_figure(rail, lags, since) for rail in ("all", *RAILS)),
    )


def _rows(environment: Environment, scope: Scope, prefix: str) -> Iterator[ViewRow]:
    after: str | None = None
    while True:
        page = environment.views.page(scope, FIGURES, prefix, after, ROWS_PER_READ)
        yield from page.rows
        if page.next_key is None:
            return
        after = page.next_key
