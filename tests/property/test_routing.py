"""The router against a slow one written by hand, and what must hold of every answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rowcol.domain.plain import canonical
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.ask import Ask, Preference
from rowcol.domain.routing.cutoff import Cutoff
from rowcol.domain.routing.networks import RULES, Network, Payee, Way
from rowcol.domain.routing.rail import RAMP, Offer, Offered, Rail
from rowcol.domain.routing.reasons import NotTaken, Reason
from rowcol.domain.routing.recheck import check
from rowcol.domain.routing.router import Route, route
from rowcol.domain.routing.settings import RoutingSettings, WaySettings
from rowcol.domain.routing.terms import Terms
from tests.support.domain.bank_days_by_hand import HOLIDAYS, ZONES, clock_changes, is_open
from tests.support.domain.routes import WAYS, reasons, terms, usd, way_of
from tests.support.domain.routes_by_hand import NETWORKS, ceiling_of, expected

Case = tuple[Ask, RoutingSettings]
DATED = [rule.way for rule in RULES if rule.days is not None and rule.way.name in NETWORKS]
CHANGES = [day for year in range(2024, 2033) for day in clock_changes(year)]
EDGES = sorted({*HOLIDAYS, *CHANGES})
DAYS = st.dates(date(2024, 1, 10), date(2032, 6, 1)) | st.builds(
    lambda day, away: min(max(day + timedelta(days=away), date(2024, 1, 10)), date(2032, 6, 1)),
    st.sampled_from(EDGES),
    st.integers(-3, 3),
)
NOON = st.integers(0, 86_399_999).map(lambda ms: timedelta(milliseconds=ms))
# Instants at which a cut-off of whole half hours is passed in one of the zones, a second around.
EDGE = st.builds(
    lambda halves, off: timedelta(minutes=30 * halves) + timedelta(seconds=off),
    st.integers(0, 47),
    st.sampled_from([-1, 0, 1]),
)
INSTANTS = st.builds(
    lambda day, clock: datetime(day.year, day.month, day.day, tzinfo=UTC) + clock, DAYS, NOON | EDGE
)
CUTOFFS = st.builds(Cutoff, st.integers(3, 23), st.sampled_from([0, 30]), st.sampled_from([*ZONES]))
AMOUNTS = st.builds(
    lambda most, off: usd(max(1, most + off)),
    st.sampled_from([1, 500_000, *(ceiling for _, _, ceiling, _ in NETWORKS.values())]),
    st.integers(-2, 2),
) | st.integers(1, 10**13).map(usd)
SUBSETS = st.none() | st.frozensets(st.sampled_from(Network), min_size=1, max_size=6)


def way_settings(way: Way) -> st.SearchStrategy[WaySettings]:
    return st.builds(
        WaySettings,
        st.just(way.network),
        st.just(way.pattern),
        enabled=st.sampled_from([None, True, True, False]),
        cutoff=st.none() | CUTOFFS,
        fee_minor=st.none() | st.sampled_from([0, 0, 100, 2000]),
        ceiling_minor=st.none() | st.sampled_from([500_000, 10**9]),
        days=st.none() | st.integers(0, 12),
    )


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    now = draw(INSTANTS)
    ahead = draw(st.integers(0, 12) | st.integers(0, 170))
    return Ask(
        draw(AMOUNTS),
        now.date() + timedelta(days=ahead),
        draw(st.sampled_from(Preference)),
        now,
        draw(SUBSETS),
        None,
        draw(st.sampled_from(Payee)),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Ask, RoutingSettings]:
    """A question, and settings with closures near its days."""
    question = draw(asks())
    named = draw(st.lists(st.sampled_from(DATED) | st.sampled_from(WAYS), unique=True, max_size=6))
    near = [
        draw(st.sampled_from([question.now.date(), question.on])) + timedelta(days=away)
        for away in draw(st.lists(st.integers(-3, 5), max_size=3))
    ]
    told = RoutingSettings(
        tuple(draw(way_settings(way)) for way in named),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.none() | CUTOFFS),
        tuple(near),
    )
    return question, told


RAILS = st.sampled_from(
    [
        RAMP,
        Rail("open", {way: Offered(Offer.YES, 3) for way in WAYS}, "https://rail.example/"),
        Rail("quick", {way: Offered(Offer.YES) for way in DATED}, "https://rail.example/"),
    ]
)
THOROUGH = settings(max_examples=100, deadline=None)


def told_days(rail: Rail, way: Way, given_: RoutingSettings) -> int:
    own = given_.of(way).days
    return own if own is not None else rail.offered(way).days or 0


def works_alone(question: Ask, of: Terms, way: Way) -> Route | None:
    """The route when only this way is left of the table."""
    only = replace(of, ways=tuple(one for one in of.ways if one.way == way))
    found = route(question, only)
    return found if isinstance(found, Route) else None


@THOROUGH
@given(cases(), RAILS)
def test_every_promise_is_that_of_the_router_by_hand(case: Case, rail: Rail) -> None:
    question, given_ = case
    table = terms(given_, rail)
    for way in DATED:
        found = works_alone(question, table, way)
        by_hand = expected(way.name, question, given_, told_days(rail, way, given_))
        told = reasons(route(question, table)).get(way)
        if found is not None:
            assert by_hand.in_time
            assert (found.send_on, found.promised_on) == (by_hand.send_on, by_hand.promised_on)
            assert question.amount.minor <= ceiling_of(way.name, given_.of(way).ceiling_minor)
        elif told is not None and told.code is Reason.TOO_LATE:
            assert not by_hand.in_time
            assert told.numbers["earliest_send"] == by_hand.send_on
            assert told.numbers["earliest_promise"] == by_hand.promised_on
        elif told is not None and told.code is Reason.OVER_CEILING:
            assert question.amount.minor > ceiling_of(way.name, given_.of(way).ceiling_minor)


@THOROUGH
@given(cases(), RAILS)
def test_no_day_of_a_route_is_impossible(case: Case, rail: Rail) -> None:
    question, given_ = case
    found = route(question, terms(given_, rail))
    if isinstance(found, Refusal):
        return
    closures = frozenset(given_.closures)
    days = [found.send_on, found.promised_on, found.collect_on, found.settle_on]
    assert all(is_open(day, closures) for day in days if day is not None)
    assert found.send_on <= found.promised_on
    assert found.settle_on is None or found.send_on <= found.settle_on <= found.promised_on
    if question.preference is Preference.DELIVER_BY:
        assert found.promised_on <= question.on
    else:
        assert found.send_on >= question.on


@THOROUGH
@given(cases(), RAILS)
def test_every_way_is_taken_or_has_a_reason(case: Case, rail: Rail) -> None:
    question, given_ = case
    found = route(question, terms(given_, rail))
    if isinstance(found, Refusal):
        assert found.code is Code.NO_ROUTE
        named = [*reasons(found)]
    else:
        named = [*reasons(found), way_of(found)]
    assert sorted(way.name for way in named) == sorted(way.name for way in WAYS)
    assert {way.network for way in named} == set(Network)
    for told in reasons(found).values():
        assert told.words
        assert canonical(told)  # can be shown and logged


@THOROUGH
@given(cases(), RAILS)
def test_the_same_question_has_the_same_answer(case: Case, rail: Rail) -> None:
    question, given_ = case
    first = route(question, terms(given_, rail))
    assert route(question, terms(given_, rail)) == first
    turned = replace(given_, ways=given_.ways[::-1], closures=given_.closures[::-1])
    backwards = Rail(rail.name, dict(reversed(list(rail.ways.items()))), rail.link)
    assert canonical(route(question, terms(turned, backwards))) == canonical(first)
    table = terms(given_, rail)
    shuffled = replace(table, ways=table.ways[::-1])
    again = route(question, shuffled)
    assert (way_of(again) if isinstance(again, Route) else None) == (
        way_of(first) if isinstance(first, Route) else None
    )


@THOROUGH
@given(cases(), RAILS, st.frozensets(st.sampled_from(Network), min_size=1))
def test_a_filter_leaves_what_works_without_it(
    case: Case, rail: Rail, wished: frozenset[Network]
) -> None:
    question, given_ = case
    table = terms(given_, rail)
    candidates = {way for way in WAYS if works_alone(question, table, way) is not None}
    filtered = route(replace(question, networks=wished), table)
    left = {way for way in candidates if way.network in wished}
    assert isinstance(filtered, Route) == bool(left)
    without = route(question, table)
    if isinstance(filtered, Route):
        assert way_of(filtered) in left
        asked = filtered.send_on
        assert check(filtered.chosen, question.amount, asked, question.now, table) is None
        if isinstance(without, Route) and way_of(without) in left:
            assert way_of(filtered) == way_of(without)
    for way, told in reasons(filtered).items():
        if told.code is Reason.NOT_WISHED:
            assert way in candidates
            assert way.network not in wished
    assert isinstance(without, Route) == bool(candidates)


@THOROUGH
@given(cases(), RAILS)
def test_no_way_that_works_is_better_than_the_one_taken(case: Case, rail: Rail) -> None:
    question, given_ = case
    table = terms(given_, rail)
    found = route(question, table)
    if isinstance(found, Refusal):
        return
    for way in WAYS:
        other = works_alone(question, table, way)
        if other is None or way == way_of(found):
            continue
        assert found.meets_date or not other.meets_date
        if found.meets_date != other.meets_date:
            continue
        known = found.fee is not None, other.fee is not None
        assert known != (False, True)
        if found.fee is not None and other.fee is not None:
            assert found.fee <= other.fee
        if found.fee == other.fee:
            assert other.paper or not found.paper


@THOROUGH
@given(cases(), RAILS)
def test_the_first_possible_day_of_a_refusal_is_possible_and_no_day_before_is(
    case: Case, rail: Rail
) -> None:
    question, given_ = case
    table = terms(given_, rail)
    found = route(question, table)
    if isinstance(found, Route) or found.numbers["earliest"] is None:
        return
    earliest = found.numbers["earliest"]
    assert isinstance(earliest, date)
    assert earliest > question.on
    if (earliest - question.on).days < 9:  # within the days ahead that may be asked
        then = route(replace(question, on=earliest), table)
        assert isinstance(then, Route)
        assert then.promised_on == earliest
    before = route(replace(question, on=earliest - timedelta(days=1)), table)
    assert isinstance(before, Refusal)


@THOROUGH
@given(cases(), RAILS, st.integers(1, 10**9))
def test_a_larger_amount_never_opens_a_way(case: Case, rail: Rail, more: int) -> None:
    question, given_ = case
    table = terms(given_, rail)
    larger = replace(question, amount=usd(question.amount.minor + more))
    for way in WAYS:
        if works_alone(larger, table, way) is not None:
            assert works_alone(question, table, way) is not None


@THOROUGH
@given(cases())
@example(
    (
        Ask(usd(1), date(2026, 11, 20), Preference.DELIVER_BY, datetime(2026, 11, 20, tzinfo=UTC)),
        RoutingSettings(tuple(WaySettings(n, None, True, None, 0, None, 0) for n in Network)),
    )
)
def test_ramp_never_chooses_what_it_only_reports(case: Case) -> None:
    question, given_ = case
    found = route(question, terms(given_))
    told = reasons(found)
    for network in (Network.RTP, Network.FED_NOW):
        said = told[Way(network)]
        assert isinstance(said, NotTaken)
        assert said.code is Reason.OBSERVED_ONLY
