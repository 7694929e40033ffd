"""The rails' clients in front of a script."""

from __future__ import annotations

import httpx

from rowcol.rails.plaid.bank import ItemAccess, PlaidBank
from rowcol.rails.plaid.client import PlaidApp, PlaidClient
from rowcol.rails.plaid.client import site as plaid_site
from rowcol.rails.qbo.client import QboLedger, ledger_client
from rowcol.rails.qbo.client import site as qbo_site
from rowcol.rails.ramp.client import RampBills
from rowcol.rails.ramp.client import site as ramp_site
from tests.support.rails.plaid import ITEM
from tests.support.rails.qbo import REALM
from tests.support.rails.scripted import Script, Tokens, answer

RAMP_BASE = "https://demo-api.ramp.com"
PLAID_BASE = "https://sandbox.plaid.com"
QBO_BASE = "https://sandbox-quickbooks.api.intuit.com"
PLAID_APP = PlaidApp("the-client", "the-secret")
PLAID_TOKEN = "access-sandbox-1"


def ramp(script: Script) -> RampBills:
    return RampBills(script.http(ramp_site(RAMP_BASE)), Tokens())


def plaid(script: Script) -> PlaidClient:
    return PlaidClient(script.http(plaid_site(PLAID_BASE)), PLAID_APP)


def bank(script: Script, *items: ItemAccess) -> PlaidBank:
    chosen = items or (ItemAccess(ITEM, PLAID_TOKEN),)
    return PlaidBank(plaid(script), chosen, script.surroundings())


def ledger(script: Script) -> QboLedger:
    http = script.http(qbo_site(QBO_BASE), ledger_client(script.transport()))
    return QboLedger(http, Tokens(), REALM)


def one(name: str, value: object) -> httpx.Response:
    """QBO's answer around one object."""
    return answer(200, {name: value, "time": "t"})
