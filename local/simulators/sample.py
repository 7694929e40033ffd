"""Seeds of a small, consistent world: the same clients at Ramp, in the ledger and at the bank.

Used by tests and by the local demo. Every id is derived from the client's number, so two calls
give the same world and a rail's data can be found without asking.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from local.simulators.core import SimulatorCore
from local.simulators.messages import Json

RAMP_APP = {"client_id": "ramp_app_local", "client_secret": "ramp_secret_local"}
QBO_APP = {"client_id": "qbo_app_local", "client_secret": "qbo_secret_local"}
QBO_VERIFIER = "0b6f1c1e-5d5a-4b60-9c0c-5f4d7c9e2a12"
PLAID_CLIENT = {"client_id": "plaid_client_local", "secret": "plaid_secret_local"}
_NAMESPACE = uuid.UUID("6f6d9d5e-2f0b-4d5e-9a52-3d0f5d6c1b77")


def sample_id(*parts: object) -> str:
    """The UUID text of a thing, from its name."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in parts)))


@dataclass(frozen=True, slots=True)
class SampleClient:
    """Where one client is found on each rail."""

    number: int
    name: str
    business_id: str
    realm_id: str
    item_id: str
    plaid_access_token: str
    plaid_account_id: str
    ramp_account_id: str
    mask: str
    vendor_id: str
    vendor_account_id: str
    ramp_secret: str
    stripe_account: str
    stripe_key: str
    stripe_secret: str

    @classmethod
    def of(cls, number: int) -> SampleClient:
        """The client with a number, from 1."""
        return cls(
            number=number,
            name=f"Client {number:02d} LLC",
            business_id=sample_id("business", number),
            realm_id=f"93414543210{number:05d}",
            item_id=f"item{number:033d}",
            plaid_access_token=f"access-production-{sample_id('item', number)}",
            plaid_account_id=f"account{number:030d}",
            ramp_account_id=sample_id("bank-account", number),
            mask=f"{4800 + number:04d}",
            vendor_id=sample_id("vendor", number),
            vendor_account_id=sample_id("vendor-account", number),
            ramp_secret=f"ramp_sec_{sample_id('secret', number)}",
            stripe_account=f"acct_1{number:015d}",
            stripe_key=f"rk_live_{sample_id('stripe-key', number)}",
            stripe_secret=f"whsec_{sample_id('stripe-secret', number)}",
        )

    def bill_id(self, place: int) -> str:
        """The Ramp id of the client's bill at a place, from 1."""
        return sample_id("bill", self.number, place)


@dataclass(frozen=True, slots=True)
class SampleWorld:
    """Seeds by rail, and the clients in them."""

    seeds: Mapping[str, Json]
    clients: tuple[SampleClient, ...]

    def load(self, **cores: SimulatorCore) -> dict[str, Json]:
        """Seed cores in this process, by rail name; gives each rail's answer."""
        return {rail: core.seed(self.seeds[rail]) for rail, core in cores.items()}


def sample_world(
    today: date,
    *,
    clients: int = 1,
    bills: int = 3,
    cash: str = "50000.00",
    webhooks: Mapping[str, str] | None = None,
) -> SampleWorld:
    """A world of `clients` with `bills` approved, undated bills each (100.00, 200.00, ...).

    `webhooks`: address by rail; `{client}` in it becomes the number.
    """
    hooks = webhooks or {}
    people = [SampleClient.of(number) for number in range(1, clients + 1)]
    ramp: Json = {"apps": [dict(RAMP_APP)], "businesses": []}
    qbo_app = {**QBO_APP, "webhook_url": hooks.get("qbo"), "verifier_token": QBO_VERIFIER}
    qbo: Json = {"apps": [qbo_app], "companies": []}
    plaid: Json = {"clients": [dict(PLAID_CLIENT)], "items": []}
    stripe: Json = {"accounts": []}
    for client in people:
        ramp["businesses"].append(_business(client, today, bills, hooks.get("ramp")))
        company: Json = {"realm_id": client.realm_id, "name": client.name}
        company["connect_to"] = QBO_APP["client_id"]
        company["vendors"] = [{"id": "56", "name": "Greenleaf Packaging Co"}]
        qbo["companies"].append(company)
        account = {"id": client.plaid_account_id, "mask": client.mask, "current": cash}
        item: Json = {"id": client.item_id, "access_token": client.plaid_access_token}
        item["webhook"] = _address(hooks.get("plaid"), client)
        item["accounts"] = [account]
        plaid["items"].append(item)
        stripe["accounts"].append(_account(client, hooks.get("stripe")))
    oidc: Json = {"people": [{"sub": "advisor-1", "firm": "firm-1"}]}
    seeds = {"ramp": ramp, "qbo": qbo, "plaid": plaid, "oidc": oidc, "stripe": stripe}
    return SampleWorld(seeds, tuple(people))


def _business(client: SampleClient, today: date, bills: int, webhook: str | None) -> Json:
    business: Json = {
        "id": client.business_id,
        "name": client.name,
        "realm_id": client.realm_id,
        "connect_to": RAMP_APP["client_id"],
        "bank_accounts": [
            {
                "id": client.ramp_account_id,
                "last_four": client.mask,
                "ledger_account_id": "35",
                "plaid_account_id": client.plaid_account_id,
            }
        ],
        "vendors": [
            {
                "id": client.vendor_id,
                "name": "Greenleaf Packaging Co",
                "remote_id": "56",
                "account_id": client.vendor_account_id,
            }
        ],
        "bills": [
            {
                "id": client.bill_id(place),
                "vendor_id": client.vendor_id,
                "amount": f"{100 * place}.00",
                "invoice_number": f"INV-{client.number:02d}-{place:03d}",
                "issued_on": (today - timedelta(days=10)).isoformat(),
                "due_on": (today + timedelta(days=10 + place)).isoformat(),
            }
            for place in range(1, bills + 1)
        ],
    }
    if webhook is not None:
        url = _address(webhook, client)
        business["webhook"] = {"endpoint_url": url, "secret": client.ramp_secret}
    return business


def _account(client: SampleClient, webhook: str | None) -> Json:
    endpoint = {"url": _address(webhook, client), "secret": client.stripe_secret}
    return {
        "id": client.stripe_account,
        "name": client.name,
        "api_key": client.stripe_key,
        "bank_account": {"last4": client.mask, "plaid_account_id": client.plaid_account_id},
        "customers": [{"id": f"cus_{client.number:014d}", "name": "Blue Heron Hotels LLC"}],
        "endpoints": [endpoint] if webhook is not None else [],
    }


def _address(template: str | None, client: SampleClient) -> str | None:
    return None if template is None else template.replace("{client}", str(client.number))
