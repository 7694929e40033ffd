"""Keep what Stripe's events tell, and follow what it says of objects.

Receivables are insight only: no payment depends on them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from rowcol.domain.plain import from_plain
from rowcol.domain.receivables.told import EVENTS, Told
from rowcol.domain.scope import Scope, key_of
from rowcol.domain.stripe_event import StripeEvent
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import AMOUNT, REFERENCE, TOLD, Notice
from rowcol.service.receivables.heard import take_words


def keep_stripe_event(
    environment: Environment, scope: Scope, notice: Notice, received_at: datetime
) -> str:
    """Keep an event once, whatever the number of its deliveries: one conditional write.

    What it says of objects is kept at every delivery: the one before may have died after its write.
    Money of an account that is connected to the client's own is not the client's: its events are
    kept, and nothing follows from them.
    """
    details = notice.details
    event = StripeEvent(
        id=key_of("stripe", notice.dedupe_key),
        version=0,
        event_id=notice.dedupe_key,
        type=notice.type,
        occurred_at=notice.occurred_at or received_at,
        received_at=received_at,
        livemode=details.get("livemode") == "true",
        is_known=details.get("known") != "false",
        account=notice.tenant_id,
        object_type=details.get("object"),
        object_id=notice.object_ids[0] if notice.object_ids else None,
        status=details.get("status"),
        currency=details.get("currency"),
        amounts_minor={name: int(text) for name, text in _named(details, AMOUNT).items()},
        references=_named(details, REFERENCE),
    )
    is_news = environment.store.books(scope).save(event)
    if notice.tenant_id:
        return "ignored:connected_account"
    if TOLD in details:
        words = from_plain(tuple[Told, ...], json.loads(details[TOLD]))
        take_words(environment, scope, words, EVENTS)
    return "applied" if is_news else "unchanged"


def _named(details: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): text for name, text in details.items() if name.startswith(prefix)
    }
