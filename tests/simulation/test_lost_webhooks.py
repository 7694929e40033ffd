"""With every webhook lost, every payment is proved by the sweep, and soon enough.

More clients: `ROWCOL_LOST_CLIENTS=10 pytest`, or `python -m local.simulation.month.lost`, which
prints the distribution of repair times.
"""

from __future__ import annotations

import os

from local.simulation.month.client import CLIENT
from local.simulation.month.lost import LostWebhooks, distribution, run_clients
from local.simulation.registration import FIRM
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import FeedKind, SyncRun
from rowcol.domain.tray import TrayItem, TrayState

CLIENTS = int(os.environ.get("ROWCOL_LOST_CLIENTS", "2"))
BILLS, DAYS = 5, 9
MEDIAN_SECONDS_MAX = 30 * 60
# The sweep comes each half hour and a tick is every ten minutes.
MOST_SECONDS_MAX = 45 * 60


def test_every_payment_is_proved_and_the_median_repair_is_within_half_an_hour() -> None:
    months = run_clients(CLIENTS, BILLS, DAYS)
    for month in months:
        assert month.outcome.decided == BILLS
        assert month.outcome.verified == BILLS, month.number
        assert not _open_items(month)
    repairs = [one for month in months for one in month.repairs]
    unknown = [one for one in repairs if one.seconds is None]
    told = distribution(repairs)
    assert not unknown, (told, unknown[:3])
    ages = sorted(one.seconds for one in repairs if one.seconds is not None)
    assert {one.rail for one in repairs} == {"ramp", "qbo", "plaid"}
    assert ages[len(ages) // 2] <= MEDIAN_SECONDS_MAX, told
    assert ages[-1] <= MOST_SECONDS_MAX, told
    _told_in_runs(months[0])


def _open_items(month: LostWebhooks) -> list[str]:
    found = month.product.store.items.values()
    return [
        f"{item.subject} {item.item}"
        for item in found
        if isinstance(item, TrayItem)
        and item.state is TrayState.OPEN
        and item.subject.startswith("payment-")
    ]


def _told_in_runs(month: LostWebhooks) -> None:
    """Runs say what they found, how old it was, and what the looks cost."""
    books = month.product.store.books(Scope(FIRM))
    rows: list[SyncRun] = []
    cursor: str | None = None
    while True:
        page = books.syncs(cursor, 200)
        rows += [row for row in page.runs if row.feed == FeedKind.RECONCILIATION]
        cursor = page.next_key
        if cursor is None:
            break
    assert {row.subject for row in rows} == {CLIENT}
    full = [row for row in rows if row.run is not None and row.run.startswith("full")]
    assert len(full) in (DAYS, DAYS + 1)
    assert len(rows) >= 47 * (DAYS - 1)
    assert len({row.run for row in rows}) == len(rows)
    found = [row for row in rows if row.repairs is not None]
    assert found
    assert all(row.repairs is not None and row.repairs.max_seconds <= 3600 * 2 for row in found)
    assert any(row.repairs is not None and row.repairs.told for row in found)
    assert all(row.calls["qbo:cdc"] == 1 for row in rows if row not in full and row.calls)
