"""Routes of staging rules: shown, and changed by two people."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.permission import Role
from rowcol.domain.scope import Member
from rowcol.service.onboard import register_member
from tests.support.desk import SCOPE
from tests.support.staging_desk import at_desk
from tests.support.staging_web import (
    ANNA,
    BEN,
    CARL,
    LARGE,
    ROUTE,
    USD,
    call,
    condition,
    decide,
    get,
    put,
    rule,
)

# ---- changing


def test_what_was_shown_can_be_sent_back() -> None:
    desk = at_desk()
    first = get(desk)
    assert (first.body, first.headers["ETag"]) == (
        {"rules": [], "since": {}, "pending": None},
        '"0"',
    )
    forbidding = rule(
        "no-wires",
        "do_not_stage",
        when=[[condition("network", any_of=["DOMESTIC_WIRE"]), condition("same_day", holds=True)]],
        reason="the owner wires",
    )
    days = rule("soon", "step_up", when=[[condition("due_in_days", below=3)]], active=False)
    stored = put(desk, LARGE, forbidding, days)
    assert (stored.status, stored.headers["ETag"]) == (200, '"1"')
    shown = get(desk)
    assert shown.body == stored.body
    assert shown.body["rules"] == [LARGE, forbidding, days]
    assert set(shown.body["since"]) == {"large", "no-wires", "soon"}
    again = put(desk, *shown.body["rules"])
    assert again.body == shown.body


def test_weaker_rules_wait_until_another_person_agrees() -> None:
    desk = at_desk()
    put(desk, LARGE)
    waiting = put(desk)
    assert waiting.status == 200
    assert waiting.body["rules"] == [LARGE]
    pending = waiting.body["pending"]
    assert (pending["by"], pending["rules"]) == (ANNA, [])
    assert [(one["rule_id"], one["then"]) for one in pending["weaker"]] == [
        ("large", "second_person")
    ]
    same = decide(desk, "approve", pending["id"], ANNA)
    assert (same.status, same.code) == (403, "same_person")
    unproved = decide(desk, "approve", pending["id"], BEN, shown_at=None)
    assert (unproved.status, unproved.code) == (401, "step_up_required")
    agreed = decide(desk, "approve", pending["id"], BEN)
    assert (agreed.status, agreed.body["rules"], agreed.body["pending"]) == (200, [], None)
    assert agreed.headers["ETag"] == get(desk).headers["ETag"]
    gone = decide(desk, "approve", pending["id"], CARL)
    assert (gone.status, gone.code) == (409, "no_pending_change")


def test_the_second_person_says_no() -> None:
    desk = at_desk()
    put(desk, LARGE)
    pending = put(desk).body["pending"]
    assert decide(desk, "reject", pending["id"], ANNA).code == "same_person"
    assert decide(desk, "reject", pending["id"], BEN).body["pending"] is None
    assert get(desk).body["rules"] == [LARGE]


def test_a_change_needs_a_second_factor_and_the_version_seen() -> None:
    desk = at_desk()
    assert put(desk, LARGE, shown_at=None).code == "step_up_required"
    assert put(desk, LARGE, version=3).code == "version_mismatch"
    assert put(desk, LARGE, version=None).code == "version_required"
    assert put(desk, LARGE).status == 200


@pytest.mark.parametrize("role", [Role.RELEASER, Role.APPROVER, Role.PREPARER, Role.VIEWER])
def test_only_who_may_configure_changes_rules(role: Role) -> None:
    desk = at_desk()
    register_member(desk.store, SCOPE.firm, Member("dora", 0, {SCOPE.client: (role,)}))
    assert put(desk, LARGE, person="dora").code == "forbidden"
    assert call(desk, "GET", ROUTE, person="dora").status == 200
    assert call(desk, "POST", f"{ROUTE}/try", {}, person="dora").status == 200


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        (rule("r", "step_up", when=[]), "invalid_input", None),
        (rule("r"), "invalid_input", None),
        (rule("r", "fly"), "unknown_value", None),
        (rule("r", "step_up", when=[[condition("mood", holds=True)]]), "unknown_value", None),
        (rule("r", "step_up", reason="x"), "invalid_input", "rules.1"),
        (rule("r", "do_not_stage"), "invalid_input", "rules.1"),
        (rule("a b", "step_up"), "invalid_input", "rules.1"),
        (rule("large", "step_up"), "invalid_input", "rules"),
        (
            rule("r", "step_up", when=[[condition("amount")]]),
            "invalid_input",
            "rules.1.when.0.0",
        ),
        (
            rule("r", "step_up", when=[[condition("amount", below={"minor": 0, **USD})]]),
            "amount_not_positive",
            "rules.1.when.0.0.below",
        ),
        (
            rule("r", "step_up", when=[[condition("amount", below={"minor": 1.5, **USD})]]),
            "amount_precision",
            "rules.1.when.0.0.below",
        ),
        (
            rule(
                "r", "step_up", when=[[condition("amount", below={"minor": 1, "currency": "EUR"})]]
            ),
            "currency_mismatch",
            "rules.1.when.0.0.below",
        ),
        (
            rule("r", "step_up", when=[[], [condition("amount", at_least=3)]]),
            "invalid_input",
            "rules.1.when.1.0",
        ),
        (
            rule("r", "step_up", when=[[condition("network", any_of=["PIGEON"])]]),
            "invalid_input",
            "rules.1.when.0.0",
        ),
    ],
)
def test_bad_rules_are_named_and_not_kept(
    bad: dict[str, Any], code: str, field: str | None
) -> None:
    desk = at_desk()
    for answer in (
        put(desk, LARGE, bad),
        call(desk, "POST", f"{ROUTE}/try", {"rules": [LARGE, bad]}),
    ):
        assert answer.code == code, answer.body
        if field is not None:
            assert answer.body["numbers"]["field"] == field
    assert get(desk).body["rules"] == []
