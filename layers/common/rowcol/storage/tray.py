"""Tray items as attributes of a view's item, and the sparse index that lists them by firm.

One text holds the facts as a JSON list without names: a megabyte of the index is a query. Live and
closed items have partitions of their own, so that history costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rowcol.domain.plain import PlainError, canonical, instant, to_plain
from rowcol.domain.scope import Scope
from rowcol.domain.tray import Severity, TrayState
from rowcol.domain.tray_facts import TrayFacts, tray_key
from rowcol.service.view_ports import TrayRow, ViewRow
from rowcol.storage.codec import Item
from rowcol.storage.keys import sort_key
from rowcol.storage.queue import day_of

TRAY_INDEX = "tray"
LIST, ORDER, FACTS = "tray_list", "tray_order", "tray"
_NAMES = ("state", "severity", "item", "since", "owner", "due_on", "snoozed_until", "question")


def tray_partition(firm: str, *, live: bool) -> str:
    """The partition of a firm's live, or closed, items. Raises ScopeError for no firm's id."""
    name = Scope(firm).firm
    return name if live else f"{name}/closed"


def tray_sort_key(client: str, key: str, facts: TrayFacts) -> str:
    """The sort key of an item in it. Raises ScopeError for one that is too long."""
    return sort_key(tray_key(client, key, facts))


def tray_attributes(row: ViewRow) -> Item:
    """What the item of a row has when it is of the tray."""
    if row.tray is None:
        return {}
    return {
        LIST: {"S": tray_partition(row.scope.firm, live=row.tray.is_live)},
        ORDER: {"S": tray_sort_key(row.scope.client, row.key, row.tray)},
        FACTS: {"S": facts_text(row.tray)},
    }


def tray_of(item: Mapping[str, Any]) -> TrayFacts | None:
    """The facts of a row's item, None when it is not of the tray. Raises PlainError."""
    return facts_of(item[FACTS]["S"]) if FACTS in item else None


def tray_row(item: Mapping[str, Any]) -> TrayRow:
    """An item of the index. Raises PlainError."""
    firm, client, _ = item["pk"]["S"].split("/")
    return TrayRow(Scope(firm, client), item["sk"]["S"], facts_of(item[FACTS]["S"]))


def facts_text(facts: TrayFacts) -> str:
    """The facts as a canonical JSON list; absent ones at its end are left out."""
    values = [to_plain(getattr(facts, name)) for name in _NAMES]
    while values[-1] is None:
        values.pop()
    return canonical(values)


def facts_of(text: str) -> TrayFacts:
    """The facts that `facts_text` wrote. Raises PlainError."""
    try:
        told = json.loads(text)
        told += [None] * (len(_NAMES) - len(told))
        state, severity, item, since, owner, due_on, until, question = told[: len(_NAMES)]
        return TrayFacts(
            TrayState(state),
            Severity(severity),
            str(item),
            instant(since),
            owner,
            day_of(due_on),
            instant(until) if until is not None else None,
            question,
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise PlainError(f"no tray item: {error}") from error
