"""A client's log as a file that anybody can verify: one canonical line per entry, then its end.

An entry's line is the canonical JSON of all its members. Its `hash` covers the bytes of the line
without that member, so that a line is checked without being understood. The last line says up to
where the log was written down; its own hash covers it in the same way.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.chain import BreakKind, ChainProof, Link, Mark, walk
from rowcol.domain.log import Entry, signed_body
from rowcol.domain.plain import canonical
from rowcol.domain.scope import Scope

FORMAT = "rowcol-log-1"
MEDIA_TYPE = "application/jsonl"
# The members of an entry in their order, around the one that is no part of what is hashed.
_HASH = re.compile(rb'"firm":"([A-Za-z0-9_-]+)",("hash":"([0-9a-f]{64})",)"payment_id":')
_END_HASH = re.compile(rb'("hash":"([0-9a-f]{64})",)"head":')
_TAIL = re.compile(
    rb'"previous":"([0-9a-f]{64})","sequence":(\d{1,18}),"type":"[^"\\]*","version":\d+\}\n\Z'
)
_CLIENT = re.compile(rb'"client":"([A-Za-z0-9_-]+)","data":')


class NotALog(ValueError):
    """The file does not end as a log does: cut off, or another kind of file."""


@dataclass(frozen=True, slots=True)
class End:
    """What a file says of itself: whose log it is, up to where, and when it was read."""

    scope: Scope
    head: Mark
    read_at: str


def line_of(entry: Entry) -> str:
    """The line of an entry."""
    return canonical({**signed_body(entry), "hash": entry.hash}) + "\n"


def end_line(scope: Scope, head: Mark, read_at: datetime) -> str:
    """The last line."""
    body = {
        "client": scope.client,
        "firm": scope.firm,
        "format": FORMAT,
        "head": {"hash": head.hash, "sequence": head.sequence},
        "read_at": read_at,
    }
    digest = hashlib.sha256(canonical(body).encode()).hexdigest()
    return canonical({**body, "hash": digest}) + "\n"


def end_of(line: bytes) -> End:
    """The last line, read. Raises NotALog for any other line, and for an edited one."""
    found = list(_END_HASH.finditer(line))
    if len(found) != 1 or not _covers(line, found[0], found[0][2]) or not line.endswith(b"\n"):
        raise NotALog("the last line is not the end of a log as it was written")
    try:
        body = json.loads(line)
        if body["format"] != FORMAT:
            raise NotALog(f"another format: {str(body['format'])[:40]}")
        head = Mark(int(body["head"]["sequence"]), str(body["head"]["hash"]))
        return End(Scope(body["firm"], body["client"]), head, str(body["read_at"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise NotALog("the last line lacks what the end of a log says") from problem


def link_of_line(scope: Scope, line: bytes) -> Link:
    """An entry's line as a link, by its bytes alone."""
    # What an entry's data hold comes before; of what comes after, nothing can look like it.
    places = list(_HASH.finditer(line))
    tail = _TAIL.search(line)
    if not places or tail is None:
        return Link(0, "", "", sound=False)
    place = places[-1]
    client = list(_CLIENT.finditer(line, 0, place.start()))
    whose = (place[1].decode(), client[0][1].decode() if client else "")
    return Link(
        int(tail[2]),
        tail[1].decode(),
        place[3].decode(),
        _covers(line, place, place[3], 2),
        whose == (scope.firm, scope.client),
    )


def _covers(line: bytes, place: re.Match[bytes], digest: bytes, group: int = 1) -> bool:
    """Whether a hash is that of the line without the member that holds it and without its end."""
    start, stop = place.span(group)
    body = hashlib.sha256(line[:start])
    body.update(line[stop:-1])
    return body.hexdigest().encode() == digest


def verify_lines(
    lines: Iterable[bytes], end: End, known: Iterable[Mark] = (), start: Mark | None = None
) -> ChainProof:
    """Walk the lines of entries up to the file's end. `known`: heads from elsewhere.

    Those beyond the file's end prove nothing about it and are left out.
    """
    marks = [mark for mark in known if mark.sequence <= end.head.sequence]
    links = (link_of_line(end.scope, line) for line in lines)
    proof = walk(links, (*marks, end.head), start)
    if proof.intact and proof.length > end.head.sequence:
        last = end.head.sequence
        reason = f"the log ended at {last}"
        return ChainProof(False, last, end.head.hash, last + 1, reason, BreakKind.INSERTED)
    return proof
