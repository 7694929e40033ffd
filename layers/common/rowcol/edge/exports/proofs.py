"""Proofs as files: of a log, and of one payment by it, where the log is too long for an answer.

The same job as a list's, with the rights of the operation that gives the proof at once. A
verification that is not over in one run goes on from its mark in the next one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rowcol.domain.chain import Mark
from rowcol.domain.export import ExportAsked, ExportFormat, SnapshotTaken
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Refusal
from rowcol.edge import audit_proof
from rowcol.edge.exports.lists import Exported
from rowcol.edge.operation import Call
from rowcol.service.audit import head_of
from rowcol.service.exports.ports import Paused, Turn, Written

_BLOCK_BYTES = 1 << 20
MEDIA_TYPES = {ExportFormat.JSON: audit_proof.JSON, ExportFormat.HTML: audit_proof.HTML}
# The text of the file, or why there is none yet, or none at all.
Make = Callable[[Call, ExportAsked, Turn], "str | Paused | Refusal"]


@dataclass(frozen=True, slots=True)
class Proof(Exported):
    """A proof, and how its text is made."""

    make: Make


def _verification(call: Call, _asked: ExportAsked, turn: Turn) -> str | Paused | Refusal:
    """Walks on from where the run before paused."""
    books = call.environment.store.books(call.scope)
    marks = audit_proof.marks_of(turn.progress) if turn.progress is not None else None
    start, head = marks or (Mark(), head_of(books))
    found = audit_proof.walked(call, books, start, head)
    if isinstance(found, Refusal):
        return found
    proof, on = found
    return _text(proof) if on is None else Paused(audit_proof.text_of_marks(on, head))


def _evidence(call: Call, asked: ExportAsked, _turn: Turn) -> str | Refusal:
    """In one run, whatever the length of the log: what it keeps in memory is that payment's."""
    books = call.environment.store.books(call.scope)
    pack = audit_proof.pack_of(call, books, call.path["payment"])
    if isinstance(pack, Refusal):
        return pack
    return audit_proof.page_of(pack) if asked.format is ExportFormat.HTML else _text(pack)


def _text(value: object) -> str:
    return json.dumps(to_plain(value), sort_keys=True, indent=1)


def write_proof(
    found: Proof, call: Call, asked: ExportAsked, place: Path, turn: Turn
) -> Written | Paused | Refusal:
    """A proof into one file; refused as its operation would refuse, but for its length."""
    books = call.environment.store.books(call.scope)
    at, head = call.environment.now(), head_of(books).sequence
    bounded = Call(
        call.environment, call.caller, call.path, call.body, call.query, None, None, turn.until
    )
    text = found.make(bounded, asked, turn)
    if not isinstance(text, str):
        return text
    place.write_text(text, encoding="utf-8")
    taken = SnapshotTaken(at, head, head)
    return Written(place, MEDIA_TYPES[asked.format], 1, sha256_of(place), taken)


def sha256_of(place: Path) -> str:
    """The hash of a file, as hex."""
    digest = hashlib.sha256()
    with place.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


_JSON = frozenset({ExportFormat.JSON})
_HOW = {
    "verifyAudit": (_JSON, _verification),
    "verifyFirmAudit": (_JSON, _verification),
    "readEvidence": (_JSON | {ExportFormat.HTML}, _evidence),
}
PROOFS = {one.name: Proof(one, *_HOW[one.name]) for one in audit_proof.READS.values()}
