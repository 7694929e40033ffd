"""What Ramp can be asked to do (ramp contract, section 1)."""

from __future__ import annotations

from rowcol.domain.routing.rail import RAMP, askable
from rowcol.rails.capability import Capability, Support

APP_LINKS = {
    "api.ramp.com": "https://app.ramp.com/bills",
    "demo-api.ramp.com": "https://demo.ramp.com/bills",
}
_APP = APP_LINKS["api.ramp.com"]
_METHODS = ", ".join(sorted(askable(RAMP)))

CAPABILITIES = (
    Capability("payment_date", Support.DETECTED, "set or clear the day Ramp pays a bill", _APP),
    Capability("payment_method", Support.DETECTED, f"choose how a bill is paid: {_METHODS}", _APP),
    Capability("hold", Support.DETECTED, "stop a bill on every payment rail", _APP),
    Capability("lift", Support.DETECTED, "lift such a hold; it does not release a payment", _APP),
    Capability("collect_synchronously", Support.NO, "learn at once that the debit is refused"),
    Capability("approve_bill", Support.NO, "only people in Ramp approve bills", _APP),
    Capability("release_payment", Support.NO, "only people in Ramp release payments", _APP),
    Capability("batch_payment", Support.NO, "one payment of many bills is made in Ramp", _APP),
    Capability("choose_rtp", Support.NO, "RTP and FedNow are seen, not chosen", _APP),
)
