"""An item of the tray as it is answered: its words, its age, what this caller may do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from rowcol.domain.permission import Permission
from rowcol.domain.plain import from_plain
from rowcol.domain.tray import QuestionState, TrayItem, TrayState
from rowcol.domain.tray_acts import ALLOWED, TrayVerb
from rowcol.domain.tray_kind import Accept, Family, TrayKind
from rowcol.domain.tray_kinds import kind_of
from rowcol.domain.vendor import vendor_id
from rowcol.edge.caller import ADMINISTER, CONFIGURE, DECIDE, OVERRIDE, STAGE, VIEW, Caller
from rowcol.service.tray_rights import needed_for

_CLIENT = "/clients/{client}"
_PAYMENT, _BILL = f"{_CLIENT}/payments/{{payment}}", f"{_CLIENT}/bills/{{bill}}"
_MANUAL = f"{_CLIENT}/balances/manual"
POST = Permission.POST
# Operations by which RowCol itself can settle an item: method, path, needed right. A test compares.
ROUTES: Mapping[str, tuple[str, str, Permission]] = {
    "liftPayment": ("POST", f"{_PAYMENT}/lift", DECIDE),
    "reschedulePayment": ("POST", f"{_PAYMENT}/reschedule", DECIDE),
    "cancelPayment": ("POST", f"{_PAYMENT}/cancel", DECIDE),
    "reversePayment": ("POST", f"{_PAYMENT}/reverse", ADMINISTER),
    "reissuePayment": ("POST", f"{_PAYMENT}/reissue", ADMINISTER),
    "resetPayment": ("POST", f"{_PAYMENT}/reset-to-draft", POST),
    "decide": ("POST", f"{_CLIENT}/decisions", DECIDE),
    "readBillOrder": ("GET", f"{_BILL}/order", VIEW),
    "approveArchive": ("POST", f"{_BILL}/archive/{{order}}/approve", ADMINISTER),
    "withdrawArchive": ("DELETE", f"{_BILL}/archive/{{order}}", ADMINISTER),
    "refreshBalance": ("POST", f"{_CLIENT}/balances/refresh", STAGE),
    "callVendorBack": ("POST", f"{_CLIENT}/vendors/{{vendor}}/call-backs", DECIDE),
    "listConnections": ("GET", f"{_CLIENT}/connections", VIEW),
    "subscribeRampWebhook": ("POST", f"{_CLIENT}/connections/ramp/webhook", CONFIGURE),
    "approveManualBalance": ("POST", f"{_MANUAL}/{{manual}}/approve", OVERRIDE),
    "rejectManualBalance": ("POST", f"{_MANUAL}/{{manual}}/reject", DECIDE),
    "confirmMatch": ("POST", f"{_CLIENT}/matches", POST),
    "rejectMatch": ("POST", f"{_CLIENT}/matches/{{match}}/reject", POST),
    "undoMatch": ("POST", f"{_CLIENT}/matches/{{match}}/undo", POST),
    "replayEvents": ("POST", f"{_CLIENT}/replay", ADMINISTER),
}


@dataclass(frozen=True, slots=True)
class TrayFix:
    """A call of this API by which RowCol itself can settle it. `path` may leave {names} to fill."""

    name: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class TrayItemShown:
    """One item. `words` and `remedy`: of its kind. `mark`: to be sent by who accepts it.

    `verbs`: what this caller may do with it now, as far as rights and state tell; a severe item is
    besides never accepted by who had a hand in it. `accept`: who may. `age_days`: since it opened.
    """

    client: str
    item: TrayItem
    sequence: int | None
    family: Family
    words: str
    remedy: str
    accept: Accept
    age_days: int
    is_overdue: bool
    is_snoozed: bool
    mark: str
    verbs: tuple[TrayVerb, ...]
    fixes: tuple[TrayFix, ...]


def item_of(shown: Mapping[str, Any]) -> TrayItem:
    """The item of a view's row: without version and history. Raises PlainError."""
    return from_plain(TrayItem, {"version": 0, **shown})


def shown(
    client: str, item: TrayItem, sequence: int | None, caller: Caller, at: tuple[datetime, date]
) -> TrayItemShown:
    """An item for a caller. `at`: now, and the day of today where the client is."""
    (now, today), row = at, kind_of(item.item)
    snoozed = item.state is TrayState.OPEN and item.snoozed_until is not None
    return TrayItemShown(
        client,
        replace(item, acts=()),
        sequence,
        row.family,
        row.words,
        row.remedy,
        row.accept,
        max(0, (now - item.opened_at) // timedelta(days=1)),
        item.is_live and item.due_on is not None and item.due_on < today,
        snoozed and item.snoozed_until is not None and now < item.snoozed_until,
        item.mark,
        verbs_of(client, item, row, caller),
        _fixes(client, item, row, caller),
    )


def verbs_of(client: str, item: TrayItem, row: TrayKind, caller: Caller) -> tuple[TrayVerb, ...]:
    """What rights and state let this caller do; undo is told where the history is."""
    permitted = caller.rights.permissions(client)
    asked = item.question is not None and item.question.state is QuestionState.ASKED
    found = []
    for verb in TrayVerb:
        if verb is TrayVerb.UNDO or item.state not in ALLOWED[verb]:
            continue
        if verb in (TrayVerb.ANSWER, TrayVerb.WITHDRAW) and not asked:
            continue
        if verb is TrayVerb.ASK and asked:
            continue
        if verb is TrayVerb.WAKE and item.snoozed_until is None:
            continue
        if verb is TrayVerb.ACCEPT and row.accept is Accept.NOBODY:
            continue
        if verb is TrayVerb.EXCLUDE and not row.may_be_excluded:
            continue
        if needed_for(verb, row) in permitted:
            found.append(verb)
    return tuple(found)


def _fixes(client: str, item: TrayItem, row: TrayKind, caller: Caller) -> tuple[TrayFix, ...]:
    if not item.is_live:
        return ()
    ids, permitted = _ids(client, item), caller.rights.permissions(client)
    found = []
    for name in row.offers:
        # A name that a test would have found is no reason to show no tray at all.
        method, path, needed = ROUTES.get(name, ("", "", None))
        if needed is None or needed not in permitted:
            continue
        for key, value in ids.items():
            path = path.replace(f"{{{key}}}", value)
        found.append(TrayFix(name, method, path))
    return tuple(found)


def _ids(client: str, item: TrayItem) -> dict[str, str]:
    """Names of things by the parameters of paths, as far as the item tells them."""
    ids = {"client": client}
    for word in ("payment", "bill"):
        if item.subject.startswith(f"{word}-"):
            ids[word] = item.subject.removeprefix(f"{word}-")
    if item.item == "manual_balance_waits":
        ids["manual"] = item.found
    if item.item == "account_denied":
        ids["vendor"] = item.subject
    elif item.party_id:
        ids["vendor"] = vendor_id(item.party_id)
    return ids
