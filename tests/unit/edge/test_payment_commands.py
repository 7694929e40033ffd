"""Routes of people's commands on payments: who may, what is asked for, what comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.permission import roles_with
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Member, Role
from rowcol.edge.payment_commands import OPERATIONS
from rowcol.service.onboard import register_firm, register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.payment_desk import PaymentDesk

EVIDENCE = {"kind": "bank_notice", "reference": "notice 17"}
BODIES: dict[str, dict[str, Any]] = {
    "hold": {"reason": "disputed"},
    "lift": {"evidence": EVIDENCE},
    "cancel": {"reason": None},
    "reschedule": {"pay_on": "2026-12-07"},
    "reverse": {"seen": "returned", "evidence": EVIDENCE},
    "reissue": {"evidence": {"kind": "stop_payment", "reference": "55"}, "reference": "1042"},
    "reject": {"reason": "not ours", "evidence": EVIDENCE},
}
ADMINISTER = {Role.RELEASER, Role.CLIENT_OWNER, Role.FIRM_ADMIN}
DECIDE = ADMINISTER | {Role.APPROVER}
MAY = {
    **dict.fromkeys(("hold", "reverse", "reissue", "reject"), ADMINISTER),
    **dict.fromkeys(("lift", "cancel", "reschedule"), DECIDE),
}


class Office:
    """A desk behind the API, with one person of each role, named by it."""

    def __init__(self) -> None:
        self.desk = PaymentDesk()
        register_firm(self.desk.store, SCOPE.firm, "Maple")
        for role in Role:
            member = Member(role.value, 0, {SCOPE.client: (role,)})
            register_member(self.desk.store, SCOPE.firm, member)
        register_member(self.desk.store, SCOPE.firm, Member("stranger", 0, {"robin": tuple(Role)}))
        self.name = self.desk.scheduled()

    def ask(self, verb: str, person: str, body: Any = None, **more: Any) -> Answer:
        path = more.pop("path", {"client": SCOPE.client, "payment": self.name})
        web = Web(self.desk.environment, OPERATIONS, SCOPE.firm)
        route = f"/clients/{{client}}/payments/{{payment}}/{verb}"
        given = BODIES[verb] if body is None else body
        return web.call("POST", route, given, person=person, path=path, **more)


def test_every_verb_has_a_route() -> None:
    assert {path.rsplit("/", 1)[1] for _, path in OPERATIONS} == set(BODIES)
    for (_, path), operation in OPERATIONS.items():
        verb = path.rsplit("/", 1)[1]
        assert operation.example is not None
        operation.body.model_validate(operation.example, strict=False)
        assert operation.needs is not None
        assert set(roles_with(operation.needs)) == MAY[verb]


@pytest.mark.parametrize("verb", BODIES)
def test_who_may_not_changes_nothing(verb: str) -> None:
    office = Office()
    before = office.desk.payment(office.name)
    for role in set(Role) - MAY[verb]:
        answer = office.ask(verb, role.value)
        assert (answer.status, answer.code) == (403, Code.FORBIDDEN)
    for person in ("stranger", "nobody"):
        assert office.ask(verb, person).status in (403, 404)
    assert office.ask(verb, "stranger").code == Code.NOT_FOUND
    assert office.desk.payment(office.name) == before


@pytest.mark.parametrize("verb", BODIES)
def test_another_payment_is_not_found(verb: str) -> None:
    office = Office()
    for name in ("pay_other", "..", "a b"):
        path = {"client": SCOPE.client, "payment": name}
        assert office.ask(verb, "firm_admin", path=path).status == 404


@pytest.mark.parametrize("verb", BODIES)
def test_unknown_fields_and_kinds_are_refused(verb: str) -> None:
    office = Office()
    answer = office.ask(verb, "firm_admin", {**BODIES[verb], "surprise": 1})
    assert (answer.status, answer.code) == (400, Code.INVALID_INPUT)
    if BODIES[verb].get("evidence"):
        odd = {**BODIES[verb], "evidence": {"kind": "hearsay", "reference": "x"}}
        answer = office.ask(verb, "firm_admin", odd)
        assert (answer.status, answer.code) == (400, Code.UNKNOWN_VALUE)


def test_a_hold_and_its_lift_with_etags() -> None:
    office = Office()
    held = office.ask("hold", "releaser")
    assert held.status == 200
    assert (held.body["status"], held.body["hold"]["kind"]) == ("admin_hold", "admin_hold")
    assert held.body["hold"]["by"] == "releaser"
    assert held.headers["ETag"] == f'"{office.desk.payment(office.name).version}"'
    assert "token" not in held.body["custody"]
    assert office.ask("lift", "approver").code == Code.FORBIDDEN
    lifted = office.ask("lift", "client_owner")
    assert (lifted.status, lifted.body["status"]) == (200, "scheduled")


def test_a_cancel_is_the_same_under_the_same_key_and_asked_already_under_another() -> None:
    office = Office()
    office.desk.shows(RailState.SCHEDULED, office.desk.today())
    first = office.ask("cancel", "approver", key="cancel-0001")
    assert (first.status, first.body["cancel_asked"]["state"]) == (202, "asked")
    again = office.ask("cancel", "approver", key="cancel-0001")
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = office.ask("cancel", "approver", {"reason": "x"}, key="cancel-0001")
    assert (other.status, other.code) == (409, Code.IDEMPOTENCY_MISMATCH)
    assert office.ask("cancel", "approver").code == Code.ALREADY_ASKED
    assert office.desk.types().count("payment.cancel_asked") == 1
    office.desk.clear()
    assert office.desk.payment(office.name).status is Status.CANCELLED


def test_a_new_date_is_shown_as_asked_and_confirmed() -> None:
    office = Office()
    moved = office.ask("reschedule", "approver")
    assert (moved.status, moved.body["pay_on"]) == (202, "2026-12-07")
    [change] = moved.body["changes"]
    assert (change["asked"], change["state"], change["by"]) == (
        "2026-12-07",
        "confirmed",
        "approver",
    )
    for day, code in (
        ("2026-12-06", Code.DATE_NOT_BANK_DAY),
        ("2026-11-01", Code.DATE_PAST),
        ("2026-12-07", Code.ALREADY_ASKED),
    ):
        assert office.ask("reschedule", "approver", {"pay_on": day}).code == code
    assert office.ask("reschedule", "approver", {"pay_on": "soon"}).status == 400


def test_evidence_is_asked_for_with_what_would_do() -> None:
    office = Office()
    desk = office.desk
    desk.shows(RailState.PROCESSING, desk.today())  # nobody asked for that: on hold
    assert office.ask("reverse", "releaser").code == Code.WRONG_STATE
    other = Office()
    name = other.name
    other.desk.on_its_day(name)
    other.desk.shows(RailState.PROCESSING)
    answer = other.ask("reverse", "releaser", {"seen": "returned"})
    assert (answer.status, answer.code) == (422, Code.EVIDENCE_REQUIRED)
    assert "bank_line" in answer.body["numbers"]["accepted"]
    done = other.ask("reverse", "releaser")
    assert (done.status, done.body["status"]) == (200, "reversing")
    [shown] = done.body["evidence"]
    assert (shown["kind"], shown["reference"], shown["by"]) == (
        "bank_notice",
        "notice 17",
        "releaser",
    )


def test_a_stopped_check_answers_with_the_payment_in_its_place() -> None:
    office = Office()
    desk = office.desk
    desk.on_its_day(office.name)
    desk.ramp.show(RailState.PROCESSING)
    assert desk.ramp.bill.payment is not None
    by_check = replace(desk.ramp.bill.payment, method="CHECK")
    desk.shows(RailState.PROCESSING, payment=by_check)
    assert office.ask("reissue", "firm_admin").code == Code.BILL_NOT_OPEN
    desk.shows(RailState.READY)
    answer = office.ask("reissue", "firm_admin")
    assert (answer.status, answer.body["replaces"]) == (201, office.name)
    where = f"/clients/{SCOPE.client}/payments/{answer.body['id']}"
    assert answer.headers["Location"] == where
    assert desk.payment(office.name).replaced_by == answer.body["id"]


def test_an_admin_refuses_for_good() -> None:
    office = Office()
    assert office.ask("reject", "firm_admin").code == Code.WRONG_STATE
    office.ask("hold", "firm_admin")
    answer = office.ask("reject", "firm_admin", {"reason": "  "})
    assert (answer.status, answer.code) == (400, Code.INVALID_INPUT)
    answer = office.ask("reject", "firm_admin")
    assert (answer.status, answer.body["status"]) == (200, "rejected")
