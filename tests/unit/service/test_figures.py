"""Figures of the dashboard: counted from rows that are a fold of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from local.memory_views import MemoryViews
from local.view_texts import texts_of, texts_of_the_log
from rowcol.domain.figures import LagMark, ProofMark, lag_figure, percentile, proof_figure
from rowcol.domain.payment import Payment, Verification
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge.figures import READS
from rowcol.service.change import Change, transact
from rowcol.service.figures import RING, figures_of
from rowcol.service.notice_effects import EFFECTS
from rowcol.service.onboard import register_member
from rowcol.service.project import rows_of, write_rows
from rowcol.service.rail_facts import RAMP
from tests.support.api import Web
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import NOW, payment
from tests.support.hygiene_desk import OTHER, HygieneDesk

MONTH = f"{NOW:%Y-%m}"


def fold(desk: Desk, scope: Scope = SCOPE) -> None:
    """The stream brings the log to the views."""
    entries = desk.store.books(scope).entries(0, 10_000)
    write_rows(desk.environment.views, {place: rows_of(one) for place, one in enumerate(entries)})


def stands(desk: Desk, name: str, verification: Verification, mismatched: bool = False) -> None:
    """A payment is judged so."""

    def plan(change: Change) -> bool:
        known = change.get(Payment, name)
        fresh = replace(
            payment(id=name),
            version=known.version if known is not None else 0,
            verification=verification,
            mismatched_at=NOW if mismatched else None,
        )
        change.put(fresh)
        change.state("payment.judged", payment=fresh)
        return True

    desk.act(plan)


def told(desk: Desk, seconds: float, at: datetime | None = None) -> None:
    """A reading is written so long after its notice came."""
    now = at or desk.clock.now()
    surroundings = replace(desk.environment.surroundings, told_at=now - timedelta(seconds=seconds))

    def plan(change: Change) -> bool:
        change.state("bill.regress_withdrawn")
        change.state("tray.closed")
        return True

    transact(desk.store, surroundings, SCOPE, RAMP, plan)


def test_what_was_ever_in_disagreement_is_not_clean() -> None:
    desk = HygieneDesk()
    stands(desk, "pay_1", Verification.VERIFIED)
    stands(desk, "pay_2", Verification.MISMATCH, mismatched=True)
    stands(desk, "pay_2", Verification.VERIFIED, mismatched=True)
    stands(desk, "pay_3", Verification.MISMATCH, mismatched=True)
    stands(desk, "pay_4", Verification.VERIFIED)
    stands(desk, "pay_4", Verification.AWAITING)
    fold(desk)
    found = figures_of(desk.environment, SCOPE.firm, [SCOPE.client, OTHER.client], None)
    proof = found.proof
    assert (proof.month, proof.judged, proof.verified, proof.clean) == (MONTH, 3, 2, 1)
    assert (proof.mismatched, proof.share_basis_points, proof.reaches_goal) == (1, 3_333, False)
    assert [(one.client, one.proof.judged) for one in found.clients] == [
        (SCOPE.client, 3),
        (OTHER.client, 0),
    ]
    empty = figures_of(desk.environment, SCOPE.firm, [SCOPE.client], "2026-10").proof
    assert (empty.judged, empty.share_basis_points, empty.reaches_goal) == (0, None, None)


def test_how_long_notices_take_is_told_by_the_first_fact_of_each_write() -> None:
    desk = HygieneDesk()
    for seconds in range(1, 101):
        told(desk, seconds / 100)
    fold(desk)
    lags = {one.rail: one for one in figures_of(desk.environment, "maple", ["bluebird"], None).lags}
    ramp = lags["ramp"]
    assert (ramp.count, ramp.p50_milliseconds, ramp.p95_milliseconds) == (100, 500, 950)
    assert (lags["all"].max_milliseconds, lags["qbo"].count) == (1_000, 0)
    desk.pass_days(8)
    later = figures_of(desk.environment, "maple", ["bluebird"], None).lags
    assert [one.count for one in later] == [0] * len(later)


def test_the_latest_notices_take_bounded_room() -> None:
    desk = HygieneDesk()
    for _ in range(RING // 2 + 100):
        told(desk, 0.2)
    fold(desk)
    rows = [row for row in texts_of(desk.environment.views, SCOPE) if "lag#" in str(row)]
    assert 0 < len(rows) <= RING


def test_what_no_notice_caused_has_no_lag() -> None:
    desk = HygieneDesk()
    desk.show()
    fold(desk)
    found = figures_of(desk.environment, SCOPE.firm, [SCOPE.client], None).lags
    assert all(one.count == 0 for one in found)


def test_views_that_are_rebuilt_are_the_live_ones() -> None:
    desk = HygieneDesk()
    stands(desk, "pay_1", Verification.VERIFIED)
    for _ in range(5):
        told(desk, 0.3)
    stands(desk, "pay_1", Verification.MISMATCH, mismatched=True)
    fold(desk)
    fold(desk)
    assert isinstance(desk.environment.views, MemoryViews)
    assert texts_of(desk.environment.views, SCOPE) == texts_of_the_log(desk.books)


def test_a_notice_hands_its_time_to_what_it_causes() -> None:
    assert set(EFFECTS) == {"ramp", "plaid", "qbo", "stripe"}
    assert {effect.__name__ for effect in EFFECTS.values()} == {"timed"}


@pytest.mark.parametrize(
    ("values", "expected"), [([], None), ([7], 7), ([1, 2], 2), (list(range(1, 21)), 19)]
)
def test_the_nearest_rank(values: list[int], expected: int | None) -> None:
    assert percentile(values, 95) == expected


def test_figures_over_http_are_of_clients_that_the_caller_may_see() -> None:
    desk = HygieneDesk()
    stands(desk, "pay_1", Verification.VERIFIED)
    fold(desk)
    register_member(desk.store, SCOPE.firm, Member("anna", 0, {SCOPE.client: (Role.VIEWER,)}))
    register_member(desk.store, SCOPE.firm, Member("zoe", 0, {OTHER.client: (Role.VIEWER,)}))
    web = Web(desk.environment, READS, SCOPE.firm)
    mine = web.call("GET", "/figures", person="anna")
    assert [one["client"] for one in mine.body["clients"]] == [SCOPE.client]
    assert mine.body["proof"]["share_basis_points"] == 10_000
    theirs = web.call("GET", "/figures", person="zoe")
    assert (theirs.status, theirs.body["proof"]["judged"]) == (200, 0)
    path = {"client": SCOPE.client}
    assert web.call("GET", "/clients/{client}/figures", person="zoe", path=path).status == 404
    bad = web.call("GET", "/figures", person="anna", query={"month": "2026-13"})
    assert bad.status == 400


def test_counting_is_pure() -> None:
    marks = [ProofMark(f"p{number}", "2026-11", "verified", number > 0) for number in range(100)]
    assert proof_figure("2026-11", marks).reaches_goal is True
    assert proof_figure("2026-11", marks[:99]).reaches_goal is False
    lag = lag_figure("all", [LagMark("qbo", NOW, 5)], NOW + timedelta(seconds=1))
    assert (lag.count, lag.p95_milliseconds) == (0, None)
