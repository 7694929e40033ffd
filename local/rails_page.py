"""Writes docs/rails.md from the rails' own data: `python -m local.rails_page > docs/rails.md`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rowcol.rails.bank_files import capabilities as bank_files
from rowcol.rails.capability import Capability
from rowcol.rails.plaid import capabilities as plaid
from rowcol.rails.plaid import notices as plaid_notices
from rowcol.rails.qbo import capabilities as qbo
from rowcol.rails.qbo import webhook as qbo_webhook
from rowcol.rails.ramp import capabilities as ramp
from rowcol.rails.ramp import webhook as ramp_webhook
from rowcol.rails.stripe import capabilities as stripe
from rowcol.rails.stripe import webhook as stripe_webhook

_INTRODUCTION = """\
# The rails

Made from `rails/*/capabilities.py` and `rails/*/webhook.py` by
`python -m local.rails_page > docs/rails.md`; a test compares the two.

**Support** says whether a lever is there: *yes*, *no*, or *detected*: only some accounts have it,
the first call tells, and the client remembers what is missing. What needs a missing lever is
refused with `capability_missing` and the link before anything is written. After seven days, or when
an admin asks (`POST /clients/{client}/capabilities/{capability}/probe`), the next command tries it
again. `GET /clients/{client}/rails` tells the same of one client, with what is missing there.

**Later** is what is parked: what RowCol would do if the rail offered the lever.
"""

_WEBHOOKS = """\
## What every webhook endpoint answers

`POST /webhooks/{rail}/{endpoint_key}`; the reasons are in
[decision 0003](decisions/0003-webhook-answers.md).

| Situation | Answer | Kept |
|---|---|---|
| stored, or delivered again | 200 | once |
| known type that is not used, other Stripe mode | 200 | yes, ignored with a reason |
| signed but not usable (odd shape, unknown type, foreign) | 200 | quarantined, in the tray |
| sender not proved, unknown address | 401, empty | no; a sweep of the rail, once per 15 minutes |
| over 512 KB, or over 350 KB after gzip | 413 | no |
| table or parameters do not answer, too many unknown addresses | 503 | no: sent again |
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One rail. `types`: what is stored as news; `effect`: what of it changes something."""

    title: str
    truth: str
    reads: str
    commands: str
    capabilities: Sequence[Capability]
    signature: str = ""
    delivery: str = ""
    types: Iterable[str] = ()
    effect: str = ""


PAGES = (
    Page(
        "Ramp: accounts payable",
        "Whether a vendor was paid, and when it will be.",
        "a bill (one call), the bills of a payment, all open bills by 100, bills paid or archived "
        "since an instant",
        "set the payment date, clear it, choose the method, hold, lift a hold, archive (two "
        "people). Each is written down before it is sent, the bill is read before and after, it is "
        "sent once, and its answer is written with the state it causes",
        ramp.CAPABILITIES,
        f"`{ramp_webhook.HEADER}` (or `{ramp_webhook.HEADER_OF_2025}`): HMAC-SHA256 of the raw "
        "body, hex or base64",
        "Ramp's event `id`",
        ramp_webhook.ACTED_ON,
        "`bills.*` and `payments.*`: the bill is read again",
    ),
    Page(
        "QuickBooks Online: the ledger",
        "What is booked.",
        "a bill, a BillPayment, an invoice, open invoices, the change feed of 30 days",
        "none. One write exists: an audit note attached to a bill, payment or invoice, for clients "
        "that switched it on. The transport refuses everything else: an edit cannot be expressed",
        qbo.CAPABILITIES,
        f"`{qbo_webhook.HEADER}`: HMAC-SHA256 of the raw body, base64, with the app's verifier "
        "token",
        "SHA-256 of the body; one delivery may name several companies",
        (f"{name}.*" for name in qbo_webhook.ACTED_ON),
        "`bill.*` and `billpayment.*`: bill and payments are read again; `invoice.*`: the invoice",
    ),
    Page(
        "Plaid: cash",
        "What is in the bank.",
        "balances (cached with their age, or live), transactions by cursor",
        "none",
        plaid.CAPABILITIES,
        "`plaid-verification`: a JWT (ES256) over the body's hash, at most 300 s old",
        "SHA-256 of the JWT; two notices may be byte-identical",
        plaid_notices.ACTED_ON,
        "new lines are fetched and matched; a repaired login reads the balance; whatever else is "
        "told of an item opens a tray item",
    ),
    Page(
        "Stripe: receivables",
        "What customers paid. Insight only: events are kept, no payment depends on them.",
        "nothing",
        "none",
        stripe.CAPABILITIES,
        f"`{stripe_webhook.HEADER}`: `t` and `v1`, HMAC-SHA256 of `t.body`, at most "
        f"{stripe_webhook.TOLERANCE_SECONDS} s old or early",
        "Stripe's event `id`",
        stripe_webhook.ACTED_ON,
        "each is kept as a fact for receivables: type, ids, whole minor units, nothing about a "
        "person. A type that nobody knows is kept too and told in the tray",
    ),
    Page(
        "Bank files: what Plaid does not reach",
        "What is in the bank, by a person's word and another's.",
        "nothing",
        "none",
        bank_files.CAPABILITIES,
    ),
)


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_INTRODUCTION, *(_rail(rail) for rail in PAGES), _WEBHOOKS]).rstrip()


def _rail(rail: Page) -> str:
    lines = [
        f"## {rail.title}\n",
        f"{rail.truth}\n",
        f"- **RowCol reads** {rail.reads}.",
        f"- **RowCol commands**: {rail.commands}.",
        *(_webhook(rail) if rail.signature else ()),
        "",
        "| Lever | Support | Meaning | Where a person does it | Later |",
        "|---|---|---|---|---|",
        *(_row(capability) for capability in rail.capabilities),
    ]
    return "\n".join(lines) + "\n"


def _webhook(rail: Page) -> list[str]:
    types = ", ".join(f"`{name}`" for name in sorted(rail.types))
    return [
        f"- **Its webhooks are signed** in {rail.signature}.",
        f"- **A delivery is known by** {rail.delivery}.",
        f"- **Stored as news**: {types}.",
        f"- **Effect**: {rail.effect}. What has none is closed as ignored, with the reason.",
    ]


def _row(capability: Capability) -> str:
    link = f"`{capability.link}`" if capability.link else ""
    later, support = capability.later or "", capability.support.value
    cells = (f"`{capability.name}`", support, capability.meaning, link, later)
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print(page())
