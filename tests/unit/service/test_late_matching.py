"""Lines and items that no ordinary run looks at: old ones, and what is paid by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.cash_matching.candidate import Strength
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from rowcol.domain.facts import RailState
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.cash_matches.choose import WishedPart
from rowcol.service.cash_matches.decide_match import Wish, confirm
from tests.support.cash_desk import FRIDAY, CashDesk
from tests.support.domain.builders import usd

LONG_AGO = date(2026, 4, 2)


@pytest.fixture
def desk() -> CashDesk:
    """An invoice of last spring, and the deposit that paid it."""
    made = CashDesk()
    made.invoice(
        "1", "912.40", customer_name="Harbor Lights LLC", customer_id="h",
        issued_on=LONG_AGO, due_on=LONG_AGO + timedelta(days=20),
    )  # fmt: skip
    made.line("in-1", "-912.40", "REMOTE DEPOSIT", posted_on=LONG_AGO + timedelta(days=10))
    return made


def test_old_lines_are_looked_at_when_asked_for(desk: CashDesk) -> None:
    assert desk.looked().proposed == ()
    tried = desk.ask("POST", "/matches/run", {"dry_run": True, "since": str(LONG_AGO)})
    assert [one["strength"] for one in tried.body["looked"]["proposed"]] == ["matched"]
    assert desk.matches(MatchState.TENTATIVE) == []
    ran = desk.ask("POST", "/matches/run", {"since": str(LONG_AGO)})
    assert (ran.status, len(ran.body["looked"]["proposed"])) == (200, 1)
    desk.looked()  # which looks at the last months alone
    (match,) = desk.matches(MatchState.TENTATIVE)
    assert match.strength is Strength.MATCHED
    assert desk.ask("POST", "/matches", {"match_id": match.id}).status == 200


def test_an_old_proposal_goes_with_its_item(desk: CashDesk) -> None:
    desk.ask("POST", "/matches/run", {"since": str(LONG_AGO)})
    desk.invoice(
        "1", "912.40", customer_name="Harbor Lights LLC", customer_id="h", balance=usd("0.00"),
        issued_on=LONG_AGO, due_on=LONG_AGO + timedelta(days=20),
    )  # fmt: skip
    assert desk.looked().withdrawn == 1


def test_a_line_of_another_year_is_beyond_any_run(desk: CashDesk) -> None:
    desk.line("in-2", "-912.40", "HARBOR LIGHTS", posted_on=FRIDAY - timedelta(days=430))
    answer = desk.ask("POST", "/matches/run", {"since": "2020-01-01"})
    assert answer.status == 200
    (match,) = desk.matches(MatchState.TENTATIVE)
    assert match.line_ids == ("in-1",)


def by_hand(desk: CashDesk, line: str, kind: TargetKind, name: str) -> CashMatch | Refusal:
    """A person's own combination."""
    wish = Wish([line], [WishedPart(CashTarget(kind, name))])
    result = desk.act(lambda change: confirm(change, wish))
    assert isinstance(result, CashMatch | Refusal)
    return result


def test_a_bill_marked_as_paid_is_matched_by_hand_and_once() -> None:
    desk = CashDesk()
    bill = desk.open_bill("b1", "500.00", "Acme Supplies", payment=None)
    desk.read(
        RailState.PAID, bill_id="b1", amount=usd("500.00"), vendor_name="Acme Supplies",
        vendor_id="v-acme", invoice_number="A-b1", payment=None,
    )  # fmt: skip
    desk.line("out-1", "500.00", "CHECK 77")
    desk.line("out-2", "500.00", "CHECK 78")
    desk.looked()
    assert desk.matches(MatchState.TENTATIVE) == []
    match = by_hand(desk, "out-1", TargetKind.BILL, bill.id)
    assert isinstance(match, CashMatch)
    assert desk.claim("out-1") == match.id
    assert "bill_paid_at_bank" not in desk.open_tray()
    again = by_hand(desk, "out-2", TargetKind.BILL, bill.id)
    assert isinstance(again, Refusal)
    assert again.code is Code.WRONG_STATE


def test_a_paid_invoice_is_matched_by_hand_up_to_its_amount(desk: CashDesk) -> None:
    paid = desk.invoice("2", "100.00", customer_name="Cedar Freight", balance=usd("0.00"))
    for name in ("in-2", "in-3"):
        desk.line(name, "-100.00", "DEPOSIT")
    desk.looked()
    assert desk.matches(MatchState.TENTATIVE) == []
    assert isinstance(by_hand(desk, "in-2", TargetKind.INVOICE, paid.id), CashMatch)
    again = by_hand(desk, "in-3", TargetKind.INVOICE, paid.id)
    assert isinstance(again, Refusal)
    assert again.code is Code.WRONG_STATE
