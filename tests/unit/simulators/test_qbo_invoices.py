"""QBO's invoices: entered, changed, paid, voided and deleted by people; read, queried and fed."""

from __future__ import annotations

import pytest

from local.simulators.messages import ControlError, Json
from tests.unit.simulators.conftest import START, Bench

DUE = "2026-12-05"


@pytest.fixture
def realm(bench: Bench) -> str:
    """The company, with one customer."""
    name = bench.sample.clients[0].realm_id
    company = {"realm_id": name, "customers": [{"id": "201", "name": "Blue Heron Hotels"}]}
    bench.qbo.seed({"companies": [company]})
    return name


def entered(bench: Bench, realm: str, amount: str = "1480.00") -> Json:
    made = bench.qbo.act(
        "create_invoice",
        realm=realm,
        customer_id="201",
        amount=amount,
        doc_number="INV-2041",
        due_date=DUE,
    )
    row: Json = made["Invoice"]
    return row


def read(bench: Bench, key: str, entity: str = "Invoice") -> Json:
    found: Json = bench.qbo_call("GET", f"/{entity.lower()}/{key}").json()[entity]
    return found


def test_an_invoice_looks_like_quickbooks_own(bench: Bench, realm: str) -> None:
    key = entered(bench, realm)["Id"]
    shown = read(bench, key)
    assert shown["CustomerRef"] == {"value": "201", "name": "Blue Heron Hotels"}
    assert (shown["TotalAmt"], shown["Balance"], shown["SyncToken"]) == (1480.0, 1480.0, "0")
    assert (shown["DocNumber"], shown["TxnDate"], shown["DueDate"]) == (
        "INV-2041",
        START.date().isoformat(),
        DUE,
    )
    assert [line["DetailType"] for line in shown["Line"]] == [
        "SalesItemLineDetail",
        "SubTotalLineDetail",
    ]
    assert shown["CurrencyRef"]["value"] == "USD"


def test_a_payment_lowers_the_balance_and_its_void_raises_it(bench: Bench, realm: str) -> None:
    key = entered(bench, realm)["Id"]
    paid = bench.qbo.act("pay_invoice", realm=realm, key=key, amount="480.00")["Payment"]
    partly = read(bench, key)
    assert (partly["Balance"], partly["SyncToken"]) == (1000.0, "1")
    assert partly["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert read(bench, paid["Id"], "Payment")["UnappliedAmt"] == 0
    bench.qbo.act("void_customer_payment", realm=realm, key=paid["Id"])
    again = read(bench, key)
    assert (again["Balance"], again["SyncToken"]) == (1480.0, "2")
    assert "LinkedTxn" not in again


def test_a_change_keeps_what_was_paid(bench: Bench, realm: str) -> None:
    key = entered(bench, realm)["Id"]
    bench.qbo.act("pay_invoice", realm=realm, key=key, amount="480.00")
    bench.qbo.act("edit_invoice", realm=realm, key=key, amount="1500.00", due_date="2026-12-24")
    shown = read(bench, key)
    assert (shown["TotalAmt"], shown["Balance"], shown["DueDate"]) == (1500.0, 1020.0, "2026-12-24")
    assert len(shown["Line"]) == 2


def test_a_void_keeps_the_invoice_and_frees_its_payment(bench: Bench, realm: str) -> None:
    key = entered(bench, realm)["Id"]
    paid = bench.qbo.act("pay_invoice", realm=realm, key=key)["Payment"]
    bench.qbo.act("void_invoice", realm=realm, key=key)
    shown = read(bench, key)
    assert (shown["TotalAmt"], shown["Balance"], shown["Line"]) == (0, 0, [])
    assert shown["PrivateNote"] == "Voided"
    assert "LinkedTxn" not in shown
    payment = read(bench, paid["Id"], "Payment")
    assert (payment["Line"], payment["UnappliedAmt"]) == ([], 1480.0)


def test_a_sparse_update_by_the_api_keeps_the_lines(bench: Bench, realm: str) -> None:
    row = entered(bench, realm)
    body = {"Id": row["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "INV-9"}
    assert bench.qbo_call("POST", "/invoice", body).status_code == 200
    shown = read(bench, row["Id"])
    assert (shown["DocNumber"], shown["TotalAmt"], len(shown["Line"])) == ("INV-9", 1480.0, 2)


def test_a_paid_invoice_is_not_deleted_and_a_deleted_one_leaves_a_tombstone(
    bench: Bench, realm: str
) -> None:
    key = entered(bench, realm)["Id"]
    paid = bench.qbo.act("pay_invoice", realm=realm, key=key)["Payment"]
    with pytest.raises(ControlError):
        bench.qbo.act("delete_invoice", realm=realm, key=key)
    bench.qbo.act("void_customer_payment", realm=realm, key=paid["Id"])
    bench.qbo.act("delete_invoice", realm=realm, key=key)
    params = {"entities": "Bill,BillPayment,Invoice", "changedSince": "2026-11-05T00:00:00Z"}
    feed = bench.qbo_call("GET", "/cdc", params=params).json()["CDCResponse"][0]["QueryResponse"]
    (stone,) = feed[2]["Invoice"]
    assert (stone["Id"], stone["status"]) == (key, "Deleted")


def test_queries_find_open_invoices(bench: Bench, realm: str) -> None:
    first, second = entered(bench, realm)["Id"], entered(bench, realm, "20.00")["Id"]
    bench.qbo.act("pay_invoice", realm=realm, key=first)
    found = bench.query("select * from Invoice where Balance > '0'")["Invoice"]
    assert [row["Id"] for row in found] == [second]


def test_every_change_is_told_by_webhook(bench: Bench, realm: str) -> None:
    key = entered(bench, realm)["Id"]
    bench.qbo.act("pay_invoice", realm=realm, key=key, amount="1.00")
    bench.qbo.act("void_invoice", realm=realm, key=key)
    rows = bench.qbo.document.rows("pending_events").values()
    told = [row["operation"] for row in rows if (row["entity"], row["key"]) == ("Invoice", key)]
    assert told == ["created", "updated", "void"]
