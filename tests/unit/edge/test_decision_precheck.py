"""What finalizing would say and do, row by row; and it says the same."""

from __future__ import annotations

from rowcol.domain.limits import FIRM_LIMITS, Level, Limits, LimitSet
from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.scope import Member
from rowcol.service.bulk.decision_verbs import DECIDE
from rowcol.service.decision_batches.precheck import Asking, precheck
from tests.support.decision_api import FINALIZE, MONDAY, PRECHECK, Api
from tests.support.decisions import FIRM, Wish
from tests.support.domain.builders import usd


def test_precheck_says_why_and_what_would_help_and_what_it_does_to_cash() -> None:
    api = Api(2)
    big = api.bills("c00", 3, staged=False, amount=usd("40000"))
    rows = [{"client": "c00", "bill_id": bill, "action": "pay_now"} for bill in big] + [
        {"client": "c01", "bill_id": "nothing", "action": "pay_now"},
        {"client": "nowhere", "bill_id": "nothing", "action": "pay_now"},
    ]
    before = dict(api.store.items)
    answer = api.post(PRECHECK, {"decisions": rows})
    assert answer.status == 200, answer.body
    assert api.store.items == before
    body = answer.body
    assert (body["submitted"], body["ready"], body["blocked"]) == (5, 2, 3)
    told = [(row["outcome"], row["code"]) for row in body["rows"]]
    assert told == [
        ("ready", None),
        ("ready", None),
        ("blocked", "guardrail_insufficient_cash"),
        ("blocked", "not_found"),
        ("blocked", "not_found"),
    ]
    # Each row counts what those before it take.
    left = [row["available_after"] and row["available_after"]["minor"] for row in body["rows"][:2]]
    assert left == [59_500_00, 19_500_00]
    short = body["rows"][2]
    assert short["numbers"]["short"] == {"minor": 20_500_00, "currency": "USD"}
    assert "delay it" in short["remedy"]
    assert body["rows"][4]["client"] is None
    [first, _] = body["clients"]
    assert (first["ready"], first["blocked"]) == (2, 1)
    assert first["pays"] == {"minor": 80_000_00, "currency": "USD"}
    assert first["available_before"] == {"minor": 99_500_00, "currency": "USD"}
    assert first["available_after"] == {"minor": 19_500_00, "currency": "USD"}


def test_precheck_and_finalize_agree_on_every_row() -> None:
    api = Api(3)
    rows = api.rows(3)
    rows[4]["pay_on"] = "2026-11-26"
    rows[7]["bill_id"] = rows[1]["bill_id"]
    checked = api.post(PRECHECK, {"decisions": rows}).body["rows"]
    done = api.post(FINALIZE, {"decisions": rows}).body["results"]
    assert [row["code"] for row in checked] == [row["code"] for row in done]
    assert [row["detail"] for row in checked] == [row["detail"] for row in done]
    assert [row["remedy"] for row in checked] == [row["remedy"] for row in done]


def test_what_there_is_no_time_to_look_at_is_unchecked() -> None:
    api = Api(2)
    rows = [Wish(row["client"], row["bill_id"]).row for row in api.rows(2)]
    asking = Asking(api.actor(), api.rights(), api.clock.now())
    found = precheck(api.environment, asking, DECIDE, rows)
    assert (found.submitted, found.ready, found.blocked, found.unchecked) == (4, 0, 0, 4)
    assert [each.unchecked for each in found.clients] == [2, 2]


def test_limits_of_the_firm_count_what_clients_before_would_take() -> None:
    api = Api(2)
    limits = LimitSet(per_day=usd("250.00"))
    assert api.store.books(FIRM).save(Limits(FIRM_LIMITS, 0, Level.FIRM, FIRM.firm, limits))
    rows = api.rows(2)
    rows.sort(key=lambda row: row["client"])
    checked = api.post(PRECHECK, {"decisions": rows}).body["rows"]
    done = api.post(FINALIZE, {"decisions": rows}).body["results"]
    wanted = [None, None, "limit_daily", "limit_daily"]
    assert [row["code"] for row in checked] == wanted
    assert [row["code"] for row in done] == wanted
    assert checked[2]["numbers"]["left"] == done[2]["numbers"]["left"]


def test_who_may_decide_and_not_stage_decides_only_what_is_staged() -> None:
    api = Api(1)
    [staged], [fresh] = api.bills("c00", 1), api.bills("c00", 1, staged=False)
    only = PermissionSet("deciders", 0, "Deciders", (Permission.VIEW, Permission.DECIDE))
    books = api.store.books(FIRM)
    assert books.save(only)
    assert books.save(Member("dora", 0, {}, sets={"*": ("deciders",)}))
    fields = {"client": "c00", "action": "schedule", "pay_on": MONDAY}
    rows = [{**fields, "bill_id": bill} for bill in (staged, fresh)]
    for route, field in ((PRECHECK, "rows"), (FINALIZE, "results")):
        answer = api.post(route, {"decisions": rows}, "dora")
        assert answer.status == 200, answer.body
        told = answer.body[field]
        assert [row["code"] for row in told] == [None, "forbidden"]
        assert told[1]["numbers"]["needed"] == "stage"
