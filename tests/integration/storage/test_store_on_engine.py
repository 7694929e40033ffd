"""The whole suite on the local engine, and writers in several processes."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from local.engine.deploy import client
from local.engine.stack import Stack
from rowcol.storage.transaction import Tables
from tests.conformance.counter_races import SHARED, Account, accounts, check_sum, client_of, live
from tests.conformance.counter_races import WRITERS as COUNTER_WRITERS
from tests.conformance.races import WRITERS, check_counted, count_up, together
from tests.conformance.store_suite import StoreSuite
from tests.conformance.world import FIRM, World
from tests.support.storage import samples
from tests.support.storage.tables import create_tables, world_on

ROUNDS_PER_PROCESS = 3
COUNTING_PROCESSES = 4
CEILING = 150


class TestStoreOnEngine(StoreSuite):
    @pytest.fixture
    def world(self, dynamodb: Any) -> World:
        return world_on(dynamodb, create_tables(dynamodb))


def count_in_process(endpoint: str, tables: Tables, writer: int) -> int:
    """One process's share; gives how many commits it was told are written."""
    world = world_on(client("dynamodb", endpoint), tables)
    for _ in range(ROUNDS_PER_PROCESS):
        count_up(world.books(), writer)
    return ROUNDS_PER_PROCESS


def test_no_acknowledged_commit_of_eight_processes_is_lost(
    storage_engine: Stack, dynamodb: Any
) -> None:
    tables = create_tables(dynamodb)
    world = world_on(dynamodb, tables)
    world.save(replace(samples.tray_item("counter"), occurrence=0))
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WRITERS, mp_context=fresh) as processes:
        shares = [
            processes.submit(count_in_process, storage_engine.endpoint, tables, writer)
            for writer in range(WRITERS)
        ]
        acknowledged = sum(share.result(timeout=120) for share in shares)
    check_counted(world.books(), acknowledged)


def live_in_process(endpoint: str, tables: Tables, process: int) -> list[Account]:
    """One process's writers on the firm's counter, each with a client of its own."""
    threads = COUNTER_WRITERS // COUNTING_PROCESSES
    world = world_on(client("dynamodb", endpoint, max_pool_connections=threads), tables)

    def work(thread: int) -> Account:
        writer = process * threads + thread
        return live(world.books(client_of(writer)), FIRM, CEILING, seed=writer, moves=20)

    return accounts(together(work, threads))


def test_limit_usage_is_exact_under_sixteen_writers_of_four_processes(
    storage_engine: Stack, dynamodb: Any
) -> None:
    tables = create_tables(dynamodb)
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(COUNTING_PROCESSES, mp_context=fresh) as processes:
        shares = [
            processes.submit(live_in_process, storage_engine.endpoint, tables, process)
            for process in range(COUNTING_PROCESSES)
        ]
        kept = [account for share in shares for account in share.result(timeout=120)]
    counter = world_on(dynamodb, tables).books(FIRM).counters([SHARED])[SHARED]
    check_sum(counter, kept, CEILING)
    assert len(kept) == COUNTER_WRITERS
    assert sum(account.moves for account in kept) > 0
