"""Limits as values: the smallest first, days by level, a change that needs two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rowcol.domain.limits import (
    CLIENT_LIMITS,
    FIRM_LIMITS,
    CountedDays,
    Level,
    Limits,
    LimitSet,
    counter_id,
    step_up_age_max,
    transaction_bounds,
    user_limits_id,
    verification_bounds,
)
from rowcol.domain.money import Money
from rowcol.domain.plain import from_plain, to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.waiting_change import PROPOSAL_KEPT
from tests.support.domain.builders import FRIDAY, NOW, usd

FIRM = Limits(FIRM_LIMITS, 0, Level.FIRM, "maple")
CLIENT = Limits(CLIENT_LIMITS, 0, Level.CLIENT, "bluebird")
ANNA = Limits(user_limits_id("anna"), 0, Level.USER, "anna")
WANTED = LimitSet(per_day=usd("900"))


def test_the_smallest_limit_comes_first_and_of_equal_ones_the_widest_levels() -> None:
    firm = replace(FIRM, limits=LimitSet(usd("500")))
    client = replace(CLIENT, limits=LimitSet(usd("200")))
    user = replace(ANNA, limits=LimitSet(usd("200")))
    bounds = transaction_bounds([firm, user, client])
    assert [bound.level for bound in bounds] == [Level.CLIENT, Level.USER, Level.FIRM]
    assert transaction_bounds([FIRM, CLIENT]) == ()


def test_the_threshold_that_is_reached_with_the_youngest_factor_asks() -> None:
    firm = replace(FIRM, limits=LimitSet(verification_from=usd("100")))
    user = replace(ANNA, limits=LimitSet(verification_from=usd("500"), step_up_age_seconds_max=60))
    assert step_up_age_max([firm, user], usd("99.99")) is None
    assert step_up_age_max([firm, user], usd("100")) == 300
    assert step_up_age_max([firm, user], usd("500")) == 60
    assert [bound.level for bound in verification_bounds([user, firm])] == [Level.FIRM, Level.USER]


def test_a_threshold_in_another_currency_asks_always() -> None:
    limits = replace(FIRM, limits=LimitSet(verification_from=Money(10**9, "EUR")))
    assert step_up_age_max([limits], usd("0.01")) == 300


def test_counter_ids_are_ids_and_differ_by_level_person_currency_and_day() -> None:
    strange, long = "anna@maple.example", "a" * 64
    days = (FRIDAY, FRIDAY + timedelta(days=1))
    names = [
        counter_id(level, subject, currency, day)
        for level in Level
        for subject in ("anna", "ben", strange, long)
        for currency in ("USD", "CAD")
        for day in days
        if level is Level.USER or subject == "anna"
    ]
    assert len(set(names)) == len(names) == 4 * (4 + 2)
    assert all(valid_id(name) for name in names)
    assert counter_id(Level.USER, "anna", "USD", FRIDAY) == "user-USD-2026-11-20-anna"


def test_days_by_level() -> None:
    days = CountedDays(FRIDAY, client=FRIDAY, firm=date(2026, 11, 21))
    assert [days.of(level).day for level in Level] == [21, 20, 21]


def test_limits_survive_storage() -> None:
    limits = FIRM.proposed("lim_1", WANTED, "anna", NOW)
    assert from_plain(Limits, to_plain(limits)) == limits
    assert from_plain(Limits, to_plain(ANNA)) == ANNA


# ---- two people


def test_nothing_holds_before_another_person_approves() -> None:
    proposed = FIRM.proposed("lim_1", WANTED, "anna", NOW)
    assert proposed.limits == LimitSet()
    assert proposed.due_at == NOW + PROPOSAL_KEPT
    approved = proposed.approved("lim_1", "ben", NOW)
    assert isinstance(approved, Limits)
    assert (approved.limits, approved.pending, approved.due_at) == (WANTED, None, None)


def test_a_rejected_change_is_gone() -> None:
    rejected = FIRM.proposed("lim_1", WANTED, "anna", NOW).rejected("lim_1", "ben", NOW)
    assert rejected == FIRM


@pytest.mark.parametrize("verb", ["approved", "rejected"])
def test_who_proposed_it_does_not_decide(verb: str) -> None:
    proposed = FIRM.proposed("lim_1", WANTED, "anna", NOW)
    refused = getattr(proposed, verb)("lim_1", "anna", NOW)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.numbers) == (Code.SAME_PERSON, {"proposed_by": "anna"})


def test_nobody_decides_on_their_own_limits() -> None:
    proposed = ANNA.proposed("lim_1", WANTED, "ben", NOW)
    refused = proposed.approved("lim_1", "anna", NOW)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.SAME_PERSON
    assert isinstance(proposed.approved("lim_1", "carl", NOW), Limits)


def test_a_newer_proposal_takes_the_place_of_the_older() -> None:
    newer = FIRM.proposed("lim_1", WANTED, "anna", NOW).proposed("lim_2", WANTED, "ben", NOW)
    refused = newer.approved("lim_1", "carl", NOW)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.NO_PENDING_CHANGE
    assert refused.numbers == {"asked": "lim_1", "pending": "lim_2"}
    # One person counts once: who proposed the older one may decide on the newer.
    assert isinstance(newer.approved("lim_2", "anna", NOW), Limits)


@pytest.mark.parametrize(("seconds", "open_still"), [(-1, True), (0, False), (1, False)])
def test_a_change_is_over_after_thirty_days(seconds: int, open_still: bool) -> None:
    proposed = FIRM.proposed("lim_1", WANTED, "anna", NOW)
    later = NOW + timedelta(days=30, seconds=seconds)
    assert (proposed.waiting(later) is not None) is open_still
    assert isinstance(proposed.approved("lim_1", "ben", later), Limits) is open_still
    assert proposed.expired(later) == (None if open_still else FIRM)


def test_nothing_expires_where_nothing_waits() -> None:
    assert FIRM.expired(NOW) is None
