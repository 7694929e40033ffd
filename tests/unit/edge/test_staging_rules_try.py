"""Staging rules tried on bills without effect: what staging would say, and why."""

from __future__ import annotations

import random
from typing import Any

from rowcol.domain.scope import Scope
from tests.support.desk import SCOPE
from tests.support.domain.builders import rail_payment, usd
from tests.support.staging_desk import UNDATED, at_desk
from tests.support.staging_rules import doubt, vendor
from tests.support.staging_web import (
    HERE,
    LARGE,
    ROUTE,
    call,
    condition,
    put,
    rule,
    tried,
)

# ---- trying


def test_one_bill_is_explained_rule_by_rule() -> None:
    desk = at_desk()
    assert desk.books.save(vendor())
    desk.read(payment=UNDATED)
    young = rule("young", "call_back", when=[[condition("account_age_days", below=30)]])
    entries = len(desk.types())
    [told] = tried(desk, bill_id="bill-1", rules=[LARGE, young, rule("by-itself", "auto_stage")])[
        "items"
    ]
    assert (told["bill_id"], told["would_be"], told["code"]) == ("bill-1", "staged_by_rule", None)
    assert told["requirements"] == {
        "second_person": True, "step_up": False, "call_back": False, "because": ["large"],
    }  # fmt: skip
    assert told["matched"] == ["large", "by-itself"]
    assert [each["words"] for each in told["rules"]] == [
        "matches by block 1: amount: 1,250.00 USD",
        "does not match: account_age_days: 400 days, wanted below 30 days",
        "matches by block 1: it asks for nothing",
    ]
    assert told["rules"][1]["blocks"] == [
        {
            "answer": "no",
            "conditions": [
                {
                    "fact": "account_age_days",
                    "wanted": "below 30 days",
                    "found": "400 days",
                    "answer": "no",
                }
            ],
        }
    ]
    assert len(desk.types()) == entries
    assert desk.bill().decision is None


def test_without_rules_those_in_force_are_tried() -> None:
    desk = at_desk()
    desk.read(payment=UNDATED)
    put(desk, rule("no", "do_not_stage", reason="never"))
    [told] = tried(desk, bill_id="bill-1")["items"]
    assert (told["would_be"], told["code"]) == ("refused", "staging_forbidden")
    assert "never" in told["detail"]
    [free] = tried(desk, bill_id="bill-1", rules=[])["items"]
    assert (free["would_be"], free["rules"]) == ("staged_by_people", [])


def test_an_unknown_bill_is_not_there() -> None:
    desk = at_desk()
    for name in ("nobody", "a/b"):
        assert call(desk, "POST", f"{ROUTE}/try", {"bill_id": name}).status == 404


def test_all_open_bills_page_by_page_say_what_staging_them_says() -> None:
    """The answers of a try are those that staging itself gives, bill by bill."""
    chance = random.Random(11)  # noqa: S311  # seeded
    desk = at_desk()
    names = [f"bill-{number:02d}" for number in range(17)]
    kinds: list[dict[str, Any]] = [
        {},
        {"due_on": None},
        {"approved": False},
        {"amount": usd("7")},
        {"payment": None},
    ]
    for place, name in enumerate(names):
        changes: dict[str, Any] = {"payment": UNDATED, "ledger_bill_id": name}
        changes |= kinds[place] if place < len(kinds) else chance.choice(kinds)
        desk.read(bill_id=name, **changes)
    doubt(desk, "amount", names[0])
    call(desk, "POST", "/clients/{client}/bills/{bill}/stage", path={**HERE, "bill": names[4]})
    desk.read(bill_id="gone", ledger_bill_id="gone", archived=True, payment=None)
    rules = [LARGE | {"then": ["do_not_stage"], "reason": "too large"}, rule("rest", "auto_stage")]
    assert put(desk, rules[0]).body["pending"] is None
    found: dict[str, Any] = {}
    cursor = None
    for _ in range(5):
        page = tried(desk, rules=rules, limit=4, **({"cursor": cursor} if cursor else {}))
        found |= {one["bill_id"]: one for one in page["items"]}
        assert all(one["rules"] is None for one in page["items"])
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(found) == names
    other = call(
        desk,
        "POST",
        f"{ROUTE}/try",
        {"limit": 4, "cursor": tried(desk, limit=4)["next_cursor"], "rules": rules},
    )
    assert (other.status, other.code) == (400, "invalid_input")
    for name in names:
        answer = call(
            desk, "POST", "/clients/{client}/bills/{bill}/stage", path={**HERE, "bill": name}
        )
        if answer.status == 201:
            assert found[name]["would_be"] == "staged_by_rule", name
        else:
            assert (found[name]["would_be"], found[name]["code"]) == ("refused", answer.code), name
    assert {one["code"] for one in found.values()} >= {
        *(None, "staging_forbidden", "bill_incomplete", "bill_not_approved", "already_staged"),
        "blocked_by_tray",
    }


def test_a_page_of_bills_takes_few_reads() -> None:
    desk = at_desk()
    for number in range(30):
        name = f"bill-{number:02d}"
        payment = rail_payment(planned_on=None, effective_on=None, payment_id=name)
        desk.read(bill_id=name, ledger_bill_id=name, vendor_id=f"vendor-{number}", payment=payment)
    calls: list[str] = []
    desk.store.on_call = calls.append
    assert len(tried(desk, limit=30, rules=[LARGE])["items"]) == 30
    assert len(calls) < 20, calls


def test_another_firms_client_is_not_there() -> None:
    desk = at_desk()
    nowhere = {"client": "nowhere"}
    assert call(desk, "POST", f"{ROUTE}/try", {}, path=nowhere).status == 404
    assert call(desk, "GET", ROUTE, path=nowhere).status == 404
    assert desk.store.books(Scope(SCOPE.firm)).entries() == ()
