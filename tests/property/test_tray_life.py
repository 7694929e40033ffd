"""Whatever people, rules, time and facts do to an item, there is one while they differ, else none.

Runs by `ROWCOL_MODEL_RUNS`, 60 when it is not set.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from local.view_texts import rebuilt
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import Severity, TrayItem, TrayState
from rowcol.domain.tray_acts import TrayVerb
from rowcol.domain.tray_rules import TrayRules
from rowcol.service.audit import verify_log
from rowcol.service.tray_rules import approve_rule, remove_rule
from tests.support.desk import SCOPE
from tests.support.tray_desk import KIND, SUBJECT, TrayDesk

RUNS = int(os.environ.get("ROWCOL_MODEL_RUNS") or 60)
KINDS = (KIND, "duplicate")
PEOPLE = ("preparer", "approver", "releaser", "client_owner", "firm_admin", "bot", "viewer")
# What may be answered to somebody who does anything at any time.
EXPECTED = frozenset(
    {
        Code.FORBIDDEN, Code.WRONG_STATE, Code.VERB_NOT_ALLOWED, Code.SAME_PERSON,
        Code.SECOND_PERSON_REQUIRED, Code.STEP_UP_REQUIRED, Code.ALREADY_ASKED, Code.NOT_FOUND,
        Code.VERSION_MISMATCH, Code.NO_PENDING_CHANGE, Code.INVALID_INPUT,
    }
)  # fmt: skip


class TrayLife(RuleBasedStateMachine):
    """The model: of each kind what the facts say, and since when nothing else was said."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = TrayDesk()
        self.differs: dict[str, tuple[str, Severity]] = {}
        self.accepted: dict[str, tuple[str, Severity]] = {}

    @rule(kind=st.sampled_from(KINDS), found=st.sampled_from("123"), high=st.booleans())
    def facts_differ(self, kind: str, found: str, *, high: bool) -> None:
        severity = Severity.HIGH if high else Severity.MEDIUM
        self.desk.tell(kind, found=found, severity=severity)
        self.differs[kind] = (found, severity)

    @rule(kind=st.sampled_from(KINDS))
    def facts_agree(self, kind: str) -> None:
        self.desk.agree(kind)
        self.differs.pop(kind, None)
        self.accepted.pop(kind, None)

    @rule(
        kind=st.sampled_from(KINDS),
        verb=st.sampled_from(TrayVerb),
        person=st.sampled_from(PEOPLE),
    )
    def somebody_does_something(self, kind: str, verb: TrayVerb, person: str) -> None:
        known = self._item(kind)
        accepts = known is not None and verb is TrayVerb.ACCEPT
        more: dict[str, Any] = {"mark": known.mark} if known is not None and accepts else {}
        name = f"{SUBJECT}-{kind}"
        before = self.desk.books.head("USD").sequence
        done = self.desk.do(verb, person, item_id=name, **more)
        if isinstance(done, Refusal):
            assert done.code in EXPECTED, done
            assert known == self._item(kind)
            return
        assert self.desk.books.head("USD").sequence > before
        if verb is TrayVerb.ACCEPT:
            self.accepted[kind] = self.differs[kind]

    @rule(days=st.sampled_from((0.5, 2.5, 8.0, 31.0)))
    def time_passes(self, days: float) -> None:
        self.desk.pass_days(days)
        self.desk.settle()

    @rule()
    def the_other_owner_agrees(self) -> None:
        waiting = self.desk.rules().pending
        if waiting is None:
            return
        other = "firm_admin" if waiting.by == "client_owner" else "client_owner"
        environment = self.desk.environment
        self.desk.planned(other, lambda c: approve_rule(environment, c, waiting.id))

    @precondition(lambda self: self.desk.rules().rules)
    @rule()
    def a_rule_is_removed(self) -> None:
        first = self.desk.rules().rules[0].id
        self.desk.planned("client_owner", lambda change: remove_rule(change, first))
        self.desk.settle()

    @invariant()
    def one_live_item_while_facts_differ_and_none_else(self) -> None:
        for kind in KINDS:
            item = self._item(kind)
            is_live = item is not None and item.is_live
            assert is_live == (kind in self.differs), (kind, item)
            if item is not None and is_live:
                assert (item.found, item.severity) == self.differs[kind]

    @invariant()
    def what_is_out_of_sight_is_so_for_a_reason(self) -> None:
        now, rules = self.desk.clock.now(), self.desk.rules()
        for kind in KINDS:
            item = self._item(kind)
            if item is None:
                continue
            if item.state is TrayState.ACCEPTED:
                assert self.accepted[kind][0] == item.found
                assert item.settlement is not None
            if item.state is TrayState.EXCLUDED:
                self._excluded(item, rules)
            if item.state is TrayState.FIXED:
                assert item.prove_by is not None
            if item.state is TrayState.OPEN and item.snoozed_until is not None:
                assert item.snoozed_until > now - timedelta(days=32)
            assert len(item.acts) <= 40

    def _excluded(self, item: TrayItem, rules: TrayRules) -> None:
        made = {one.id for one in rules.rules}
        # Between a rule's end and the sweep that walks the items.
        assert item.rule_id in made or rules.look_from is not None or rules.rules == ()

    @invariant()
    def the_list_is_what_the_records_say(self) -> None:
        rebuilt(self.desk.books, self.desk.environment.views)
        listed = {row.key: row.tray for row in self.desk.environment.views.tray(SCOPE.firm)}
        for kind in KINDS:
            item = self._item(kind)
            facts = listed.get(f"{SUBJECT}-{kind}")
            assert (facts is not None) == (item is not None and item.is_live)
            if facts is not None and item is not None:
                assert (facts.state, facts.owner) == (item.state, item.owner)
                assert facts.snoozed_until == item.snoozed_until

    def _item(self, kind: str) -> TrayItem | None:
        return self.desk.books.get(TrayItem, f"{SUBJECT}-{kind}")

    def teardown(self) -> None:
        """The log verifies."""
        assert verify_log(self.desk.books, "USD").intact


TrayLife.TestCase.settings = settings(
    max_examples=RUNS,
    stateful_step_count=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
TestTrayLife = TrayLife.TestCase
