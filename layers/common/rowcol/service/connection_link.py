"""Connect a bank through Plaid's Link, and repair it there (plaid contract, section 8)."""

from __future__ import annotations

import logging

from rowcol.domain.client import Client
from rowcol.domain.connection import PLAID, Connection
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Actor, Scope, key_of
from rowcol.service.connection_consent import log_asked, not_configured
from rowcol.service.connection_keeping import Made, connecting_of, keep, refusal_of
from rowcol.service.connection_ports import Account, LinkAsked, LinkGiven, LinkRail
from rowcol.service.connection_secrets import address_of
from rowcol.service.connection_time import has_time
from rowcol.service.connections import Granted, context_of
from rowcol.service.environment import Environment
from rowcol.service.ports import RailError
from rowcol.service.rights import Rights

logger = logging.getLogger(__name__)
NO_SUCH = Refusal(Code.NOT_FOUND, "no such connection")


def link_token(
    environment: Environment,
    scope: Scope,
    asker: Actor,
    rights: Rights,
    connection_id: str | None,
    *,
    select_accounts: bool = False,
) -> LinkGiven | Refusal:
    """What opens Link: for a new bank, or in update mode for one that is known.

    After a repair nothing is exchanged: the token stays, and a test says that it works. Refused:
    `not_configured`, `not_connected`, `rail_refused`, `rail_unavailable`.
    """
    connecting = connecting_of(environment)
    refused = not_configured(environment)
    if refused is not None:
        return refused
    books = environment.store.books(scope)
    access = None
    if connection_id is not None:
        known = books.get(Connection, connection_id)
        if known is None or known.rail != PLAID or not known.access:
            return no_connection(connection_id)
        access = connecting.vault.open(known.access, context_of(scope, connection_id))
    logged = log_asked(environment, scope, PLAID, asker, rights)
    if logged is not None:
        return logged
    firm = environment.store.books(Scope(scope.firm)).get(Client, FIRM_WIDE)
    address = address_of(environment, Scope(scope.firm), PLAID)
    asked = LinkAsked(
        firm.name if firm is not None else scope.firm,
        f"{scope.firm}-{scope.client}"[:128],
        connecting.webhook_url(PLAID, address.endpoint_key),
        access,
        select_accounts,
    )
    try:
        return connecting.link.link_token(asked)
    except RailError as error:
        return refusal_of(error, "ask for a link token without a connection, and link anew")


def exchange(
    environment: Environment, scope: Scope, asker: Actor, rights: Rights, public_token: str
) -> Connection | Refusal:
    """Keep the item that Link has given. What cannot be kept is removed at Plaid at once.

    Asks for its transactions once, so that notices of them come, where Plaid leaves time for that.
    Refused: `rail_refused`, `rail_unavailable`, `tenant_taken`, `not_found`.
    """
    began_at = environment.now()
    link = connecting_of(environment).link
    try:
        access, item_id = link.exchange(public_token)
    except RailError as error:
        return refusal_of(error, "go through Link again: what it gives works once, for 30 minutes")
    try:
        item = link.item(access)
        granted = Granted(access, None, ends_at=item.ends_at, scopes=("transactions",))
        account = Account(item_id, item.institution_id)
        name = key_of(PLAID, item_id)
        made = Made(name, PLAID, account, granted, asker.id, item.institution_id)
        kept = keep(environment, scope, asker, made, rights.checks(scope.client))
    except RailError as error:
        _removed(link, access)
        return refusal_of(error, "go through Link again")
    if isinstance(kept, Refusal):
        _removed(link, access)
        return kept
    if not has_time(environment, began_at):
        # What is kept is answered; reconciliation's next reading of the bank begins the feed.
        logger.warning("feed not begun", extra={"connection": name, "detail": "no time left"})
        return kept
    try:
        link.begin_feed(access)
    except RailError as error:
        # Reconciliation reads the feed anyway; until then no notice of it comes.
        logger.warning("feed not begun", extra={"connection": name, "detail": error.detail})
    return kept


def no_connection(connection_id: str) -> Refusal:
    """There is nothing to use, repair or test."""
    return Refusal(
        Code.NOT_CONNECTED,
        "there is no such connection, or it was disconnected",
        {"connection": connection_id},
        remedy="connect it",
    )


def _removed(link: LinkRail, access: str) -> None:
    try:
        link.remove(access)
    except RailError as error:
        logger.warning("item not removed", extra={"detail": error.detail})
