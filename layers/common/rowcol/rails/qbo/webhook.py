"""QuickBooks Online webhooks: who sent it and what it says (qbo contract, section 6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from rowcol.rails import signatures
from rowcol.rails.untrusted import (
    Json,
    Unreadable,
    need_id,
    need_instant,
    need_object,
    parse_json,
    printable,
    unknown_type,
)
from rowcol.service.intake_ports import (
    Delivery,
    Endpoint,
    Notice,
    Quarantine,
    Reading,
    Rejected,
    Verified,
    WebhookRail,
)

HEADER = "intuit-signature"
PIECES_MAX = 2000
_ENTITY_ID = re.compile(r"[A-Za-z0-9:_-]{1,64}\Z")
_REALM = re.compile(r"[0-9]{1,20}\Z")
_EVENT_ID = re.compile(r"[A-Za-z0-9:._-]{1,128}\Z")
_TYPE = re.compile(r"qbo\.([a-z]{1,40})\.([a-z]{1,20})\.v1\Z")
_NAME = re.compile(r"[A-Za-z]{1,40}\Z")

ACTED_ON = frozenset({
    "bill", "billpayment", "vendor", "vendorcredit", "account", "invoice", "payment", "purchase",
    "journalentry", "deposit", "transfer", "preferences",
})  # fmt: skip
# The wire says `void`; other code expects `voided`: both are read, one is kept.
_OPERATIONS = {
    "create": "created", "created": "created", "update": "updated", "updated": "updated",
    "delete": "deleted", "deleted": "deleted", "merge": "merged", "merged": "merged",
    "void": "voided", "voided": "voided", "emailed": "emailed",
}  # fmt: skip


def verify(delivery: Delivery, endpoint: Endpoint, now: datetime) -> Verified | Rejected:
    """base64 HMAC over the raw body.

    Intuit signs no time: replays are caught by delivery and by notice.
    """
    text = delivery.headers.get(HEADER, "").strip()
    candidate = signatures.from_base64(text[: signatures.HEADER_CHARACTERS_MAX])
    matched = signatures.any_matches(endpoint.secrets, delivery.raw, (candidate or b"",))
    if candidate is not None and matched:
        return Verified(HEADER, "base64")
    if not text:
        return Rejected("signature_missing")
    return Rejected("signature_malformed" if candidate is None else "signature_mismatch")


def understand(raw: bytes, endpoint: Endpoint, now: datetime) -> Reading:
    """Many notices, of several companies, good and bad side by side; CloudEvents or the retired
    classic envelope.

    The delivery has no id of its own: its key is the hash of the body. Which realm belongs to which
    client is decided by whoever applies a notice.
    """
    key = hashlib.sha256(raw).hexdigest()
    try:
        body = parse_json(raw)
    except Unreadable as error:
        return Reading(quarantines=(error.quarantine(),), delivery_key=key)
    pieces = _pieces(body)
    if len(pieces) > PIECES_MAX:
        pieces = [Quarantine("too_many_notices", f"{len(pieces)} notices in one delivery")]
    return Reading(
        notices=tuple(p for p in pieces if isinstance(p, Notice)),
        quarantines=tuple(p for p in pieces if isinstance(p, Quarantine)),
        delivery_key=key,
    )


def _pieces(body: Json) -> list[Notice | Quarantine]:
    if isinstance(body, dict) and "eventNotifications" in body:
        return _classic(body["eventNotifications"])
    if isinstance(body, dict) and "specversion" in body:
        return [_each(_cloud_event, body)]
    if isinstance(body, list):
        return [_each(_cloud_event, element) for element in body]
    return [Quarantine("not_an_object", "neither CloudEvents nor eventNotifications")]


def _each(read: Callable[[dict[str, object]], Notice], element: object) -> Notice | Quarantine:
    """One element by itself: what is wrong with it is its own affair."""
    try:
        return read(need_object(element, "element"))
    except Unreadable as error:
        return error.quarantine()


def _cloud_event(element: dict[str, object]) -> Notice:
    event_id, kind = need_id(element.get("id"), "id", _EVENT_ID), element.get("type")
    if element.get("specversion") != "1.0":
        raise Unreadable("odd_shape", "not a CloudEvent 1.0")
    parsed = _TYPE.match(kind) if isinstance(kind, str) else None
    if parsed is None or parsed[2] not in _OPERATIONS:
        raise unknown_type(kind)
    return _notice(
        event_id,
        f"{parsed[1]}.{_OPERATIONS[parsed[2]]}",
        element.get("intuitaccountid"),
        element.get("time"),
        [element.get("intuitentityid")],
    )


def _classic(notifications: object) -> list[Notice | Quarantine]:
    if not isinstance(notifications, list):
        return [Quarantine("odd_shape", "eventNotifications is not a list")]
    pieces: list[Notice | Quarantine] = []
    for notification in notifications:
        change = notification.get("dataChangeEvent") if isinstance(notification, dict) else None
        entities = change.get("entities") if isinstance(change, dict) else None
        if not isinstance(notification, dict) or not isinstance(entities, list):
            pieces.append(Quarantine("odd_shape", "notification without a list of entities"))
            continue
        read = partial(_classic_entity, notification.get("realmId"))
        pieces.extend(_each(read, entity) for entity in entities)
    return pieces


def _classic_entity(realm: object, entity: dict[str, object]) -> Notice:
    name, verb, when = entity.get("name"), entity.get("operation"), entity.get("lastUpdated")
    operation = _OPERATIONS.get(verb.lower()) if isinstance(verb, str) else None
    if not isinstance(name, str) or not _NAME.match(name) or operation is None:
        raise Unreadable("unknown_type", f"type {printable(name)} {printable(verb)}")
    told = "|".join((str(realm), name, str(entity.get("id")), operation, str(when)))
    dedupe_key = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    ids = [entity.get("id")]
    if entity.get("deletedId") is not None:  # a merge names its loser
        ids.append(entity["deletedId"])
    return _notice(dedupe_key, f"{name.lower()}.{operation}", realm, when, ids)


def _notice(dedupe_key: str, kind: str, realm: object, when: object, ids: list[object]) -> Notice:
    entity, _, operation = kind.partition(".")
    return Notice(
        "qbo",
        dedupe_key,
        kind,
        need_id(_text(realm), "realm", _REALM),
        tuple(need_id(_text(entity_id), "entity id", _ENTITY_ID) for entity_id in ids),
        need_instant(when, "time"),
        None if entity in ACTED_ON else "type_not_used",
        {"entity": entity, "operation": operation},
    )


def _text(value: object) -> object:
    """Ids are text; some senders write them as numbers."""
    return (
        str(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20
        else value
    )


RAIL = WebhookRail("qbo", verify, understand)
