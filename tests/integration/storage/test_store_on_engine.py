"""The whole suite on the local engine, and writers in eight processes."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from local.engine.deploy import client
from local.engine.stack import Stack
from rowcol.storage.transaction import Tables
from tests.conformance.races import WRITERS, check_counted, count_up
from tests.conformance.store_suite import StoreSuite
from tests.conformance.world import World
from tests.support.storage import samples
from tests.support.storage.tables import create_tables, world_on

ROUNDS_PER_PROCESS = 3


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
