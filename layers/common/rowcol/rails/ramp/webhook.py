"""Ramp webhooks: who sent it and what it says (ramp contract, section 7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from rowcol.rails import signatures
from rowcol.rails.untrusted import Unreadable, parse_instant, parse_object, printable, safe_id
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
    if endpoint.pending and _is_challenge(delivery.raw):
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
    try:
        body = parse_object(raw)
    except Unreadable as error:
        return Reading(quarantines=(error.quarantine(),))
    event_id = safe_id(body.get("id"))
    piece = (
        _challenge(body, endpoint)
        if body.get("type") == CHALLENGE_TYPE
        else _notice(body, endpoint, now)
    )
    if isinstance(piece, Quarantine):
        return Reading(quarantines=(piece,), delivery_key=event_id)
    return Reading(notices=(piece,), delivery_key=event_id)


def _challenge(body: dict[str, object], endpoint: Endpoint) -> Notice | Quarantine:
    challenge = body.get("challenge")
    if not endpoint.pending:
        return Quarantine("unsolicited_challenge", "no subscription of this endpoint is pending")
    if not isinstance(challenge, str) or not 1 <= len(challenge) <= CHALLENGE_CHARACTERS_MAX:
        return Quarantine("odd_shape", "challenge is missing or too long")
    if not (challenge.isascii() and challenge.isprintable()):
        return Quarantine("odd_shape", "challenge is not printable")
    return Notice(
        "ramp",
        challenge,
        CHALLENGE_TYPE,
        endpoint.business_id or "",
        (),
        None,
        None,
        {"challenge": challenge},
    )


def _notice(body: dict[str, object], endpoint: Endpoint, now: datetime) -> Notice | Quarantine:
    event_id, kind, tenant = (
        safe_id(body.get("id")),
        body.get("type"),
        safe_id(body.get("business_id")),
    )
    if event_id is None:
        return Quarantine("odd_shape", "id is missing or not an id")
    if not isinstance(kind, str) or not kind:
        return Quarantine("odd_shape", "type is missing or not text")
    if tenant is None:
        return Quarantine("odd_shape", "business_id is missing or not an id")
    if endpoint.business_id is not None and tenant != endpoint.business_id:
        return Quarantine("foreign_tenant", f"business {tenant} does not belong to this endpoint")
    subject = body.get("object")
    object_id = safe_id(subject.get("id")) if isinstance(subject, dict) else None
    if object_id is None:
        return Quarantine("odd_shape", "object.id is missing or not an id")
    occurred_at = parse_instant(body.get("created_at"))
    if occurred_at is None:
        return Quarantine("odd_shape", "created_at is not an instant")
    if occurred_at > now + FUTURE_MAX:
        return Quarantine("occurred_in_future", f"created_at is {occurred_at:%Y-%m-%d}")
    if kind in ACTED_ON:
        return Notice("ramp", event_id, kind, tenant, (object_id,), occurred_at)
    if kind in NOT_USED:
        return Notice("ramp", event_id, kind, tenant, (object_id,), occurred_at, "type_not_used")
    return Quarantine("unknown_type", f"type {printable(kind)}"[:120])


RAIL = WebhookRail("ramp", verify, understand)
