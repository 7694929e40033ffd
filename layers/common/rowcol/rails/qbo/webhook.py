"""QuickBooks Online webhooks: who sent it and what it says (qbo contract, section 6)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from rowcol.rails import signatures
from rowcol.rails.untrusted import Json, Unreadable, parse_instant, parse_json, printable, safe_id
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
        return [_cloud_event(body)]
    if isinstance(body, list):
        return [_cloud_event(element) for element in body]
    return [Quarantine("not_an_object", "neither CloudEvents nor eventNotifications")]


def _cloud_event(element: object) -> Notice | Quarantine:
    if not isinstance(element, dict):
        return Quarantine("odd_shape", "element is not an object")
    event_id = safe_id(element.get("id"), _EVENT_ID)
    if event_id is None or element.get("specversion") != "1.0":
        return Quarantine("odd_shape", "not a CloudEvent 1.0 with an id")
    kind = element.get("type")
    parsed = _TYPE.match(kind) if isinstance(kind, str) else None
    operation = _OPERATIONS.get(parsed[2]) if parsed else None
    if parsed is None or operation is None:
        return Quarantine("unknown_type", f"type {printable(kind)}"[:120])
    subject = _Subject(
        element.get("intuitaccountid"),
        parsed[1],
        element.get("intuitentityid"),
        element.get("time"),
    )
    return subject.notice(operation, event_id)


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
        pieces.extend(_classic_entity(notification.get("realmId"), entity) for entity in entities)
    return pieces


def _classic_entity(realm: object, entity: object) -> Notice | Quarantine:
    if not isinstance(entity, dict):
        return Quarantine("odd_shape", "entity is not an object")
    name, verb = entity.get("name"), entity.get("operation")
    operation = _OPERATIONS.get(verb.lower()) if isinstance(verb, str) else None
    if not isinstance(name, str) or not _NAME.match(name) or operation is None:
        return Quarantine("unknown_type", f"type {printable(name)} {printable(verb)}"[:120])
    subject = _Subject(realm, name.lower(), entity.get("id"), entity.get("lastUpdated"))
    told = "|".join(
        (str(realm), name, str(entity.get("id")), operation, str(entity.get("lastUpdated")))
    )
    dedupe_key = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    return subject.notice(operation, dedupe_key, entity.get("deletedId"))


class _Subject:
    """The company, entity and instant one notice is about, still as received."""

    def __init__(self, realm: object, entity: str, entity_id: object, when: object) -> None:
        self.realm, self.entity, self.entity_id, self.when = realm, entity, entity_id, when

    def notice(self, operation: str, dedupe_key: str, loser: object = None) -> Notice | Quarantine:
        realm, entity_id = (
            safe_id(_text(self.realm), _REALM),
            safe_id(_text(self.entity_id), _ENTITY_ID),
        )
        occurred_at = parse_instant(self.when)
        loser_id = safe_id(_text(loser), _ENTITY_ID)
        if realm is None or entity_id is None or (loser is not None and loser_id is None):
            return Quarantine("odd_shape", "realm or entity id is missing or not an id")
        if occurred_at is None:
            return Quarantine("odd_shape", "time is not an instant")
        return Notice(
            "qbo", dedupe_key, f"{self.entity}.{operation}", realm,
            (entity_id, loser_id) if loser_id else (entity_id,), occurred_at,
            None if self.entity in ACTED_ON else "type_not_used",
            {"entity": self.entity, "operation": operation},
        )  # fmt: skip


def _text(value: object) -> object:
    """Ids are text; some senders write them as numbers."""
    return (
        str(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20
        else value
    )


RAIL = WebhookRail("qbo", verify, understand)
