"""Operations that items of the tray offer are served, with the rights that are said."""

from __future__ import annotations

from local.openapi import operations
from rowcol.domain.tray_kinds import KINDS
from rowcol.edge.tray_shown import ROUTES


def test_routes_that_are_offered_are_those_that_are_served() -> None:
    served = {one.name: (one.method, one.path, one.needs) for one in operations()}
    assert {name: served[name] for name in ROUTES} == ROUTES
    assert sorted({name for row in KINDS.values() for name in row.offers} - set(ROUTES)) == []
