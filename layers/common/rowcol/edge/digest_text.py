"""A digest's page as plain text: no line longer than a mail program shows without wrapping."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from rowcol.domain.tray import Severity
from rowcol.edge.digest_page import Line, Page

WIDTH = 76
_BLOCKS = "▁▂▃▄▅▆▇█"


def text_of(page: Page) -> str:
    """The whole page. A link is on a line of its own, whole, whatever its length."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield from _wrapped(page.lead, "", "")
    for section in page.sections:
        yield ""
        yield section.title.upper()
        if not section.lines:
            yield f"  {section.empty}"
        for line in section.lines:
            yield from _line(line)
    yield ""
    yield "-- "
    yield from _wrapped(page.foot.words, "", "")
    if page.foot.link:
        yield page.foot.link


def _line(line: Line) -> Iterator[str]:
    mark = "! " if line.severity is Severity.HIGH else "- "
    yield from _wrapped(line.whole, mark, "  ")
    if line.spark:
        yield f"  {spark_text(line.spark)}"
    if line.note:
        yield from _wrapped(f"What helps: {line.note}", "  ", "  ")
    if line.link:
        yield f"  {line.link}"


def _wrapped(words: str, first: str, rest: str) -> list[str]:
    return wrap(words, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def spark_text(values: tuple[int, ...]) -> str:
    """Values as blocks from the lowest to the highest; all alike are drawn in the middle."""
    low, high = min(values), max(values)
    if low == high:
        return _BLOCKS[3] * len(values)
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[(value - low) * top // (high - low)] for value in values)
