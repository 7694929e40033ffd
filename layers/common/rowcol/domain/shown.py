"""What a person shows for a change that no rail reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rowcol.domain.refusal import Code, Refusal

REFERENCE_LENGTH_MAX = 200
NOTE_LENGTH_MAX = 1000


class EvidenceKind(StrEnum):
    """What can be shown. A reference says where it can be found again."""

    BANK_LINE = "bank_line"
    BANK_NOTICE = "bank_notice"
    RAIL_NOTICE = "rail_notice"
    STOP_PAYMENT = "stop_payment"
    CALL_BACK = "call_back"
    DOCUMENT = "document"


ABOUT_MONEY = frozenset(
    {
        EvidenceKind.BANK_LINE,
        EvidenceKind.BANK_NOTICE,
        EvidenceKind.RAIL_NOTICE,
        EvidenceKind.DOCUMENT,
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a person showed for a change that no rail reported: a reference and words."""

    kind: str
    reference: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """Evidence as a person gives it: its kind, a reference (a line, a ticket, a file), words."""

    kind: EvidenceKind
    reference: str
    note: str = ""


def shown(
    given: Given | None, wanted: Iterable[EvidenceKind], by: str, at: datetime
) -> Evidence | Refusal:
    """The evidence to keep, when it is of a wanted kind and has a reference.

    Refused: `evidence_required` otherwise, `invalid_input` when its texts are too long.
    """
    kinds = sorted(kind.value for kind in wanted)
    reference = given.reference.strip() if given is not None else ""
    if given is None or given.kind.value not in kinds or not reference:
        return Refusal(
            Code.EVIDENCE_REQUIRED,
            "this needs evidence: its kind and a reference to it",
            {"accepted": kinds, "given": given.kind.value if given is not None else None},
            remedy="name what was shown, and where it can be found again",
        )
    if len(reference) > REFERENCE_LENGTH_MAX or len(given.note) > NOTE_LENGTH_MAX:
        return Refusal(
            Code.INVALID_INPUT,
            "the evidence's reference or note is too long",
            {
                "field": "evidence",
                "reference_max": REFERENCE_LENGTH_MAX,
                "note_max": NOTE_LENGTH_MAX,
            },
        )
    return Evidence(given.kind.value, reference, given.note.strip(), by, at)
