"""Stripe webhooks: who sent it and what it says (stripe contract, section 3)."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

from rowcol.rails import signatures
from rowcol.rails.untrusted import Unreadable, parse_object, printable, safe_id
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

HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
SIGNATURES_MAX = 16
_TIMESTAMP = re.compile(r"[0-9]{1,12}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,63}(\.[a-z0-9_]{1,63}){1,5}\Z")
_THIN_OBJECT = "v2.core.event"

ACTED_ON = frozenset({
    "payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled",
    "payout.reconciliation_completed", "charge.succeeded", "charge.failed", "charge.refunded",
    "refund.created", "refund.updated", "refund.failed", "invoice.finalized", "invoice.paid",
    "invoice.payment_failed", "invoice.overdue", "invoice.voided", "invoice.marked_uncollectible",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
    "reporting.report_run.succeeded", "reporting.report_run.failed",
})  # fmt: skip
# An endpoint subscribed to everything sends these too; a family that is not listed is looked at by
# people.
NOT_USED_FAMILIES = frozenset({
    "account", "application_fee", "balance", "balance_settings", "billing", "billing_portal",
    "capability", "cash_balance", "charge", "checkout", "climate", "coupon", "credit_note",
    "customer", "customer_cash_balance_transaction", "entitlements", "file",
    "financial_connections", "identity", "invoice", "invoice_payment", "invoiceitem",
    "issuing_authorization", "issuing_card", "issuing_cardholder", "issuing_dispute",
    "issuing_token", "issuing_transaction", "mandate", "payment_intent", "payment_link",
    "payment_method", "payout", "person", "plan", "price", "product", "promotion_code", "quote",
    "radar", "refund", "reporting", "review", "setup_intent", "sigma", "source",
    "subscription_schedule", "tax", "tax_rate", "terminal", "test_helpers", "topup", "transfer",
    "treasury",
})  # fmt: skip
# Objects whose `amount` is a size: Stripe never reports one below zero.
_SIZED = frozenset({"payout", "charge", "refund", "dispute"})


def verify(delivery: Delivery, endpoint: Endpoint, now: datetime) -> Verified | Rejected:
    """HMAC over `t.body`; any v1 under any live secret. 300 s both ways: the vendor's library lets
    the future pass.
    """
    text = delivery.headers.get(HEADER, "")
    stamps, digests = _parts(text)
    stamp = stamps[0] if len(stamps) == 1 and _TIMESTAMP.match(stamps[0]) else None
    candidates = [bytes.fromhex(d) for d in digests[:SIGNATURES_MAX] if _DIGEST.match(d)]
    message = (stamp or "0").encode() + b"." + delivery.raw
    matched = signatures.any_matches(endpoint.secrets, message, candidates or [b""])
    if not text:
        return Rejected("signature_missing")
    if stamp is None or not candidates:
        return Rejected("signature_malformed")
    if not matched:
        return Rejected("signature_mismatch")
    age_seconds = now.timestamp() - int(stamp)
    if age_seconds > TOLERANCE_SECONDS:
        return Rejected("timestamp_stale")
    if age_seconds < -TOLERANCE_SECONDS:
        return Rejected("timestamp_future")
    return Verified(HEADER, "v1")


def _parts(text: str) -> tuple[list[str], list[str]]:
    stamps: list[str] = []
    digests: list[str] = []
    for part in text[: signatures.HEADER_CHARACTERS_MAX].split(","):
        scheme, _, value = part.strip().partition("=")
        if scheme == "t":
            stamps.append(value)
        elif scheme == "v1":
            digests.append(value)
    return stamps, digests


def understand(raw: bytes, endpoint: Endpoint, now: datetime) -> Reading:
    """One snapshot event, one notice. Thin events and shapes that cannot be are parked."""
    try:
        body = parse_object(raw)
    except Unreadable as error:
        return Reading(quarantines=(error.quarantine(),))
    event_id = safe_id(body.get("id"))
    piece = _piece(body, event_id, endpoint)
    return Reading(
        notices=(piece,) if isinstance(piece, Notice) else (),
        quarantines=(piece,) if isinstance(piece, Quarantine) else (),
        delivery_key=event_id,
        fingerprint=_fingerprint(body),
    )


def _fingerprint(body: dict[str, object]) -> str:
    """`pending_webhooks` counts down between deliveries of one event, so it is left out of the
    comparison.
    """
    steady = {key: value for key, value in body.items() if key != "pending_webhooks"}
    return hashlib.sha256(json.dumps(steady, sort_keys=True, default=str).encode()).hexdigest()


def _piece(
    body: dict[str, object], event_id: str | None, endpoint: Endpoint
) -> Notice | Quarantine:
    kind, account = body.get("type"), body.get("account", "")
    if body.get("object") == _THIN_OBJECT:
        return Quarantine("thin_event", f"type {printable(kind)}"[:120])
    if event_id is None or body.get("object") != "event":
        return Quarantine("odd_shape", "not an event with an id")
    if not isinstance(kind, str) or not _TYPE.match(kind):
        return Quarantine("unknown_type", f"type {printable(kind)}"[:120])
    if account != "" and safe_id(account) is None:
        return Quarantine("odd_shape", "account is not an id")
    livemode, created, data = body.get("livemode"), body.get("created"), body.get("data")
    if not isinstance(livemode, bool) or isinstance(created, bool) or not isinstance(created, int):
        return Quarantine("odd_shape", "livemode or created is missing")
    if not 0 < created < 2**33:
        return Quarantine("odd_shape", "created is out of range")
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        return Quarantine("odd_shape", "data.object is not an object")
    return _notice(event_id, kind, str(account), livemode, created, subject, endpoint)


def _notice(
    event_id: str, kind: str, account: str, livemode: bool, created: int,
    subject: dict[str, object], endpoint: Endpoint,
) -> Notice | Quarantine:  # fmt: skip
    object_id, name, amount = (
        safe_id(subject.get("id")),
        subject.get("object"),
        subject.get("amount"),
    )
    ignored = None
    if endpoint.livemode is not None and livemode != endpoint.livemode:
        ignored = "livemode_mismatch"
    elif kind not in ACTED_ON:
        if kind.partition(".")[0] not in NOT_USED_FAMILIES:
            return Quarantine("unknown_type", f"type {kind}"[:120])
        ignored = "type_not_used"
    elif object_id is None:
        return Quarantine("odd_shape", "data.object.id is missing or not an id")
    elif name in _SIZED and (isinstance(amount, bool) or not isinstance(amount, int) or amount < 0):
        return Quarantine("odd_shape", "data.object.amount is not a size in minor units")
    objects = (object_id,) if object_id else ()
    return Notice(
        "stripe", event_id, kind, account, objects, datetime.fromtimestamp(created, UTC), ignored
    )


RAIL = WebhookRail("stripe", verify, understand)
