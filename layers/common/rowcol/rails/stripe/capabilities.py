"""What Stripe can be asked for here (stripe contract, section 1): nothing; it tells."""

from __future__ import annotations

from rowcol.rails.capability import Capability, Support

APP = "https://dashboard.stripe.com"
_APP = f"{APP}/"

CAPABILITIES = (
    Capability("receive_events", Support.YES, "payouts, charges, refunds, invoices, disputes"),
    Capability(
        "read_api",
        Support.NO,
        "no API key is held; nothing is called",
        _APP,
        "read payouts and fees instead of importing reports",
    ),
    Capability("refund", Support.NO, "refunds are made in Stripe", _APP),
    Capability("move_money", Support.NO, "Stripe is insight only"),
)
