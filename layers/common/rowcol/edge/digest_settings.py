"""Routes of a member's own digest: where and when it is sent, proof of the address, a test."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.digest_settings import DigestSettings, DigestTime
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind
from rowcol.edge.digest import TAG, composed, digests_of, settings_of, written, zone_refusal
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.writing import Shown, write
from rowcol.service.change import transact
from rowcol.service.digest.ports import (
    Digests,
    MailRefused,
    MailUnavailable,
    MailUnknown,
    Message,
    Written,
)
from rowcol.service.digest.sending import BY_HAND, message_of
from rowcol.service.digest.settings import (
    WantedDigest,
    ask_test,
    change_settings,
    confirm,
    count_wrong,
    wrong,
)

_ADDRESS = re.compile(
    r"[^@\s\x00-\x1f\x7f<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,63}\Z"
)
_AT = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class DigestSettingsBody(Body):
    """`at` is a time of day in `zone`; weekdays as ISO counts them, 1 is Monday."""

    is_on: bool
    address: Annotated[str, Field(min_length=6, max_length=254)]
    at: Annotated[str, Field(pattern=_AT)]
    zone: Annotated[str, Field(min_length=1, max_length=64)]
    weekdays: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)
    ]


class CodeBody(Body):
    """The code that came to the address."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


@dataclass(frozen=True, slots=True)
class DigestSettingsShown:
    """The caller's own. `waiting`: an address to which a code was sent; it gets nothing else.

    `trouble`: why the last one was not sent, a code.
    """

    is_on: bool
    address: str | None
    waiting: str | None
    waiting_until: datetime | None
    at: str | None
    zone: str | None
    weekdays: tuple[int, ...]
    next_at: datetime | None
    sent_at: datetime | None
    trouble: str | None


def shown(settings: DigestSettings) -> DigestSettingsShown:
    """Settings as answered to the member whose they are."""
    when, waiting = settings.when, settings.waiting
    return DigestSettingsShown(
        settings.is_on,
        settings.address,
        waiting.address if waiting else None,
        waiting.expires_at if waiting else None,
        when.at if when else None,
        when.zone if when else None,
        when.weekdays if when else (),
        settings.due,
        settings.sent_at,
        settings.trouble,
    )


def _reader(call: Call) -> Refusal | None:
    """Digests are for people who may see a client at all."""
    if call.caller.actor.kind is not ActorKind.PERSON:
        return Refusal(Code.FORBIDDEN, "a digest is sent to people only")
    if not call.visible_clients():
        return Refusal(Code.FORBIDDEN, "your rights show you no client")
    return None


def _settings(call: Call) -> Reply:
    mine = settings_of(call)
    return Reply(shown(mine), headers={"ETag": f'"{mine.version}"'})


def _written(settings: DigestSettings) -> Shown:
    return Shown(shown(settings), {"ETag": f'"{settings.version + 1}"'})


def _change(call: Call) -> Reply | Refusal:
    found, body = _reader(call) or digests_of(call), call.body_as(DigestSettingsBody)
    if isinstance(found, Refusal):
        return found
    wanted = _wanted(body)
    if isinstance(wanted, Refusal):
        return wanted
    if found.mail is None:
        return _no_sender()
    code, version = found.code(), call.version
    assert version is not None  # If-Match is needed
    reply = write(
        call,
        lambda change: change_settings(change, wanted, code, version),
        _written,
        None,
    )
    if isinstance(reply, Refusal):
        return reply
    waiting = settings_of(call).waiting
    if waiting is None or waiting.address != wanted.address:
        return reply
    refused = _handed_over(found, code_message(call, wanted.address, code))
    return refused if isinstance(refused, Refusal) else reply


def _wanted(body: DigestSettingsBody) -> WantedDigest | Refusal:
    if not _ADDRESS.match(body.address) or not body.address.isascii():
        return Refusal(Code.INVALID_INPUT, "this is no mail address", {"field": "address"})
    refused = zone_refusal(body.zone)
    if refused is not None:
        return refused
    when = DigestTime(body.at, body.zone, tuple(sorted(set(body.weekdays))))
    return WantedDigest(body.is_on, body.address, when)


def code_message(call: Call, address: str, code: str) -> Message:
    """The mail that proves an address: the code, and nothing of anybody's books."""
    text = (
        f"{code} is the code that has RowCol send digests to this address.\n\n"
        "It is good for 30 minutes. If you did not ask for it, do nothing.\n"
    )
    html = f"<p><strong>{code}</strong> is the code that has RowCol send digests to this address."
    html += "</p><p>It is good for 30 minutes. If you did not ask for it, do nothing.</p>"
    mail = Written("RowCol: your code", text, html)
    return message_of(address, mail, call.caller.firm, call.caller.actor.id, BY_HAND)


def _no_sender() -> Refusal:
    return Refusal(
        Code.NOT_CONFIGURED,
        "nobody said from which address mail is sent",
        remedy="set DigestSender to an identity that SES has verified",
    )


def _handed_over(found: Digests, message: Message) -> str | Refusal:
    if found.mail is None:
        return _no_sender()
    try:
        return found.mail.send(message)
    except MailRefused as refused:
        return Refusal(
            Code.MAIL_UNAVAILABLE, "the mail service refuses it", {"code": refused.code},
            remedy="see SES: the sender's identity, the account's sandbox and sending state",
        )  # fmt: skip
    except (MailUnavailable, MailUnknown):
        return Refusal(
            Code.MAIL_UNAVAILABLE, "the mail service does not answer", remedy="try again later"
        )


def _confirm(call: Call) -> Reply | Refusal:
    code, refused = call.body_as(CodeBody).code, _reader(call)
    if refused is not None:
        return refused
    left = transact(
        call.environment.store,
        call.environment.surroundings,
        call.scope,
        call.caller.actor,
        lambda change: count_wrong(change, code),
        checks=call.caller.checks(call.scope.client),
    )
    if isinstance(left, Refusal):
        return left
    if isinstance(left, int):
        return wrong(left)
    return write(
        call,
        lambda change: confirm(change, code),
        _written,
        {"confirm": "digest"},
    )


def _test(call: Call) -> Reply | Refusal:
    found = _reader(call) or digests_of(call)
    if isinstance(found, Refusal):
        return found
    if found.mail is None:
        return _no_sender()
    asked = write(call, ask_test, _written, {"test": "digest"}, 202)
    if isinstance(asked, Refusal):
        return asked
    settings = settings_of(call)
    if settings.address is None or (asked.headers or {}).get("Idempotency-Replayed"):
        return asked
    mail = written(composed(call), found.base_url)
    test = replace(mail, subject=f"Test: {mail.subject}")
    message = message_of(settings.address, test, call.caller.firm, settings.id, BY_HAND)
    handed = _handed_over(found, message)
    return handed if isinstance(handed, Refusal) else asked


OPERATIONS: Operations = table(
    (
        Operation(
            "GET", "/digest/settings", "readDigestSettings",
            "Where and when the caller's digest is sent", TAG,
            _settings, None, {200: DigestSettingsShown}, headers=ETAG,
        ),
        Operation(
            "PUT", "/digest/settings", "changeDigestSettings",
            "Say where and when the digest is sent; a new address gets a code first", TAG,
            _change, None, {200: DigestSettingsShown}, body=DigestSettingsBody, if_match=True,
            headers=ETAG,
            refusals=frozenset(
                {Code.UNKNOWN_VALUE, Code.NOT_CONFIGURED, Code.RATE_LIMITED, Code.MAIL_UNAVAILABLE}
            ),
            example={
                "is_on": True,
                "address": "ann@maple.example",
                "at": "07:00",
                "zone": "America/New_York",
                "weekdays": [1, 2, 3, 4, 5],
            },
        ),
        Operation(
            "POST", "/digest/settings/confirm", "confirmDigestAddress",
            "Prove the address by the code that came to it", TAG,
            _confirm, None, {200: DigestSettingsShown}, body=CodeBody, headers=ETAG,
            refusals=frozenset({Code.CODE_WRONG, Code.NO_PENDING_CHANGE}),
            example={"code": "123456"},
        ),
        Operation(
            "POST", "/digest/test", "sendTestDigest", "Send the digest now, to the own address",
            TAG, _test, None, {202: DigestSettingsShown}, headers=ETAG,
            refusals=frozenset(
                {Code.NO_ADDRESS, Code.NOT_CONFIGURED, Code.RATE_LIMITED, Code.MAIL_UNAVAILABLE}
            ),
        ),
    )
)  # fmt: skip
