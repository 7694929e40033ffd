"""Routes of the daily digest: read it, and see it as the mail it would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from rowcol.domain.digest_settings import DigestSettings
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.edge.digest_html import html_of
from rowcol.edge.digest_page import page_of
from rowcol.edge.digest_text import text_of
from rowcol.edge.operation import Call, Operation, Operations, Query, Reply, table
from rowcol.service.digest.compose import compose
from rowcol.service.digest.content import Digest
from rowcol.service.digest.ports import Digests, Written

TAG = "Digest"


class DigestQuery(Query):
    """`zone`: whose day it is; the usual one is that of the caller's settings, else the firm's."""

    zone: Annotated[str | None, Field(min_length=1, max_length=64)] = None


@dataclass(frozen=True, slots=True)
class DigestWritten:
    """The digest as it would be sent now."""

    subject: str
    text: str
    html: str


def written(digest: Digest, base_url: str) -> Written:
    """A digest as mail."""
    page = page_of(digest, base_url)
    return Written(page.subject, text_of(page), html_of(page))


def digests_of(call: Call) -> Digests | Refusal:
    """What this function sends with."""
    found = call.environment.digests
    if found is not None:
        return found
    return Refusal(Code.NOT_CONFIGURED, "this function sends no digests")


def settings_of(call: Call) -> DigestSettings:
    """The caller's own; none yet is off."""
    me = call.caller.actor.id
    found = call.environment.store.books(Scope(call.caller.firm)).get(DigestSettings, me)
    return found or DigestSettings(me, 0)


def composed(call: Call, zone: str | None = None) -> Digest:
    """The caller's digest as of now, for the day of `zone`; else of their settings, or the firm."""
    when = settings_of(call).when
    usual = when.zone if when is not None else None
    return compose(call.environment, call.caller.rights, zone or usual)


def zone_refusal(zone: str) -> Refusal | None:
    """None for a time zone that is known."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return Refusal(
            Code.UNKNOWN_VALUE, "no such time zone", {"field": "zone", "found": zone[:64]},
            remedy="a name of the IANA database, as America/New_York",
        )  # fmt: skip
    return None


def _asked(call: Call) -> Digest | Refusal:
    zone = call.query_as(DigestQuery).zone
    refused = zone_refusal(zone) if zone is not None else None
    return refused if refused is not None else composed(call, zone)


def _read(call: Call) -> Reply | Refusal:
    digest = _asked(call)
    return digest if isinstance(digest, Refusal) else Reply(digest)


def _preview(call: Call) -> Reply | Refusal:
    found, digest = digests_of(call), _asked(call)
    if isinstance(found, Refusal):
        return found
    if isinstance(digest, Refusal):
        return digest
    mail = written(digest, found.base_url)
    return Reply(DigestWritten(mail.subject, mail.text, mail.html))


READS: Operations = table(
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
    )
)  # fmt: skip
