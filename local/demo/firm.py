"""The demo firm: three clients with about forty bills, the same on every rail."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from local.simulators.messages import Json
from local.simulators.sample import PLAID_CLIENT, QBO_APP, QBO_VERIFIER, RAMP_APP, sample_id

FIRM = "maple-street-cas"
FIRM_NAME = "Maple Street CAS"
OPERATING_LEDGER_ACCOUNT = "35"
FIRST_BILLS = 13
_VENDORS = (
    ("Harbor Dental Supply", "ACH"),
    ("Greenleaf Packaging", "ACH"),
    ("Northwind Utilities", "ACH"),
    ("Quill & Pane Office", "ACH"),
    ("Riverside Property Trust", "ACH"),
    ("Blue Anchor Freight", "DOMESTIC_WIRE"),
)
_CUSTOMERS = ("Blue Heron Hotels", "Fern & Field Markets")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the firm: subject of their token, and roles for every client.

    A machine of the firm has somebody who answers for it.
    """

    sub: str
    name: str
    roles: tuple[str, ...]
    responsible: str | None = None


PEOPLE = (
    Person("ann-advisor", "Ann", ("preparer", "approver")),
    Person("ben-partner", "Ben", ("releaser", "firm_admin")),
    # Limits are changed by two people.
    Person("cleo-partner", "Cleo", ("releaser", "firm_admin")),
    Person("vera-viewer", "Vera", ("viewer",)),
    Person("payables-robot", "Payables robot", ("preparer", "approver"), "ann-advisor"),
)


@dataclass(frozen=True, slots=True)
class DemoClient:
    """One client: our id, its name, its cash in dollars, the floor that its guardrail keeps.

    `profile`: what Ramp's API of its business can do; the newest when None.
    """

    id: str
    name: str
    cash: int
    floor: int
    profile: str | None = None

    @property
    def business_id(self) -> str:
        """Ramp's id."""
        return sample_id("demo", self.id, "business")

    @property
    def realm_id(self) -> str:
        """QuickBooks' id."""
        return str(9_341_454_000_000_000 + zlib.crc32(self.id.encode()))

    @property
    def item_id(self) -> str:
        """Plaid's item."""
        return f"item-{self.id}".replace("-", "")

    @property
    def bank_account_id(self) -> str:
        """Plaid's account."""
        return f"acct{self.id}".replace("-", "")

    @property
    def rail_account_id(self) -> str:
        """Ramp's paying account."""
        return sample_id("demo", self.id, "account")

    @property
    def endpoint_key(self) -> str:
        """The unguessable part of Ramp's webhook address."""
        return sample_id("demo", self.id, "endpoint").replace("-", "")

    @property
    def webhook_secret(self) -> str:
        """Ramp's webhook secret of this client."""
        return f"ramp_sec_{sample_id('demo', self.id, 'secret')}"

    @property
    def stripe_account(self) -> str:
        """Stripe's id of its account."""
        return f"acct_1{sample_id('demo', self.id, 'stripe').replace('-', '')[:15]}"

    @property
    def stripe_key(self) -> str:
        """A key of that account that may read."""
        return f"rk_live_{sample_id('demo', self.id, 'stripe-key').replace('-', '')}"

    @property
    def stripe_endpoint_key(self) -> str:
        """The unguessable part of Stripe's webhook address."""
        return sample_id("demo", self.id, "stripe-endpoint").replace("-", "")

    @property
    def stripe_secret(self) -> str:
        """Stripe's webhook secret of this client."""
        return f"whsec_{sample_id('demo', self.id, 'stripe-secret').replace('-', '')}"

    def bill_id(self, place: int) -> str:
        """Ramp's id of the bill at a place, from 1."""
        return sample_id("demo", self.id, "bill", place)


CLIENTS = (
    DemoClient("harbor-dental", "Harbor Dental Group", 84_000, 20_000),
    DemoClient("cedar-bakery", "Cedar & Rye Bakery", 31_500, 8_000),
    DemoClient("atlas-robotics", "Atlas Robotics", 212_000, 60_000),
)
BillsOf = Callable[[DemoClient, date], "list[Json]"]
QBO_ENDPOINT = sample_id("demo", "qbo", "endpoint").replace("-", "")
PLAID_ENDPOINT = sample_id("demo", "plaid", "endpoint").replace("-", "")


def seeds(
    today: date,
    api_url: str,
    clients: Sequence[DemoClient] = CLIENTS,
    bills: BillsOf | None = None,
) -> Mapping[str, Json]:
    """What each simulator is seeded with. `today` is the rails' day; webhooks go to `api_url`."""
    bills = bills or demo_bills
    ramp: Json = {
        "apps": [{**RAMP_APP, "redirect_uris": [f"{api_url}/connections/ramp/callback"]}],
        "businesses": [_business(client, bills(client, today), api_url) for client in clients],
    }
    qbo_app = {
        **QBO_APP,
        "webhook_url": f"{api_url}/webhooks/qbo/{QBO_ENDPOINT}",
        "verifier_token": QBO_VERIFIER,
        "redirect_uris": [f"{api_url}/connections/qbo/callback"],
    }
    qbo: Json = {"apps": [qbo_app], "companies": [_company(client, today) for client in clients]}
    plaid: Json = {
        "clients": [PLAID_CLIENT],
        "items": [_item(client, api_url) for client in clients],
    }
    oidc: Json = {
        "people": [{"sub": person.sub, "firm": FIRM, "name": person.name} for person in PEOPLE]
    }
    stripe: Json = {"accounts": [_stripe_account(client, api_url) for client in clients]}
    # Ramp last: the others must know the client before Ramp reports its bills to them.
    return {"oidc": oidc, "plaid": plaid, "qbo": qbo, "stripe": stripe, "ramp": ramp}


def _stripe_account(client: DemoClient, api_url: str) -> Json:
    """No charges yet: money that comes in would change what the guardrail sees in the stories."""
    url = f"{api_url}/webhooks/stripe/{client.stripe_endpoint_key}"
    customers = [
        {"id": f"cus_{sample_id('demo', client.id, name).replace('-', '')[:14]}", "name": name}
        for name in _CUSTOMERS
    ]
    return {
        "id": client.stripe_account,
        "name": client.name,
        "api_key": client.stripe_key,
        "bank_account": {"plaid_account_id": client.bank_account_id},
        "customers": customers,
        "endpoints": [{"url": url, "secret": client.stripe_secret}],
    }


def _business(client: DemoClient, bills: list[Json], api_url: str) -> Json:
    vendors = [
        {
            "id": sample_id("demo", client.id, "vendor", name),
            "name": name,
            "remote_id": str(56 + place),
            "account_id": sample_id("demo", client.id, "vendor-account", name),
            "default_method": method,
        }
        for place, (name, method) in enumerate(_VENDORS)
    ]
    account = {
        "id": client.rail_account_id,
        "last_four": f"{sum(client.id.encode()) % 10_000:04d}",
        "ledger_account_id": OPERATING_LEDGER_ACCOUNT,
        "plaid_account_id": client.bank_account_id,
    }
    return {
        "id": client.business_id,
        "name": client.name,
        "realm_id": client.realm_id,
        "profile": client.profile,
        "connect_to": RAMP_APP["client_id"],
        "bank_accounts": [account],
        "vendors": vendors,
        "bills": bills,
        "webhook": {
            "endpoint_url": f"{api_url}/webhooks/ramp/{client.endpoint_key}",
            "secret": client.webhook_secret,
        },
    }


def demo_bills(client: DemoClient, today: date) -> list[Json]:
    """The same bills for the same client and day; places 1 to 5 are the stories' own."""
    chance = random.Random(client.id)
    made: list[Json] = []
    for place in range(1, FIRST_BILLS + 1):
        name, _ = _VENDORS[(place - 1) % 5 if place <= 5 else chance.randrange(len(_VENDORS))]
        amount = (
            STORY_AMOUNTS.get(place) or f"{chance.randrange(90, 4200)}.{chance.randrange(100):02d}"
        )
        if place == REFUSED_BILL:
            amount = f"{client.cash}.00"
        bill: Json = {
            "id": client.bill_id(place),
            "vendor_id": sample_id("demo", client.id, "vendor", name),
            "amount": amount,
            "invoice_number": f"{client.id[:3].upper()}-{2000 + place}",
            "issued_on": (today - timedelta(days=chance.randrange(5, 20))).isoformat(),
            "due_on": (today + timedelta(days=7 + 2 * place)).isoformat(),
        }
        if place == 12:
            bill["approval_status"] = "PENDING"
        made.append(bill)
    return made


LIMITED_BILL = 1
VERIFIED_BILL, LOST_WEBHOOK_BILL, WRONG_LEDGER_BILL, REFUSED_BILL, STOPPED_BILL = 1, 2, 3, 4, 5
STORY_AMOUNTS = {1: "1250.00", 2: "864.20", 3: "2310.75", 5: "1975.40"}


def _company(client: DemoClient, today: date) -> Json:
    vendors = [{"id": str(56 + place), "name": name} for place, (name, _) in enumerate(_VENDORS)]
    return {
        "realm_id": client.realm_id,
        "name": client.name,
        "connect_to": QBO_APP["client_id"],
        "vendors": vendors,
        **_receivables(client, today),
    }


def _receivables(client: DemoClient, today: date) -> Json:
    """What its customers owe: one invoice overdue, one due soon, one due later for each."""
    chance = random.Random(f"{client.id}/invoices")
    customers = [{"id": str(201 + place), "name": name} for place, name in enumerate(_CUSTOMERS)]
    invoices = [
        {
            "id": str(1701 + place),
            "customer_id": customers[place % len(customers)]["id"],
            "amount": f"{chance.randrange(200, 6000)}.{chance.randrange(100):02d}",
            "doc_number": f"INV-{2041 + place}",
            "txn_date": (today + timedelta(days=due - 30)).isoformat(),
            "due_date": (today + timedelta(days=due)).isoformat(),
        }
        for place, due in enumerate((-12, 5, 21) * len(customers))
    ]
    return {"customers": customers, "invoices": invoices}


def _item(client: DemoClient, api_url: str) -> Json:
    return {
        "id": client.item_id,
        "access_token": f"access-production-{sample_id('demo', client.id, 'plaid')}",
        "webhook": f"{api_url}/webhooks/plaid/{PLAID_ENDPOINT}",
        "accounts": [
            {
                "id": client.bank_account_id,
                "mask": f"{sum(client.id.encode()) % 10_000:04d}",
                "current": f"{client.cash}.00",
            }
        ],
    }
