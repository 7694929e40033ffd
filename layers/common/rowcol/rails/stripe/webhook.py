"""Stripe webhooks: who sent it and what it says (stripe contract, section 3)."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

from rowcol.domain.plain import canonical
from rowcol.rails import signatures
from rowcol.rails.stripe.snapshot import details_of
from rowcol.rails.stripe.words import words_of
from rowcol.rails.untrusted import (
    Unreadable,
    need_flag,
    need_id,
    need_object,
    parse_object,
    printable,
    safe_id,
    unknown_type,
)
from rowcol.service.intake_ports import (
    TOLD,
    Delivery,
    Endpoint,
    Notice,
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
    """One snapshot event, one notice. Thin events and shapes that cannot be are parked.

    A type that nobody has looked at is kept like the others, and told to people beside.
    """
    event_id = fingerprint = None
    try:
        body = parse_object(raw)
        event_id, fingerprint = safe_id(body.get("id")), _fingerprint(body)
        notice = _notice(body, endpoint)
    except Unreadable as error:
        return Reading((), (error.quarantine(),), event_id, fingerprint)
    unknown = () if _is_known(notice.type) else (unknown_type(notice.type).quarantine(),)
    return Reading((notice,), unknown, event_id, fingerprint)


def _fingerprint(body: dict[str, object]) -> str:
    """The content without `pending_webhooks`, which counts down between deliveries of one event."""
    steady = {key: value for key, value in body.items() if key != "pending_webhooks"}
    return hashlib.sha256(json.dumps(steady, sort_keys=True, default=str).encode()).hexdigest()


def _notice(body: dict[str, object], endpoint: Endpoint) -> Notice:
    kind = body.get("type")
    if body.get("object") == _THIN_OBJECT:
        raise Unreadable("thin_event", f"type {printable(kind)}")
    event_id = need_id(body.get("id"), "id")
    if body.get("object") != "event":
        raise Unreadable("odd_shape", "not an event")
    if not isinstance(kind, str) or not _TYPE.match(kind):
        raise unknown_type(kind)
    account = need_id(body["account"], "account") if body.get("account") is not None else ""
    created = body.get("created")
    if isinstance(created, bool) or not isinstance(created, int) or not 0 < created < 2**33:
        raise Unreadable("odd_shape", "created is not an instant")
    data = need_object(body.get("data"), "data")
    subject = need_object(data.get("object"), "data.object")
    livemode = need_flag(body.get("livemode"), "livemode")
    if endpoint.livemode not in (None, livemode):
        raise Unreadable("livemode_mismatch", "an event of the other mode at this endpoint")
    known = _is_known(kind)
    ignored = None if kind in ACTED_ON or not known else "type_not_used"
    objects = _objects(subject, strict=kind in ACTED_ON)
    occurred_at = datetime.fromtimestamp(created, UTC)
    details = {} if ignored else details_of(subject, livemode=livemode, is_known=known)
    if kind in ACTED_ON and (words := words_of(event_id, occurred_at, subject)):
        details[TOLD] = canonical(words)
    return Notice("stripe", event_id, kind, account, objects, occurred_at, ignored, details)


def _is_known(kind: str) -> bool:
    return kind in ACTED_ON or kind.partition(".")[0] in NOT_USED_FAMILIES


def _objects(subject: dict[str, object], *, strict: bool) -> tuple[str, ...]:
    """The id of what the event is about; `strict` when its shape is known."""
    if not strict:
        object_id = safe_id(subject.get("id"))
        return (object_id,) if object_id else ()
    amount = subject.get("amount")
    sized = subject.get("object") in _SIZED
    if sized and (isinstance(amount, bool) or not isinstance(amount, int) or amount < 0):
        raise Unreadable("odd_shape", "data.object.amount is not a size in minor units")
    return (need_id(subject.get("id"), "data.object.id"),)


RAIL = WebhookRail("stripe", verify, understand)
