"""The vendors' composed answers kept beside the repository, when they are there: every one is read.

Without the folder these tests are skipped; the answers in tests/support/rails cover the same
ground.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import RailState
from rowcol.rails.plaid.client import PlaidApp, PlaidClient
from rowcol.rails.plaid.client import site as plaid_site
from rowcol.rails.plaid.translate import account_balance, bank_lines
from rowcol.rails.qbo.client import QboLedger, ledger_client
from rowcol.rails.qbo.client import site as qbo_site
from rowcol.rails.ramp.client import RampBills
from rowcol.rails.ramp.client import site as ramp_site
from rowcol.service.ports import ConnectionBroken, RailError
from tests.support.rails.scripted import NOW, Script, Tokens, answer

RAILS = pathlib.Path(__file__).resolve().parents[3].parent / "shared" / "rails"
pytestmark = pytest.mark.skipif(not RAILS.is_dir(), reason="the vendors' samples are not here")


def examples(rail: str, schema: str) -> list[tuple[str, Any]]:
    path = RAILS / "examples" / f"{rail}.json"
    if not path.is_file():
        return []
    found = json.loads(path.read_text())["examples"]
    return [(name, row["value"]) for name, row in found.items() if row["schema"] == schema]


def named(rows: list[tuple[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "value"), rows, ids=[name for name, _ in rows])


def ramp(script: Script) -> RampBills:
    return RampBills(script.http(ramp_site("https://demo-api.ramp.com")), Tokens())


@named(examples("ramp", "Bill"))
def test_ramp_bill(name: str, value: Any) -> None:
    found = ramp(Script([answer(200, value)])).read_bill(value["id"])
    assert found is not None
    assert found.state is not RailState.UNKNOWN, name
    assert found.amount.minor == value["amount"]["amount"]


@named(examples("ramp", "PaginatedResponseApiBillResourceSchema"))
def test_ramp_page(name: str, value: Any) -> None:
    last = {"data": [], "page": {"next": None}}
    found = list(ramp(Script([answer(200, value), answer(200, last)])).open_bills())
    assert len(found) == len(value["data"]), name


@named(examples("ramp", "DeveloperApiErrorResponse"))
def test_ramp_error(name: str, value: Any) -> None:
    status = int(name.split(".")[1])
    rail = ramp(Script([answer(status, value)], endless=True))
    try:
        result: object = rail.set_payment_date("bill-1", NOW.date())
    except RailError as refusal:
        result = refusal
    assert type(result).__name__ in {
        "error.422.unknown_field": ("CapabilityMissing",),
        "error.403.scope": ("ConnectionBroken",),
        "error.429": ("RailThrottled",),
    }.get(name, ("CommandRefused",))


def plaid(value: Any, status: int = 200) -> PlaidClient:
    script = Script([answer(status, value)], endless=True)
    http = script.http(plaid_site("https://production.plaid.com"))
    return PlaidClient(http, PlaidApp("c", "s"))


@named(examples("plaid", "AccountsGetResponse"))
def test_plaid_accounts(name: str, value: Any) -> None:
    accounts, _ = plaid(value).accounts_get("t")
    assert [account_balance(row).account_id for row in accounts.accounts], name


@named(examples("plaid", "TransactionsSyncResponse"))
def test_plaid_page(name: str, value: Any) -> None:
    page, _ = plaid(value).transactions_page("t", None)
    assert len(bank_lines(page.added)) == len(value["added"]), name


@named(examples("plaid", "ItemGetResponse"))
def test_plaid_item(name: str, value: Any) -> None:
    assert plaid(value).item_get("t").item.item_id == value["item"]["item_id"], name


@named(examples("plaid", "PlaidError"))
def test_plaid_error(name: str, value: Any) -> None:
    with pytest.raises(RailError) as raised:
        plaid(value, 400).accounts_get("t")
    if "LOGIN_REQUIRED" in name:
        assert isinstance(raised.value, ConnectionBroken)


def qbo_files() -> list[pathlib.Path]:
    return sorted(RAILS.glob("qbo/*.json"))


@pytest.mark.parametrize("path", qbo_files(), ids=lambda path: str(path.stem))
def test_qbo_answer(path: pathlib.Path) -> None:
    """Read as a bill: faults become errors, other objects a breach, nothing else happens."""
    sample = json.loads(path.read_text())
    body = sample.get("body", sample)
    script = Script([answer(sample.get("status", 200), body)], endless=True)
    http = script.http(
        qbo_site("https://quickbooks.api.intuit.com"), ledger_client(script.transport())
    )
    rail = QboLedger(http, Tokens(), "9130000000000001")
    if "Bill" in body and "request" in sample:
        found = rail.read_bill(body["Bill"]["Id"])
        assert found is not None
    elif "BillPayment" in body and "request" in sample:
        assert rail.read_payment(body["BillPayment"]["Id"]) is not None
    elif path.stem == "fault_610_not_found":
        assert rail.read_bill("1") is None
    elif path.stem == "cdc":
        changes = rail.changes(NOW)
        assert (len(changes.bills), len(changes.payments)) == (1, 1)
        assert changes.deleted_payment_ids == ()
        assert changes.payments[0].voided
    elif "Invoice" in body:
        invoice = rail.read_invoice(body["Invoice"]["Id"])
        assert invoice is not None
        assert str(invoice.amount) == "1,480.00 USD"
    else:
        with pytest.raises(RailError):
            rail.read_bill("1")


def test_qbo_xml_throttle() -> None:
    content = (RAILS / "qbo" / "fault_429.xml").read_bytes()
    script = Script([httpx.Response(429, content=content)], endless=True)
    http = script.http(
        qbo_site("https://quickbooks.api.intuit.com"), ledger_client(script.transport())
    )
    with pytest.raises(RailError):
        QboLedger(http, Tokens(), "9130000000000001").read_bill("1")
