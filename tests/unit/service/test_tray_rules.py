"""Rules that keep items of the tray out of the list, and what happens when they end."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.domain.tray_acts import TrayVerb
from rowcol.service.tray_rules import RuleWanted, approve_rule, reject_rule, remove_rule
from tests.support.tray_desk import TrayDesk, usd

V, S = TrayVerb, TrayState


def test_a_rule_keeps_out_what_it_fits_and_only_that() -> None:
    desk = TrayDesk()
    about: dict[str, Any] = {"party_id": "v1", "amount": usd(400)}
    name = desk.tell("date", "bill-1", **about)
    others: tuple[tuple[str, dict[str, Any]], ...] = (
        ("bill-2", about), ("bill-3", {**about, "party_id": "v2"}),
        ("bill-4", {**about, "amount": usd(600)}), ("bill-5", {"party_id": "v1"}),
        ("pay-6", about),
    )  # fmt: skip
    for subject, more in others:
        desk.tell("date", subject, **more)
    until = desk.clock.now() + timedelta(days=30)
    rule = RuleWanted(until, "v1", usd(500), "bill-*")
    assert isinstance(desk.do(V.EXCLUDE, item_id=name, rule=rule), TrayItem)
    desk.settle()
    states = {
        n: desk.item("date", n).state for n in ("bill-1", "bill-2", "bill-3", "bill-4", "bill-5")
    }
    assert states == {
        "bill-1": S.EXCLUDED, "bill-2": S.EXCLUDED, "bill-3": S.OPEN, "bill-4": S.OPEN,
        "bill-5": S.OPEN,
    }  # fmt: skip
    assert desk.item("date", "pay-6").state is S.OPEN
    desk.tell("date", "bill-7", **about)
    assert desk.item("date", "bill-7").state is S.EXCLUDED
    desk.tell("date", "bill-7", found="2", **about)
    assert desk.item("date", "bill-7").state is S.EXCLUDED
    desk.tell("date", "bill-7", found="2", **{**about, "amount": usd(900)})
    assert desk.item("date", "bill-7").state is S.OPEN
    desk.agree("date", "bill-1")
    assert desk.item("date", "bill-1").state is S.CLOSED


@pytest.mark.parametrize("how", ["expires", "removed", "undone"])
def test_what_a_rule_kept_out_comes_back_when_it_ends(how: str) -> None:
    desk = TrayDesk()
    first = desk.tell("date", "bill-1")
    for number in range(2, 90):
        desk.tell("date", f"bill-{number}")
    desk.do(V.EXCLUDE, item_id=first)
    desk.settle()
    assert all(desk.item("date", f"bill-{n}").state is S.EXCLUDED for n in range(1, 90))
    [rule] = desk.rules().rules
    if how == "expires":
        desk.pass_days(31)
    elif how == "removed":
        desk.planned("client_owner", lambda change: remove_rule(change, rule.id))
    else:
        assert isinstance(desk.do(V.UNDO, item_id=first), TrayItem)
    desk.settle()
    assert desk.rules().rules == ()
    assert desk.rules().look_from is None
    assert all(desk.item("date", f"bill-{n}").state is S.OPEN for n in range(1, 90))


def test_a_rule_for_what_is_severe_waits_for_a_second_person() -> None:
    desk = TrayDesk()
    name = desk.tell("duplicate", "bill-1")
    proposed = desk.do(V.EXCLUDE, "client_owner", item_id=name)
    assert isinstance(proposed, TrayItem)
    assert (proposed.state, desk.rules().rules) == (S.OPEN, ())
    waiting = desk.rules().pending
    assert waiting is not None
    env = desk.environment
    own = desk.planned("client_owner", lambda change: approve_rule(env, change, waiting.id))
    assert own.code is Code.SAME_PERSON
    stale = desk.planned("firm_admin", lambda c: approve_rule(env, c, waiting.id), fresh=False)
    assert stale.code is Code.STEP_UP_REQUIRED
    gone = desk.planned("firm_admin", lambda c: approve_rule(env, c, "trp_other"))
    assert gone.code is Code.NO_PENDING_CHANGE
    desk.planned("firm_admin", lambda change: approve_rule(env, change, waiting.id))
    [rule] = desk.rules().rules
    assert (rule.by, rule.approved_by) == ("client_owner", "firm_admin")
    desk.settle()
    assert desk.item("duplicate", "bill-1").state is S.EXCLUDED


def test_a_proposal_ends_by_a_no_by_undo_and_by_time() -> None:
    desk = TrayDesk()
    name = desk.tell("duplicate", "bill-1")
    for end in ("no", "undo", "time"):
        desk.do(V.EXCLUDE, "client_owner", item_id=name, rule=RuleWanted(
            desk.clock.now() + timedelta(days=60)))  # fmt: skip
        waiting = desk.rules().pending
        assert waiting is not None
        if end == "no":
            reject = partial(reject_rule, change_id=waiting.id)
            assert isinstance(desk.planned("client_owner", reject), Refusal)
            desk.planned("firm_admin", reject)
        elif end == "undo":
            desk.do(V.UNDO, "client_owner", item_id=name)
        else:
            desk.pass_days(31)
            desk.settle()
        assert desk.rules().pending is None, end
        assert desk.item("duplicate", "bill-1").state is S.OPEN


def test_rules_end_and_are_not_made_for_ever_nor_for_what_they_do_not_fit() -> None:
    desk = TrayDesk()
    desk.tell()
    now = desk.clock.now()
    for rule, code in (
        (RuleWanted(now + timedelta(days=400)), Code.DATE_TOO_FAR),
        (RuleWanted(now), Code.DATE_PAST),
        (RuleWanted(now + timedelta(days=5), party_id="nobody"), Code.INVALID_INPUT),
        (RuleWanted(now + timedelta(days=5), subject_pattern="bill-*"), Code.INVALID_INPUT),
        (RuleWanted(now + timedelta(days=5), amount_at_most=usd(1)), Code.INVALID_INPUT),
        (None, Code.INVALID_INPUT),
    ):
        done = desk.do(V.EXCLUDE, rule=rule)
        assert isinstance(done, Refusal)
        assert done.code is code
    stale = desk.do(V.EXCLUDE, fresh=False)
    assert isinstance(stale, Refusal)
    assert stale.code is Code.STEP_UP_REQUIRED
