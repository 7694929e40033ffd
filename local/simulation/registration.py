"""Registers the simulated firm: people, clients, connections, endpoints, app credentials."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from local.simulation.rails import (
    PLAID_ENDPOINT,
    QBO_ENDPOINT,
    RAMP_ENDPOINT,
    STRIPE_ENDPOINT,
    SimulatedRails,
)
from local.simulation.secrets import MemoryParameterStore
from local.simulators.sample import (
    PLAID_CLIENT,
    QBO_APP,
    QBO_VERIFIER,
    RAMP_APP,
    SampleClient,
)
from rowcol.domain.client import Client, GuardrailSettings, PayingAccount
from rowcol.domain.fraud import FraudSettings
from rowcol.domain.fraud_rules import FRAUD_RULES, FraudRules
from rowcol.domain.limits import Level, LimitSet
from rowcol.domain.money import Money
from rowcol.domain.plain import instant
from rowcol.domain.scope import Member, Role, Scope, key_of
from rowcol.service.connections import Granted, Vault, connect
from rowcol.service.limit_changes import Target
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.store import Store

FIRM = "firm-1"
PEOPLE = ("ann", "ben")
# Cas decides nothing, and can so call back what the others decided.
CALLERS = (*PEOPLE, "cas", "cas")
FLOOR = Money(200_00, "USD")
# From here on two people stand behind a payment of the first client.
TWO_PEOPLE_FROM = Money(150_00, "USD")
# Whose payments wait for a call-back from which amount on; of the others the usual one holds.
HELD_FROM = {"client-2": Money(60_00, "USD")}
NEW_FOR = timedelta(days=30)
_PAST = instant("2020-01-01T00:00:00Z")


def client_id(sample: SampleClient) -> str:
    """Our id of a client."""
    return f"client-{sample.number}"


def register(
    store: Store, vault: Vault, values: MemoryParameterStore, rails: SimulatedRails
) -> dict[str, SampleClient]:
    """Write what the functions need to know; gives the clients by our id."""
    # The firm's days are not its clients'.
    register_firm(store, FIRM, "Simulated Firm", zone="Pacific/Honolulu")
    for person in PEOPLE:
        roles = (Role.APPROVER, Role.RELEASER, Role.FIRM_ADMIN)
        register_member(store, FIRM, Member(person, 0, {"*": roles}))
        _agree(store, Target(Level.USER, person), LimitSet(verification_from=Money(30_000, "USD")))
    register_member(store, FIRM, Member("cas", 0, {"*": (Role.APPROVER,)}))
    _agree(store, Target(Level.FIRM, FIRM), LimitSet(per_day=Money(120_000, "USD")))
    for rail, app in (("ramp", RAMP_APP), ("qbo", QBO_APP), ("plaid", PLAID_CLIENT)):
        values.put(f"apps/{rail}", app)
    values.put(f"endpoints/qbo/{QBO_ENDPOINT}", {"firm": FIRM, "secrets": [QBO_VERIFIER]})
    plaid = {"firm": FIRM, "secrets": [], "environment": "production"}
    values.put(f"endpoints/plaid/{PLAID_ENDPOINT}", plaid)
    clients: dict[str, SampleClient] = {}
    for sample in rails.sample.clients:
        clients[client_id(sample)] = sample
        register_client(store, FIRM, _client(sample))
        limits = LimitSet(Money(80_000, "USD"), Money(90_000, "USD"))
        _agree(store, Target(Level.CLIENT, client_id(sample)), limits)
        _look_for_fraud(store, client_id(sample))
        endpoint = {
            "firm": FIRM,
            "client": client_id(sample),
            "business_id": sample.business_id,
            "secrets": [sample.ramp_secret],
        }
        values.put(f"endpoints/ramp/{RAMP_ENDPOINT.format(client=sample.number)}", endpoint)
        stripe = {"firm": FIRM, "client": client_id(sample), "livemode": True}
        place = f"endpoints/stripe/{STRIPE_ENDPOINT.format(client=sample.number)}"
        values.put(place, {**stripe, "secrets": [sample.stripe_secret]})
        for rail in ("ramp", "qbo", "plaid"):
            reconnect(store, vault, rails, sample, rail)
    return clients


def _agree(store: Store, target: Target, limits: LimitSet) -> None:
    """Limits from the first day on."""
    known = target.found(None)
    store.books(target.scope(FIRM)).save(replace(known, limits=limits))


def _look_for_fraud(store: Store, client: str) -> None:
    if client in HELD_FROM:
        usual = FraudSettings.usual("USD")
        settings = replace(usual, hold_from=HELD_FROM[client], new_payee_days=NEW_FOR.days)
        rules = FraudRules(FRAUD_RULES, 0, settings, "ann", _PAST)
        store.books(Scope(FIRM, client)).save(rules)


def _client(sample: SampleClient) -> Client:
    return Client(
        client_id(sample),
        0,
        sample.name,
        "USD",
        operating_account_ids=(sample.plaid_account_id,),
        paying_accounts=(PayingAccount(sample.ramp_account_id, sample.plaid_account_id),),
        rail_business_id=sample.business_id,
        bank_item_ids=(sample.item_id,),
        ledger_realm_id=sample.realm_id,
        ledger_bank_account_id="35",
        guardrail=GuardrailSettings(floor=FLOOR),
        dual_control_from=TWO_PEOPLE_FROM if sample.number == 1 else None,
    )


def reconnect(
    store: Store, vault: Vault, rails: SimulatedRails, sample: SampleClient, rail: str
) -> None:
    """A person connects (again): fresh tokens from the rail, sealed into the books."""
    books = store.books(Scope(FIRM, client_id(sample)))
    if rail == "plaid":
        granted = Granted(sample.plaid_access_token, None)
        connect(books, vault, key_of("plaid", sample.item_id), granted, "ins_109508")
        return
    if rail == "ramp":
        scopes = ["bills:read", "bills:write", "vendors:read", "entities:read"]
        tokens = rails.ramp.oauth.connect(RAMP_APP["client_id"], sample.business_id, scopes)
        rails.ramp.document.commit()
    else:
        tokens = rails.qbo.oauth.connect(QBO_APP["client_id"], sample.realm_id)
        rails.qbo.document.commit()
    connect(books, vault, rail, Granted(tokens["access_token"], _PAST, tokens["refresh_token"]))
