"""Two worlds share nothing: what one is given must not be found in another."""

from __future__ import annotations

from datetime import date

from local.simulators.sample import PLAID_CLIENT, QBO_APP, RAMP_APP, sample_world


def test_a_world_does_not_change_what_the_next_one_is_made_of() -> None:
    kept = [dict(app) for app in (RAMP_APP, QBO_APP, PLAID_CLIENT)]
    world = sample_world(date(2026, 11, 20), clients=1)
    for rail, rows in (("ramp", "apps"), ("qbo", "apps"), ("plaid", "clients")):
        world.seeds[rail][rows][0]["redirect_uris"] = ["https://app.example/back"]
    assert kept == [RAMP_APP, QBO_APP, PLAID_CLIENT]
    fresh = sample_world(date(2026, 11, 20), clients=1)
    assert "redirect_uris" not in fresh.seeds["ramp"]["apps"][0]
