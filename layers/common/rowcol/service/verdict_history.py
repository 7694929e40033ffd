"""Every verdict on one payment, from its own log entries: what was judged when, and on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from rowcol.domain.event_versions import UnknownEventVersion, UnreadableEvent
from rowcol.domain.evidence import Finding, Outcome, Side, Verdict
from rowcol.domain.log import Entry
from rowcol.domain.plain import PlainError, from_plain

JUDGED = "payment.judged"


@dataclass(frozen=True, slots=True)
class JudgedOnce:
    """One verdict. `until`: the next deadline of what it waits for. `evidence`: ids of what was
    compared (`ramp:bill:...`, `qbo:billpayment:...`; of the bank `plaid:transaction:...` or
    `statement:line:...`).

    `sequence` and `hash` are of the log entry that holds it; `stood_until`: when the next verdict
    took its place, null for the one that stands.
    """

    sequence: int
    at: datetime
    outcome: Outcome
    findings: tuple[Finding, ...]
    waiting_for: tuple[Side, ...]
    until: datetime | None
    evidence: tuple[str, ...]
    hash: str
    stood_until: datetime | None = None


def verdicts_of(entries: Iterable[Entry]) -> tuple[JudgedOnce, ...]:
    """The verdicts among a payment's entries, the oldest first. One that said the same as the one
    before was never written; an entry of a version that cannot be read is left out."""
    read = [(entry, verdict) for entry in entries if (verdict := _verdict(entry)) is not None]
    ends = [entry.at for entry, _ in read[1:]]
    return tuple(
        JudgedOnce(
            entry.sequence,
            verdict.at,
            verdict.outcome,
            verdict.findings,
            verdict.waiting_for,
            verdict.until,
            verdict.evidence,
            entry.hash,
            end,
        )
        for (entry, verdict), end in zip_longest(read, ends)
    )


def _verdict(entry: Entry) -> Verdict | None:
    if entry.type != JUDGED:
        return None
    try:
        told = entry.current_data.get("verdict")
        return from_plain(Verdict, told) if isinstance(told, Mapping) else None
    except (UnknownEventVersion, UnreadableEvent, PlainError):
        return None
