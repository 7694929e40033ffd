"""Plaid's own Python library speaks with the simulator over loopback HTTP.

What the library refuses to send, or cannot decode, the real Plaid does not do either: its models
check types and enumerations of every answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import plaid
import pytest
from plaid import models
from plaid.api import plaid_api

from local.simulators.core import Ambient
from local.simulators.document import Document
from local.simulators.messages import Json
from local.simulators.plaid import PlaidCore
from local.simulators.sample import PLAID_CLIENT
from local.simulators.server import SimulatorServer

HOOK = "https://hooks.example.test/plaid"


@dataclass
class Moment:
    """A time that a test moves."""

    at: datetime = datetime(2026, 11, 5, 15, 0, tzinfo=UTC)


@dataclass
class Peer:
    """The library's client, the simulator behind the port it speaks to, and its clock."""

    core: PlaidCore
    url: str
    moment: Moment

    @property
    def now(self) -> datetime:
        """The simulator's time."""
        return self.moment.at

    def api(self, secret: str = PLAID_CLIENT["secret"]) -> Any:
        """A client with a secret."""
        keys = {"clientId": PLAID_CLIENT["client_id"], "secret": secret}
        return plaid_api.PlaidApi(plaid.ApiClient(plaid.Configuration(self.url, api_key=keys)))

    def linked(self) -> str:
        """The access token of an item linked in the sandbox, grown ready."""
        options = models.SandboxPublicTokenCreateRequestOptions(
            webhook=HOOK, override_username="user_transactions_dynamic"
        )
        wish = models.SandboxPublicTokenCreateRequest(
            institution_id="ins_109508",
            initial_products=[models.Products("transactions")],
            options=options,
        )
        made = self.api().sandbox_public_token_create(wish)
        exchange = models.ItemPublicTokenExchangeRequest(public_token=made.public_token)
        token = str(self.api().item_public_token_exchange(exchange).access_token)
        self.moment.at += timedelta(seconds=200)
        return token


@pytest.fixture
def peer() -> Iterator[Peer]:
    moment = Moment()
    core = PlaidCore(Document(), Ambient(lambda: moment.at, "7"))
    core.configure({"environment": "sandbox", "balance_delay_seconds": [0, 0]})
    core.seed({"clients": [PLAID_CLIENT]})
    with SimulatorServer(core) as server:
        yield Peer(core, server.url, moment)


def test_link_and_exchange_and_update_mode(peer: Peer) -> None:
    api = peer.api()
    common: Json = {
        "client_name": "Example Advisory",
        "language": "en",
        "country_codes": [models.CountryCode("US")],
        "user": models.LinkTokenCreateRequestUser(client_user_id="client-a"),
    }
    wish = models.LinkTokenCreateRequest(
        **common,
        products=[models.Products("transactions")],
        webhook=HOOK,
        transactions=models.LinkTokenTransactions(days_requested=180),
    )
    made = api.link_token_create(wish)
    assert made.expiration == peer.now + timedelta(hours=4)
    done = peer.core.act("complete_link", link_token=made.link_token)
    exchange = models.ItemPublicTokenExchangeRequest(public_token=done["public_token"])
    item = api.item_public_token_exchange(exchange)
    update = models.LinkTokenCreateRequest(
        **common,
        access_token=item.access_token,
        update=models.LinkTokenCreateRequestUpdate(account_selection_enabled=True),
    )
    peer.core.act("login_required", item_id=item.item_id)
    peer.core.act("complete_link", link_token=api.link_token_create(update).link_token)
    asked = models.AccountsGetRequest(access_token=item.access_token)
    assert len(api.accounts_get(asked).accounts) == 1  # with the same token


def test_balances_decode(peer: Peer) -> None:
    token = peer.linked()
    wish = models.AccountsBalanceGetRequest(access_token=token)
    live = peer.api().accounts_balance_get(wish)
    assert live.accounts[0].balances.current == 1000.0
    assert live.accounts[0].type.value == "depository"
    assert live.item.error is None


def test_sync_over_all_pages(peer: Peer) -> None:
    token, api = peer.linked(), peer.api()
    rows = [
        models.CustomSandboxTransaction(
            date_transacted=date(2026, 11, 4),
            date_posted=date(2026, 11, 5),
            amount=float(number) + 0.25,
            description=f"ROW {number}",
        )
        for number in range(7)
    ]
    api.transactions_sync(models.TransactionsSyncRequest(access_token=token))
    wish = models.SandboxTransactionsCreateRequest(access_token=token, transactions=rows)
    api.sandbox_transactions_create(wish)
    cursor, more, pages, amounts, status = "", True, 0, [], ""
    while more:
        ask = models.TransactionsSyncRequest(access_token=token, cursor=cursor, count=3)
        page = api.transactions_sync(ask)
        amounts += [row.amount for row in page.added]
        cursor, more, pages = page.next_cursor, page.has_more, pages + 1
        status = page.transactions_update_status.value
    assert sorted(amounts) == [number + 0.25 for number in range(7)]
    assert pages == 3
    assert status == "HISTORICAL_UPDATE_COMPLETE"


def test_items_and_their_ends_decode(peer: Peer) -> None:
    token, api = peer.linked(), peer.api()
    shown = api.item_get(models.ItemGetRequest(access_token=token))
    assert shown.status.transactions.last_successful_update is not None
    new = models.ItemWebhookUpdateRequest(access_token=token, webhook=f"{HOOK}/new")
    assert api.item_webhook_update(new).item.webhook == f"{HOOK}/new"
    api.transactions_refresh(models.TransactionsRefreshRequest(access_token=token))
    where = models.InstitutionsGetByIdRequest(
        institution_id="ins_109508", country_codes=[models.CountryCode("US")]
    )
    assert api.institutions_get_by_id(where).institution.name == "First Platypus Bank"
    api.sandbox_item_reset_login(models.SandboxItemResetLoginRequest(access_token=token))
    broken = api.item_get(models.ItemGetRequest(access_token=token))
    assert broken.item.error.error_code == "ITEM_LOGIN_REQUIRED"
    api.item_remove(models.ItemRemoveRequest(access_token=token))
    assert code_of(lambda: api.item_get(models.ItemGetRequest(access_token=token))) == (
        400,
        "INVALID_INPUT",
        "INVALID_ACCESS_TOKEN",
    )


def test_webhooks_fire_and_their_key_decodes(peer: Peer) -> None:
    token, api = peer.linked(), peer.api()
    for code in ("SYNC_UPDATES_AVAILABLE", "NEW_ACCOUNTS_AVAILABLE", "PENDING_DISCONNECT"):
        wish = models.SandboxItemFireWebhookRequest(
            access_token=token,
            webhook_code=code,
            webhook_type=models.WebhookType("TRANSACTIONS" if code.startswith("SYNC") else "ITEM"),
        )
        assert api.sandbox_item_fire_webhook(wish).webhook_fired is True
    key_id = peer.core.notices.signing_key()
    asked = models.WebhookVerificationKeyGetRequest(key_id=key_id)
    key = api.webhook_verification_key_get(asked).key
    assert (key.alg, key.crv, key.kty, key.kid, key.expired_at) == (
        *("ES256", "P-256", "EC", key_id),
        None,
    )
    peer.core.act("expire_key")
    assert api.webhook_verification_key_get(asked).key.expired_at is not None


def code_of(call: Any) -> tuple[int, str, str]:
    """Status, type and code of the refusal that a call meets."""
    with pytest.raises(plaid.ApiException) as refused:
        call()
    body = json.loads(refused.value.body)
    models.PlaidError._from_openapi_data(  # as the library decodes one inside an answer
        **{**body, "error_type": models.PlaidErrorType(body["error_type"])}
    )
    return refused.value.status, body["error_type"], body["error_code"]


def test_errors_decode(peer: Peer) -> None:
    token, api = peer.linked(), peer.api()
    ask = models.AccountsBalanceGetRequest(access_token=token)
    wrong = peer.api(secret="wrong")
    assert code_of(lambda: wrong.accounts_balance_get(ask))[2] == "INVALID_API_KEYS"
    for fault, wanted in (
        ("throttle", (429, "RATE_LIMIT_EXCEEDED", "ACCOUNTS_BALANCE_GET_LIMIT")),
        ("server_error", (500, "API_ERROR", "INTERNAL_SERVER_ERROR")),
        ("maintenance", (503, "API_ERROR", "PLANNED_MAINTENANCE")),
        ("institution_down", (400, "INSTITUTION_ERROR", "INSTITUTION_DOWN")),
        ("login_required", (400, "ITEM_ERROR", "ITEM_LOGIN_REQUIRED")),
    ):
        peer.core.faults.add({"kind": fault, "times": 1})
        assert code_of(lambda: api.accounts_balance_get(ask)) == wanted
    sync = models.TransactionsSyncRequest(access_token=token)
    peer.core.act("repair", item_id=next(iter(peer.core.document.rows("items"))))
    peer.core.faults.add({"kind": "product_not_ready", "times": 1})
    assert code_of(lambda: api.transactions_sync(sync))[2] == "PRODUCT_NOT_READY"
    bad = models.TransactionsSyncRequest(access_token=token, cursor="%%%")
    assert code_of(lambda: api.transactions_sync(bad))[1:] == ("INVALID_REQUEST", "INVALID_FIELD")


def test_a_name_of_tomorrow_reaches_the_caller(peer: Peer) -> None:
    """Lists of names grow: the vendor's own library lets new ones pass too."""
    token = peer.linked()
    peer.core.faults.add({"kind": "unknown_value", "times": 1})
    page = peer.api().transactions_sync(models.TransactionsSyncRequest(access_token=token))
    assert page.transactions_update_status.value == "UPDATE_OF_2027"
