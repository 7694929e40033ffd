"""Register a firm, its people and its clients. What exists with the same content is left alone."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.calendar import BANK_ZONE
from rowcol.domain.client import Client
from rowcol.domain.directory import Tenant, tenant_key
from rowcol.domain.scope import FIRM_WIDE, Member, Scope
from rowcol.service.store import Store


def register_firm(
    store: Store, firm: str, name: str, currency: str = "USD", zone: str = BANK_ZONE
) -> None:
    """The firm's own books hold its people, its directory, its limits, its own tray items.

    Days of the firm's and its people's limits are those of `zone`.
    """
    _keep(store, Scope(firm), Client(FIRM_WIDE, 0, name, currency, zone))


def register_member(store: Store, firm: str, member: Member) -> None:
    """Add or change a person's rights; writes begun under the old version fail."""
    _keep(store, Scope(firm), member)


def register_client(store: Store, firm: str, client: Client) -> None:
    """Add or change a client and the directory entries of its rail tenants."""
    _keep(store, Scope(firm, client.id), client)
    tenants = [("ramp", client.rail_business_id), ("qbo", client.ledger_realm_id)]
    tenants += [("plaid", item_id) for item_id in client.bank_item_ids]
    for rail, tenant_id in tenants:
        if tenant_id is not None:
            _keep(store, Scope(firm), Tenant(tenant_key(rail, tenant_id), 0, client.id))


class RegistrationRaced(Exception):
    """Somebody else changed the same record meanwhile; nothing was written."""


def _keep(store: Store, scope: Scope, wanted: Client | Member | Tenant) -> None:
    books = store.books(scope)
    known = books.get(type(wanted), wanted.id)
    if known is not None and replace(wanted, version=known.version) == known:
        return
    if not books.save(replace(wanted, version=known.version if known else 0)):
        raise RegistrationRaced(f"{wanted.kind}/{wanted.id}")
