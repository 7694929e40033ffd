"""Whether who asks has shown a second factor lately enough (RFC 9470)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rowcol.domain.limits import STEP_UP_AGE_SECONDS
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor

# What clocks of different machines may disagree by.
LEEWAY_SECONDS = 30


def second_factor_refusal(
    actor: Actor,
    now: datetime,
    what: str,
    age_seconds_max: int = STEP_UP_AGE_SECONDS,
    numbers: Mapping[str, object] | None = None,
) -> Refusal | None:
    """None when a factor was shown at most `age_seconds_max` ago, else `step_up_required`.

    `what` needs it, in words: "approving an override". `numbers` explain why, beside the ages. What
    a batch does later counts from when it was asked.
    """
    shown, asked_at = actor.authenticated_at, actor.asked_at or now
    age = int((asked_at - shown).total_seconds()) if shown is not None else None
    if age is not None and -LEEWAY_SECONDS <= age <= age_seconds_max:
        return None
    return Refusal(
        Code.STEP_UP_REQUIRED,
        f"{what} needs a second factor shown within the last {age_seconds_max} seconds",
        {**(numbers or {}), "max_age": age_seconds_max, "age_seconds": age},
        remedy="show a second factor and send it again with the new token, the key may be the same",
    )
