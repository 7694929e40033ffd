"""What Ramp can be asked to do (ramp contract, section 1)."""

from __future__ import annotations

from rowcol.domain.routing.rail import RAMP, askable
from rowcol.rails.capability import Capability, Support

APP = "https://app.ramp.com"
# By the host of the API. A link to one bill is UNCONFIRMED: the list of bills is where people go.
SANDBOX_APPS = {"demo-api.ramp.com": "https://demo.ramp.com"}
_APP = f"{APP}/bills"
_METHODS = ", ".join(sorted(askable(RAMP)))

CAPABILITIES = (
    Capability("payment_date", Support.DETECTED, "set or clear the day Ramp pays a bill", _APP),
    Capability("payment_method", Support.DETECTED, f"choose how a bill is paid: {_METHODS}", _APP),
    Capability("hold", Support.DETECTED, "stop a bill on every payment rail", _APP),
    Capability("lift", Support.DETECTED, "lift such a hold; it does not release a payment", _APP),
    Capability(
        "archive",
        Support.DETECTED,
        "take the client's bill away; two people, never a paid one",
        _APP,
    ),
    Capability(
        "collect_synchronously",
        Support.NO,
        "learn at once that the debit is refused",
        later="a payment for today is refused before it exists, or created as taken",
    ),
    Capability(
        "approve_bill",
        Support.NO,
        "only people in Ramp approve bills",
        _APP,
        "approve with the decision, in one step",
    ),
    Capability(
        "release_payment",
        Support.NO,
        "only people in Ramp release payments",
        _APP,
        "release with the second person's yes",
    ),
    Capability(
        "batch_payment",
        Support.NO,
        "one payment of many bills is made in Ramp",
        _APP,
        "one debit for the bills of a batch; today each bill is a payment of its own",
    ),
    Capability(
        "choose_rtp",
        Support.NO,
        "RTP and FedNow are seen, not chosen",
        _APP,
        "routing offers them for what is due today",
    ),
    Capability(
        "choose_accounts",
        Support.NO,
        "the vendor's and the paying account of a payment are chosen in Ramp",
        _APP,
        "route by the balance of several paying accounts",
    ),
    Capability(
        "void_payment",
        Support.NO,
        "a payment alone is not voided; its date is taken off, or the bill archived",
        _APP,
        "reverse a payment under way with its reason",
    ),
    Capability("archive_draft", Support.NO, "a draft is archived in Ramp", _APP, "tidy up drafts"),
    Capability(
        "edit_vendor_account",
        Support.NO,
        "bank details of vendors are never touched: a payment could be sent elsewhere",
        _APP,
    ),
    Capability(
        "note_of_return",
        Support.NO,
        "no state or event tells of a return, a reversal or a replaced check",
        later="follow it at once; today the bank's lines and people's evidence prove it",
    ),
)
