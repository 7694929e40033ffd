"""Deliveries as Stripe makes them."""

from __future__ import annotations

from typing import Any

from tests.support.webhooks.base import NOW, STRIPE_SECRET, Case, compact, mac, taken


def stripe_body(kind: str = "payout.paid", number: int = 1, **changes: object) -> dict[str, object]:
    """A snapshot event of a payout."""
    payout = {
        "id": f"po_made_up_{number}",
        "object": "payout",
        "amount": 342503,
        "currency": "usd",
        "status": "paid",
    }
    body: dict[str, object] = {
        "id": f"evt_made_up_{number}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(NOW.timestamp()) - 5,
        "data": {"object": payout},
        "livemode": True,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return {**body, **changes}


def stripe_headers(raw: bytes, secret: str = STRIPE_SECRET, age_seconds: int = 3) -> dict[str, str]:
    """Stripe's header, signed `age_seconds` before NOW."""
    stamp = int(NOW.timestamp()) - age_seconds
    return {"Stripe-Signature": f"t={stamp},v1={mac(secret, f'{stamp}.'.encode() + raw).hex()}"}


def _stripe(
    name: str, body: object, outcome: str = "stored", code: str | None = None, **more: Any
) -> Case:
    raw = body if isinstance(body, bytes) else compact(body)
    headers = stripe_headers(raw)
    return taken("stripe", name, raw, headers, outcome, code, **more)


def stripe_cases() -> list[Case]:
    """Stripe's deliveries."""
    paid = compact(stripe_body())
    thin = {
        "id": "evt_made_up_thin",
        "object": "v2.core.event",
        "type": "v1.billing.meter.error_report_triggered",
    }
    refused = {
        "bad_signature": (stripe_headers(paid, "other"), "signature_mismatch"),
        "stale_signature": (stripe_headers(paid, age_seconds=301), "timestamp_stale"),
        "future_signature": (stripe_headers(paid, age_seconds=-301), "timestamp_future"),
        "missing_signature": ({}, "signature_missing"),
    }
    return [
        *(
            Case("stripe", name, paid, headers, 401, "rejected", code)
            for name, (headers, code) in refused.items()
        ),
        _stripe("payout_paid", paid),
        _stripe(
            "payout_paid_counted_down",
            stripe_body(pending_webhooks=0),
            "duplicate",
            repeats="payout_paid",
        ),
        _stripe(
            "id_reused",
            stripe_body("payout.failed"),
            "quarantined",
            "id_reused",
            repeats="payout_paid",
        ),
        _stripe(
            "test_mode", stripe_body(number=2, livemode=False), "quarantined", "livemode_mismatch"
        ),
        _stripe("unknown_family", stripe_body("stablecoin.minted", 5)),
        _stripe("not_asked_for", stripe_body("customer.created", 3)),
        _stripe("thin_event", thin, "quarantined", "thin_event"),
        _stripe(
            "negative_amount",
            stripe_body(
                number=4, data={"object": {"id": "po_1", "object": "payout", "amount": -1}}
            ),
            "quarantined",
            "odd_shape",
        ),
        _stripe("not_json", b'{"id":"evt_made_up', "quarantined", "invalid_json"),
    ]
