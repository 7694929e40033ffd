"""Log entries as items. `data` is the canonical text that the hash covers: stored as sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rowcol.domain.log import Entry
from rowcol.domain.plain import canonical, from_plain, instant, instant_text, to_plain
from rowcol.domain.scope import Actor, Scope
from rowcol.storage import keys
from rowcol.storage.codec import Item, attribute, plain


def entry_item(scope: Scope, entry: Entry) -> Item:
    """The item of an entry; entries of a payment are also in the `by_payment` index."""
    item: Item = {
        "pk": {"S": keys.log_partition(scope)},
        "sk": {"S": keys.log_sort_key(entry.sequence)},
        "firm": {"S": entry.firm},
        "client": {"S": entry.client},
        "sequence": {"N": str(entry.sequence)},
        "at": {"S": instant_text(entry.at)},
        "actor": attribute(to_plain(entry.actor)),
        "type": {"S": entry.type},
        "version": {"N": str(entry.version)},
        "data": {"S": canonical(entry.data)},
        "previous": {"S": entry.previous},
        "hash": {"S": entry.hash},
    }
    if entry.bill_id is not None:
        item["bill_id"] = {"S": entry.bill_id}
    if entry.payment_id is not None:
        item["payment_id"] = {"S": entry.payment_id}
        item["payment_key"] = {"S": keys.payment_partition(scope, entry.payment_id)}
    return item


def entry_of(item: Mapping[str, Any]) -> Entry:
    """The entry an item (or a stream image) holds."""
    return Entry(
        firm=item["firm"]["S"],
        client=item["client"]["S"],
        sequence=int(item["sequence"]["N"]),
        at=instant(item["at"]["S"]),
        actor=from_plain(Actor, plain(item["actor"])),
        type=item["type"]["S"],
        version=int(item["version"]["N"]),
        payment_id=item["payment_id"]["S"] if "payment_id" in item else None,
        bill_id=item["bill_id"]["S"] if "bill_id" in item else None,
        data=json.loads(item["data"]["S"]),
        previous=item["previous"]["S"],
        hash=item["hash"]["S"],
    )


def place_of(image: Mapping[str, Any]) -> tuple[Scope, int]:
    """Whose log an item belongs to and where, from its keys alone. KeyError, ValueError."""
    firm, _, client = image["pk"]["S"].partition("/")
    return Scope(firm, client), int(image["sk"]["S"])
