"""Matches of lines and items as use cases: verdicts, shared payments, races, deaths, repeats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from rowcol.domain.evidence import Outcome
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.audit import verify_log
from rowcol.service.cash_matches.choose import WishedPart
from rowcol.service.cash_matches.decide_match import Wish, confirm, undo
from rowcol.service.proof import observe_cash
from tests.support.cash_desk import CashDesk
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, usd
from tests.support.sent_payments import judged, of_ramp


@pytest.fixture
def desk() -> CashDesk:
    """Bluebird's books."""
    return CashDesk()


def wish(lines: list[str], *names: str) -> Wish:
    """Lines for payments."""
    return Wish(lines, [WishedPart(CashTarget(TargetKind.PAYMENT, name)) for name in names])


def confirmed(desk: CashDesk, lines: list[str], *names: str, person: str = "anna") -> CashMatch:
    """A person's combination, which must be possible."""
    result = desk.act(lambda change: confirm(change, wish(lines, *names)), person)
    assert isinstance(result, CashMatch), result
    return result


def test_several_payments_in_one_line_are_each_verified(desk: CashDesk) -> None:
    of_ramp(desk, "p1", "40.00")
    of_ramp(desk, "p2", "60.00")
    desk.line("out-1", "100.00", "RAMP BILLPAY BATCH", posted_on=FRIDAY)
    assert judged(desk, "p1").outcome is Outcome.WAITING
    desk.looked()
    (proposed,) = desk.matches(MatchState.TENTATIVE)
    assert sorted(target.id for target in proposed.targets) == ["p1", "p2"]
    confirmed(desk, ["out-1"], "p1", "p2")
    for name in ("p1", "p2"):
        verdict = judged(desk, name)
        assert verdict.outcome is Outcome.VERIFIED, verdict.findings
        assert "plaid:transaction:out-1" in verdict.evidence
        assert desk.payment(name).custody.fresh_facts
    assert verify_log(desk.books, "USD").intact


def test_one_payment_in_several_lines_with_a_fee(desk: CashDesk) -> None:
    of_ramp(desk, "p1", "1000.00")
    desk.line("out-1", "600.00", "ACH 1")
    desk.line("out-2", "405.00", "ACH 2", posted_on=FRIDAY + timedelta(days=3))
    match = confirmed(desk, ["out-1", "out-2"], "p1")
    assert match.difference == usd("5.00")
    assert judged(desk, "p1").outcome is Outcome.VERIFIED
    cash = desk.payment("p1").cash
    assert cash is not None
    assert cash.confirmed is not None
    assert cash.confirmed.amount == usd("1000.00")


def test_bills_that_share_a_rail_payment_share_its_line(desk: CashDesk) -> None:
    for name, amount in (("p1", "40.00"), ("p2", "60.00")):
        of_ramp(desk, name, amount, "100.00", payment_id="rp-shared")
    desk.line("out-1", "100.50", "SOMETHING", posted_on=FRIDAY)
    match = confirmed(desk, ["out-1"], "p1")
    for name in ("p1", "p2"):
        assert judged(desk, name).outcome is Outcome.VERIFIED
    result = desk.act(lambda change: undo(change, match.id, None))
    assert isinstance(result, CashMatch)
    assert desk.payment("p1").cash is None


def test_what_a_person_confirmed_stays_and_its_return_is_seen(desk: CashDesk) -> None:
    of_ramp(desk, "p1", "100.00")
    desk.line("out-1", "100.50", "SOMETHING", posted_on=FRIDAY)
    confirmed(desk, ["out-1"], "p1")
    desk.line("out-2", "100.00", "RAMP BILL PAY VENDOR P1", posted_on=FRIDAY)
    assert not observe_cash(desk.environment, SCOPE, "p1", None, wake=True)
    desk.line("back", "-100.50", "ACH RETURN R01", posted_on=FRIDAY + timedelta(days=2))
    assert observe_cash(desk.environment, SCOPE, "p1", None, wake=True)
    assert not observe_cash(desk.environment, SCOPE, "p1", None, wake=True)
    assert judged(desk, "p1").outcome is Outcome.MISMATCH
    assert desk.claim("back") == desk.claim("out-1")


def test_a_trace_does_not_take_what_a_person_confirmed(desk: CashDesk) -> None:
    trace = "021000021234567"
    of_ramp(desk, "p1", "100.00")
    of_ramp(desk, "p2", "100.00", debit_trace_id=trace)
    desk.line("out-1", "100.00", "RAMP", reference=trace, posted_on=FRIDAY)
    match = confirmed(desk, ["out-1"], "p1")
    desk.looked()
    assert desk.claim("out-1") == match.id
    assert desk.payment("p2").cash is None


def test_of_two_who_confirm_at_once_one_is_told(desk: CashDesk) -> None:
    of_ramp(desk, "p1", "100.00")
    of_ramp(desk, "p2", "100.00")
    desk.line("out-1", "100.00", "RAMP", posted_on=FRIDAY)
    seen: list[object] = []

    def meanwhile(call: str) -> None:
        if call == "commit:before":
            desk.store.on_call = lambda _: None
            seen.append(desk.act(lambda change: confirm(change, wish(["out-1"], "p2")), "boris"))

    desk.store.on_call = meanwhile
    late = desk.act(lambda change: confirm(change, wish(["out-1"], "p1")), "anna")
    assert isinstance(seen[0], CashMatch)
    assert isinstance(late, Refusal)
    assert late.code is Code.LINE_TAKEN
    assert desk.payment("p1").cash is None
    assert desk.payment("p2").cash is not None


def test_two_lines_for_one_item_at_once(desk: CashDesk) -> None:
    invoice = desk.invoice("1042", "100.00", customer_name="Harbor Lights").id
    desk.line("in-1", "-100.00", "A")
    desk.line("in-2", "-100.00", "B")
    part = [WishedPart(CashTarget(TargetKind.INVOICE, invoice))]
    seen: list[object] = []

    def meanwhile(call: str) -> None:
        if call == "commit:before":
            desk.store.on_call = lambda _: None
            seen.append(desk.act(lambda change: confirm(change, Wish(["in-2"], part)), "boris"))

    desk.store.on_call = meanwhile
    late = desk.act(lambda change: confirm(change, Wish(["in-1"], part)), "anna")
    assert isinstance(seen[0], CashMatch)
    assert isinstance(late, Refusal)
    assert late.code is Code.WRONG_STATE
    assert desk.claim("in-1") is None


class Died(Exception):
    """The process ends here."""


def busy(desk: CashDesk) -> None:
    """Something of everything a run does."""
    desk.invoice("1", "120.00", customer_name="Harbor Lights LLC", due_on=FRIDAY)
    desk.invoice("2", "77.10", customer_name="Blue Spruce", customer_id="x", due_on=FRIDAY)
    desk.open_bill("b1", "731.15", "Lakeside Catering")
    desk.posted(amount=usd("40.00"))
    desk.line("l1", "-120.00", "HARBOR LIGHTS DES:PMT")
    desk.line("l2", "-77.10", "DEPOSIT")
    desk.line("l3", "731.15", "LAKESIDE CATERING WEB PMT")
    desk.line("l4", "40.00", "CHECK 9911")
    desk.line("l5", "9.99", "ODDMENT", posted_on=date(2026, 11, 2))


def state(desk: CashDesk) -> tuple[object, ...]:
    """What a run leaves behind."""
    names = ("l1", "l2", "l3", "l4", "l5")
    matches = [(one.id, one.state) for each in MatchState for one in desk.matches(each)]
    return matches, [desk.claim(name) is not None for name in names], sorted(desk.open_tray())


def dying(desk: CashDesk, place: int, run: Callable[[], object]) -> bool:
    """Run until the `place`th call of the store; whether it died there."""
    left = place

    def on_call(_: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Died

    desk.store.on_call = on_call
    try:
        run()
    except Died:
        return True
    finally:
        desk.store.on_call = lambda _: None
    return False


def test_a_run_that_dies_anywhere_is_made_good_by_the_next() -> None:
    whole = CashDesk()
    busy(whole)
    whole.looked()
    expected = state(whole)
    assert expected[1] == [True, False, True, True, False]
    place = died = 0
    while True:
        desk = CashDesk()
        busy(desk)
        if not dying(desk, place, desk.looked):
            break
        died += 1
        desk.looked()
        assert state(desk) == expected, place
        assert verify_log(desk.books, "USD").intact
        place += 3
    assert died > 20


def test_a_confirmation_that_dies_is_whole_or_not_there() -> None:
    place = 0
    while True:
        desk = CashDesk()
        of_ramp(desk, "p1", "40.00")
        of_ramp(desk, "p2", "60.00")
        desk.line("out-1", "100.00", "RAMP", posted_on=FRIDAY)
        act = lambda: desk.act(lambda change: confirm(change, wish(["out-1"], "p1", "p2")))  # noqa: E731,B023  # run at once
        if not dying(desk, place, act):
            break
        seen = {name: desk.payment(name).cash is not None for name in ("p1", "p2")}
        assert len({*seen.values(), desk.claim("out-1") is not None}) == 1
        place += 1
    assert place > 5


def test_another_clients_lines_and_items_are_not_there(desk: CashDesk) -> None:
    desk.line("out-1", "100.00", "RAMP", posted_on=FRIDAY)
    for bad in (["nothing"], ["../x"], ["out-1", "out-1"], []):
        result = desk.act(lambda change, lines=bad: confirm(change, wish(lines, "p1")))  # type: ignore[misc]  # bound at once
        assert isinstance(result, Refusal)
    for name in ("pay_of_another", "../../x"):
        result = desk.act(lambda change, other=name: confirm(change, wish(["out-1"], other)))  # type: ignore[misc]  # bound at once
        assert isinstance(result, Refusal)
        assert result.code is Code.NOT_FOUND
    assert desk.claim("out-1") is None


def test_a_pending_line_is_nobodys_yet(desk: CashDesk) -> None:
    of_ramp(desk, "p1", "100.00")
    desk.line("out-1", "100.00", "SOMETHING", pending=True)
    result = desk.act(lambda change: confirm(change, wish(["out-1"], "p1")))
    assert isinstance(result, Refusal)
    assert result.code is Code.WRONG_STATE


def test_an_undone_match_is_remembered_and_can_be_made_again(desk: CashDesk) -> None:
    of_ramp(desk, "p1", "100.00")
    desk.line("out-1", "100.00", "RAMP BILL PAY VENDOR P1", posted_on=FRIDAY)
    match = confirmed(desk, ["out-1"], "p1")
    assert isinstance(desk.act(lambda change: undo(change, match.id, "wrong")), CashMatch)
    assert isinstance(desk.act(lambda change: undo(change, match.id, "wrong")), Refusal)
    desk.looked()
    assert desk.payment("p1").cash is None
    assert desk.matches(MatchState.TENTATIVE) == []
    again = confirmed(desk, ["out-1"], "p1")
    assert (again.id, again.state) == (match.id, MatchState.CONFIRMED)


def test_a_records_matched_line_comes_back(desk: CashDesk) -> None:
    pair = [desk.posted(amount=usd("40.00")).id, desk.posted(amount=usd("60.00")).id]
    desk.line("out-1", "100.00", "BATCH 1", posted_on=FRIDAY)
    confirmed(desk, ["out-1"], *pair)
    desk.line("back", "-100.00", "RETURNED ITEM", posted_on=FRIDAY + timedelta(days=1))
    desk.clock.pause(2 * 86_400)
    desk.looked()
    seen = [desk.payment(name).verification.value for name in pair]
    assert seen == ["mismatch", "mismatch"]
    before = len(desk.types())
    desk.looked()
    assert len(desk.types()) == before
    (match,) = desk.matches(MatchState.CONFIRMED)
    assert desk.claim("back") == match.id
    desk.act(lambda change: undo(change, match.id, None))
    assert desk.claim("back") is None


def test_a_record_that_is_a_draft_again_ends_its_match(desk: CashDesk) -> None:
    pair = [desk.posted(amount=usd("40.00")).id, desk.posted(amount=usd("60.00")).id]
    desk.line("out-1", "100.00", "BATCH 1", posted_on=FRIDAY)
    match = confirmed(desk, ["out-1"], *pair)
    desk.reset(pair[0])
    assert desk.claim("out-1") is None
    assert [desk.payment(name).cash for name in pair] == [None, None]
    assert [one.id for one in desk.matches(MatchState.WITHDRAWN)] == [match.id]
    assert verify_log(desk.books, "USD").intact


def test_a_match_of_more_than_one_write_is_refused(desk: CashDesk) -> None:
    names = [desk.posted(amount=usd("10.00")).id for _ in range(20)]
    desk.line("out-1", "200.00", "BATCH 1", posted_on=FRIDAY)
    result = desk.act(lambda change: confirm(change, wish(["out-1"], *names)))
    assert isinstance(result, Refusal)
    assert result.code is Code.TOO_MANY_ITEMS
    desk.line("out-2", "100.00", "BATCH 2", posted_on=FRIDAY)
    confirmed(desk, ["out-2"], *names[:10])
