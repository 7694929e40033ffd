"""A small month: what each client costs, against the rails' limits and its share of free reads."""

from __future__ import annotations

from local.simulation.month.__main__ import told
from local.simulation.month.calls import PAID_AT_PLAID, most_within
from local.simulation.month.client import START
from local.simulation.month.run import FREE_READS, SHARE, run
from local.simulation.month.shared import plaid, ramp, through_gates

CLIENTS, BILLS, DAYS = 2, 20, 14
# Of one of a hundred clients: its share of the free reads in these days.
SHARE_OF_A_CLIENT = FREE_READS * SHARE / 100 * DAYS / 30


def test_two_clients_stay_within_every_limit() -> None:
    totals = [*run(CLIENTS, BILLS, DAYS, processes=1)][-1]
    lines, holds = told(totals)
    assert holds, "\n".join(lines)
    assert [result.decided for result in totals.results] == [BILLS, BILLS]
    for result in totals.results:
        assert result.verified >= BILLS // 2, "\n".join(lines)
        # A run of the change feed each half hour, and so many reads for each bill.
        reads = sum(count for kind, count in result.counts.items() if kind.startswith("qbo:bill"))
        assert reads <= 7 * BILLS, "\n".join(lines)
        assert result.counts["qbo:cdc"] <= 48 * DAYS + DAYS + 1
    assert totals.metered <= CLIENTS * SHARE_OF_A_CLIENT
    # Paid calls: one for the advisor's look each day, some for releases; never one an hour.
    assert 0 < totals.counts[PAID_AT_PLAID] <= 2 * CLIENTS * DAYS


def test_windows_slide() -> None:
    assert most_within([0, 1, 2, 9.9, 10, 11], 10) == 4
    assert most_within([0, 10, 20], 10) == 1
    assert most_within([], 10) == 0


def test_the_products_gates_hold_whatever_all_clients_ask_at_once() -> None:
    sent = through_gates([[0.0] * 20] * 50, ramp, "bills", START)
    assert len(sent.times) == 1000
    assert most_within(sent.times, 10) <= 150
    assert sent.kept_seconds_max >= 1000 / 15 - 10
    alone = through_gates([[0.0, 5.0], []], plaid, "transactions/sync", START)
    assert alone.times == (0.0, 5.0)
    assert alone.kept_seconds_max == 0.0


def test_an_items_own_limit_is_kept_too() -> None:
    sent = through_gates([[0.0] * 12], plaid, "accounts/balance/get", START)
    assert most_within(sent.times, 60) <= 5
