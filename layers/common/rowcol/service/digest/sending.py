"""Send the digest that is due: claimed first, sent, then told to the log.

One a day. A process that dies while it hands over leaves the question whether the mail service took
it; the service itself reports what it takes (delivery.py), and only where it does not is the mail
handed over a second time, and never a third. Whoever lost their rights gets nothing, for rights are
read when it is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.digest_settings import (
    ATTEMPTS_MAX,
    HANDED_MAX,
    TRY_AGAIN_AFTER,
    DigestSettings,
)
from rowcol.domain.scope import Scope
from rowcol.service.digest.compose import compose
from rowcol.service.digest.content import Digest
from rowcol.service.digest.outcomes import NO_RIGHTS, not_sent, sent
from rowcol.service.digest.ports import (
    Digests,
    MailRefused,
    MailUnavailable,
    MailUnknown,
    Message,
    Written,
)
from rowcol.service.environment import Environment
from rowcol.service.rights import rights_of
from rowcol.service.store import Books

logger = logging.getLogger(__name__)
Write = Callable[[Digest, str], Written]
SENT, NOT_DUE, STOPPED, TROUBLE = "sent", "not_due", "stopped", "trouble"
DIGEST, BY_HAND = "digest", "by_hand"


def ask_for_digest(environment: Environment, scope: Scope, member_id: str) -> None:
    """The sweep's part: have it sent elsewhere, for it takes longer than the sweep has."""
    environment.executions.send_digest(scope, member_id)


def message_of(to: str, written: Written, firm: str, member_id: str, sort: str) -> Message:
    """A digest as a message that its delivery can be told of."""
    tags = {"firm": firm, "member": member_id, "sort": sort}
    return Message(to, written.subject, written.text, written.html, tags)


def send_due(
    environment: Environment, digests: Digests, firm: str, member_id: str, write: Write
) -> str:
    """Send one member's digest if it is due. Repeats and races send it once."""
    scope = Scope(firm)
    books = environment.store.books(scope)
    settings = _claimed(environment, books, member_id)
    if settings is None or settings.address is None or settings.when is None:
        return NOT_DUE
    mail, reason = digests.mail, _given_up(settings)
    if mail is None or reason is not None:
        not_sent(environment, scope, member_id, reason or "not_configured")
        return STOPPED
    rights = rights_of(environment.store, firm, member_id)
    digest = compose(environment, rights, settings.when.zone) if rights is not None else None
    if digest is None or not digest.clients:
        not_sent(environment, scope, member_id, NO_RIGHTS)
        return NO_RIGHTS
    message = message_of(settings.address, write(digest, digests.base_url), firm, member_id, DIGEST)
    handed_at = environment.now()
    handing = _saved(books, replace(settings, handed=(*settings.handed, handed_at)))
    if handing is None:
        return NOT_DUE  # its person has just changed where or when
    try:
        message_id = mail.send(message)
    except MailRefused as refused:
        not_sent(environment, scope, member_id, refused.code)
        return STOPPED
    except MailUnavailable:
        # It stays due: the claim has set when it is tried again.
        books.save(replace(handing, handed=settings.handed))
        logger.warning("digest not sent", extra={"member": member_id, "attempt": settings.attempt})
        return TROUBLE
    except MailUnknown:
        logger.warning("digest sent or not", extra={"member": member_id})
        return TROUBLE
    clients = [one.client for one in digest.clients]
    sent(environment, scope, member_id, message_id, handed_at, clients)
    return SENT


def _claimed(environment: Environment, books: Books, member_id: str) -> DigestSettings | None:
    """Take the sending that is due, for as long as one takes; None when it is not, or not ours."""
    now = environment.now()
    known = books.get(DigestSettings, member_id)
    if known is None or known.due is None or known.due > now or known.address is None:
        return None
    # Beside the log, where the sending itself is told.
    return _saved(books, replace(known, due=now + TRY_AGAIN_AFTER, attempt=known.attempt + 1))


def _given_up(claimed: DigestSettings) -> str | None:
    """Why it is tried no more."""
    if len(claimed.handed) >= HANDED_MAX:
        return "unknown_outcome"
    return "unavailable" if claimed.attempt > ATTEMPTS_MAX else None


def _saved(books: Books, settings: DigestSettings) -> DigestSettings | None:
    """Settings as stored; None when somebody else was first."""
    return replace(settings, version=settings.version + 1) if books.save(settings) else None
