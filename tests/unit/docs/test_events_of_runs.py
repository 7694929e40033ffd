"""What the product logs and publishes in simulated runs fits the schemas in docs/events."""

from __future__ import annotations

import pytest

from local.simulation.defects import no_defects
from local.simulation.run import Run
from rowcol.domain.event_versions import CURRENT
from rowcol.domain.log import Entry
from rowcol.domain.plain import to_plain
from rowcol.service.bus_event import bus_event
from tests.support.events.schemas import data_errors, event_errors

SEEDS = range(6)
STEPS = 160


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    found: list[Entry] = []
    for seed in SEEDS:
        with no_defects():
            run = Run(seed)
            run.happen(STEPS)
            run.rest()
        found += [entry for log in run.product.store.logs.values() for entry in log]
    return found


def test_every_fact_fits_the_schema_of_its_type(entries: list[Entry]) -> None:
    for entry in entries:
        assert entry.version == CURRENT
        assert data_errors(entry.type, entry.version, entry.data) == [], entry.type
    assert len({entry.type for entry in entries}) > 25


def test_every_published_detail_fits_the_schema(entries: list[Entry]) -> None:
    for entry in entries:
        assert event_errors(to_plain(bus_event(entry))) == []
