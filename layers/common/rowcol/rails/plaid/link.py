"""Plaid's Link: connecting a bank, repairing it, ending it (plaid contract, section 8)."""

from __future__ import annotations

from collections.abc import Callable

from rowcol.rails.plaid.client import LinkRequest, PlaidClient
from rowcol.rails.plaid.errors import RAIL, ProductNotReady
from rowcol.rails.plaid.translate import instant
from rowcol.rails.untrusted import Unreadable, need_id, printable
from rowcol.service.connection_ports import Item, LinkAsked, LinkGiven
from rowcol.service.ports import ConnectionBroken, RailProtocolError

GONE = frozenset({"INVALID_ACCESS_TOKEN", "ITEM_NOT_FOUND"})


class PlaidLink:
    """Port LinkRail. `client` is made at the first call: it needs the app's credentials."""

    def __init__(self, client: Callable[[], PlaidClient]) -> None:
        self._client = client

    def link_token(self, asked: LinkAsked) -> LinkGiven:
        """A token for the Link window: a new item, or the repair of one."""
        request = LinkRequest(
            asked.firm_name, asked.user_id, asked.webhook_url, asked.access, asked.select_accounts
        )
        made = self._client().link_token_create(request)
        return LinkGiven(made.link_token, instant(made.expiration))

    def exchange(self, public_token: str) -> tuple[str, str]:
        """Access token and item id."""
        made = self._client().public_token_exchange(public_token)
        try:
            return made.access_token, need_id(made.item_id, "item_id")
        except Unreadable as odd:
            raise RailProtocolError(RAIL, printable(str(odd))) from None

    def item(self, access: str) -> Item:
        """The item and what is wrong with it."""
        found = self._client().item_get(access).item
        code = printable(found.error.error_code) if found.error is not None else None
        ends_at = instant(found.consent_expiration_time)
        return Item(found.item_id, found.institution_id, found.webhook, code, ends_at)

    def begin_feed(self, access: str) -> None:
        """One page of transactions, which nobody reads: notices come from then on."""
        try:
            self._client().transactions_page(access, None)
        except ProductNotReady:
            return

    def remove(self, access: str) -> None:
        """End it."""
        try:
            self._client().item_remove(access)
        except ConnectionBroken as broken:
            if broken.code not in GONE:
                raise
