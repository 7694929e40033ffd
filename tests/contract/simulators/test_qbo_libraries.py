"""intuit-oauth and python-quickbooks speak with the simulator over loopback HTTP."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from local.simulators.core import Ambient
from local.simulators.document import Document
from local.simulators.messages import Json
from local.simulators.qbo import QboCore
from local.simulators.sample import QBO_APP, QBO_VERIFIER
from local.simulators.server import SimulatorServer

with warnings.catch_warnings():
    # Their imports reach for names that other packages gave up.
    warnings.simplefilter("ignore")
    from intuitlib.client import AuthClient
    from intuitlib.enums import Scopes
    from intuitlib.exceptions import AuthClientError
    from quickbooks import QuickBooks, exceptions
    from quickbooks.batch import batch_create
    from quickbooks.cdc import change_data_capture
    from quickbooks.objects import (
        Attachable,
        AttachableRef,
        Bill,
        BillPayment,
        CompanyInfo,
        Preferences,
        Ref,
        Vendor,
    )
    from quickbooks.objects.bill import AccountBasedExpenseLine
    from quickbooks.objects.billpayment import BillPaymentLine, CheckPayment
    from quickbooks.objects.detailline import AccountBasedExpenseLineDetail

REALM, REDIRECT = "9341454321098765", "https://rowcol.test/callback"


class Quiet(QboCore):
    """A simulator whose notices a test takes out by hand."""

    def send(self) -> list[Any]:
        """What is due now."""
        return super().due_deliveries()

    def due_deliveries(self, now: datetime | None = None) -> list[Any]:
        """Nothing for the server to post."""
        return []


@dataclass
class Peer:
    """The simulator, its address and its clock."""

    core: Quiet
    url: str
    at: datetime = datetime(2026, 11, 5, 15, 0, tzinfo=UTC)

    def auth(self, **known: str) -> Any:
        """intuit-oauth's client, which finds all addresses in the discovery document."""
        found = f"{self.url}/.well-known/openid_configuration/"
        keys = (QBO_APP["client_id"], known.pop("secret", QBO_APP["client_secret"]))
        client = AuthClient(*keys, REDIRECT, found, **known)
        client.trust_env = False
        return client

    def consented(self) -> Any:
        """A client with the tokens of a finished consent."""
        auth = self.auth()
        address = auth.get_authorization_url([Scopes.ACCOUNTING], state_token="s-1")
        sent = httpx.get(address, params={**_query(address), "realm_id": REALM}, trust_env=False)
        back = _query(sent.headers["location"])
        assert (back["state"], back["realmId"]) == ("s-1", REALM)
        auth.get_bearer_token(back["code"], realm_id=back["realmId"])
        return auth

    def books(self, auth: Any = None) -> Any:
        """python-quickbooks' client."""
        client = QuickBooks(
            auth_client=auth or self.consented(),
            company_id=REALM,
            minorversion=75,
            use_decimal=True,
        )
        client.api_url_v3 = f"{self.url}/v3"
        client.session.trust_env = False
        return client


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no TLS
    made: list[Peer] = []
    core = Quiet(Document(), Ambient(lambda: made[0].at if made else Peer.at, "peer"))
    hook = {"webhook_url": "http://hook.test/", "verifier_token": QBO_VERIFIER}
    company: Json = {"realm_id": REALM, "name": "Harbor", "vendors": [{"id": "56", "name": "V"}]}
    company["bills"] = [{"id": "1184", "vendor_id": "56", "amount": "120.50", "doc_number": "B-1"}]
    app = {**QBO_APP, **hook, "redirect_uris": [REDIRECT]}
    core.seed({"apps": [app], "companies": [company]})
    # Real time stands still here: a second holds all of a test's calls.
    core.configure({"calls_per_second": 1000, "parallel_refresh_seconds": 0.0})
    with SimulatorServer(core) as server:
        made.append(Peer(core, server.url))
        yield made[0]


def new_bill(number: str, amount: str = "10.00") -> Any:
    bill, line = Bill(), AccountBasedExpenseLine()
    line.Amount = Decimal(amount)
    line.AccountBasedExpenseLineDetail = AccountBasedExpenseLineDetail()
    line.AccountBasedExpenseLineDetail.AccountRef = _ref("63")
    bill.Line, bill.VendorRef, bill.DocNumber = [line], _ref("56"), number
    return bill


def _ref(value: str) -> Any:
    ref = Ref()
    ref.value = value
    return ref


# ---- intuit-oauth


def test_consent_exchange_refresh_revoke(peer: Peer) -> None:
    auth = peer.consented()
    assert (auth.expires_in, auth.x_refresh_token_expires_in) == (3600, 8_640_000)
    first = auth.refresh_token
    peer.at += timedelta(hours=1)
    auth.refresh()
    assert auth.refresh_token == first  # the value changes about every 24 h
    peer.at += timedelta(hours=24)
    auth.refresh()
    assert auth.refresh_token != first
    with pytest.raises(AuthClientError) as stale:
        auth.refresh(refresh_token=first)
    assert (stale.value.status_code, b"invalid_grant" in stale.value.content) == (400, True)
    again = peer.consented()
    assert again.revoke() is True
    with pytest.raises(AuthClientError):
        again.refresh()


def test_wrong_secrets_and_codes(peer: Peer) -> None:
    with pytest.raises(AuthClientError) as refused:
        peer.auth(secret="wrong", refresh_token="RT1").refresh()
    assert refused.value.status_code == 401
    with pytest.raises(AuthClientError) as unknown:
        peer.auth().get_bearer_token("AB-no-code", realm_id=REALM)
    assert unknown.value.status_code == 400


# ---- python-quickbooks


def test_it_reads_queries_and_counts(peer: Peer) -> None:
    qb = peer.books()
    bill = Bill.get("1184", qb=qb)
    assert (bill.DocNumber, bill.TotalAmt, bill.VendorRef.name) == ("B-1", Decimal("120.5"), "V")
    assert [one.Id for one in Bill.filter(DocNumber="B-1", qb=qb)] == ["1184"]
    assert Bill.where("Balance > '0'", order_by="TxnDate", qb=qb)[0].Id == "1184"
    assert Bill.count("DocNumber = 'nope'", qb=qb) == 0
    assert Vendor.all(qb=qb)[0].DisplayName == "V"
    assert CompanyInfo.get(REALM, qb=qb).CompanyName == "Harbor"
    assert Preferences.get(qb=qb).CurrencyPrefs.HomeCurrency.value == "USD"


def test_it_creates_pays_voids_and_deletes(peer: Peer) -> None:
    qb = peer.books()
    payment, line = BillPayment(), BillPaymentLine()
    line.Amount = payment.TotalAmt = Decimal("120.50")
    line.LinkedTxn = [Bill.get("1184", qb=qb).to_linked_txn()]
    payment.VendorRef, payment.PayType, payment.Line = _ref("56"), "Check", [line]
    payment.CheckPayment = CheckPayment()
    payment.CheckPayment.BankAccountRef = _ref("35")
    payment.save(qb=qb)
    assert Bill.get("1184", qb=qb).Balance == 0
    paid = BillPayment.get(payment.Id, qb=qb)
    assert paid.CheckPayment.BankAccountRef.name == "Operating Checking"
    paid.void(qb=qb)
    assert Bill.get("1184", qb=qb).Balance == Decimal("120.5")
    bill = new_bill("B-2")
    bill.save(qb=qb)
    bill.delete(qb=qb)
    with pytest.raises(exceptions.ObjectNotFoundException):
        Bill.get(bill.Id, qb=qb)


def test_a_note_is_made_once_for_a_request_id(peer: Peer) -> None:
    qb = peer.books()
    ids = set()
    for _ in range(2):
        note, ref = Attachable(), AttachableRef()
        ref.EntityRef = Bill.get("1184", qb=qb).to_ref()
        note.Note, note.AttachableRef = "released by A", [ref]
        made = qb.create_object("Attachable", note.to_json(), request_id="r-1")
        ids.add(made["Attachable"]["Id"])
    assert len(ids) == 1
    assert len(next(iter(ids))) == 19
    assert Attachable.get(ids.pop(), qb=qb).AttachableRef[0].IncludeOnSend is False


def test_changes_and_batches(peer: Peer) -> None:
    qb = peer.books()
    since = peer.at + timedelta(seconds=1)
    peer.at += timedelta(minutes=5)
    made = batch_create([new_bill("B-3"), new_bill("B-1"), new_bill("B-4")], qb=qb)
    assert [one.DocNumber for one in made.successes] == ["B-3", "B-4"]
    (fault,) = made.faults
    assert [error.code for error in fault.Error] == ["6140"]
    changed = change_data_capture([Bill, Vendor], since.isoformat(), qb=qb)
    assert sorted(bill.DocNumber for bill in changed.Bill) == ["B-3", "B-4"]
    assert not hasattr(changed, "Vendor")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "refuse", "params": {"code": "610"}}, exceptions.ObjectNotFoundException),
        ({"kind": "refuse", "params": {"code": "5010"}}, exceptions.QuickbooksException),
        ({"kind": "refuse", "params": {"code": "6140"}}, exceptions.QuickbooksException),
        ({"kind": "fault_in_200"}, exceptions.SevereException),
        ({"kind": "token_expired"}, exceptions.AuthorizationException),
        ({"kind": "user_lost_access"}, exceptions.AuthorizationException),
        ({"kind": "wrong_company"}, exceptions.QuickbooksException),
        ({"kind": "throttle"}, exceptions.QuickbooksException),
        ({"kind": "server_error"}, exceptions.SevereException),
    ],
)
def test_it_decodes_our_faults(peer: Peer, fault: Json, error: type[Exception]) -> None:
    qb = peer.books()
    peer.core.faults.add({**fault, "times": 1})
    with pytest.raises(error) as raised:
        Bill.get("1184", qb=qb)
    if fault["kind"] == "throttle":  # XML: to the library no JSON at all
        assert "ThrottleExceeded" in str(raised.value)
    assert Bill.get("1184", qb=qb).Id == "1184"


def test_it_verifies_our_webhook_signature(peer: Peer) -> None:
    qb = peer.books()
    new_bill("B-5").save(qb=qb)
    peer.at += timedelta(minutes=6)
    peer.core.catch_up()
    (delivery,) = peer.core.send()
    signature = delivery.headers["intuit-signature"]
    assert qb.validate_webhook_signature(delivery.body.decode(), signature, QBO_VERIFIER)
    assert not qb.validate_webhook_signature(delivery.body.decode(), signature, "other")
