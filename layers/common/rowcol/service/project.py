"""Read models: a fold of the log and of nothing else.

Replays and gaps are harmless: each row knows its position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from rowcol.domain.log import Entry
from rowcol.domain.money import Money
from rowcol.domain.plain import canonical, from_plain
from rowcol.domain.scope import Scope
from rowcol.service.figures import FIGURES, figure_rows
from rowcol.service.queue_facts import bill_work, payment_work, tray_facts, tray_work
from rowcol.service.store import StoreUnavailable
from rowcol.service.view_ports import Facets, ViewRow, Views

BILLS = "bills"
PAYMENTS = "payments"
TRAY = "tray"
CASH = "cash"
# All read models; what is kept about the folding itself is not among them.
READ_MODELS = (BILLS, PAYMENTS, TRAY, CASH, FIGURES)
_WORK = {BILLS: bill_work, PAYMENTS: payment_work, TRAY: tray_work}


@dataclass(frozen=True, slots=True)
class _Shown:
    """What lists need of a payment's snapshot. Words of newer code are taken as they are."""

    id: str
    status: str
    type: str
    amount: Money
    counterparty_id: str | None
    counterparty_name: str
    posting: str
    verification: str
    pay_on: date
    created_at: datetime
    origin: str
    deleted_at: datetime | None = None


def rows_of(entry: Entry) -> tuple[ViewRow, ...]:
    """The rows one entry changes: replaced by the state it carries, never patched.

    Depends on the entry alone: one that cannot be folded cannot be folded by this code ever.
    Raises UnknownEventVersion, UnreadableEvent, PlainError and KeyError for what has another shape.
    """
    scope, data = Scope(entry.firm, entry.client), entry.current_data
    rows: list[ViewRow] = []
    for part, view in (("bill", BILLS), ("payment", PAYMENTS), ("tray", TRAY)):
        shown = data.get(part)
        if isinstance(shown, dict):
            facets = payment_facets(shown) if view == PAYMENTS else None
            more = facets, _WORK[view](shown), tray_facts(shown) if view == TRAY else None
            rows.append(ViewRow(scope, view, str(shown["id"]), entry.sequence, shown, *more))
    if entry.type == "balance.accepted":
        rows.append(ViewRow(scope, CASH, "balance", entry.sequence, data))
    return (*rows, *figure_rows(entry, scope, data))


def payment_facets(shown: dict[str, object]) -> Facets:
    """What lists filter, sort and count by, from a payment's snapshot. PlainError."""
    payment = from_plain(_Shown, shown)
    return Facets(
        status=payment.status,
        type=payment.type,
        day=payment.pay_on,
        amount=payment.amount.minor,
        currency=payment.amount.currency,
        counterparty_id=payment.counterparty_id,
        counterparty_name=payment.counterparty_name,
        posting=payment.posting,
        verification=payment.verification,
        created_at=payment.created_at,
        origin=payment.origin,
        deleted=payment.deleted_at is not None,
    )


def newest(rows: Iterable[ViewRow]) -> tuple[ViewRow, ...]:
    """Each row once, in its latest state."""
    kept: dict[tuple[Scope, str, str], ViewRow] = {}
    for row in rows:
        key = (row.scope, row.view, row.key)
        if key not in kept or kept[key].sequence < row.sequence:
            kept[key] = row
    return tuple(kept.values())


@dataclass
class Written:
    """What became of the rows of several entries, by the entries' places.

    `refused`: the store does not take them for what they are. `stopped`: where it gave no answer;
    nothing is known from there on.
    """

    rows: int = 0
    refused: dict[int, Exception] = field(default_factory=dict)
    stopped: tuple[int, StoreUnavailable] | None = None


def write_rows(views: Views, rows: Mapping[int, Sequence[ViewRow]]) -> Written:
    """Store the rows of entries: all at once, or place by place to tell what is in the way."""
    wanted = newest(row for each in rows.values() for row in each)
    try:
        views.apply(wanted)
    except Exception:  # noqa: BLE001  # told apart place by place
        return _write_by_place(views, rows)
    return Written(len(wanted))


def _write_by_place(views: Views, rows: Mapping[int, Sequence[ViewRow]]) -> Written:
    written = Written()
    for place, each in rows.items():
        try:
            views.apply(each)
        except StoreUnavailable as error:
            written.stopped = (place, error)
            break
        except Exception as error:  # noqa: BLE001  # the row's own fault
            written.refused[place] = error
        else:
            written.rows += len(each)
    return written


def row_text(row: ViewRow) -> str:
    """All that a row holds, as canonical JSON: rows are equal when their texts are."""
    return canonical(
        {
            "view": row.view,
            "key": row.key,
            "sequence": row.sequence,
            "row": row.row,
            "facets": row.facets,
            "queue": row.queue,
            "tray": row.tray,
        }
    )
