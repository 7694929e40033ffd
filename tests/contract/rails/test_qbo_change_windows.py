"""Whatever a company changed: nothing living is missed, and what is called complete is."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.facts import ReadInterval
from rowcol.rails.qbo import changes, query
from rowcol.rails.qbo.changes import FEED_ENTITIES, ChangeReader, Row

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
READ = ReadInterval(NOW, NOW)
FEED_MAX, PAGE_MAX = 12, 7


class Company:
    """Objects by entity with the time of their last change; a feed that cuts off, in any order."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.calls = 0
        self.objects: list[tuple[str, str, datetime, bool]] = []
        moments = [self._moment() for _ in range(chance.randrange(1, 12))]
        for number in range(chance.randrange(0, 80)):
            entity = chance.choice(FEED_ENTITIES)
            # Many share an instant: imports write a hundred objects in a second.
            at = chance.choice(moments) if chance.random() < 0.6 else self._moment()
            self.objects.append((entity, str(number), at, chance.random() < 0.2))

    def _moment(self) -> datetime:
        days = self.chance.choice([0.01, 0.5, 20, 45])
        ago = timedelta(seconds=int(self.chance.random() * days * 86_400))
        return NOW - ago

    def feed(self, entities: Sequence[str], since: datetime) -> Any:
        """The change feed: at most FEED_MAX, 30 days back, tombstones among the rest."""
        self.calls += 1
        edge = NOW - timedelta(days=30)
        assert since >= edge
        found = [one for one in self.objects if one[0] in entities and one[2] >= since]
        self.chance.shuffle(found)
        return [(entity, self._row(key, at, gone)) for entity, key, at, gone in found][
            :FEED_MAX
        ], READ

    def page(self, entity: str, statement: str) -> Any:
        """One page of a query: living objects by last change."""
        self.calls += 1
        bounds = re.findall(r"LastUpdatedTime (>=|<=) '([^']+)'", statement)
        start = int(re.findall(r"STARTPOSITION (\d+)", statement)[0])
        rows = [
            (at, key)
            for name, key, at, gone in self.objects
            if name == entity and not gone and all(self._holds(at, *bound) for bound in bounds)
        ]
        chosen = sorted(rows)[start - 1 : start - 1 + PAGE_MAX]
        return [self._row(key, at, False) for at, key in chosen], READ

    def _holds(self, at: datetime, operator: str, text: str) -> bool:
        bound = datetime.fromisoformat(text)
        return at >= bound if operator == ">=" else at <= bound

    def _row(self, key: str, at: datetime, gone: bool) -> Row:
        row: Row = {"Id": key, "MetaData": {"LastUpdatedTime": at.isoformat()}}
        return {**row, "status": "Deleted"} if gone else row


@pytest.mark.parametrize("seed", range(300))
def test_no_change_is_missed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "FEED_OBJECTS_MAX", FEED_MAX)
    monkeypatch.setattr(changes, "PAGE_ROWS_MAX", PAGE_MAX)
    monkeypatch.setattr(changes, "PAGE_OVERLAP_ROWS", 2)
    monkeypatch.setattr(query, "PAGE_ROWS_MAX", PAGE_MAX)
    chance = random.Random(seed)  # noqa: S311  # the seed is the test's name
    company = Company(chance)
    since = NOW - timedelta(days=chance.choice([0.05, 1, 25, 29.99, 30, 40]))
    found = ChangeReader(company.feed, company.page).changed(since, NOW)
    for entity in FEED_ENTITIES:
        mine = [one for one in company.objects if one[0] == entity and one[2] >= since]
        living = {key for _, key, _, gone in mine if not gone}
        gone = {key for _, key, _, is_gone in mine if is_gone}
        assert living <= set(found.living.get(entity, {}))
        told = set(found.deleted.get(entity, {}))
        assert not told & living
        if found.complete:
            assert gone <= told
    if len([one for one in company.objects if one[2] >= since - timedelta(minutes=5)]) < FEED_MAX:
        assert since < NOW - timedelta(days=29) or company.calls == 1
