"""What every store promises, written once. A runner inherits a class and gives the fixture `world`.

tests/unit/storage runs it in memory and, in one thread, on moto; tests/integration/storage on the
local engine. Pointed at tables in an account of one's own, it tells whether AWS agrees.
"""

from __future__ import annotations

from tests.conformance.across import Across
from tests.conformance.aggregates import Aggregates
from tests.conformance.commits import Commits, RequestTokens
from tests.conformance.counter_races import CounterRaces
from tests.conformance.counters import Counters, CounterTokens
from tests.conformance.due import AfterDowntime, WhatIsDue
from tests.conformance.lists import Lists
from tests.conformance.ordered_views import OrderedViews
from tests.conformance.queue import Queue
from tests.conformance.races import Races
from tests.conformance.read_models import ReadModels
from tests.conformance.single_use import SingleUse, SingleUseRaces
from tests.conformance.sync_runs import SyncRuns
from tests.conformance.tray_lists import TrayLists


class SingleThreaded(
    Aggregates,
    Across,
    Commits,
    Counters,
    Lists,
    WhatIsDue,
    ReadModels,
    OrderedViews,
    Queue,
    TrayLists,
    SingleUse,
    SyncRuns,
):
    """What holds without concurrency and without repeated requests."""


class StoreSuite(
    SingleThreaded, AfterDowntime, RequestTokens, CounterTokens, Races, CounterRaces, SingleUseRaces
):
    """Everything."""
