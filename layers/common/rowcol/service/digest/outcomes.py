"""What became of a digest: told to the log, to its member, and to the firm's tray.

Silence would look like a quiet day: a digest that did not arrive is an item of the firm's own tray
until one does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from rowcol.domain.digest_settings import DigestSettings, told
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Member, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.tray import close_item, open_item

logger = logging.getLogger(__name__)
NOT_SENT = "digest_not_sent"
# Who may see nothing is no trouble; all else is.
NO_RIGHTS = "no_rights"
_WORDS = {
    "not_configured": "no sender of mail is configured",
    "unavailable": "the mail service did not take it, try after try",
    "unknown_outcome": "nobody knows whether it was sent; it is not sent a third time",
    "bounced": "their mail server does not take mail for this address",
    "bounced_for_now": "their mail server did not take it, for now",
    "complained": "it was marked as spam",
    "rejected": "the mail service found it harmful",
}


def sent(
    environment: Environment,
    scope: Scope,
    member_id: str,
    message_id: str,
    handed_at: datetime,
    clients: Sequence[str],
) -> bool:
    """It was taken, and told of these clients. True when this was news: it can be told twice."""

    def plan(change: Change) -> bool:
        known = change.get(DigestSettings, member_id)
        if known is None or (known.sent_at is not None and known.sent_at >= handed_at):
            return False
        done = replace(known, sent_at=change.now, trouble=None).planned(change.now)
        change.put(done)
        change.state(
            "digest.sent",
            digest_settings=told(done),
            message_id=message_id[:100],
            clients=tuple(clients),
        )
        close_item(change, subject_of(member_id), NOT_SENT, "a digest was sent")
        return True

    return _run(environment, scope, plan)


def not_sent(environment: Environment, scope: Scope, member_id: str, reason: str) -> bool:
    """It is not sent today, for a reason that a person sees; the next one may be."""

    def plan(change: Change) -> bool:
        known = change.get(DigestSettings, member_id)
        if known is None:
            return False
        # Without rights nobody is asked again and again; giving them back sets a time anew.
        ended = replace(known, trouble=reason, is_on=known.is_on and reason != NO_RIGHTS)
        state(change, ended.planned(change.now), reason)
        return True

    return _run(environment, scope, plan)


def state(change: Change, ended: DigestSettings, reason: str) -> None:
    """Write that one did not arrive."""
    change.put(ended)
    change.state("digest.not_sent", digest_settings=told(ended), reason=reason)
    if reason == NO_RIGHTS:
        close_item(change, subject_of(ended.id), NOT_SENT, "its reader sees no client any more")
        return
    member = change.get(Member, ended.id)
    name = (member.name if member is not None else None) or ended.id
    said = _WORDS.get(reason, f"the mail service refuses it: {reason}")
    open_item(
        change,
        subject_of(ended.id),
        NOT_SENT,
        f"The digest of {name} did not arrive: {said}",
        expected="sent",
        found=reason,
    )


def subject_of(member_id: str) -> str:
    """What the tray's item is about."""
    return f"digest-{member_id}"


def _run(environment: Environment, scope: Scope, plan: Callable[[Change], bool]) -> bool:
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    if isinstance(result, Refusal):
        logger.warning("digest not told", extra={"code": result.code.value})
    return result is True
