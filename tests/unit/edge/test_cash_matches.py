"""Bank lines over the API: looked at, proposed, confirmed, rejected, undone, set aside."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rowcol.domain.cash_matching.cash_match import MatchState
from rowcol.domain.payment import Verification
from tests.support.cash_desk import CashDesk
from tests.support.domain.builders import usd

DATES = {"issued_on": date(2026, 11, 1), "due_on": date(2026, 11, 25)}


@pytest.fixture
def desk() -> CashDesk:
    """Bluebird's books."""
    return CashDesk()


def invoiced(desk: CashDesk, name: str, amount: str, customer: str, **fields: Any) -> str:
    """An open invoice; gives our id of it."""
    told = {"customer_name": customer, "customer_id": customer.partition(" ")[0].lower()} | DATES
    return desk.invoice(name, amount, **(told | fields)).id


def test_a_named_and_exact_credit_is_confirmed_by_itself(desk: CashDesk) -> None:
    invoice = invoiced(desk, "1042", "912.40", "Harbor Lights LLC")
    desk.line("in-1", "-912.40", "HARBOR LIGHTS DES:PAYMENT ID:8837 CCD")
    looked = desk.looked()
    assert [str(match.targets[0]) for match in looked.confirmed] == [f"invoice/{invoice}"]
    (match,) = desk.matches(MatchState.CONFIRMED)
    assert (match.how, match.decided_by) == ("exact", "rowcol")
    shown = desk.ask("GET", "/bank-lines", query={"state": "matched"}, person="vera")
    assert [row["match_id"] for row in shown.body["items"]] == [match.id]
    assert desk.types().count("cash.match_confirmed") == 1
    assert desk.looked().confirmed == ()


def test_an_exact_amount_that_names_nobody_is_only_proposed(desk: CashDesk) -> None:
    invoiced(desk, "1042", "912.40", "Harbor Lights LLC")
    desk.line("in-1", "-912.40", "REMOTE DEPOSIT")
    assert desk.looked().confirmed == ()
    (match,) = desk.matches(MatchState.TENTATIVE)
    assert desk.claim("in-1") is None
    found = desk.ask("GET", "/bank-lines/{line}", ids={"line": "in-1"}, person="vera")
    assert found.status == 200
    (candidate,) = found.body["candidates"]
    assert candidate["id"] == match.id
    assert candidate["items"][0]["number"] == "INV-201042"
    features = candidate["candidate"]["features"]
    assert [one["name"] for one in features] == [
        "amount", "name", "number", "date", "account", "form",
    ]  # fmt: skip
    assert sum(one["weight"] for one in features) == 100
    assert all(one["words"] for one in features)
    confirmed = desk.ask("POST", "/matches", {"match_id": match.id})
    assert (confirmed.status, confirmed.body["state"]) == (200, "confirmed")
    assert desk.claim("in-1") == match.id
    assert desk.matches(MatchState.TENTATIVE) == []


def test_one_deposit_of_several_customers(desk: CashDesk) -> None:
    ids = [invoiced(desk, f"70{n}", amount, f"{who} Partners") for n, (amount, who) in enumerate(
        [("310.07", "Alder"), ("1204.55", "Birch"), ("88.20", "Cedar")]
    )]  # fmt: skip
    desk.line("in-1", "-1514.62", "DEPOSIT")
    desk.looked()
    (match,) = desk.matches(MatchState.TENTATIVE)
    assert sorted(target.id for target in match.targets) == sorted(ids[:2])
    answer = desk.ask("POST", "/matches", {"match_id": match.id})
    assert answer.status == 200
    assert desk.looked().proposed == ()


def test_a_fee_within_the_tolerance_and_one_beyond(desk: CashDesk) -> None:
    invoice = invoiced(desk, "1042", "1000.00", "Harbor Lights LLC")
    desk.line("in-1", "-985.00", "WIRE IN HARBOR LIGHTS")
    asked = {"line_ids": ["in-1"], "items": [{"kind": "invoice", "id": invoice}]}
    refused = desk.ask("POST", "/matches", asked)
    assert (refused.status, refused.code) == (422, "match_differs")
    assert refused.body["numbers"]["difference"]["minor"] == 1500
    now = desk.clock.now()
    tolerance = {"basis_points": 200, "floor_minor": 500}
    for person, status in (("anna", 403), ("vera", 403), ("otto", 200)):
        put = desk.ask("PUT", "/cash-tolerance", tolerance, person, version=0, shown_at=now)
        assert put.status == status
    assert desk.ask("GET", "/cash-tolerance").body["basis_points"] == 200
    confirmed = desk.ask("POST", "/matches", asked)
    assert confirmed.status == 200
    assert confirmed.body["difference"]["minor"] == 1500


def test_part_of_an_invoice_and_the_rest(desk: CashDesk) -> None:
    invoice = invoiced(desk, "1042", "1000.00", "Harbor Lights LLC")
    for name, amount in (("in-1", "-400.00"), ("in-2", "-600.00")):
        desk.line(name, amount, "HARBOR LIGHTS")
        part = {"minor": 60_000 if name == "in-2" else 40_000, "currency": "USD"}
        item = {"kind": "invoice", "id": invoice, "amount": part}
        answer = desk.ask("POST", "/matches", {"line_ids": [name], "items": [item]})
        assert answer.status == 200
    desk.line("in-3", "-1.00", "HARBOR LIGHTS")
    item = {"kind": "invoice", "id": invoice}
    over = desk.ask("POST", "/matches", {"line_ids": ["in-3"], "items": [item]})
    assert (over.status, over.code) == (409, "wrong_state")


def test_a_bill_paid_at_the_bank_is_kept_from_being_paid_again(desk: CashDesk) -> None:
    desk.open_bill("bill-9", "731.15", "Lakeside Catering")
    desk.line("out-1", "731.15", "CHECKCARD 1119 LAKESIDE CATER")
    desk.looked()
    (match,) = desk.matches(MatchState.CONFIRMED)
    item = desk.open_tray()["bill_paid_at_bank"]
    assert item.subject == "bill-bill-9"
    staged = desk.ask("POST", "/bills/{bill}/stage", ids={"bill": "bill-9"}, person="anna")
    assert staged.code == "blocked_by_tray"
    undone = desk.ask("POST", "/matches/{match}/undo", {"reason": "no"}, ids={"match": match.id})
    assert undone.body["state"] == "undone"
    assert "bill_paid_at_bank" not in desk.open_tray()
    assert desk.claim("out-1") is None
    desk.looked()
    assert desk.matches(MatchState.CONFIRMED) == []
    assert all(one.id != match.id for one in desk.matches(MatchState.TENTATIVE))


def test_names_are_learned_and_forgotten(desk: CashDesk) -> None:
    first = invoiced(desk, "1", "120.00", "Harbor Lights LLC")
    desk.line("in-1", "-120.00", "HLIGHTS HOLDCO 99182 CREDIT")
    asked = {"line_ids": ["in-1"], "items": [{"kind": "invoice", "id": first}]}
    match = desk.ask("POST", "/matches", asked).body
    (alias,) = desk.ask("GET", "/bank-aliases", person="vera").body["items"]
    assert (alias["text"], len(alias["parties"])) == ("hlights holdco", 1)
    invoiced(desk, "2", "333.00", "Harbor Lights LLC", customer_id="harbor")
    desk.line("in-2", "-333.00", "HLIGHTS HOLDCO 99183 CREDIT")
    assert len(desk.looked().confirmed) == 1
    undone = desk.ask("POST", "/matches/{match}/undo", {}, ids={"match": match["id"]})
    assert undone.status == 200
    assert desk.ask("GET", "/bank-aliases").body["items"] == []
    assert desk.types().count("bank_alias.unlearned") == 1


def test_an_alias_can_be_deleted(desk: CashDesk) -> None:
    first = invoiced(desk, "1", "120.00", "Harbor Lights LLC")
    desk.line("in-1", "-120.00", "HLIGHTS HOLDCO 99182 CREDIT")
    item = {"kind": "invoice", "id": first}
    desk.ask("POST", "/matches", {"line_ids": ["in-1"], "items": [item]})
    (alias,) = desk.ask("GET", "/bank-aliases").body["items"]
    assert desk.ask("DELETE", "/bank-aliases/{alias}", ids={"alias": alias["id"]}).status == 200
    assert desk.ask("DELETE", "/bank-aliases/{alias}", ids={"alias": alias["id"]}).status == 404


def test_a_payments_own_line_can_be_released(desk: CashDesk) -> None:
    made = desk.posted()
    desk.line("out-1", "100.00", "CHECK 1042")
    desk.looked()
    assert desk.payment(made.id).verification is Verification.VERIFIED
    answer = desk.ask(
        "POST", "/bank-lines/{line}/release", {"reason": "not ours"}, ids={"line": "out-1"}
    )
    assert answer.status == 200
    found = desk.payment(made.id)
    assert (found.cash, found.verification) == (None, Verification.AWAITING)
    desk.looked()
    assert desk.payment(made.id).cash is None
    again = desk.ask("POST", "/bank-lines/{line}/release", {}, ids={"line": "out-1"})
    assert (again.status, again.code) == (409, "wrong_state")
    wish = {"line_ids": ["out-1"], "items": [{"kind": "payment", "id": made.id}]}
    assert desk.ask("POST", "/matches", wish).status == 200
    assert desk.payment(made.id).verification is Verification.VERIFIED


def test_two_records_in_one_line_and_one_in_two(desk: CashDesk) -> None:
    pair = [desk.posted(amount=usd("40.00")), desk.posted(amount=usd("60.00"))]
    desk.line("out-1", "100.00", "BATCH 7781")
    wish = {
        "line_ids": ["out-1"],
        "items": [{"kind": "payment", "id": one.id} for one in pair],
    }
    assert desk.ask("POST", "/matches", wish).status == 200
    assert [desk.payment(one.id).verification.value for one in pair] == ["verified"] * 2
    large = desk.posted(amount=usd("900.00"))
    desk.line("out-2", "500.00", "ACH")
    desk.line("out-3", "400.00", "ACH")
    wish = {"line_ids": ["out-2", "out-3"], "items": [{"kind": "payment", "id": large.id}]}
    answer = desk.ask("POST", "/matches", wish)
    assert answer.status == 200
    cash = desk.payment(large.id).cash
    assert cash is not None
    assert len(cash.debits) == 2
    desk.bank_takes_back("out-3")
    desk.looked()
    assert desk.payment(large.id).cash is None
    assert desk.claim("out-2") is None


def test_a_line_is_claimed_once(desk: CashDesk) -> None:
    pair = [desk.posted(), desk.posted(counterparty_name="Harbor Flour")]
    desk.line("out-1", "100.00", "CHECK 1042")
    for one, status in zip(pair, (200, 409), strict=True):
        wish = {"line_ids": ["out-1"], "items": [{"kind": "payment", "id": one.id}]}
        assert desk.ask("POST", "/matches", wish).status == status


def test_lines_are_set_aside_with_a_reason(desk: CashDesk) -> None:
    desk.line("out-1", "19.99", "SOMETHING ODD")
    without = desk.ask("POST", "/matches", {"line_ids": ["out-1"]})
    assert (without.status, without.code) == (400, "invalid_input")
    aside = desk.ask("POST", "/matches", {"line_ids": ["out-1"], "reason": "owner's own"})
    assert aside.status == 200
    shown = desk.ask("GET", "/bank-lines", query={"state": "set_aside"})
    assert [row["id"] for row in shown.body["items"]] == ["out-1"]


def test_a_rejected_proposal_is_not_made_again(desk: CashDesk) -> None:
    invoiced(desk, "1042", "912.40", "Harbor Lights LLC")
    desk.line("in-1", "-912.40", "REMOTE DEPOSIT")
    desk.looked()
    (match,) = desk.matches(MatchState.TENTATIVE)
    no = desk.ask("POST", "/matches/{match}/reject", {"reason": "no"}, ids={"match": match.id})
    assert no.body["state"] == "rejected"
    assert desk.looked().proposed == ()
    late = desk.ask("POST", "/matches", {"match_id": match.id})
    assert (late.status, late.code) == (409, "wrong_state")


def test_a_dry_run_changes_nothing(desk: CashDesk) -> None:
    invoiced(desk, "1042", "912.40", "Harbor Lights LLC")
    invoiced(desk, "1043", "77.00", "Blue Spruce")
    desk.line("in-1", "-912.40", "HARBOR LIGHTS")
    desk.line("in-2", "-77.00", "DEPOSIT")
    before = desk.books.head("USD").sequence
    dry = desk.ask("POST", "/matches/run", {"dry_run": True}, "paul")
    counts = (len(dry.body["looked"]["confirmed"]), len(dry.body["looked"]["proposed"]))
    assert (dry.status, counts) == (200, (1, 1))
    assert desk.books.head("USD").sequence == before
    real = desk.ask("POST", "/matches/run", {}, "paul")
    assert real.body["news"] == 1
    assert len(real.body["looked"]["proposed"]) == 1
    assert desk.ask("POST", "/matches/run", {}, "vera").status == 403


def test_lines_are_filtered_and_paged(desk: CashDesk) -> None:
    for day in range(1, 15):
        desk.line(f"n-{day:02d}", f"{day}.00", "X", posted_on=date(2026, 11, day))
    query = {"from": "2026-11-03", "to": "2026-11-09", "limit": "3", "amount_min": "400"}
    seen: list[str] = []
    while True:
        page = desk.ask("GET", "/bank-lines", query=query).body
        seen += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [f"n-{day:02d}" for day in range(4, 10)]
    wrong = desk.ask("GET", "/bank-lines", query=query | {"to": "2026-11-10"})
    assert (wrong.status, wrong.code) == (400, "invalid_input")


def test_one_tray_item_for_all_lines(desk: CashDesk) -> None:
    for number in range(40):
        desk.line(f"u-{number}", f"{number + 1}.13", "ODDMENTS", posted_on=date(2026, 11, 2))
    desk.line("wages", "5000.00", "GUSTO PAYROLL", posted_on=date(2026, 11, 2))
    desk.looked()
    item = desk.open_tray()["bank_lines_unmatched"]
    assert item.title.startswith("40 bank lines")
    before = len(desk.types())
    desk.looked()
    assert len(desk.types()) == before
