"""Registers the demo firm with a running stack: people, clients, connections, endpoints, apps."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from local.demo import firm
from local.engine.stack import Stack
from local.simulators.messages import Json
from local.simulators.sample import PLAID_CLIENT, QBO_APP, QBO_VERIFIER, RAMP_APP
from rowcol.domain.client import Client, GuardrailSettings, PayingAccount
from rowcol.domain.connection import RAMP, STRIPE
from rowcol.domain.money import Money
from rowcol.domain.plain import instant
from rowcol.domain.scope import ActorKind, Member, Role, Scope, key_of
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.service.connections import Granted, connect
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.store import Books
from rowcol.storage.store import DynamoStore
from rowcol.storage.transaction import Tables
from rowcol.storage.vault import KmsVault

PREFIX = "/rowcol/local"


def store_of(stack: Stack, clock: Any) -> DynamoStore:
    """The stack's store, reached from this process."""
    tables = stack.tables
    names = Tables(
        tables["RecordsTable"],
        tables["AuditTable"],
        tables["IdempotencyTable"],
        tables["ViewsTable"],
    )
    client = stack.client("dynamodb")
    return DynamoStore(names, lambda: client, clock)


def register(
    stack: Stack,
    store: DynamoStore,
    answers: Mapping[str, Json],
    clients: Sequence[firm.DemoClient] = firm.CLIENTS,
) -> None:
    """Write all that the functions need to know. `answers`: what the simulators' seeds gave."""
    _parameters(stack, clients)
    register_firm(store, firm.FIRM, firm.FIRM_NAME)
    for person in firm.PEOPLE:
        roles = {"*": tuple(Role(role) for role in person.roles)}
        kind = ActorKind.MACHINE if person.responsible else ActorKind.PERSON
        member = Member(person.sub, 0, roles, True, kind, person.responsible, name=person.name)
        register_member(store, firm.FIRM, member)
    vault = KmsVault(stack.outputs["TokenKeyArn"], _kms(stack))
    for client in clients:
        register_client(store, firm.FIRM, _client(client))
        _connect(store, vault, client, answers)


def _kms(stack: Stack) -> Any:
    client = stack.client("kms")
    return lambda: client


def _client(client: firm.DemoClient) -> Client:
    floor = Money(client.floor * 100, "USD")
    return Client(
        client.id,
        0,
        client.name,
        "USD",
        operating_account_ids=(client.bank_account_id,),
        paying_accounts=(PayingAccount(client.rail_account_id, client.bank_account_id),),
        rail_business_id=client.business_id,
        bank_item_ids=(client.item_id,),
        ledger_realm_id=client.realm_id,
        ledger_bank_account_id=firm.OPERATING_LEDGER_ACCOUNT,
        guardrail=GuardrailSettings(floor=floor),
    )


def _connect(
    store: DynamoStore, vault: KmsVault, client: firm.DemoClient, answers: Mapping[str, Json]
) -> None:
    books = store.books(Scope(firm.FIRM, client.id))
    business = next(row for row in answers["ramp"]["businesses"] if row["id"] == client.business_id)
    ramp = business["tokens"]
    qbo = next(
        row["tokens"] for row in answers["qbo"]["companies"] if row["realm_id"] == client.realm_id
    )
    item = next(row for row in answers["plaid"]["items"] if row["id"] == client.item_id)
    # The first use refreshes: what the tokens' life is, the rail says then.
    past = instant("2020-01-01T00:00:00Z")
    connect(books, vault, "ramp", Granted(ramp["access_token"], past, ramp["refresh_token"]))
    connect(books, vault, "qbo", Granted(qbo["access_token"], past, qbo["refresh_token"]))
    connect(
        books,
        vault,
        key_of("plaid", client.item_id),
        Granted(item["access_token"], None),
        "ins_109508",
    )
    _address(books, RAMP, client.endpoint_key)
    _address(books, STRIPE, client.stripe_endpoint_key)
    if books.get(Subscription, RAMP) is None:
        # Its handshake lies in the past, as that of the simulator's seed.
        books.save(Subscription(RAMP, 0, Handshake.ACTIVE, past, business["webhook"]["id"]))


def _address(books: Books, rail: str, endpoint_key: str) -> None:
    if books.get(WebhookAddress, rail) is None:
        books.save(WebhookAddress(rail, 0, endpoint_key))


def _parameters(stack: Stack, clients: Sequence[firm.DemoClient]) -> None:
    ssm = stack.client("ssm")
    values: dict[str, Json] = {
        "apps/ramp": dict(RAMP_APP),
        "apps/qbo": dict(QBO_APP),
        "apps/plaid": dict(PLAID_CLIENT),
        f"endpoints/qbo/{firm.QBO_ENDPOINT}": {"firm": firm.FIRM, "secrets": [QBO_VERIFIER]},
        f"endpoints/plaid/{firm.PLAID_ENDPOINT}": {
            "firm": firm.FIRM,
            "secrets": [],
            "environment": "production",
        },
    }
    for client in clients:
        values[f"endpoints/ramp/{client.endpoint_key}"] = {
            "firm": firm.FIRM,
            "client": client.id,
            "business_id": client.business_id,
            "secrets": [client.webhook_secret],
        }
        values[f"endpoints/stripe/{client.stripe_endpoint_key}"] = {
            "firm": firm.FIRM,
            "client": client.id,
            "secrets": [client.stripe_secret],
            "livemode": True,
        }
    for name, value in values.items():
        ssm.put_parameter(
            Name=f"{PREFIX}/{name}", Value=json.dumps(value), Type="SecureString", Overwrite=True
        )


def wait_until(check: Any, seconds: float, what: str) -> Any:
    """Poll until `check()` gives something true. Raises TimeoutError naming what was waited for."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not seen within {seconds:.0f} s (process {os.getpid()})")
        time.sleep(0.05)
