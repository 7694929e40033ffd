"""Builds what connects clients to their rails; only connections_admin needs it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import httpx

from rowcol import wiring
from rowcol.domain.connection import PLAID, QBO, RAMP, STRIPE
from rowcol.rails.budget import Budget
from rowcol.rails.http import Patience, RailHttp, Site, make_client
from rowcol.rails.oauth import App
from rowcol.rails.plaid import client as plaid_client
from rowcol.rails.plaid.link import PlaidLink
from rowcol.rails.qbo import client as qbo_client
from rowcol.rails.qbo import oauth as qbo_oauth
from rowcol.rails.qbo.consent import QboConsent
from rowcol.rails.ramp import client as ramp_client
from rowcol.rails.ramp import trial as ramp_trial
from rowcol.rails.ramp.consent import RampConsent
from rowcol.rails.stripe import trial as stripe_trial
from rowcol.service.connection_ports import (
    Connecting,
    ConsentRail,
    Consents,
    Endpoints,
    Random,
    Tokens,
)
from rowcol.service.connections import Vault
from rowcol.service.environment import Environment
from rowcol.service.ports import Surroundings
from rowcol.storage.consents import DynamoConsents
from rowcol.storage.parameters import Parameters
from rowcol.storage.secrets import RememberedApps
from rowcol.wiring_budgets import BudgetsOfRails
from rowcol.wiring_rails import Apps, RailsOfClients

# A person waits, and API Gateway ends a call at 29 s: two calls of a rail fit, each with a wait for
# its slot (service/connection_time.py).
PATIENCE = Patience(
    connect_seconds=2.0, read_seconds=8.0, read_attempts_max=1, wait_here_seconds_max=2.0
)


class SystemRandom:
    """The operating system's randomness."""

    def token(self) -> str:
        """256 bits."""
        return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is not a rail. `transport` stands in for the network in tests."""

    consents: Consents
    endpoints: Endpoints
    vault: Vault
    tokens: Tokens
    random: Random
    transport: httpx.BaseTransport | None = None


def connecting_over(
    parts: Parts,
    apps: Apps,
    urls: Mapping[str, str],
    surroundings: Surroundings,
    budgets: BudgetsOfRails,
) -> Connecting:
    """The use cases' ports over the rails at `urls`, rationed like every call of theirs."""
    client, ledger = make_client(parts.transport), qbo_client.ledger_client(parts.transport)

    def at(site: Site, budget: Budget | None = None, sender: httpx.Client = client) -> RailHttp:
        return RailHttp(replace(site, patience=PATIENCE), sender, surroundings, budget)

    def app_of(rail: str) -> Callable[[], App]:
        def read() -> App:
            found = apps.app(rail)
            return App(found["client_id"], found["client_secret"])

        return read

    def plaid() -> plaid_client.PlaidClient:
        found = apps.app(PLAID)
        keys = plaid_client.PlaidApp(found["client_id"], found["secret"])
        return plaid_client.PlaidClient(
            at(plaid_client.site(urls["PLAID_BASE_URL"]), budgets.plaid), keys
        )

    token_url = urls["QBO_TOKEN_URL"]
    consent_rails: dict[str, ConsentRail] = {
        RAMP: RampConsent(at(ramp_client.site(urls["RAMP_BASE_URL"]), budgets.ramp), app_of(RAMP)),
        QBO: QboConsent(
            token_url,
            at(qbo_oauth.token_site(token_url)[0]),
            at(qbo_oauth.revoke_site(token_url)),
            at(qbo_client.site(urls["QBO_BASE_URL"]), budgets.qbo_companies, ledger),
            app_of(QBO),
        ),
    }
    return Connecting(
        parts.consents,
        consent_rails,
        PlaidLink(plaid),
        parts.endpoints,
        parts.vault,
        parts.tokens,
        {RAMP: ramp_trial.round_trip, STRIPE: stripe_trial.round_trip},
        urls.get("PUBLIC_URL", "").rstrip("/"),
        parts.random,
    )


@cache
def environment() -> Environment:
    """What the use cases are handed, with what connects clients. KeyError names what is missing.

    Rails are waited for no longer here than an answer may take.
    """
    surroundings, vault = wiring.surroundings(), wiring.vault()
    parameters = Parameters(
        os.environ["PARAMETER_PREFIX"], lambda: wiring.client("ssm"), os.environ["TOKEN_KEY_ID"]
    )
    apps = RememberedApps(parameters, surroundings.clock.now)
    limits = wiring.budgets()
    given = wiring.store(), vault, apps, surroundings, os.environ
    rails = RailsOfClients(*given).within(limits).hurried(PATIENCE)
    parts = Parts(
        DynamoConsents(os.environ["IDEMPOTENCY_TABLE"], lambda: wiring.client("dynamodb")),
        parameters,
        vault,
        rails.tokens_on_trial,
        SystemRandom(),
    )
    connecting = connecting_over(parts, apps, os.environ, surroundings, limits)
    return replace(
        wiring.environment(), rails=rails, subscribing=rails.subscriptions, connecting=connecting
    )
