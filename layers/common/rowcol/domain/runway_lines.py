"""A client's runway as it is answered: both lines, their parts, and what must be said with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rowcol.domain.guardrail import is_fresh
from rowcol.domain.money import Money, total
from rowcol.domain.refusal import Refusal
from rowcol.domain.runway import CashLine, Certainty, Flow, LeftOut, View, counted, line_of
from rowcol.domain.runway_sources import Sources


@dataclass(frozen=True, slots=True)
class CashLines:
    """The cautious and the expected line of the same days."""

    cautious: CashLine
    expected: CashLine


@dataclass(frozen=True, slots=True)
class Runway:
    """The runway of `days` days. `lines` is a refusal when no balance is known: never from zero.

    `doubtful`: money in that neither line counts.
    """

    sources: Sources
    days: int
    flows: tuple[Flow, ...]
    left_out: tuple[LeftOut, ...]
    lines: CashLines | Refusal
    doubtful: Money

    @property
    def is_fresh(self) -> bool:
        """Whether the guardrail would decide on the balance that the line begins with."""
        sources = self.sources
        return is_fresh(sources.client, sources.head.balance, sources.now)


def runway_of(sources: Sources, days: int) -> Runway:
    """The runway that follows from what was read. `days` is one of HORIZONS, or any up to 91."""
    flows, left_out = sources.flows()
    doubtful = [
        flow.amount
        for flow in flows
        if flow.certainty is Certainty.DOUBTFUL and flow.amount.minor > 0
    ]
    lines = lines_of(sources, flows, days)
    return Runway(sources, days, flows, left_out, lines, total(doubtful, sources.client.currency))


def lines_of(sources: Sources, flows: Sequence[Flow], days: int) -> CashLines | Refusal:
    """Both lines of some flows from the accepted balance; a refusal when that is unknown."""
    opening = sources.opening
    if isinstance(opening, Refusal):
        return opening
    keep = sources.buffer
    buffer = None if isinstance(keep, Refusal) else keep
    cautious, expected = (
        line_of(opening, counted(flows, view), sources.first, days, buffer)
        for view in (View.CAUTIOUS, View.EXPECTED)
    )
    return CashLines(cautious, expected)


def summary_of(runway: Runway) -> tuple[str, ...]:
    """The runway in a few sentences, for people."""
    lines = runway.lines
    if isinstance(lines, Refusal):
        return (lines.detail, f"What to do: {lines.remedy}")
    sources = runway.sources
    said = [
        _of_balance(runway),
        _of_line("Cautiously, without receipts that are not firm,", lines.cautious),
    ]
    said.append(_of_line("With the receipts that are expected,", lines.expected))
    keep, burn = sources.buffer, sources.burn
    if isinstance(keep, Refusal):
        said.append(f"The buffer is not known ({keep.detail}).")
    if isinstance(burn, Refusal):
        said.append(f"The average burn is not known: {burn.detail}.")
    if runway.doubtful.minor:
        said.append(f"Doubtful receipts of {runway.doubtful} are not counted.")
    if runway.left_out:
        said.append(f"{len(runway.left_out)} items could not be counted; they are listed.")
    return tuple(said)


def _of_balance(runway: Runway) -> str:
    balance, sources = runway.sources.head.balance, runway.sources
    assert balance is not None  # lines are refused without one
    hours = int((sources.now - balance.observed_at).total_seconds()) // 3600
    age = f"{hours} hours ago" if hours else "within the last hour"
    old = "" if runway.is_fresh else ", too old to decide on"
    return f"The bank was last seen {age}{old}: {balance.pool}."


def _of_line(words: str, line: CashLine) -> str:
    last = line.days[-1]
    said = f"{words} the lowest day is {line.low_on} with {line.low}"
    if line.below_zero_on is not None:
        said += f"; below zero from {line.below_zero_on}, in {line.runway_days} days"
    if line.below_buffer_on is not None:
        said += f"; below the buffer from {line.below_buffer_on}"
    return f"{said}; {last.day} ends with {last.closing}."
