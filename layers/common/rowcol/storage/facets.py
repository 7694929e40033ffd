"""Facets of a view's row as attributes of its item, and the texts by which indexes sort it.

A row with facets is in three local secondary indexes, one per order, which show facets and keys and
never the row itself. A row without has none of these attributes and is in none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rowcol.domain.plain import from_plain, to_plain
from rowcol.service.view_ports import Facets, ViewOrder, facet_key
from rowcol.storage.codec import Item, attribute, plain
from rowcol.storage.keys import sort_key

NAMES = tuple(field.name for field in fields(Facets))


def index_name(order: ViewOrder) -> str:
    """Name of an order's index, and of the attribute that it sorts by."""
    return f"by_{order.value}"


def facet_attributes(key: str, facets: Facets | None) -> Item:
    """What the item of a row has beside its key, sequence and content."""
    if facets is None:
        return {}
    shown = {name: attribute(value) for name, value in to_plain(facets).items()}
    sorting: Item = {
        index_name(order): {"S": sort_key(facet_key(order, facets, key))} for order in ViewOrder
    }
    return shown | sorting


def facets_of(item: Mapping[str, Any]) -> Facets | None:
    """The facets of a row's item, None when it has none. Raises PlainError when they do not fit."""
    return stored_facets(item) if "status" in item else None


def stored_facets(item: Mapping[str, Any]) -> Facets:
    """The facets of an item that has them, as each item of an order's index does."""
    return from_plain(Facets, {name: plain(item[name]) for name in NAMES if name in item})
