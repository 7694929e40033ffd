"""QBO's books, queries, feed, faults and limits, as section 8 of its contract demands."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.simulators.messages import Json
from local.simulators.sample import QBO_APP
from tests.unit.simulators.conftest import Bench


def realm(bench: Bench) -> str:
    return bench.sample.clients[0].realm_id


def new_bill(bench: Bench, number: str = "B-1", amount: float = 100.0) -> Json:
    body = {
        "VendorRef": {"value": "56"},
        "DocNumber": number,
        "TxnDate": "2026-11-01",
        "DueDate": "2026-11-20",
        "Line": [{"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail"}],
    }
    answer = bench.qbo_call("POST", "/bill", body)
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()["Bill"]
    return row


def pay(bench: Bench, bill: Json, amount: float) -> Json:
    body = {
        "VendorRef": {"value": "56"},
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "35"}},
        "TotalAmt": amount,
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
    }
    row: Json = bench.qbo_call("POST", "/billpayment", body).json()["BillPayment"]
    return row


def read(bench: Bench, entity: str, key: str) -> Json:
    found: Json = bench.qbo_call("GET", f"/{entity.lower()}/{key}").json()[entity]
    return found


def fault(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["Fault"]["Error"][0]
    return answer.status_code, error["code"], error["Message"]


def test_a_payment_moves_the_bills_balance_and_token(bench: Bench) -> None:
    bill = new_bill(bench)
    assert (bill["Balance"], bill["SyncToken"]) == (100.0, "0")
    payment = pay(bench, bill, 40.0)
    partly = read(bench, "Bill", bill["Id"])
    assert (partly["Balance"], partly["SyncToken"]) == (60.0, "1")
    assert partly["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "BillPaymentCheck"}]
    account = read(bench, "Account", "35")
    assert account["CurrentBalance"] == -40.0


def test_voiding_a_payment_raises_the_balance_again(bench: Bench) -> None:
    bill = new_bill(bench)
    payment = pay(bench, bill, 100.0)
    params = {"operation": "update", "include": "void"}
    body = {"Id": payment["Id"], "SyncToken": payment["SyncToken"], "sparse": True}
    voided = bench.qbo_call("POST", "/billpayment", body, params).json()["BillPayment"]
    assert (voided["TotalAmt"], voided["Line"], voided["SyncToken"]) == (0, [], "1")
    assert voided["PrivateNote"].startswith("Voided")
    again = read(bench, "Bill", bill["Id"])
    assert (again["Balance"], again["SyncToken"]) == (100.0, "2")
    assert "LinkedTxn" not in again


def test_deletes_leave_tombstones(bench: Bench) -> None:
    bill = new_bill(bench)
    payment = pay(bench, bill, 100.0)
    refused = bench.qbo_call("POST", "/bill", {"Id": bill["Id"], "SyncToken": "1"}, DELETE)
    assert fault(refused)[:2] == (400, "6000")  # unlink first
    gone = bench.qbo_call("POST", "/billpayment", {**payment}, DELETE).json()["BillPayment"]
    assert gone == {"status": "Deleted", "domain": "QBO", "Id": payment["Id"]}
    assert fault(bench.qbo_call("GET", f"/billpayment/{payment['Id']}"))[:2] == (400, "610")
    params = {"entities": "Bill,BillPayment,VendorCredit", "changedSince": "2026-11-05T00:00:00Z"}
    feed = bench.qbo_call("GET", "/cdc", params=params).json()["CDCResponse"][0]["QueryResponse"]
    assert feed[0]["Bill"][0]["Balance"] == 100.0
    assert feed[1]["BillPayment"] == [
        {
            "domain": "QBO",
            "status": "Deleted",
            "Id": payment["Id"],
            "MetaData": {"LastUpdatedTime": "2026-11-05T07:00:00-08:00"},
        }
    ]
    assert feed[2] == {}


DELETE = {"operation": "delete"}


def test_old_copies_and_closed_periods_are_both_5010(bench: Bench) -> None:
    bill = new_bill(bench)
    pay(bench, bill, 10.0)
    stale = bench.qbo_call("POST", "/bill", bill)
    assert fault(stale) == (400, "5010", "Stale Object Error")
    bench.qbo.act("close_books", realm=realm(bench), date="2026-11-02")
    closed = bench.qbo_call("POST", "/bill", read(bench, "Bill", bill["Id"]))
    assert fault(closed) == (400, "5010", "Account Period Closed")


def test_a_full_update_loses_what_is_left_out(bench: Bench) -> None:
    bill = new_bill(bench)
    two = [{"Amount": 60.0, "DetailType": "X"}, {"Amount": 40.0, "DetailType": "X"}]
    both = bench.qbo_call("POST", "/bill", {**bill, "Line": two, "PrivateNote": "n"}).json()["Bill"]
    assert both["TotalAmt"] == 100.0
    short = {
        "Id": bill["Id"],
        "SyncToken": "1",
        "sparse": True,
        "VendorRef": {"value": "56"},
        "Line": two[:1],
    }
    cut = bench.qbo_call("POST", "/bill", short).json()["Bill"]
    assert (cut["TotalAmt"], cut["Balance"]) == (60.0, 60.0)  # accepted, silently truncated
    assert "PrivateNote" not in cut
    missing = {"Id": bill["Id"], "SyncToken": "2", "sparse": True, "PrivateNote": "x"}
    assert fault(bench.qbo_call("POST", "/bill", missing))[:2] == (400, "2020")


def test_two_hundred_is_not_success(bench: Bench) -> None:
    bill = new_bill(bench)
    body = {"Id": bill["Id"], "SyncToken": "0"}
    odd = bench.qbo_call("POST", "/bill", body, {"operation": "void"})
    assert odd.status_code == 200
    assert odd.json()["Fault"]["type"] == "SystemFault"
    assert read(bench, "Bill", bill["Id"]) == bill
    silent = bench.qbo_call("POST", "/journalentry", {"Id": "1"}, {"operation": "void"})
    assert (silent.status_code, silent.json()["BatchItemResponse"]) == (200, [])
    bench.qbo.faults.add({"kind": "fault_in_200", "times": 1})
    assert "Fault" in bench.qbo_call("GET", f"/bill/{bill['Id']}").json()


def test_notes_with_a_request_id_are_made_once(bench: Bench) -> None:
    bill = new_bill(bench)
    note = {
        "AttachableRef": [{"EntityRef": {"type": "Bill", "value": bill["Id"]}}],
        "Note": "released by A",
    }
    ids = {
        bench.qbo_call("POST", "/attachable", note, {"requestid": "r-1"}).json()["Attachable"]["Id"]
        for _ in range(3)
    }
    assert len(ids) == 1
    found = bench.query("select * from Attachable where AttachableRef.EntityRef.Type = 'Bill'")
    assert len(found["Attachable"]) == 1
    assert read(bench, "Bill", bill["Id"])["SyncToken"] == "0"  # the target is not touched
    missing = {**note, "AttachableRef": [{"EntityRef": {"type": "Bill", "value": "9"}}]}
    assert fault(bench.qbo_call("POST", "/attachable", missing))[:2] == (400, "610")
    assert fault(bench.qbo_call("POST", "/attachable", {**note, "Note": ""}))[1] == "6000"
    assert fault(bench.qbo_call("POST", "/attachable", {**note, "Note": "x" * 2001}))[1] == "2050"


@pytest.mark.parametrize(
    ("statement", "numbers"),
    [
        ("select * from Bill", ["B-1", "B-2", "B-3"]),
        ("select * from Bill where DocNumber = 'B-2'", ["B-2"]),
        ("SELECT * FROM Bill WHERE DocNumber IN ('B-1', 'B-3')", ["B-1", "B-3"]),
        ("select * from bill where DocNumber like 'B-%' and TotalAmt > '150'", ["B-2", "B-3"]),
        ("select * from Bill where Balance > '0' orderby TotalAmt desc", ["B-3", "B-2", "B-1"]),
        ("select * from Bill where VendorRef = '56' startposition 2 maxresults 1", ["B-2"]),
        ("select * from Bill where MetaData.LastUpdatedTime >= '2026-11-06T00:00:00Z'", []),
        ("select * from Bill where TxnDate < '2026-11-01'", []),
    ],
)
def test_queries(bench: Bench, statement: str, numbers: list[str]) -> None:
    for place in (1, 2, 3):
        new_bill(bench, f"B-{place}", 100.0 * place)
    found = bench.query(statement)
    assert [row["DocNumber"] for row in found.get("Bill", [])] == numbers
    assert not numbers or found["maxResults"] == len(numbers)


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("select * from Bill where PrivateNote = 'x'", "4001"),
        ("select * from Bill orderby Id", "4001"),
        ("select * from Bill where DocNumber = 'a' or DocNumber = 'b'", "4000"),
        ("select * from Bill where DocNumber = a", "4000"),
        ("select * from Nothing", "4001"),
        ("select * from Bill maxresults 1001", "4001"),
        ("drop table Bill", "4000"),
        ("select * from Bill where TotalAmt > 'much'", "4001"),
    ],
)
def test_refused_queries(bench: Bench, statement: str, wanted: str) -> None:
    new_bill(bench)
    answer = bench.qbo_call("GET", "/query", params={"query": statement})
    assert fault(answer)[:2] == (400, wanted)


def test_counts_quotes_and_the_posted_form(bench: Bench) -> None:
    new_bill(bench, "O'Neil")
    assert bench.query("select count(*) from Bill") == {"totalCount": 1}
    assert bench.query(r"select * from Bill where DocNumber = 'O\'Neil'")["maxResults"] == 1
    assert bench.query("select * from Bill where DocNumber = 'NOPE'") == {}


def test_a_batch_succeeds_and_fails_item_by_item(bench: Bench) -> None:
    items = [
        {
            "bId": "1",
            "operation": "create",
            "Bill": {"VendorRef": {"value": "56"}, "Line": [{"Amount": 5}]},
        },
        {
            "bId": "2",
            "operation": "create",
            "Attachable": {
                "Note": "x",
                "AttachableRef": [{"EntityRef": {"type": "Bill", "value": "9"}}],
            },
        },
        {"bId": "3", "Query": "select * from Account where AccountType = 'Bank'"},
    ]
    answer = bench.qbo_call("POST", "/batch", {"BatchItemRequest": items}).json()
    kinds = [next(iter(item)) for item in answer["BatchItemResponse"]]
    assert kinds == ["Bill", "Fault", "QueryResponse"]
    assert bench.query("select count(*) from Bill") == {"totalCount": 1}
    many = {"BatchItemRequest": items[:1] * 31}
    assert bench.qbo_call("POST", "/batch", many).status_code == 400


def test_what_a_wrong_write_is_told(bench: Bench) -> None:
    new_bill(bench, "B-1")
    duplicate = {"VendorRef": {"value": "56"}, "DocNumber": "B-1", "Line": [{"Amount": 1}]}
    assert fault(bench.qbo_call("POST", "/bill", duplicate))[1] == "6140"
    long = {**duplicate, "DocNumber": "x" * 22}
    assert fault(bench.qbo_call("POST", "/bill", long))[1] == "2050"
    nobody = {**duplicate, "VendorRef": {"value": "999"}}
    assert fault(bench.qbo_call("POST", "/bill", nobody))[1] == "2500"
    assert fault(bench.qbo_call("POST", "/bill", {**duplicate, "amount": 1}))[1] == "2010"
    assert fault(bench.qbo_call("POST", "/purchase", {"AccountRef": {"value": "35"}}))[1] == "2020"
    same = {"DisplayName": "Greenleaf Packaging Co"}
    assert fault(bench.qbo_call("POST", "/vendor", same))[1] == "6240"
    bench.qbo.act("end_subscription", realm=realm(bench))
    assert fault(bench.qbo_call("GET", "/bill/1"))[1] == "6190"


def test_ten_calls_a_second_then_xml(bench: Bench) -> None:
    answers = [bench.qbo_call("GET", "/companyinfo/1") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["content-type"] == "application/xml"
    assert b"errorCode=003001" in answers[-1].content
    assert "retry-after" not in answers[-1].headers
    bench.base.move(seconds=1)
    assert bench.qbo_call("GET", "/companyinfo/1").status_code == 200


def test_five_hundred_calls_a_minute(bench: Bench) -> None:
    statuses = []
    for _ in range(51):
        statuses += [bench.qbo_call("GET", "/companyinfo/1").status_code for _ in range(10)]
        bench.base.move(seconds=1)
    assert statuses == [200] * 500 + [429] * 10


def test_the_months_pool_of_reads(bench: Bench) -> None:
    bench.qbo.configure({"coreplus_monthly_limit": 3})
    statuses = [bench.qbo_call("GET", "/companyinfo/1").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    bill = {"VendorRef": {"value": "56"}, "Line": [{"Amount": 1}]}
    assert bench.qbo_call("POST", "/bill", bill).status_code == 200  # data-in is free
    bench.base.move(days=30)
    assert bench.qbo_call("GET", "/companyinfo/1").status_code == 200


def test_gateway_errors_have_lower_case_keys(bench: Bench) -> None:
    url = f"https://quickbooks.api.intuit.com/v3/company/{realm(bench)}/bill/1"
    nobody = bench.http.get(url)
    assert nobody.status_code == 401
    assert nobody.json()["fault"]["error"][0]["code"] == "3200"
    assert nobody.headers["intuit_tid"]
    issued = bench.qbo.oauth.connect(QBO_APP["client_id"], realm(bench))
    other = url.replace(realm(bench), "1")
    headers = {"authorization": f"Bearer {issued['access_token']}"}
    wrong = bench.http.get(other, headers=headers)
    assert (wrong.status_code, wrong.json()["fault"]["type"]) == (403, "SERVICE")


def test_the_feed_reaches_thirty_days_back(bench: Bench) -> None:
    def since(text: str) -> Any:
        return bench.qbo_call("GET", "/cdc", params={"entities": "Bill", "changedSince": text})

    assert since("2026-10-07T00:00:00Z").status_code == 200
    assert since("2026-10-05T00:00:00Z").status_code == 400
    assert since("yesterday").status_code == 400


def test_writes_are_counted_apart(bench: Bench) -> None:
    bench.qbo.calls.reset()
    bill = new_bill(bench)
    read(bench, "Bill", bill["Id"])
    counted = bench.qbo.calls.describe()
    assert (counted["reads"], counted["writes"]) == (1, 1)
    assert bench.qbo.metering() == {"used": 1}
