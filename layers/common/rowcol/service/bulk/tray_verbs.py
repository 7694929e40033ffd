"""Verbs of the tray for up to 1,000 items: each item as its single command would have it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.plain import canonical, from_plain, to_plain
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_acts import TrayVerb
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.tray_acts import NO_ITEM, Wanted, act_on_item

# Rules are made one by one, answers are given one by one, and undo is looked at one by one.
MANY = (
    TrayVerb.FIX,
    TrayVerb.ACCEPT,
    TrayVerb.ASSIGN,
    TrayVerb.ASK,
    TrayVerb.SNOOZE,
    TrayVerb.WAKE,
)
_OF = (("payment-", Payment), ("bill-", Bill))


def item_text(wanted: Wanted) -> str:
    """One item as a batch keeps what is asked of it."""
    return canonical({name: value for name, value in to_plain(wanted).items() if value})


def _named(text: str) -> str:
    told: Any = json.loads(text)
    return str(told.get("item_id", ""))


def _plan(environment: Environment, change: Change, text: str) -> TrayItem | Refusal:
    return act_on_item(environment, change, from_plain(Wanted, json.loads(text)))


def _reads(change: Change, items: Sequence[str]) -> None:
    """Items, and what they are about: for who had a hand in it."""
    names = [name for name in map(_named, items) if valid_id(name)]
    change.load(TrayItem, names)
    found = [item for name in names if (item := change.get(TrayItem, name)) is not None]
    for prefix, kind in _OF:
        about = [item.subject.removeprefix(prefix) for item in found if prefix in item.subject]
        change.load(kind, [name for name in about if valid_id(name)])


TRAY_VERBS = {
    verb: Verb(f"tray-{verb.value}", Permission.STAGE, _plan, _reads, named=_named, unknown=NO_ITEM)
    for verb in MANY
}
