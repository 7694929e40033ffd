"""Bank accounts that come and go behind a login: one that was revoked is no cash any more."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.facts import BalanceSource
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment


def account_revoked(environment: Environment, scope: Scope, account_id: str) -> None:
    """Plaid says that access to one account ended: what it held counts for nothing from here on.

    The accepted balance was of all operating accounts, so none is known now.
    """

    def plan(change: Change) -> bool:
        client = change.client
        if account_id not in client.own_account_ids or account_id in client.revoked_account_ids:
            return False
        revoked = (*client.revoked_account_ids, account_id)
        change.put(replace(client, revoked_account_ids=revoked))
        if account_id in client.operating_account_ids:
            change.head = replace(change.head, balance=None)
        change.state("balance.account_revoked", account_id=account_id)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def account_is_back(environment: Environment, scope: Scope) -> None:
    """The login was repaired: what the bank shows is believed again, and asked for again."""

    def plan(change: Change) -> bool:
        for account_id in change.client.revoked_account_ids:
            change.state("balance.account_back", account_id=account_id)
        if change.client.revoked_account_ids:
            change.put(replace(change.client, revoked_account_ids=()))
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def is_typed_in(environment: Environment, scope: Scope) -> bool:
    """Whether guards count on a balance that a person typed in."""
    balance = environment.store.books(scope).head("").balance
    return balance is not None and balance.source is BalanceSource.MANUAL
