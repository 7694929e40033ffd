"""Ramp webhooks: who sent it and what it says (ramp contract, section 7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from rowcol.rails import signatures
from rowcol.rails.untrusted import (
    Unreadable,
    need_id,
    need_instant,
    need_object,
    need_text,
    parse_object,
    safe_id,
    unknown_type,
)
from rowcol.service.intake_ports import (
    Delivery,
    Endpoint,
    Notice,
    Reading,
    Rejected,
    Verified,
    WebhookRail,
)

HEADER = "x-ramp-signature"
HEADER_OF_2025 = "x-ramp-webhook-signature"
CHALLENGE_TYPE = "webhooks.verification"
CHALLENGE_CHARACTERS_MAX = 1024
CHALLENGE_BYTES_MAX = 8192
FUTURE_MAX = timedelta(days=1)

ACTED_ON = frozenset({
    "bills.created", "bills.approved", "bills.rejected", "bills.updated", "bills.paid",
    "bills.archived", "payments.updated", "vendors.updated", "entities.created",
})  # fmt: skip
# The rest of the 49 types of the contract: known, and without meaning for bill pay.
NOT_USED = frozenset({
    "applications.status_updated", "bills.ready_to_sync", "item_receipts.created",
    "purchase_orders.archived", "purchase_orders.created", "purchase_orders.updated",
    "reimbursements.batch_payment_reimbursed", "reimbursements.ready_for_review",
    "reimbursements.ready_to_sync", "reimbursements.sync_requested",
    "spend_requests.comment_created", "spend_requests.created", "tests.test_event",
    "transactions.all_requirements_met_and_approved_changed", "transactions.authorized",
    "transactions.body_coding_updated", "transactions.cleared", "transactions.declined",
    "transactions.ready_for_review", "transactions.ready_to_sync", "transactions.receipt_added",
    "transactions.sync_requested", "transactions.synced", "unified_requests.created",
    "unified_requests.external_approval_request",
    "unified_requests.external_approval_request_reset", "unified_requests.modified",
    "unified_requests.node_advanced", "unified_requests.override_approved",
    "unified_requests.updated", "users.invite_accepted", "vendor_agreements.archived",
    "vendor_agreements.created", "vendor_agreements.deleted", "vendor_agreements.document_added",
    "vendor_agreements.renewal_milestone", "vendor_agreements.updated", "vendors.activated",
    "vendors.approved",
})  # fmt: skip


def verify(delivery: Delivery, endpoint: Endpoint, now: datetime) -> Verified | Rejected:
    """HMAC over the raw body: hex, else base64. Ramp signs no time, so replays are caught by the
    event id alone.

    While a subscription is pending its challenge is taken unsigned: it can arrive before its secret
    is known.
    """
    given = delivery.headers.get(HEADER)
    header = HEADER
    if given is None:  # an empty newer header never falls back to the older name
        given, header = delivery.headers.get(HEADER_OF_2025), HEADER_OF_2025
    text = (given or "").strip().removeprefix("sha256=")[: signatures.HEADER_CHARACTERS_MAX]
    scheme, candidate = "hex", signatures.from_hex(text)
    if candidate is None:
        scheme, candidate = "base64", signatures.from_base64(text)
    matched = signatures.any_matches(endpoint.secrets, delivery.raw, (candidate or b"",))
    if candidate is not None and matched:
        return Verified(header, scheme)
    if endpoint.is_pending(now) and _is_challenge(delivery.raw):
        return Verified("none", "pending_challenge")
    if not text:
        return Rejected("signature_missing")
    return Rejected("signature_malformed" if candidate is None else "signature_mismatch")


def _is_challenge(raw: bytes) -> bool:
    if len(raw) > CHALLENGE_BYTES_MAX:
        return False
    try:
        body = parse_object(raw)
    except Unreadable:
        return False
    return body.get("type") == CHALLENGE_TYPE


def understand(raw: bytes, endpoint: Endpoint, now: datetime) -> Reading:
    """One envelope, one notice.

    Which object id `payments.updated` carries is unconfirmed: whoever applies it tries both.
    """
    event_id = None
    try:
        body = parse_object(raw)
        event_id = safe_id(body.get("id"))
        challenge = body.get("type") == CHALLENGE_TYPE
        notice = _challenge(body, endpoint, now) if challenge else _notice(body, endpoint, now)
    except Unreadable as error:
        return Reading(quarantines=(error.quarantine(),), delivery_key=event_id)
    return Reading(notices=(notice,), delivery_key=event_id)


def _challenge(body: dict[str, object], endpoint: Endpoint, now: datetime) -> Notice:
    challenge = need_text(body.get("challenge"), "challenge")
    if not endpoint.is_pending(now):
        raise Unreadable("unsolicited_challenge", "no subscription of this endpoint is pending")
    if len(challenge) > CHALLENGE_CHARACTERS_MAX or not (
        challenge.isascii() and challenge.isprintable()
    ):
        raise Unreadable("odd_shape", "challenge is too long or not printable")
    tenant = endpoint.business_id or ""
    details = {"challenge": challenge}
    return Notice("ramp", challenge, CHALLENGE_TYPE, tenant, (), None, None, details)


def _notice(body: dict[str, object], endpoint: Endpoint, now: datetime) -> Notice:
    event_id = need_id(body.get("id"), "id")
    kind = need_text(body.get("type"), "type")
    tenant = need_id(body.get("business_id"), "business_id")
    if endpoint.business_id is not None and tenant != endpoint.business_id:
        raise Unreadable("foreign_tenant", f"business {tenant} is not this endpoint's")
    subject = need_object(body.get("object"), "object")
    object_id = need_id(subject.get("id"), "object.id")
    occurred_at = need_instant(body.get("created_at"), "created_at")
    if occurred_at > now + FUTURE_MAX:
        raise Unreadable("occurred_in_future", f"created_at is {occurred_at:%Y-%m-%d}")
    if kind not in ACTED_ON and kind not in NOT_USED:
        raise unknown_type(kind)
    ignored = None if kind in ACTED_ON else "type_not_used"
    return Notice("ramp", event_id, kind, tenant, (object_id,), occurred_at, ignored)


RAIL = WebhookRail("ramp", verify, understand)
