"""QuickBooks' simulator beside the samples of its contract: keys and kinds, answers and faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.simulators.messages import Json
from local.simulators.sample import QBO_APP
from tests.contract.simulators import own_shapes
from tests.contract.simulators.shapes import differences
from tests.contract.simulators.subset import HERE, RAILS
from tests.unit.simulators.conftest import Bench, make_bench
from tests.unit.simulators.test_qbo import realm
from tests.unit.simulators.test_qbo_oauth import refresh

# What an object has because somebody filled it in.
OPTIONAL = {
    *("PrivateNote", "DocNumber", "Description", "LinkedTxn", "SalesTermRef", "BillEmail"),
    *("PaymentMethodRef", "PaymentRefNum", "BillAddr", "AcctNum", "PrimaryEmailAddr", "TermRef"),
    *("totalCount", "EntityRef", "SubTotalLineDetail", "DueDate", "APAccountRef"),
}
LINE: Json = {
    "DetailType": "AccountBasedExpenseLineDetail",
    "Amount": 1310.4,
    "Description": "Kraft bags",
    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "63"}},
}
Made = dict[str, httpx.Response]


def sample(name: str) -> Json:
    if not HERE:
        return own_shapes.QBO[name]
    found: Json = json.loads((RAILS / "qbo" / f"{name}.json").read_bytes())
    return found


def unlike(name: str, answer: httpx.Response) -> list[str]:
    """Differences but for what only some objects have; list order and length say nothing."""
    return different(sample(name), answer)


def different(wanted: Json, answer: httpx.Response) -> list[str]:
    """The same beside a sample that is given."""
    assert answer.status_code == wanted["status"]
    found = differences(wanted["body"], answer.json())
    return [text for text in found if text.split(" ")[0].rsplit(".", 1)[-1] not in OPTIONAL]


@pytest.fixture(scope="module")
def made() -> Made:
    """The same objects as the samples', entered through the API."""
    bench = make_bench("samples")
    bench.qbo.configure({"rate_limits": False})
    bench.qbo.seed({"companies": [{"realm_id": realm(bench), "customers": [CUSTOMER]}]})
    answers: Made = {}

    def post(entity: str, body: Json, **params: str) -> Json:
        answer = bench.qbo_call("POST", f"/{entity.lower()}", body, params)
        assert answer.status_code == 200, answer.text
        row: Json = answer.json()[entity]
        return row

    def get(name: str, path: str, **params: str) -> None:
        answers[name] = bench.qbo_call("GET", path, params=params)

    _payables(bench, post, get, answers)
    _others(bench, post, get)
    _faults(bench, answers)
    return answers


CUSTOMER = {"id": "201", "name": "Blue Heron Hotels LLC"}


def _payables(
    bench: Bench, post: Callable[..., Json], get: Callable[..., None], answers: Made
) -> None:
    vendor = {"VendorRef": {"value": "56"}}
    bills = [
        post("Bill", {**vendor, "DocNumber": f"GP-{n}", "Line": [LINE], "TxnDate": "2026-11-01"})
        for n in range(4)
    ]

    def pay(bill: Json, **more: Any) -> Json:
        link = {"TxnId": bill["Id"], "TxnType": "Bill"}
        line = {"Amount": bill["TotalAmt"], "LinkedTxn": [link]}
        body = {**vendor, "TotalAmt": bill["TotalAmt"], "Line": [line], **more}
        return post("BillPayment", {"PrivateNote": "", "DocNumber": "ACH", **body})

    by_check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "35"}}}
    paid = pay(bills[0], **by_check)
    get("read_bill", f"/bill/{bills[0]['Id']}")
    get("read_bill_open", f"/bill/{bills[1]['Id']}")
    get("read_billpayment", f"/billpayment/{paid['Id']}")
    credit = post("VendorCredit", {**vendor, "APAccountRef": {"value": "33"}, "Line": [LINE]})
    get("read_vendorcredit", f"/vendorcredit/{credit['Id']}")
    by_card = {"PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": {"value": "41"}}}
    card = pay(bills[2], **by_card)
    get("read_billpayment_creditcard_with_vendor_credit", f"/billpayment/{card['Id']}")
    get("query_bills_open", "/query", query="select * from Bill where Balance > '0'")
    get("query_billpayments_page", "/query", query="select * from BillPayment maxresults 1000")
    get("query_count", "/query", query="select count(*) from Bill")
    get("query_empty", "/query", query="select * from Bill where DocNumber = 'NOPE'")
    get("query_vendor", "/query", query="select * from Vendor where Id = '56'")
    get("query_accounts", "/query", query="select * from Account")
    target = {"type": "BillPayment", "value": paid["Id"]}
    note = {"AttachableRef": [{"EntityRef": target}], "Note": "released by A"}
    answers["create_attachable_note"] = bench.qbo_call("POST", "/attachable", note)
    void = {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True}
    how = {"operation": "update", "include": "void"}
    answers["void_billpayment"] = bench.qbo_call("POST", "/billpayment", void, how)
    asked = {"operation": "delete"}
    bench.qbo_call("POST", "/bill", {"Id": bills[3]["Id"], "SyncToken": "0"}, asked)
    body = sample("batch")["request_body"] if HERE else {"BatchItemRequest": []}
    answers["batch"] = bench.qbo_call("POST", "/batch", body)
    since = (bench.base.at - timedelta(days=1)).isoformat()
    get("cdc", "/cdc", entities="Bill,BillPayment,Deposit", changedSince=since)


def _others(bench: Bench, post: Callable[..., Json], get: Callable[..., None]) -> None:
    made = bench.qbo.act("create_invoice", realm=realm(bench), customer_id="201", amount="1480.00")
    key = made["Invoice"]["Id"]
    paid = bench.qbo.act("pay_invoice", realm=realm(bench), key=key)["Payment"]
    get("read_invoice", f"/invoice/{key}")
    get("read_payment", f"/payment/{paid['Id']}")
    spent = {"AccountRef": {"value": "41"}, "PaymentType": "CreditCard", "Line": [LINE]}
    get("read_purchase", f"/purchase/{post('Purchase', spent)['Id']}")
    entry = [
        {
            "Id": str(place),
            "Amount": 414.63,
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": "63"}},
        }
        for place, side in enumerate(("Debit", "Credit"))
    ]
    get("read_journalentry", f"/journalentry/{post('JournalEntry', {'Line': entry})['Id']}")
    get("read_companyinfo", f"/companyinfo/{realm(bench)}")


def _faults(bench: Bench, answers: Made) -> None:
    def get(path: str, **params: str) -> httpx.Response:
        return bench.qbo_call("GET", path, params=params)

    answers["fault_610_not_found"] = get("/bill/999")
    wrong = "select * from Bill where PrivateNote = 'x'"
    answers["fault_4001_not_queryable"] = get("/query", query=wrong)
    short = {"AccountRef": {"value": "41"}, "Line": [LINE]}
    answers["fault_2020_missing_parameter"] = bench.qbo_call("POST", "/purchase", short)
    again = {"VendorRef": {"value": "56"}, "DocNumber": "GP-1", "Line": [LINE]}
    answers["fault_6140_duplicate_docnumber"] = bench.qbo_call("POST", "/bill", again)
    old = answers["read_bill_open"].json()["Bill"]
    stale = {**old, "SyncToken": "77"}
    answers["fault_5010_stale"] = bench.qbo_call("POST", "/bill", stale)
    bench.qbo.act("close_books", realm=realm(bench), date="2026-11-02")
    answers["fault_5010_period_closed"] = bench.qbo_call("POST", "/bill", old)
    void = {"operation": "void"}
    answers["fault_http200_systemfault"] = bench.qbo_call("POST", "/bill", old, void)
    answers["fault_http200_silent_noop"] = bench.qbo_call("POST", "/journalentry", old, void)
    for name, kind in (("401_expired", "token_expired"), ("403_wrong_company", "wrong_company")):
        bench.qbo.faults.add({"kind": kind, "times": 1})
        answers[f"fault_{name}"] = get("/bill/1")
    bench.qbo.faults.add({"kind": "throttle", "times": 1})
    answers["429"] = get("/bill/1")
    hard = {"x-include-refresh-token-hard-expires-in": "true"}
    token = bench.qbo.oauth.connect(QBO_APP["client_id"], realm(bench))["refresh_token"]
    answers["oauth_refresh"] = refresh(bench, token, **hard)
    answers["oauth_invalid_grant"] = refresh(bench, "RT1-none")
    nobody = {"authorization": "Basic eDp5"}
    form = {"grant_type": "refresh_token"}
    url = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    answers["oauth_invalid_client"] = bench.http.post(url, data=form, headers=nobody)


NAMES = (
    sorted(path.stem for path in (RAILS / "qbo").glob("*.json")) if HERE else sorted(own_shapes.QBO)
)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_has_the_samples_keys_and_kinds(made: Made, name: str) -> None:
    assert unlike(name, made[name]) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("fault_")])
def test_a_fault_has_the_samples_words(made: Made, name: str) -> None:
    def errors(body: Json) -> list[tuple[str, Any, Any]]:
        fault = body.get("Fault") or body.get("fault") or {}
        rows = fault.get("Error") or fault.get("error") or []
        return [
            (row["code"], row.get("Message") or row.get("message"), fault["type"]) for row in rows
        ]

    assert errors(made[name].json()) == errors(sample(name)["body"])


@pytest.mark.parametrize("name", own_shapes.QBO)
def test_an_answer_has_the_keys_that_we_composed(made: Made, name: str) -> None:
    assert different(own_shapes.QBO[name], made[name]) == []


@pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
def test_the_429_is_the_samples_xml(made: Made) -> None:
    wanted = (RAILS / "qbo" / "fault_429.xml").read_text(encoding="utf-8").splitlines()
    shown = made["429"].text.splitlines()
    assert [line for line in shown if "time=" not in line] == [
        line for line in wanted if "time=" not in line
    ]


@pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
@pytest.mark.parametrize("name", ["ce_billpayment_created", "classic_billpayment_created"])
def test_notices_have_the_samples_keys(name: str) -> None:
    bench = make_bench("notices")
    classic = name.startswith("classic")
    bench.qbo.configure({"webhook_envelope": "classic" if classic else "cloudevents"})
    wanted = json.loads((RAILS / "events" / "qbo" / f"{name}.json").read_bytes())
    body = {"VendorRef": {"value": "56"}, "Line": [LINE]}
    bench.qbo.act("create", realm=realm(bench), entity="Bill", body=body)
    bench.base.move(seconds=301)
    (delivery,) = bench.qbo.due_deliveries()
    found = differences(wanted, json.loads(delivery.body))
    assert [text for text in found if "datacontenttype" not in text] == []
