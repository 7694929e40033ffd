"""Where the rails' own pages are, for people of this stack."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from rowcol.rails.qbo import capabilities as qbo
from rowcol.rails.ramp import capabilities as ramp
from rowcol.rails.stripe import capabilities as stripe

# By rail: the production site, the setting of its address, and the site of the sandbox by the host
# of its API. Stripe's tells nothing of test mode, and Plaid is never linked to.
_SITES = {
    ramp.APP: ("RAMP_APP_URL", "RAMP_BASE_URL", ramp.SANDBOX_APPS),
    qbo.APP: ("QBO_APP_URL", "QBO_BASE_URL", qbo.SANDBOX_APPS),
    stripe.APP: ("STRIPE_APP_URL", "", {}),
}


def sites_of(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Sites other than production's, by those. A setting wins over what the API's host says."""
    found: dict[str, str] = {}
    for site, (setting, base, sandboxes) in _SITES.items():
        host = urlsplit(environment.get(base, "")).hostname or ""
        ours = environment.get(setting, "").rstrip("/") or sandboxes.get(host, site)
        if ours != site:
            found[site] = ours
    return found
