"""Bulk routes: ids in, results out, 202 when the time is up; another client's ids are not found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rowcol.domain.batch import Mode
from rowcol.domain.payment import Payment, Posting
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge.batch_worker import carry_on
from rowcol.edge.deadline import deadline
from rowcol.edge.payment_operations import OPERATIONS as COMMANDS
from rowcol.edge.task import BadTaskInput
from rowcol.service.bulk import verbs
from tests.support.bulk import record
from tests.support.bulk_api import BATCH, Api
from tests.support.desk import SCOPE


def test_all_results_come_with_200_in_the_order_asked() -> None:
    api = Api()
    names = api.drafts(40)
    status, body, headers = api.bulk("confirm", [*names, names[0], "pay_none"])
    assert status == 200
    assert (body["submitted"], body["ok"], body["failed"], body["pending"]) == (42, 40, 2, 0)
    assert [each["id"] for each in body["results"]] == [*names, names[0], "pay_none"]
    assert [each["code"] for each in body["results"][-2:]] == ["duplicate_item", "not_found"]
    assert headers["Location"] == f"/clients/{SCOPE.client}/batches/{body['id']}"
    assert body["next_cursor"] is None
    again = api.bulk("confirm", [*names, names[0], "pay_none"])
    assert again[:2] == (200, body)
    assert again[2]["Idempotency-Replayed"] == "true"


def test_what_cannot_finish_in_time_is_a_batch_that_goes_on() -> None:
    api = Api()
    names = api.drafts(100)
    api.late = 2
    api.slowly()
    status, body, headers = api.bulk("confirm", names)
    assert status == 202
    assert 0 < body["pending"] < 100
    assert body["results"] == []
    assert body["seconds_left"] > 0
    name = body["id"]
    assert headers["Location"].endswith(name)
    assert api.executions.asked[-1] == f"batch {name}"
    event = {"firm": SCOPE.firm, "client": SCOPE.client, "batch": name}
    ended = carry_on(api.environment, event, api.clock.now() + timedelta(seconds=300))
    assert ended == {"state": "done", "pending": 0}
    status, body, _ = api.call("GET", BATCH, path={"batch": name}, query={"limit": "60"})
    assert (status, body["state"], len(body["results"])) == (200, "done", 60)
    query = {"limit": "60", "cursor": body["next_cursor"]}
    _, rest, _ = api.call("GET", BATCH, path={"batch": name}, query=query)
    assert [each["id"] for each in body["results"] + rest["results"]] == names
    assert rest["next_cursor"] is None


def test_a_worker_that_got_on_calls_the_next_one_and_else_leaves_it_to_the_sweep() -> None:
    api = Api()
    name = api.submitted(api.drafts(100), verb="confirm")
    event = {"firm": SCOPE.firm, "client": SCOPE.client, "batch": name}
    api.slowly()
    carry_on(api.environment, event, api.clock.now() + timedelta(seconds=1))
    assert api.executions.asked == [f"batch {name}"]
    carry_on(api.environment, event, api.clock.now())
    assert api.executions.asked == [f"batch {name}"]
    with pytest.raises(BadTaskInput):
        carry_on(api.environment, {**event, "batch": "a/b"}, api.clock.now())


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([f"pay_{number}" for number in range(1001)], "too_many_items"),
        ([], "invalid_input"),
        ("pay_1", "invalid_input"),
        ([1], "invalid_input"),
        ([None], "invalid_input"),
        (None, "invalid_input"),
    ],
)
@pytest.mark.parametrize("verb", ["validate", "confirm"])
def test_a_list_that_is_none_writes_nothing(verb: str, ids: object, code: str) -> None:
    api = Api()
    before = dict(api.store.items)
    status, body, _ = api.bulk(verb, ids)
    assert (status, body["code"]) == (400, code)
    assert api.store.items == before
    assert api.types() == []


def test_an_unknown_mode_is_an_unknown_value() -> None:
    status, body, _ = Api().bulk("confirm", ["pay_1"], mode="most_of_them")
    assert (status, body["code"]) == (400, "unknown_value")


def test_another_clients_payment_is_not_found_and_untouched() -> None:
    api = Api()
    cedar = Scope(SCOPE.firm, "cedar")
    theirs = record("pay_theirs", posting=Posting.DRAFT)
    assert api.store.books(cedar).save(theirs)
    _, body, _ = api.bulk("delete", ["pay_theirs"])
    assert [each["code"] for each in body["results"]] == ["not_found"]
    found = api.store.books(cedar).get(Payment, "pay_theirs")
    assert found is not None
    assert found.version == 1


def test_nobody_without_the_role_of_the_single_command() -> None:
    api = Api()
    names = api.drafts(2)
    api.member(Role.PREPARER)
    status, body, _ = api.bulk("confirm", names)
    assert (status, body["code"]) == (403, "forbidden")
    assert api.bulk("validate", names)[0] == 200
    assert api.bulk("delete", names)[0] == 200
    assert api.store.books(Scope(SCOPE.firm)).save(Member("vera", 0, {"*": (Role.VIEWER,)}))
    assert api.bulk("delete", names, person="vera")[0] == 403
    assert api.bulk("delete", names, path={"client": "nobody"})[1]["code"] == "not_found"


def test_rights_are_those_of_the_single_routes() -> None:
    single = (
        (verbs.CONFIRM, "POST", "/clients/{client}/payments/{payment}/confirm"),
        (verbs.RESET_TO_DRAFT, "POST", "/clients/{client}/payments/{payment}/reset-to-draft"),
        (verbs.CANCEL, "POST", "/clients/{client}/payments/{payment}/cancel"),
        (verbs.DELETE, "DELETE", "/clients/{client}/payments/{payment}"),
        (verbs.IMPORT, "POST", "/clients/{client}/payments"),
    )
    for verb, method, path in single:
        assert verb.needs is COMMANDS[method, path].needs, verb.name
    assert verbs.POST.needs == verbs.CONFIRM.needs


def test_validation_says_what_confirming_would_and_writes_nothing() -> None:
    api = Api()
    names = api.drafts(3)
    before = dict(api.store.items)
    status, told, _ = api.bulk("validate", [*names, "pay_none"])
    assert (status, told["submitted"], told["ok"], told["failed"]) == (200, 4, 3, 1)
    assert api.store.items == before
    _, done, _ = api.bulk("confirm", [*names, "pay_none"])
    assert told["results"] == done["results"]


def test_a_batch_is_cancelled_once_and_told_again_by_its_key() -> None:
    api = Api()
    names = api.drafts(100)
    api.late = 2
    api.slowly()
    name = api.bulk("confirm", names)[1]["id"]
    api.late = None
    path = {"batch": name}
    status, body, _ = api.call("POST", f"{BATCH}/cancel", path=path, key="cancel-1")
    assert (status, body["state"], body["pending"]) == (200, "cancelled", 0)
    assert body["ok"] + body["skipped"] == 100
    assert api.call("POST", f"{BATCH}/cancel", path=path, key="cancel-1")[:2] == (200, body)
    again = api.call("POST", f"{BATCH}/cancel", path=path, key="cancel-2")
    assert (again[0], again[1]["code"]) == (409, "wrong_state")
    unknown = api.call("POST", f"{BATCH}/cancel", path={"batch": "bat_none"})
    assert (unknown[0], unknown[1]["code"]) == (404, "not_found")


def test_who_cannot_confirm_cannot_stop_a_confirmation() -> None:
    api = Api()
    name = api.submitted(api.drafts(3), Mode.INDEPENDENT, verb="confirm")
    api.member(Role.PREPARER)
    status, body, _ = api.call("POST", f"{BATCH}/cancel", path={"batch": name})
    assert (status, body["code"]) == (403, "forbidden")


def test_claims_of_a_cancelled_batch_end_with_the_answer() -> None:
    api = Api()
    names = api.drafts(200)
    name = api.submitted(names, Mode.ALL_OR_NOTHING, verb="confirm")
    api.slowly()
    api.advance(name, until=api.clock.now() + timedelta(seconds=1))
    assert api.batch(name).claimed > 0
    api.call("POST", f"{BATCH}/cancel", path={"batch": name})
    assert {api.payment(each).batch_id for each in names} == {None}


@pytest.mark.parametrize("cursor", ["x", "", "WyIiLCAiMSJd"])
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    api = Api()
    name = api.submitted(api.drafts(1), verb="confirm")
    status, body, _ = api.call("GET", BATCH, path={"batch": name}, query={"cursor": cursor})
    assert (status, body["code"]) == (400, "invalid_input")


def test_a_key_of_another_command_is_refused() -> None:
    api = Api()
    names = api.drafts(2)
    api.call("POST", "/clients/{client}/payments/{payment}/confirm", path={"payment": names[0]})
    status, body, _ = api.bulk("confirm", names)
    assert (status, body["code"]) == (409, Code.IDEMPOTENCY_MISMATCH.value)
    api.bulk("confirm", names, key="bulk-key-2")
    single = api.call(
        "POST",
        "/clients/{client}/payments/{payment}/confirm",
        path={"payment": names[1]},
        key="bulk-key-2",
    )
    assert (single[0], single[1]["code"]) == (409, Code.IDEMPOTENCY_MISMATCH.value)


def test_no_work_begins_in_the_last_seconds_of_an_invocation() -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 25_000

    now = Api().clock.now()
    assert deadline(Context(), now, 6) == now + timedelta(seconds=19)
    assert deadline(Context(), now, 60) == now
