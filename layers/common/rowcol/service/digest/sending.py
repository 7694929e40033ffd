"""Send the digest that is due: claimed first, sent, then told to the log.

A process that dies between handing over and writing has it sent once more: a digest twice is better
than none. Whoever lost their rights gets nothing, for rights are read when it is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.digest_settings import ATTEMPTS_MAX, TRY_AGAIN_AFTER, DigestSettings, told
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change, transact
from rowcol.service.digest.compose import Digest, compose
from rowcol.service.digest.ports import Digests, MailRefused, MailUnavailable, Message, Written
from rowcol.service.environment import Environment
from rowcol.service.rights import rights_of

logger = logging.getLogger(__name__)
Write = Callable[[Digest, str], Written]
SENT, NOT_DUE, STOPPED, TROUBLE = "sent", "not_due", "stopped", "trouble"


def ask_for_digest(environment: Environment, scope: Scope, member_id: str) -> None:
    """The sweep's part: have it sent elsewhere, for it takes longer than the sweep has."""
    environment.executions.send_digest(scope, member_id)


def send_due(
    environment: Environment, digests: Digests, firm: str, member_id: str, write: Write
) -> str:
    """Send one member's digest if it is due. Repeats and races send it once."""
    scope = Scope(firm)
    settings = _claimed(environment, scope, member_id)
    if settings is None or settings.address is None or settings.when is None:
        return NOT_DUE
    rights = rights_of(environment.store, firm, member_id)
    names = rights.visible_clients(environment.store) if rights is not None else ()
    if not names:
        _end(environment, scope, member_id, "no_rights")
        return STOPPED
    if digests.mail is None:
        _end(environment, scope, member_id, "not_configured")
        return STOPPED
    digest = compose(environment, firm, names, settings.when.zone)
    written = write(digest, digests.base_url)
    message = Message(settings.address, written.subject, written.text, written.html)
    try:
        message_id = digests.mail.send(message)
    except MailRefused as refused:
        _end(environment, scope, member_id, refused.code)
        return STOPPED
    except MailUnavailable:
        # It stays due: the claim has set when it is tried again.
        logger.warning("digest not sent", extra={"member": member_id, "attempt": settings.attempt})
        if settings.attempt >= ATTEMPTS_MAX:
            _end(environment, scope, member_id, "unavailable")
        return TROUBLE
    _sent(environment, scope, member_id, message_id, digest)
    return SENT


def _claimed(environment: Environment, scope: Scope, member_id: str) -> DigestSettings | None:
    """Take the sending that is due, for as long as one takes; None when it is not, or not ours."""
    books, now = environment.store.books(scope), environment.now()
    known = books.get(DigestSettings, member_id)
    if known is None or known.due is None or known.due > now or known.address is None:
        return None
    claimed = replace(known, due=now + TRY_AGAIN_AFTER, attempt=known.attempt + 1)
    # Beside the log, where the sending itself is told.
    return claimed if books.save(claimed) else None


def _sent(
    environment: Environment, scope: Scope, member_id: str, message_id: str, digest: Digest
) -> None:
    def plan(change: Change) -> bool:
        known = change.get(DigestSettings, member_id)
        if known is None:
            return False
        done = replace(known, sent_at=change.now, trouble=None).planned(change.now)
        change.put(done)
        change.state(
            "digest.sent",
            digest_settings=told(done),
            message_id=message_id[:100],
            clients=tuple(one.client for one in digest.clients),
        )
        return True

    _run(environment, scope, plan)


def _end(environment: Environment, scope: Scope, member_id: str, reason: str) -> None:
    """It is not sent, for a reason that a person sees with their settings; the next one may be."""

    def plan(change: Change) -> bool:
        known = change.get(DigestSettings, member_id)
        if known is None:
            return False
        # Without rights nobody is asked again and again; giving them back sets a time anew.
        stays_on = known.is_on and reason != "no_rights"
        ended = replace(known, trouble=reason, is_on=stays_on).planned(change.now)
        change.put(ended)
        change.state("digest.not_sent", digest_settings=told(ended), reason=reason)
        return True

    _run(environment, scope, plan)


def _run(environment: Environment, scope: Scope, plan: Callable[[Change], bool]) -> None:
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    if isinstance(result, Refusal):
        logger.warning("digest not told", extra={"code": result.code.value})
