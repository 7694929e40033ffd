"""How ages, counts and runways are said in a digest."""

from __future__ import annotations

from datetime import datetime

from rowcol.domain.runway_mark import MARK_OLD, RunwayChange


def plural(count: int, word: str) -> str:
    """ "1 exception", "2 exceptions"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def age_words(seconds: int) -> str:
    """An age in its largest whole unit."""
    minutes = max(0, seconds) // 60
    if not minutes:
        return "less than a minute"
    if minutes < 60:
        return plural(minutes, "minute")
    hours = minutes // 60
    return plural(hours, "hour") if hours < 48 else plural(hours // 24, "day")


def runway_words(change: RunwayChange, now: datetime) -> str:
    """The cautious line in one sentence, and what is different from the day before."""
    mark = change.now
    if mark.below_zero_on is not None:
        said = f"below zero from {mark.below_zero_on}"
    elif mark.below_buffer_on is not None:
        said = f"below the buffer from {mark.below_buffer_on}"
    else:
        said = "stays above the buffer"
    said += f", lowest {mark.low} on {mark.low_on}, {mark.leaving} leaves within 7 days"
    if now - mark.at > MARK_OLD:
        said += f" (as of {mark.day})"
    return f"{said}; {_difference(change)}"


def _difference(change: RunwayChange) -> str:
    if change.before is None or change.low_change is None:
        return "not known before"
    if not change.is_changed:
        return f"as on {change.before.day}"
    if change.low_change.minor == 0:
        return f"other dates than on {change.before.day}"
    words = "higher" if change.low_change.minor > 0 else "lower"
    low = change.low_change if change.low_change.minor > 0 else -change.low_change
    worse = ", sooner short of cash" if change.is_worse else ""
    return f"lowest point {low} {words} than on {change.before.day}{worse}"
