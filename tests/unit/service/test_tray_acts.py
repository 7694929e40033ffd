"""What people may do with an item of the tray: every state, verb and role, and what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Role
from rowcol.domain.tray import QuestionState, TrayItem, TrayState
from rowcol.domain.tray_acts import PROVED_WITHIN, TrayVerb
from rowcol.domain.tray_kind import Accept
from rowcol.domain.tray_kinds import KINDS
from tests.support.tray_desk import KIND, TrayDesk

V, S = TrayVerb, TrayState
VIEWERS, PREPARERS = ("viewer",), ("preparer",)
APPROVERS, RELEASERS = ("approver",), ("releaser",)
OWNERS = ("client_owner", "firm_admin")
# Written by hand: which verbs a state takes. A question that waits is there in each of them.
TAKES: dict[TrayState, set[TrayVerb]] = {
    S.OPEN: {V.FIX, V.ACCEPT, V.EXCLUDE, V.ASSIGN, V.ANSWER, V.WITHDRAW, V.SNOOZE},
    S.FIXED: {V.ACCEPT, V.EXCLUDE, V.ASSIGN, V.ANSWER, V.WITHDRAW},
    S.ACCEPTED: {V.EXCLUDE, V.ASSIGN, V.ANSWER, V.WITHDRAW},
    S.EXCLUDED: {V.ASSIGN, V.ANSWER, V.WITHDRAW},
    S.CLOSED: set(),
}
# Written by hand: who may do what with an item of a kind that an approver accepts.
MAY: dict[TrayVerb, tuple[str, ...]] = {
    **dict.fromkeys(
        (V.FIX, V.ASSIGN, V.ASK, V.WITHDRAW, V.SNOOZE, V.WAKE),
        (*PREPARERS, *APPROVERS, *RELEASERS, *OWNERS, "bot"),
    ),
    V.ACCEPT: (*APPROVERS, *RELEASERS, *OWNERS, "bot"),
    V.EXCLUDE: OWNERS,
    V.ANSWER: OWNERS,
}
_INTO = {S.FIXED: V.FIX, S.ACCEPTED: V.ACCEPT, S.EXCLUDED: V.EXCLUDE}


def in_state(state: TrayState) -> TrayDesk:
    """A desk whose item is so, with a question that waits for the client."""
    desk = TrayDesk()
    desk.tell()
    desk.join("asker", Role.PREPARER)
    assert isinstance(desk.do(V.ASK, "asker"), TrayItem)
    if state in _INTO:
        assert isinstance(desk.do(_INTO[state]), TrayItem)
    elif state is S.CLOSED:
        desk.agree()
    assert desk.item().state is state
    return desk


@pytest.mark.parametrize("state", TrayState)
@pytest.mark.parametrize("verb", [verb for verb in TrayVerb if verb not in (V.UNDO, V.WAKE)])
def test_a_state_takes_what_is_written_down(state: TrayState, verb: TrayVerb) -> None:
    desk = in_state(state)
    done = desk.do(verb)
    if verb is V.ASK and state in (S.OPEN, S.FIXED, S.ACCEPTED):
        assert isinstance(done, Refusal)
        assert done.code is Code.ALREADY_ASKED
    elif verb in TAKES[state]:
        assert isinstance(done, TrayItem), done
        assert desk.item().acts[-1].verb == verb.value
    else:
        assert isinstance(done, Refusal)
        assert done.code is Code.WRONG_STATE
        assert desk.item().state is state


@pytest.mark.parametrize("verb", MAY)
@pytest.mark.parametrize("person", [*(role.value for role in Role), "bot"])
def test_a_role_may_what_is_written_down(verb: TrayVerb, person: str) -> None:
    desk = TrayDesk()
    desk.tell()
    desk.join("asker", Role.PREPARER)
    if verb in (V.ANSWER, V.WITHDRAW):
        desk.do(V.ASK, "asker")
    if verb is V.WAKE:
        desk.do(V.SNOOZE)
    before = desk.item()
    done = desk.do(verb, person)
    if person in MAY[verb]:
        assert isinstance(done, TrayItem), done
        return
    assert isinstance(done, Refusal)
    assert done.code is Code.FORBIDDEN
    assert desk.item() == before


@pytest.mark.parametrize(
    "kind", sorted(k for k, row in KINDS.items() if row.accept is Accept.NOBODY)
)
def test_what_nobody_may_accept_no_rule_keeps_out(kind: str) -> None:
    desk = TrayDesk()
    name = desk.tell(kind)
    for verb in (V.ACCEPT, V.EXCLUDE):
        done = desk.do(verb, item_id=name)
        assert isinstance(done, Refusal)
        assert done.code is Code.VERB_NOT_ALLOWED
        assert done.remedy or not KINDS[kind].remedy
    assert desk.item(kind).state is S.OPEN


def test_every_act_needs_words_where_they_say_something() -> None:
    desk = TrayDesk()
    desk.tell()
    for verb in (V.FIX, V.ACCEPT, V.EXCLUDE, V.ASK):
        done = desk.do(verb, words="  ")
        assert isinstance(done, Refusal)
        assert done.code is Code.INVALID_INPUT
    assert [entry.type for entry in desk.books.entries() if entry.type == "tray.acted"] == []


def test_nobody_accepts_what_they_have_not_seen() -> None:
    desk = TrayDesk()
    desk.tell()
    seen = desk.item().mark
    assert isinstance(desk.do(V.ACCEPT, mark=None), Refusal)
    desk.tell(found="2")
    done = desk.do(V.ACCEPT, mark=seen)
    assert isinstance(done, Refusal)
    assert (done.code, done.numbers["found"]) == (Code.VERSION_MISMATCH, "2")
    assert isinstance(desk.do(V.ACCEPT, mark=desk.item().mark), TrayItem)


def test_accepted_stays_while_both_values_stay_and_reopens_when_one_changes() -> None:
    desk = TrayDesk()
    desk.tell()
    desk.do(V.ACCEPT, "approver", words="a fee of ours")
    desk.tell()
    desk.tell(severity=KINDS[KIND].severity)
    assert desk.item().state is S.ACCEPTED
    settled = desk.item().settlement
    assert settled is not None
    assert (settled.by, settled.words) == ("approver", "a fee of ours")
    desk.tell(found="2")
    item = desk.item()
    assert (item.state, item.settlement, item.acts[-1].verb) == (S.OPEN, None, "reopened")
    assert "'1'" in item.acts[-1].words


def test_graver_is_news_too() -> None:
    desk = TrayDesk()
    desk.tell()
    desk.do(V.ACCEPT)
    high = KINDS["amount"].severity
    desk.tell(severity=high)
    assert desk.item().state is S.OPEN


def test_facts_close_it_from_any_state() -> None:
    for state in (S.OPEN, S.FIXED, S.ACCEPTED, S.EXCLUDED):
        desk = in_state(state)
        desk.agree()
        item = desk.item()
        assert (item.state, item.due_at) == (S.CLOSED, None)
        assert item.question is not None
        assert item.question.state is QuestionState.WITHDRAWN
        desk.agree()
        assert desk.item() == item


def test_a_fix_has_to_be_seen_in_the_facts() -> None:
    desk = TrayDesk()
    desk.tell()
    desk.do(V.FIX, "preparer", words="booked the rest")
    desk.tell()
    assert desk.item().state is S.FIXED
    desk.pass_days(PROVED_WITHIN / timedelta(days=1) - 0.1)
    desk.sweep()
    assert desk.item().state is S.FIXED
    desk.pass_days(0.2)
    desk.sweep()
    item = desk.item()
    assert (item.state, item.acts[-1].verb) == (S.OPEN, "reopened")
    assert "no fact" in item.acts[-1].words


def test_a_fix_of_what_no_fact_shows_closes_it() -> None:
    desk = TrayDesk()
    name = desk.tell("quarantined_event")
    desk.do(V.FIX, item_id=name, words="the test event of a sandbox")
    assert desk.item("quarantined_event").state is S.CLOSED


def test_a_snooze_ends_by_its_time_by_other_values_and_by_an_answer() -> None:
    desk = TrayDesk()
    desk.tell()
    until = desk.clock.now() + timedelta(days=2)
    desk.do(V.SNOOZE, until=until)
    desk.tell()
    assert desk.item().due_at == until
    desk.pass_days(2.01)
    desk.sweep()
    assert (desk.item().snoozed_until, desk.item().acts[-1].verb) == (None, "woken")
    desk.do(V.SNOOZE)
    desk.tell(found="3")
    assert desk.item().snoozed_until is None
    desk.do(V.ASK, "preparer")
    desk.do(V.SNOOZE)
    desk.do(V.ANSWER, "client_owner", words="ours")
    assert desk.item().snoozed_until is None


def test_what_is_severe_is_not_put_off_for_long() -> None:
    desk = TrayDesk()
    severe = desk.tell("duplicate")
    desk.tell()
    for days, low, high in (
        (0, False, False),
        (7, True, True),
        (8, True, False),
        (91, False, False),
    ):
        until = desk.clock.now() + timedelta(days=days)
        told = [desk.do(V.SNOOZE, until=until), desk.do(V.SNOOZE, item_id=severe, until=until)]
        assert [isinstance(one, TrayItem) for one in told] == [low, high], days


def test_a_question_has_its_own_life() -> None:
    desk = TrayDesk()
    desk.tell()
    assert isinstance(desk.do(V.ASK, "client_owner", words="the oven?"), TrayItem)
    own = desk.do(V.ANSWER, "client_owner")
    assert isinstance(own, Refusal)
    assert own.code is Code.SAME_PERSON
    desk.do(V.ANSWER, "firm_admin", words="yes, the oven")
    question = desk.item().question
    assert question is not None
    assert (question.state, question.text, question.answer) == (
        QuestionState.ANSWERED, "the oven?", "yes, the oven",
    )  # fmt: skip
    assert desk.item().state is S.OPEN
    late = desk.do(V.WITHDRAW)
    assert isinstance(late, Refusal)
    assert late.code is Code.WRONG_STATE
    assert isinstance(desk.do(V.ASK, words="and the hood?"), TrayItem)


def test_undo_takes_acts_back_one_by_one_until_rowcol_has_spoken() -> None:
    desk = TrayDesk()
    desk.tell()
    desk.do(V.ASSIGN, owner="approver")
    desk.do(V.SNOOZE)
    desk.do(V.ACCEPT)
    for verb, check in ((V.ACCEPT, S.OPEN), (V.SNOOZE, S.OPEN), (V.ASSIGN, S.OPEN)):
        undone = desk.do(V.UNDO)
        assert isinstance(undone, TrayItem), verb
        assert undone.state is check
    item = desk.item()
    assert (item.owner, item.snoozed_until) == (None, None)
    assert [act.verb for act in item.acts if act.undone_by] == ["assign", "snooze", "accept"]
    nothing = desk.do(V.UNDO)
    assert isinstance(nothing, Refusal)
    assert nothing.code is Code.WRONG_STATE
    desk.do(V.ACCEPT)
    desk.tell(found="9")
    assert isinstance(desk.do(V.UNDO), Refusal)
    assert desk.item().state is S.OPEN


def test_undo_asks_for_the_right_of_what_it_undoes() -> None:
    desk = TrayDesk()
    desk.tell()
    desk.do(V.ACCEPT, "approver")
    refused = desk.do(V.UNDO, "preparer")
    assert isinstance(refused, Refusal)
    assert refused.code is Code.FORBIDDEN
    assert isinstance(desk.do(V.UNDO, "approver"), TrayItem)
