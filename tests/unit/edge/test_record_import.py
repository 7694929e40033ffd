"""Import routes: records from JSON or a file; bad ones are told, good ones kept."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from rowcol.domain.payment import Posting
from rowcol.domain.scope import Role
from tests.support.bulk_api import Api
from tests.support.workbooks import book, number_cell, sheet, text_cell, texts

IMPORT = "/clients/{client}/payments/import"
FILE = "/clients/{client}/payments/import-file"


def a_record(**changes: object) -> dict[str, object]:
    return {
        "type": "vendor_payment",
        "amount": {"minor": 48000, "currency": "USD"},
        "paid_on": "2026-11-20",
        "counterparty_name": "Lakeside Catering",
        **changes,
    }


def send(api: Api, content: bytes | str, **given: Any) -> tuple[int, Any]:
    shown = content if isinstance(content, str) else base64.b64encode(content).decode()
    body = {"content": shown, "type": "vendor_payment", **given}
    status, answer, _ = api.call("POST", FILE, body, key=f"file-key-{len(api.types())}")
    return status, answer


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (a_record(), None),
        (a_record(amount={"minor": 0, "currency": "USD"}), "amount_not_positive"),
        (a_record(amount={"minor": 1.5, "currency": "USD"}), "amount_precision"),
        (a_record(amount={"minor": 1, "currency": "EUR"}), "currency_mismatch"),
        (a_record(paid_on="2026-11-21"), "date_in_future"),
        (a_record(paid_on="2026-02-30"), "date_impossible"),
        (a_record(type="gift"), "unknown_value"),
        (a_record(colour="red"), "invalid_input"),
        (a_record(memo="x" * 100_000), "invalid_input"),
        (a_record(**{"x" * 100_000: 1}), "invalid_input"),
        ({}, "invalid_input"),
        ("text", "invalid_input"),
        (None, "invalid_input"),
        (
            a_record(
                allocations=[
                    {
                        "target": "bill",
                        "target_id": "a/b",
                        "amount": {"minor": 1, "currency": "USD"},
                    }
                ]
            ),
            "allocation_invalid",
        ),
    ],
)
def test_each_record_has_its_own_result(given: object, code: str | None) -> None:
    api = Api()
    status, body, headers = api.call("POST", IMPORT, {"records": [a_record(), given, a_record()]})
    assert (status, body["submitted"]) == (200, 3)
    assert [each["code"] for each in body["results"]] == [None, code, None]
    assert body["results"][0]["id"] != body["results"][2]["id"]
    assert headers["Location"].endswith(body["id"])


def test_a_record_that_the_single_route_takes_is_the_same_here() -> None:
    api = Api()
    _, alone, _ = api.call("POST", "/clients/{client}/payments", a_record(), key="single-1")
    _, body, _ = api.call("POST", IMPORT, {"records": [a_record()]})
    made = api.payment(body["results"][0]["id"])
    one = api.payment(alone["id"])
    assert made.posting is Posting.DRAFT
    assert (made.amount, made.pay_on, made.counterparty_name) == (
        one.amount, one.pay_on, one.counterparty_name,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("records", "code"), [([], "invalid_input"), ([{}] * 1001, "too_many_items")]
)
def test_none_and_too_many_write_nothing(records: object, code: str) -> None:
    api = Api()
    status, body, _ = api.call("POST", IMPORT, {"records": records})
    assert (status, body["code"]) == (400, code)
    assert api.types() == []


def test_the_same_key_imports_once() -> None:
    api = Api()
    first = api.call("POST", IMPORT, {"records": [a_record()]})
    again = api.call("POST", IMPORT, {"records": [a_record()]})
    assert again[:2] == first[:2]
    assert api.types().count("payment.recorded") == 1
    other = api.call("POST", IMPORT, {"records": [a_record()] * 2})
    assert (other[0], other[1]["code"]) == (409, "idempotency_key_reused")


CSV = b"Date,Vendor,Amount\n2026-11-20,Acme,480.00\n2026-11-20,Acme,-1\n2026-11-19,Bolt,5.25\n"


def test_a_csv_keeps_its_good_rows_and_tells_the_bad_ones() -> None:
    api = Api()
    status, body = send(api, CSV)
    assert (status, body["format"], body["rows"]) == (200, "csv", 3)
    assert [(each["line"], each["code"]) for each in body["batch"]["results"]] == [
        (2, None), (3, "amount_not_positive"), (4, None),
    ]  # fmt: skip
    assert body["batch"]["results"][1]["detail"] == "amount is above zero"
    made = [api.payment(each["id"]) for each in body["batch"]["results"] if each["id"]]
    assert [str(payment.amount) for payment in made] == ["480.00 USD", "5.25 USD"]
    assert {payment.posting for payment in made} == {Posting.DRAFT}


def test_a_dry_run_says_the_same_and_keeps_nothing() -> None:
    api = Api()
    status, body = send(api, CSV, dry_run=True)
    assert (status, body["batch"]) == (200, None)
    assert (body["dry_run"]["ok"], body["dry_run"]["failed"]) == (2, 1)
    assert [each["id"] for each in body["dry_run"]["results"]] == [None] * 3
    assert api.types() == []
    _, done = send(api, CSV)
    codes = [each["code"] for each in done["batch"]["results"]]
    assert [each["code"] for each in body["dry_run"]["results"]] == codes


def test_a_workbook_is_read_as_well() -> None:
    row = number_cell("A2", "46346", 1) + text_cell("B2", "Acme") + number_cell("C2", "480.1")
    content = book(sheet(texts("Date", "Vendor", "Amount", line=1), row))
    _, body = send(Api(), content)
    assert body["format"] == "xlsx"
    assert body["batch"]["ok"] == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("not base64!", "not_base64"),
        ("", "no_rows"),
        (b"a,b\nc,d\n", "no_header"),
        (b"PK\x03\x04broken", "not_a_workbook"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"x" * 4_000_001, "too_large"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes | str, problem: str) -> None:
    api = Api()
    status, body = send(api, content)
    assert (status, body["code"]) == (400, "import_unreadable")
    assert body["numbers"] == {"problem": problem}
    assert api.types() == []


def test_a_file_of_too_many_rows_is_refused() -> None:
    rows = b"2026-11-20,Acme,1.00\n" * 1001
    status, body = send(Api(), b"Date,Vendor,Amount\n" + rows)
    assert (status, body["code"]) == (400, "too_many_items")


def test_what_begins_like_a_formula_stays_a_text() -> None:
    api = Api()
    _, body = send(api, b'Date,Vendor,Amount\n2026-11-20,"=HYPERLINK(1)",1.00\n')
    made = api.payment(body["batch"]["results"][0]["id"])
    assert made.counterparty_name == "=HYPERLINK(1)"


def test_who_may_record_may_import_and_viewers_may_not() -> None:
    api = Api()
    api.member(Role.VIEWER)
    assert api.call("POST", IMPORT, {"records": [a_record()]})[0] == 403
    assert send(api, CSV, dry_run=True)[0] == 403
    api.member(Role.PREPARER)
    assert api.call("POST", IMPORT, {"records": [a_record()]})[0] == 200
