"""What a decision does to the runway: low point and first breach before and after, in short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.runway import HORIZON_MAX, HORIZONS, CashLine
from rowcol.domain.runway_lines import lines_of
from rowcol.domain.runway_sources import Sources


@dataclass(frozen=True, slots=True)
class LowPoint:
    """The lowest closing, its first day, and the first days below the buffer and below zero."""

    low: Money
    low_on: date
    below_buffer_on: date | None
    below_zero_on: date | None


@dataclass(frozen=True, slots=True)
class HorizonEffect:
    """One horizon of `days` days before and after. `cautious` counts firm receipts only."""

    days: int
    cautious_before: LowPoint
    cautious_after: LowPoint
    expected_before: LowPoint
    expected_after: LowPoint


@dataclass(frozen=True, slots=True)
class RunwayEffect:
    """What a decision does to 14, 30 and 91 days. Without a known balance: why it is not known."""

    horizons: tuple[HorizonEffect, ...] = ()
    unknown: str | None = None
    unknown_because: str | None = None


def effect_of(before: Sources, after: Sources) -> RunwayEffect:
    """The effect of what differs between two states of the same reading. Pure, reads nothing."""
    was = lines_of(before, before.flows()[0], HORIZON_MAX)
    becomes = lines_of(after, after.flows()[0], HORIZON_MAX)
    for lines in (was, becomes):
        if isinstance(lines, Refusal):
            return RunwayEffect(unknown=lines.code.value, unknown_because=lines.detail)
    assert not isinstance(was, Refusal)  # both were looked at
    assert not isinstance(becomes, Refusal)
    return RunwayEffect(
        tuple(
            HorizonEffect(
                days,
                _low(was.cautious, days),
                _low(becomes.cautious, days),
                _low(was.expected, days),
                _low(becomes.expected, days),
            )
            for days in HORIZONS
        )
    )


def _low(line: CashLine, days: int) -> LowPoint:
    """Of the line's first `days` days."""
    shown = line.days[:days]
    lowest = min(shown, key=lambda day: (day.closing.minor, day.day))
    last = shown[-1].day
    return LowPoint(
        lowest.closing,
        lowest.day,
        _within(line.below_buffer_on, last),
        _within(line.below_zero_on, last),
    )


def _within(day: date | None, last: date) -> date | None:
    return day if day is not None and day <= last else None
