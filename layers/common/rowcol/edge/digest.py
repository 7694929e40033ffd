"""Routes of the daily digest: read it, see it as mail, say where and when, prove the address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from rowcol.domain.digest_settings import DigestSettings, DigestTime
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind, Scope
from rowcol.edge.digest_html import html_of
from rowcol.edge.digest_page import page_of, text_lines
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Query, Reply, table
from rowcol.edge.writing import Shown, write
from rowcol.service.change import transact
from rowcol.service.digest.compose import Digest, compose
from rowcol.service.digest.ports import (
    Digests,
    MailRefused,
    MailUnavailable,
    Message,
    Written,
)
from rowcol.service.digest.settings import (
    WantedDigest,
    ask_test,
    change_settings,
    confirm,
    count_wrong,
    wrong,
)

TAG = "Digest"
_ADDRESS = re.compile(
    r"[^@\s\x00-\x1f\x7f<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,63}\Z"
)
_AT = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class DigestQuery(Query):
    """`zone`: whose day it is; the usual one is that of the caller's settings, else UTC."""

    zone: Annotated[str | None, Field(min_length=1, max_length=64)] = None


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


@dataclass(frozen=True, slots=True)
class DigestWritten:
    """The digest as it would be sent now."""

    subject: str
    text: str
    html: str


def written(digest: Digest, base_url: str) -> Written:
    """A digest as mail."""
    page = page_of(digest, base_url)
    return Written(page.subject, "\n".join(text_lines(page)) + "\n", html_of(page))


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


def _digests(call: Call) -> Digests | Refusal:
    found = call.environment.digests
    if found is not None:
        return found
    return Refusal(Code.NOT_CONFIGURED, "this function sends no digests")


def _mine(call: Call) -> DigestSettings:
    me = call.caller.actor.id
    found = call.environment.store.books(Scope(call.caller.firm)).get(DigestSettings, me)
    return found or DigestSettings(me, 0)


def _composed(call: Call) -> Digest | Refusal:
    zone = call.query_as(DigestQuery).zone
    if zone is not None and not _is_zone(zone):
        return _unknown_zone(zone)
    when = _mine(call).when
    names = call.visible_clients()
    usual = when.zone if when is not None else "UTC"
    return compose(call.environment, call.caller.firm, names, zone or usual)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _unknown_zone(zone: str) -> Refusal:
    return Refusal(
        Code.UNKNOWN_VALUE, "no such time zone", {"field": "zone", "found": zone[:64]},
        remedy="a name of the IANA database, as America/New_York",
    )  # fmt: skip


def _read(call: Call) -> Reply | Refusal:
    digest = _composed(call)
    return digest if isinstance(digest, Refusal) else Reply(digest)


def _preview(call: Call) -> Reply | Refusal:
    found, digest = _digests(call), _composed(call)
    if isinstance(found, Refusal):
        return found
    if isinstance(digest, Refusal):
        return digest
    mail = written(digest, found.base_url)
    return Reply(DigestWritten(mail.subject, mail.text, mail.html))


def _settings(call: Call) -> Reply:
    mine = _mine(call)
    return Reply(shown(mine), headers={"ETag": f'"{mine.version}"'})


def _written(settings: DigestSettings) -> Shown:
    return Shown(shown(settings), {"ETag": f'"{settings.version + 1}"'})


def _change(call: Call) -> Reply | Refusal:
    found, body = _reader(call) or _digests(call), call.body_as(DigestSettingsBody)
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
    waiting = _mine(call).waiting
    if waiting is None or waiting.address != wanted.address:
        return reply
    refused = _handed_over(found, code_message(wanted.address, code))
    return refused if isinstance(refused, Refusal) else reply


def _wanted(body: DigestSettingsBody) -> WantedDigest | Refusal:
    if not _ADDRESS.match(body.address) or not body.address.isascii():
        return Refusal(Code.INVALID_INPUT, "this is no mail address", {"field": "address"})
    if not _is_zone(body.zone):
        return _unknown_zone(body.zone)
    when = DigestTime(body.at, body.zone, tuple(sorted(set(body.weekdays))))
    return WantedDigest(body.is_on, body.address, when)


def code_message(address: str, code: str) -> Message:
    """The mail that proves an address: the code, and nothing of anybody's books."""
    text = (
        f"{code} is the code that has RowCol send digests to this address.\n\n"
        "It is good for 30 minutes. If you did not ask for it, do nothing.\n"
    )
    html = f"<p><strong>{code}</strong> is the code that has RowCol send digests to this address."
    html += "</p><p>It is good for 30 minutes. If you did not ask for it, do nothing.</p>"
    return Message(address, "RowCol: your code", text, html)


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
    except MailUnavailable:
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
    found = _reader(call) or _digests(call)
    if isinstance(found, Refusal):
        return found
    if found.mail is None:
        return _no_sender()
    asked = write(call, ask_test, _written, {"test": "digest"}, 202)
    if isinstance(asked, Refusal):
        return asked
    settings = _mine(call)
    if settings.address is None or (asked.headers or {}).get("Idempotency-Replayed"):
        return asked
    zone = settings.when.zone if settings.when is not None else "UTC"
    names = call.visible_clients()
    digest = compose(call.environment, call.caller.firm, names, zone)
    mail = written(digest, found.base_url)
    message = Message(settings.address, f"Test: {mail.subject}", mail.text, mail.html)
    handed = _handed_over(found, message)
    return handed if isinstance(handed, Refusal) else asked


OPERATIONS: Operations = table(
    (
        Operation(
            "GET", "/digest", "readDigest",
            "The digest of the clients the caller sees: exceptions, what waits, money due, runway",
            TAG, _read, None, {200: Digest}, query=DigestQuery,
            refusals=frozenset({Code.UNKNOWN_VALUE}),
        ),
        Operation(
            "GET", "/digest/preview", "previewDigest", "The digest as it would be sent now", TAG,
            _preview, None, {200: DigestWritten}, query=DigestQuery,
            refusals=frozenset({Code.UNKNOWN_VALUE, Code.NOT_CONFIGURED}),
        ),
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
