"""Routes of records: told, changed, deleted, confirmed, reset, as people ask over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.payment import Payment
from rowcol.domain.scope import Member, Role
from rowcol.edge.payment_operations import OPERATIONS
from rowcol.service.onboard import register_firm, register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.records import RecordDesk

ALL, ONE = "/clients/{client}/payments", "/clients/{client}/payments/{payment}"
BODY: dict[str, Any] = {
    "type": "vendor_payment",
    "amount": {"minor": 48_000, "currency": "USD"},
    "paid_on": "2026-11-19",
    "counterparty_name": "Lakeside Catering",
}


class RecordWeb(RecordDesk):
    """The desk behind the API: ann approves, pat prepares, vic only looks."""

    def __init__(self) -> None:
        super().__init__()
        register_firm(self.store, SCOPE.firm, "Maple Street")
        for person, role in (("ann", Role.APPROVER), ("pat", Role.PREPARER), ("vic", Role.VIEWER)):
            register_member(self.store, SCOPE.firm, Member(person, 0, {SCOPE.client: (role,)}))
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)

    def ask(self, method: str, route: str, body: object = None, **how: Any) -> Answer:
        """One call; of a payment when one is named."""
        path = {"client": SCOPE.client}
        if "payment" in how:
            path["payment"] = how.pop("payment")
        how = {"person": "ann", **how}
        return self.web.call(method, route, body, path=path, **how)


@pytest.fixture
def desk() -> RecordWeb:
    """The API."""
    return RecordWeb()


def made(desk: RecordWeb, **changes: Any) -> str:
    answer = desk.ask("POST", ALL, {**BODY, **changes}, person="pat")
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def test_a_record_is_told_changed_confirmed_and_reset(desk: RecordWeb) -> None:
    told = desk.ask("POST", ALL, BODY, person="pat")
    name = told.body["id"]
    assert (told.status, told.headers["ETag"]) == (201, '"1"')
    assert told.headers["Location"] == f"/clients/bluebird/payments/{name}"
    assert (told.body["status"], told.body["posting"]) == ("done", "draft")
    other = {**BODY, "memo": "for the opening"}
    changed = desk.ask("PUT", ONE, other, payment=name, version=1, person="pat")
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    posted = desk.ask("POST", f"{ONE}/confirm", payment=name)
    assert (posted.status, posted.body["number"], posted.body["memo"]) == (
        200,
        "2026-000001",
        "for the opening",
    )
    assert posted.headers["ETag"] == f'"{desk.payment(name).version}"'
    draft = desk.ask("POST", f"{ONE}/reset-to-draft", payment=name)
    assert (draft.status, draft.body["posting"]) == (200, "draft")


def test_the_same_key_records_once(desk: RecordWeb) -> None:
    first = desk.ask("POST", ALL, BODY, key="a-key-of-mine")
    again = desk.ask("POST", ALL, BODY, key="a-key-of-mine")
    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"
    other = desk.ask("POST", ALL, {**BODY, "memo": "x"}, key="a-key-of-mine")
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    assert len(desk.books.ids(Payment).ids) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": {"minor": 0, "currency": "USD"}}, 422, "amount_not_positive"),
        ({"amount": {"minor": -5, "currency": "USD"}}, 422, "amount_not_positive"),
        ({"amount": {"minor": 10.5, "currency": "USD"}}, 422, "amount_precision"),
        ({"amount": {"minor": 10**14, "currency": "USD"}}, 422, "amount_too_large"),
        ({"amount": {"minor": 500, "currency": "EUR"}}, 422, "currency_mismatch"),
        ({"paid_on": "2026-11-21"}, 422, "date_in_future"),
        ({"paid_on": "2024-11-21"}, 422, "date_in_past"),
        ({"type": "gift"}, 400, "unknown_value"),
        ({"counterparty_name": None}, 400, "invalid_input"),
        ({"bill_id": "bill-1"}, 400, "invalid_input"),
        ({"account_id": "x"}, 400, "invalid_input"),
        (
            {
                "allocations": [
                    {
                        "target": "bill",
                        "target_id": "bill-9",
                        "amount": {"minor": 1, "currency": "USD"},
                    }
                ]
            },
            422,
            "allocation_invalid",
        ),
        (
            {
                "allocations": [
                    {
                        "target": "bill",
                        "target_id": "bill-9",
                        "amount": {"minor": 1.5, "currency": "USD"},
                    }
                ]
            },
            422,
            "amount_precision",
        ),
        (
            {
                "allocations": [
                    {
                        "target": "order",
                        "target_id": "1",
                        "amount": {"minor": 1, "currency": "USD"},
                    }
                ]
            },
            400,
            "unknown_value",
        ),
    ],
)
def test_each_bad_input_has_its_code_and_writes_nothing(
    desk: RecordWeb, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = desk.ask("POST", ALL, {**BODY, **changes})
    assert (answer.status, answer.code) == (status, code)
    assert desk.books.ids(Payment).ids == ()
    assert set(desk.types()) <= {"command.denied"}


def test_an_impossible_date_has_a_code_of_its_own(desk: RecordWeb) -> None:
    for text in ("2026-02-30", "2026-13-01", "yesterday"):
        answer = desk.ask("POST", ALL, {**BODY, "paid_on": text})
        assert (answer.status, answer.code) == (400, "date_impossible")
    assert desk.books.ids(Payment).ids == ()


def test_a_change_names_the_version_it_has_seen(desk: RecordWeb) -> None:
    name = made(desk)
    for method, body in (("PUT", BODY), ("DELETE", None)):
        without = desk.ask(method, ONE, body, payment=name)
        assert (without.status, without.code) == (428, "version_required")
        stale = desk.ask(method, ONE, body, payment=name, version=7)
        assert (stale.status, stale.code) == (412, "version_mismatch")
    gone = desk.ask("DELETE", ONE, payment=name, version=1)
    assert gone.status == 200
    assert desk.ask("POST", f"{ONE}/confirm", payment=name).status == 404


def test_who_may(desk: RecordWeb) -> None:
    name = made(desk)
    for person in ("pat", "vic"):
        assert desk.ask("POST", f"{ONE}/confirm", payment=name, person=person).status == 403
        assert desk.ask("POST", f"{ONE}/reset-to-draft", payment=name, person=person).status == 403
    assert desk.ask("POST", ALL, BODY, person="vic").status == 403
    assert desk.ask("DELETE", ONE, payment=name, version=1, person="vic").status == 403
    before = desk.books.head("USD").sequence
    assert desk.ask("POST", f"{ONE}/confirm", payment="pay_of-another").status == 404
    assert desk.books.head("USD").sequence == before
