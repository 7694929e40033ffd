"""Which client of a firm a rail's own id belongs to: Ramp's business, Plaid's item, QBO's realm."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.scope import key_of


@dataclass(frozen=True, slots=True)
class Tenant(Unlisted, NeverDue):
    """`id` is `<rail>-<tenant id>`; in the firm's books, written when a client is connected."""

    id: str
    version: int
    client_id: str

    kind = "tenant"


def tenant_key(rail: str, tenant_id: str) -> str:
    """The id under which a rail's tenant is looked up."""
    return key_of(rail, tenant_id)
